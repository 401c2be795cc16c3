"""Stand-in platforms over real HTTP, sharing no code with the product."""
