"""The vocabulary and the rules of Steward: pydantic and the standard library only, no I/O."""
