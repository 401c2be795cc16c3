"""The steps of a run: one file a step, each knowing ports and no adapters."""
