"""Behaves towards the stack as a worker does, and writes down what it was told."""

import json
import os
import signal
import sys
import threading

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
queues = sys.argv[sys.argv.index("--queues") + 1].split(",")
told = {name: os.environ[name] for name in os.environ if name.startswith(("STEWARD_", "TEMPORAL_"))}
sys.stdout.write(json.dumps({"environment": told}) + "\n")
sys.stdout.write(json.dumps({"worker": f"stand-in-{os.getpid()}", "queues": queues}) + "\n")
sys.stdout.flush()
stopping.wait()
