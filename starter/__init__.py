"""The steward command: thin functions over a client."""
