"""Measurements of the whole product on real parts; each prints what it ran on and writes JSON."""
