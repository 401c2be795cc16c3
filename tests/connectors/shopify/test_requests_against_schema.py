"""Every request's variables are what the platform's schema takes, for every field."""

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.shopify import writing
from connectors.stores.shopify.capabilities import RESOURCES
from connectors.stores.shopify.documents import Document, text_of
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.execution import WriteRequest
from steward.money import Money
from steward.values import (
    ABSENT,
    PRESENT,
    Listing,
    ListingStatus,
    Quantity,
    Text,
    Value,
)

KINDS = {
    ResourceKind.PRODUCT: "Product",
    ResourceKind.VARIANT: "ProductVariant",
    ResourceKind.INVENTORY_ITEM: "InventoryItem",
}
money = st.decimals(0, 10**6, places=2).map(lambda one: Money(amount=one, currency="USD"))
texts = st.text(max_size=30).map(lambda text: Text(text=text))
membership: st.SearchStrategy[Value] = st.sampled_from([ABSENT, PRESENT])
VALUES: Mapping[FieldName, st.SearchStrategy[Value]] = {
    FieldName.PRICE: money,
    FieldName.COMPARE_AT_PRICE: st.one_of(money, st.just(ABSENT)),
    FieldName.TITLE: texts,
    FieldName.DESCRIPTION: texts,
    FieldName.SEO_TITLE: st.one_of(texts, st.just(ABSENT)),
    FieldName.SEO_DESCRIPTION: st.one_of(texts, st.just(ABSENT)),
    FieldName.STATUS: st.sampled_from(ListingStatus).map(lambda one: Listing(status=one)),
    FieldName.TAG: membership,
    FieldName.CATEGORY: membership,
    FieldName.INVENTORY_QUANTITY: st.integers(-(10**9), 10**9).map(lambda n: Quantity(units=n)),
}


@st.composite
def any_change(draw: st.DrawFn) -> Change:
    """Return a change of any field."""
    name = draw(st.sampled_from(FieldName))
    kind = RESOURCES[name]
    key = {
        FieldName.TAG: "red",
        FieldName.CATEGORY: "gid://shopify/Collection/1",
        FieldName.INVENTORY_QUANTITY: "gid://shopify/Location/1",
    }
    product = draw(st.integers(1, 4))
    number = product if kind is ResourceKind.PRODUCT else 10 * product + draw(st.integers(0, 9))
    return Change(
        target=Target(
            resource_kind=kind,
            resource_id=f"gid://shopify/{KINDS[kind]}/{number}",
            field=name,
            key=key.get(name, ""),
        ),
        product_id=f"gid://shopify/Product/{product}",
        label="Any",
        before=draw(VALUES[name]),
        after=draw(VALUES[name]),
    )


def coerced(request: WriteRequest, schema: GraphQLSchema) -> VariableValues:
    """Return the request's variables as the schema takes them; the key is made when sending."""
    call = json.loads(request.body)
    document = parse(text_of(Document(call["operationName"])))
    (operation,) = (
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    )
    definitions = [
        one for one in operation.variable_definitions or () if one.variable.name.value != "key"
    ]
    values = get_variable_values(schema, definitions, call["variables"])
    assert isinstance(values, VariableValues), values
    return values


@given(drawn=st.lists(any_change(), unique_by=lambda change: change.target, max_size=40))
def test_the_schema_takes_every_request(drawn: list[Change], schema: GraphQLSchema) -> None:
    """Names, types and enumerations are the schema's own, and every change is in one request."""
    requests = writing.requests_for(drawn)
    for request in requests:
        coerced(request, schema)
        own = {change.target for change in request.changes}
        assert list(request.changes) == [change for change in drawn if change.target in own]
    carried = [str(change) for request in requests for change in request.changes]
    assert sorted(carried) == sorted(map(str, drawn))


def test_the_schema_refuses_what_is_not_in_it(schema: GraphQLSchema) -> None:
    """The check can fail: a status, a field and a number of another form are refused."""
    price = Money(amount=Decimal(1), currency="USD")
    target = Target(
        resource_kind=ResourceKind.VARIANT,
        resource_id="gid://shopify/ProductVariant/1",
        field=FieldName.PRICE,
    )
    change = Change(target=target, product_id="p", label="l", before=price, after=price)
    (request,) = writing.requests_for([change])
    broken = request.body.replace('"price"', '"prize"')
    with pytest.raises(AssertionError, match="prize"):
        coerced(request.model_copy(update={"body": broken}), schema)
