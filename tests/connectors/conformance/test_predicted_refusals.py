"""What a platform's own validation refuses is predicted for each change, before anybody is asked.

Each case is sent to the platform's stand-in too, beside a change that is taken.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from connectors.conformance.families import FAMILIES, changes_of, read_family
from connectors.conformance.trial import price_changes, read, told
from connectors.stores.shopify import ShopifyConnection
from steward.changes import Change, ChangeSet, FieldName, Outcome
from steward.execution import Accepted, Answer, Rejected
from steward.membership_limits import room_in
from steward.money import Money
from steward.ports import Store
from steward.rehearsal import rehearse
from steward.values import ABSENT, PRESENT, Quantity, Text, Value
from tests.connectors.conformance.sandbox_shops import SandboxShop

HUGE = Money(amount=Decimal("999999999999999.99"), currency="USD")


def text(length: int) -> Text:
    """Return a text of so many characters."""
    return Text(text="x" * length)


# What each platform takes last, and refuses first; one of them is None where there is no such.
CASES: list[tuple[str, FieldName, Value | None, Value | None]] = [
    ("shopify", FieldName.TITLE, text(255), text(256)),
    ("shopify", FieldName.TITLE, None, Text(text=" ")),
    ("shopify", FieldName.DESCRIPTION, text(70_000), None),
    ("shopify", FieldName.SEO_TITLE, text(300), None),
    ("shopify", FieldName.SEO_DESCRIPTION, text(2_000), None),
    ("shopify", FieldName.INVENTORY_QUANTITY, Quantity(units=10**9), Quantity(units=10**9 + 1)),
    (
        "shopify",
        FieldName.INVENTORY_QUANTITY,
        Quantity(units=-(10**9)),
        Quantity(units=-(10**9) - 1),
    ),
    ("shopify", FieldName.PRICE, HUGE, None),
    ("bigcommerce", FieldName.TITLE, text(250), text(251)),
    ("bigcommerce", FieldName.TITLE, None, Text(text=" ")),
    ("bigcommerce", FieldName.DESCRIPTION, text(70_000), None),
    ("bigcommerce", FieldName.SEO_TITLE, text(255), text(256)),
    ("bigcommerce", FieldName.SEO_TITLE, ABSENT, Text(text="")),
    ("bigcommerce", FieldName.SEO_DESCRIPTION, text(65_535), text(65_536)),
    # Below zero it depends on the safety stock, which is read only right before the write.
    ("bigcommerce", FieldName.INVENTORY_QUANTITY, Quantity(units=2**31 - 1), None),
    ("bigcommerce", FieldName.PRICE, None, HUGE),
    ("adobe_commerce", FieldName.TITLE, text(255), text(256)),
    ("adobe_commerce", FieldName.TITLE, None, Text(text=" ")),
    ("adobe_commerce", FieldName.DESCRIPTION, text(70_000), None),
    ("adobe_commerce", FieldName.SEO_TITLE, text(255), text(256)),
    ("adobe_commerce", FieldName.SEO_DESCRIPTION, text(255), text(256)),
    (
        "adobe_commerce",
        FieldName.INVENTORY_QUANTITY,
        Quantity(units=99_999_999),
        Quantity(units=10**8),
    ),
    ("adobe_commerce", FieldName.PRICE, None, HUGE),
]


async def changes_to(shop: SandboxShop, store: Store, field: FieldName) -> Sequence[Change]:
    """Return changes of one field of two products or more."""
    if field is FieldName.PRICE:
        return price_changes(await read(store, shop))
    (family,) = (one for one in FAMILIES if field in one.fields)
    changes = changes_of(await read_family(store, shop, family), family, shop.under_test)
    return [change for change in changes if change.target.field is field][:3]


async def both_answers(
    shop: SandboxShop, field: FieldName, value: Value
) -> tuple[Mapping[Change, Answer], Mapping[Change, Answer], Change]:
    """Return what is predicted and what is answered for one value beside others, by change."""
    await shop.reset()
    async with shop.open() as store:
        first, *others = await changes_to(shop, store, field)
        extreme = first.model_copy(update={"after": value})
        predicted: dict[Change, Answer] = {}
        answered: dict[Change, Answer] = {}
        for request in store.requests_for([extreme, *others]):
            predicted |= zip(request.changes, store.predict(request), strict=True)
            answered |= zip(request.changes, await store.send(request), strict=True)
        return predicted, answered, extreme


@pytest.mark.parametrize(
    ("platform", "field", "value", "refused"),
    [
        pytest.param(platform, field, value, refused, id=f"{platform}-{field}-{number}-{refused}")
        for number, (platform, field, taken, too_much) in enumerate(CASES)
        for value, refused in ((taken, False), (too_much, True))
        if value is not None
    ],
)
async def test_limits_are_predicted_exactly(
    platform: str,
    field: FieldName,
    value: Value,
    refused: bool,  # noqa: FBT001 - drawn from the table
    shops: Mapping[str, SandboxShop],
) -> None:
    """The last value that is taken is predicted so, and the first that is not, to the character."""
    predicted, answered, extreme = await both_answers(shops[platform], field, value)
    assert isinstance(answered[extreme], Rejected if refused else Accepted), answered[extreme]
    for change, answer in answered.items():
        assert type(predicted[change]) is type(answer), (told(change)[:80], answer)


@pytest.mark.parametrize(("length", "refused"), [(255, False), (256, True)])
async def test_length_of_a_tag_is_predicted_exactly(
    length: int,
    refused: bool,  # noqa: FBT001 - drawn from the table
    shops: Mapping[str, SandboxShop],
) -> None:
    """On Shopify; the other platforms have no tags to add."""
    shop = shops["shopify"]
    await shop.reset()
    async with shop.open() as store:
        (first, *_) = [one for one in await changes_to(shop, store, FieldName.TAG) if adds(one)]
        (request,) = store.requests_for([tagged(first, "x" * length)])
        (predicted,), (answered,) = store.predict(request), await store.send(request)
    assert type(predicted) is type(answered) is (Rejected if refused else Accepted)


def adds(change: Change) -> bool:
    """Tell whether the change adds a membership."""
    return change.after != ABSENT


def tagged(change: Change, tag: str) -> Change:
    """Return the change for another tag."""
    return change.model_copy(update={"target": change.target.model_copy(update={"key": tag})})


async def test_a_tag_too_many_is_predicted(shops: Mapping[str, SandboxShop]) -> None:
    """A product that is full takes another tag only where one goes; the other products go on."""
    shop = shops["shopify"]
    await shop.reset()
    (family,) = (one for one in FAMILIES if FieldName.TAG in one.fields)
    async with shop.open() as store:
        (first, other, *_) = [
            one for one in await changes_to(shop, store, FieldName.TAG) if adds(one)
        ]
        held = await tags_of(store, shop, first.product_id)
        fill = [tagged(first, f"Filler {number}") for number in range(250 - len(held))]
        for request in store.requests_for(fill):
            assert set(await store.send(request)) == {Accepted()}
        room = room_in(await read_family(store, shop, family), ShopifyConnection.capabilities.most)
        goes = tagged(first, held[0]).model_copy(update={"before": PRESENT, "after": ABSENT})
        for changes, outcomes in (
            ([first, other], [Outcome.REFUSED, Outcome.APPLIED]),
            ([goes, first], [Outcome.APPLIED, Outcome.APPLIED]),
        ):
            rehearsal = await rehearse(
                store,
                ChangeSet(store=store.name, changes=tuple(changes)),
                {change.target: change.before for change in changes},
                parallel_requests=4,
                room=room,
            )
            assert [one.outcome for one in rehearsal.predictions] == outcomes
            answers = {
                change: answer
                for request in store.requests_for(changes)
                for change, answer in zip(request.changes, await store.send(request), strict=True)
            }
            assert [isinstance(answers[one], Accepted) for one in changes] == [
                outcome is Outcome.APPLIED for outcome in outcomes
            ]


async def tags_of(store: Store, shop: SandboxShop, product_id: str) -> Sequence[str]:
    """Return the tags of a product."""
    (family,) = (one for one in FAMILIES if FieldName.TAG in one.fields)
    snapshot = await read_family(store, shop, family)
    return next(product.tags for product in snapshot.products if product.id == product_id)
