"""The database of runs, changes, decisions and audit."""
