"""Runs as durable workflows: the sequence of steps, and nothing else."""
