"""Where the platforms' contracts lie: recorded traffic and whole schemas, kept outside."""

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema

ROOT = Path(__file__).resolve().parents[2]


def contracts() -> Path:
    """Return the folder of the Shopify contracts, or skip the test."""
    base = Path(os.environ.get("STEWARD_CONTRACTS", ROOT.parent / "shared" / "contracts"))
    folder = base / "shopify"
    if not folder.is_dir():
        pytest.skip(f"The contracts are not at {base}; STEWARD_CONTRACTS names their folder.")
    return folder


def has_contracts() -> bool:
    """Tell whether the contracts are there."""
    base = Path(os.environ.get("STEWARD_CONTRACTS", ROOT.parent / "shared" / "contracts"))
    return (base / "shopify").is_dir()


@cache
def platform_schema(version: str) -> GraphQLSchema:
    """Return the platform's whole schema of a version."""
    path = contracts() / f"admin_{version}.json.gz"
    content: Any = json.loads(gzip.decompress(path.read_bytes()))
    # The platform's own schema breaks some of the rules for schemas.
    return build_client_schema(content.get("data", content), assume_valid=True)
