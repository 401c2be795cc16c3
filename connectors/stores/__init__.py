"""The shops' platforms, one package each, and the directory that opens stores by name."""
