"""The operations on price lists and their records, which override a variant's prices."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.bigcommerce.answers import (
    Answer,
    batch_refusal,
    data,
    invalid,
    not_found,
    nothing,
)
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.context import Call, RequestContext, Target
from sandbox.bigcommerce.documents import price_list_document, price_record_document
from sandbox.bigcommerce.fields import PRICE_RECORD_FIELDS, RECORD, Field, Kind
from sandbox.bigcommerce.filters import Document, Filter, amounts, moments, numbers, words
from sandbox.bigcommerce.identifiers import (
    ProductName,
    VariantName,
    is_currency,
    parse_name,
    price_record_name,
)
from sandbox.bigcommerce.queries import Collection, listed, numbers_in
from sandbox.bigcommerce.records import PriceRecord, to_document

_MOST_LISTED = 1000
_CURRENCY = Field(Kind.CURRENCY)


def get_price_lists(context: RequestContext, call: Call) -> Answer:
    """List the price lists."""
    lists = list(context.catalogue.price_lists.values())
    return _LISTS.answer(call, lists, price_list_document)


def get_price_list(context: RequestContext, call: Call) -> Answer:
    """Return one price list."""
    number = _price_list(context.catalogue, call)
    return data(price_list_document(context.catalogue.price_lists[number]))


def get_records(context: RequestContext, call: Call) -> Answer:
    """List the records of a price list, or of one variant in it."""
    catalogue = context.catalogue
    number = _price_list(catalogue, call)
    records = list(catalogue.price_records.get(number, {}).values())
    variants = numbers_in(call, "variant_id:in")
    if "variant_id" in call.path:
        variants = [call.number("variant_id")]
    if variants is not None:
        wanted = set(variants)
        records = [record for record in records if record.variant_id in wanted]
    include = listed(call, "include")
    return _RECORDS.answer(
        call, records, _render(catalogue), lambda document: _without_extras(document, include)
    )


def get_record(context: RequestContext, call: Call) -> Answer:
    """Return one variant's record in a currency."""
    record = _record(context.catalogue, call)
    return data(price_record_document(context.catalogue, record, listed(call, "include")))


def upsert_records(context: RequestContext, call: Call) -> Answer:
    """Create or change up to 1,000 records; those that can be saved are, whatever the others."""
    number = _price_list(context.catalogue, call)
    errors: list[dict[str, Any]] = []
    for item in call.body:
        problems = _problems(context.catalogue, item)
        if not problems:
            _save(context, _name(context.catalogue, number, item), item)
            continue
        errors.append({"data": _echo(number, item), "field_errors": problems})
        reason = "; ".join(f"{field} {text}" for field, text in problems.items())
        if isinstance(item, dict):
            context.refuse(_target(context.catalogue, number, item), f"422 {reason}")
        else:
            context.refuse(Target(None, {}), f"422 {reason}")
    if errors:
        raise batch_refusal(errors, f"422 {len(errors)} of {len(call.body)} records")
    return data({})


def set_record(context: RequestContext, call: Call) -> Answer:
    """Create or change one variant's record in a currency."""
    catalogue = context.catalogue
    number = _price_list(catalogue, call)
    variant, currency = call.number("variant_id"), call.path["currency_code"]
    if variant not in catalogue.variants:
        raise not_found(f"A variant was not found with an id of {variant}")
    item = {**call.body, "variant_id": variant, "currency": currency}
    item.pop("sku", None)
    problems = _problems(catalogue, item)
    if problems:
        raise invalid(problems)
    _save(context, price_record_name(number, variant, currency), item)
    return data(price_record_document(catalogue, _record(catalogue, call)))


def delete_record(context: RequestContext, call: Call) -> Answer:
    """Delete one record; one that is not there is as good as deleted."""
    number = _price_list(context.catalogue, call)
    name = price_record_name(number, call.path["variant_id"], call.path["currency_code"])
    if context.catalogue.read(name, RECORD) is not None:
        context.write(name, RECORD, None)
    return nothing()


def delete_records(context: RequestContext, call: Call) -> Answer:
    """Delete the records of some variants, or of all where the query names none."""
    catalogue = context.catalogue
    number = _price_list(catalogue, call)
    variants = numbers_in(call, "variant_id:in")
    skus = listed(call, "sku:in")
    currency = call.query.get("currency", "").upper()
    by_sku = {_variant_with_sku(catalogue, sku) for sku in skus}
    for variant, code in list(catalogue.price_records.get(number, {})):
        wanted = variants is None or variant in variants
        if wanted and (not skus or variant in by_sku) and currency in ("", code):
            context.write(price_record_name(number, variant, code), RECORD, None)
    return nothing()


def record_targets(catalogue: Catalogue, call: Call) -> list[Target]:
    """Return what a batch of records wants to write."""
    return [
        _target(catalogue, call.number("price_list_id"), item)
        for item in (call.body if isinstance(call.body, list) else ())
        if isinstance(item, dict)
    ]


def record_target(_: Catalogue, call: Call) -> list[Target]:
    """Return what a request on one record wants to write; null takes it away."""
    path = call.path
    name = price_record_name(path["price_list_id"], path["variant_id"], path["currency_code"])
    if call.body is None:
        return [Target(name, {RECORD: None})]
    return [Target(name, _prices(call.body if isinstance(call.body, dict) else {}))]


def deleted_records(_: Catalogue, call: Call) -> list[Target]:
    """Return the records that a deletion names with a currency."""
    variants = call.query.get("variant_id:in", "").split(",")
    currency = call.query.get("currency", "")
    number = call.path["price_list_id"]
    return [
        Target(price_record_name(number, variant, currency), {RECORD: None})
        for variant in variants
        if variant.isdigit() and is_currency(currency)
    ]


def _price_list(catalogue: Catalogue, call: Call) -> int:
    number = call.number("price_list_id")
    if number not in catalogue.price_lists:
        raise not_found(f"A price list was not found with an id of {number}")
    return number


def _record(catalogue: Catalogue, call: Call) -> PriceRecord:
    key = (call.number("variant_id"), call.path["currency_code"].upper())
    record = catalogue.price_records.get(_price_list(catalogue, call), {}).get(key)
    if record is None:
        raise not_found("A price record was not found for this variant and currency")
    return record


def _prices(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in PRICE_RECORD_FIELDS}


def _variant_with_sku(catalogue: Catalogue, sku: Any) -> int | None:  # noqa: ANN401 - any JSON
    """Return the variant with a SKU; a product without options has it for its base variant."""
    holder = catalogue.holder("sku", sku) if isinstance(sku, str) else None
    parsed = None if holder is None else parse_name(holder)
    if isinstance(parsed, VariantName):
        return parsed.number
    if isinstance(parsed, ProductName) and not catalogue.products[parsed.number].options:
        return catalogue.products[parsed.number].variant_ids[0]
    return None


def _variant(catalogue: Catalogue, item: Mapping[str, Any]) -> int | None:
    number = item.get("variant_id")
    if number is None:
        return _variant_with_sku(catalogue, item.get("sku"))
    if isinstance(number, int) and not isinstance(number, bool) and number in catalogue.variants:
        return number
    return None


def _problems(catalogue: Catalogue, item: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        return {"record": "must be an object"}
    problems: dict[str, str] = {}
    if "variant_id" not in item and "sku" not in item:
        problems["variant_id"] = "is required, or sku"
    elif _variant(catalogue, item) is None:
        named = "variant_id" if "variant_id" in item else "sku"
        problems[named] = f"{item[named]!r} is no variant of this store"[:200]
    currency = _CURRENCY.problem(item.get("currency"))
    if currency is not None:
        problems["currency"] = f"currency {currency}"
    elif item["currency"].upper() != catalogue.currency:
        problems["currency"] = f"{item['currency']} is no currency of this store"
    if item.get("bulk_pricing_tiers"):
        problems["bulk_pricing_tiers"] = "is nothing that this stand-in store can save"
    prices = _prices(item)
    for name, value in prices.items():
        problem = PRICE_RECORD_FIELDS[name].problem(value)
        if problem is not None:
            problems[name] = f"{name} {problem}"
    return problems


def _name(catalogue: Catalogue, number: int, item: Mapping[str, Any]) -> str:
    variant, currency = _variant(catalogue, item), item.get("currency")
    return price_record_name(number, variant or item.get("variant_id"), currency)


def _target(catalogue: Catalogue, number: int, item: Mapping[str, Any]) -> Target:
    return Target(_name(catalogue, number, item), _prices(item))


def _echo(number: int, item: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return how a refused item is named in the answer, as far as it could be read."""
    if not isinstance(item, dict):
        return {"price_list_id": number}
    kinds = (("variant_id", int), ("sku", str), ("currency", str))
    named = {
        name: item[name]
        for name, kind in kinds
        if isinstance(item.get(name), kind) and not isinstance(item[name], bool)
    }
    return {"price_list_id": number, **named}


def _save(context: RequestContext, name: str, item: Mapping[str, Any]) -> None:
    if context.catalogue.read(name, RECORD) is None:
        variant = _variant(context.catalogue, item)
        assert variant is not None  # noqa: S101 - a record without a variant has a problem
        number = int(name.split("/")[1])
        currency = str(item["currency"]).upper()
        record = PriceRecord(number, variant, currency, context.at, context.at)
        context.write(name, RECORD, to_document(record))
    for field, value in _prices(item).items():
        context.write(name, field, value)


def _render(catalogue: Catalogue) -> Callable[[PriceRecord], Document]:
    return lambda record: price_record_document(
        catalogue, record, frozenset({"sku", "bulk_pricing_tiers"})
    )


def _without_extras(document: Document, include: frozenset[str]) -> Document:
    extras = {"sku", "bulk_pricing_tiers"} - include
    return {name: value for name, value in document.items() if name not in extras}


_LISTS = Collection(
    {**numbers("id", "in"), **words("name"), **moments("date_modified")}, cursors=True
)
_RECORD_FILTERS: Mapping[str, Filter] = {
    **numbers("product_id", "in"),
    **words("currency", "in"),
    **words("sku", "in"),
    **moments("date_modified"),
    **{
        name: chooser
        for field in (*PRICE_RECORD_FIELDS, "calculated_price")
        for name, chooser in amounts(field, "min", "max").items()
    },
}
_RECORDS = Collection(_RECORD_FILTERS, sorts=("variant_id",), most=_MOST_LISTED, cursors=True)
