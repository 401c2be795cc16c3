"""The checks by name, and the verdict on one of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from connectors.conformance import interruptions, reading, secrecy, writing
from connectors.conformance.families import FAMILIES
from connectors.conformance.fields import FIELD_CHECKS, checks_of_families
from connectors.conformance.proving import Proving, StoreUnderTest
from steward.errors import StewardError

Check = Callable[[Proving], Awaitable[None]]
"""Raises `AssertionError` with what is wrong, or what the store raises, where it is not met."""

_OF_PRICES: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        reading.reads_page_completely,
        reading.reads_are_deterministic,
        reading.values_by_id_equal_the_snapshot,
        reading.absent_values_are_read_as_absent,
        writing.writes_are_read_back,
        writing.a_repeat_writes_nothing,
        writing.a_refused_price_hides_no_other_answer,
        writing.a_missing_resource_hides_no_other_answer,
        writing.a_stale_value_is_moved,
        writing.an_inverse_restores_every_value,
        writing.an_inverse_restores_inherited_prices,
        writing.predictions_agree_with_answers,
        interruptions.a_throttled_write_loses_nothing,
        interruptions.a_throttled_read_says_when_to_come_back,
        interruptions.a_lost_answer_to_prices_is_resolved,
        interruptions.a_lost_answer_to_a_sale_is_resolved,
        secrecy.wrong_credentials_are_rejected,
        secrecy.secrets_stay_hidden_in_trouble,
    )
}
CHECKS: Mapping[str, Check] = {**_OF_PRICES, **checks_of_families()}


@dataclass(frozen=True, slots=True)
class Met:
    """The platform does what the check asks."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """The platform cannot do it, for the reason that its description declares.

    `found` is what the check found wrong.
    """

    reason: str
    found: str


Verdict = Met | Unmet


def declared_unmet(under_test: StoreUnderTest) -> Mapping[str, str]:
    """Return why checks cannot be met, by name: as described, and where all its fields lack."""
    lacking = under_test.capabilities.fields
    return {
        f"{family.name}_{check}": lacking[family.fields[0]].reason
        for family in FAMILIES
        if all(field in lacking for field in family.fields)
        for check in FIELD_CHECKS
    } | dict(under_test.unmet)


async def verify(name: str, proving: Proving) -> Verdict:
    """Run a check of `CHECKS` by name.

    Raises `AssertionError` where it is not met and no reason is declared, and also where a reason
    is declared and it is met; `KeyError` where there is no such check, or a reason is declared for
    none.
    """
    unmet = declared_unmet(proving.under_test)
    for declared in (name, *unmet):
        if declared not in CHECKS:
            raise KeyError(declared)
    if name not in unmet:
        await CHECKS[name](proving)
        return Met()
    try:
        await CHECKS[name](proving)
    except (AssertionError, StewardError) as failure:
        return Unmet(reason=unmet[name], found=str(failure))
    raise AssertionError(
        f"{proving.under_test.platform} meets '{name}', although its description declares that it "
        f"cannot: {unmet[name]}"
    )
