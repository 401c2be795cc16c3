"""Resolvers of everything that can be read."""
