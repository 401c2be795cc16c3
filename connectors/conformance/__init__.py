"""One suite that every store connector has to pass, for platforms of ours and of third parties.

Describe a shop to try the connector on as a `Proving`, then let any test runner await
`verify(check, proving)` for each check in `CHECKS`. The suite needs no test framework.
"""

from connectors.conformance.proving import (
    AppliedWrite,
    Disturbance,
    NotProvable,
    Proving,
    StoreUnderTest,
)
from connectors.conformance.suite import CHECKS, Check, Met, Unmet, Verdict, verify

__all__ = [
    "CHECKS",
    "AppliedWrite",
    "Check",
    "Disturbance",
    "Met",
    "NotProvable",
    "Proving",
    "StoreUnderTest",
    "Unmet",
    "Verdict",
    "verify",
]
