"""Every wire that leaves the process: stores, models, Temporal, telemetry."""
