"""Bulk operations: files of variables, and a mutation that is run on each of their lines."""

from pathlib import Path

from sandbox.shopify.bulk.operations import BulkOperations
from sandbox.shopify.bulk.uploads import StagedUploads


class Bulk:
    """What one store keeps for its bulk operations, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.operations = BulkOperations(folder / "operations")
        self.uploads = StagedUploads(folder / "uploads")

    def clear(self) -> None:
        """Forget every operation and every file."""
        self.operations.clear()
        self.uploads.clear()
