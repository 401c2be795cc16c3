"""Every store connector passes the conformance suite, against its platform's sandbox."""

from collections.abc import Mapping

import pytest

from connectors.conformance import CHECKS, Unmet, verify
from tests.connectors.conformance.sandbox_shops import SHOPS, SandboxShop


@pytest.mark.parametrize("platform", SHOPS)
@pytest.mark.parametrize("check", CHECKS)
async def test_the_connector_conforms(
    check: str, platform: str, shops: Mapping[str, SandboxShop]
) -> None:
    """Each check is met, or declared with the reason why the platform cannot meet it."""
    verdict = await verify(check, shops[platform])

    if isinstance(verdict, Unmet):
        pytest.xfail(f"{verdict.reason} ({verdict.found})")
