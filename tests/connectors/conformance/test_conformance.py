"""Every store connector passes the conformance suite, against its platform's sandbox."""

from collections.abc import Mapping

import pytest

from connectors.conformance import CHECKS, Unmet, verify
from tests.connectors.conformance.sandbox_shops import SHOPS, SandboxShop

# Behind its sign-in, an administrator's shop is the one that an integration enters.
SIGN_IN_ONLY = {"adobe_commerce_admin"}
SIGN_IN_CHECKS = {
    "reads_page_completely",
    "wrong_credentials_are_rejected",
    "secrets_stay_hidden_in_trouble",
}


@pytest.mark.parametrize(
    ("check", "platform"),
    [
        (check, platform)
        for check in CHECKS
        for platform in SHOPS
        if platform not in SIGN_IN_ONLY or check in SIGN_IN_CHECKS
    ],
)
async def test_the_connector_conforms(
    check: str, platform: str, shops: Mapping[str, SandboxShop]
) -> None:
    """Each check is met, or declared with the reason why the platform cannot meet it."""
    verdict = await verify(check, shops[platform])

    if isinstance(verdict, Unmet):
        pytest.xfail(f"{verdict.reason} ({verdict.found})")
