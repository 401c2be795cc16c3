"""Entry of `python -m sandbox --config FILE`."""

import argparse
import sys
from pathlib import Path

from sandbox.process import run


def main() -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="sandbox", description="Serve stand-in stores.")
    parser.add_argument("--config", type=Path, required=True, help="a JSON configuration file")
    return run(parser.parse_args().config)


if __name__ == "__main__":
    sys.exit(main())
