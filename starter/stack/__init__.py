"""The development stack: a Temporal server, sandbox stores and workers, as processes of ours."""
