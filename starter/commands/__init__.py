"""The commands as the shell sees them: arguments, options and help; what they do lies beside."""
