"""Recorded traffic of the platform: its requests and answers, and a catalogue made from answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    parse,
)

from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.identifiers import gid, parse_identifier
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Location,
    Metafield,
    Option,
    OptionValue,
    Product,
    Variant,
)
from tests.sandbox.contracts import contracts, has_contracts

_EPOCH = 1_700_000_000


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its answer; `name` is the capture's file and the place in it."""

    name: str
    query: str
    variables: dict[str, Any]
    answer: dict[str, Any]


@cache
def capture(file_name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a capture by its file's name."""
    return json.loads((contracts() / "captures" / file_name).read_text())


def capture_files() -> list[str]:
    """Return the names of all captures; one that cannot be found where there are none."""
    if not has_contracts():
        return ["missing.json"]
    return sorted(path.name for path in (contracts() / "captures").glob("*.json"))


@cache
def documented_exchanges(file_name: str) -> tuple[Exchange, ...]:
    """Return the exchanges of a capture whose document was recorded with them."""
    stem = file_name.removesuffix(".json")
    return tuple(
        Exchange(f"{stem}{place}", query, variables or {}, answer)
        for place, query, variables, answer in _find(capture(file_name), "")
        if parsed(query) is not None
    )


@cache
def parsed(query: str) -> DocumentNode | None:
    """Return the document of a text, or None where it is no document."""
    try:
        return parse(query)
    except GraphQLSyntaxError:
        return None


def undocumented_writes(file_name: str) -> Iterator[Exchange]:
    """Yield the exchanges of a capture that answer one mutation whose document is not recorded."""
    for place, variables, answer in _find_bare(capture(file_name), ""):
        yield Exchange(f"{file_name.removesuffix('.json')}{place}", "", variables, answer)


def _find_bare(value: Any, place: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    if isinstance(value, dict):
        request = value["request"] if isinstance(value.get("request"), dict) else value
        answer = value.get("response")
        if isinstance(answer, dict):
            answer = answer.get("payload") or answer.get("body") or answer
        if (
            isinstance(answer, dict)
            and isinstance(request.get("variables"), dict)
            and not (request.get("query") or request.get("document"))
            and isinstance(answer.get("data"), dict)
            and len(answer["data"]) == 1
        ):
            yield place, request["variables"], answer
        for key, inner in value.items():
            yield from _find_bare(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _find_bare(inner, f"{place}[{index}]")


def _find(value: Any, place: str) -> Iterator[tuple[str, str, Any, Any]]:  # noqa: ANN401
    if isinstance(value, dict):
        request = value["request"] if isinstance(value.get("request"), dict) else value
        query = request.get("query") or request.get("document")
        answer = value.get("response")
        if isinstance(answer, dict):
            answer = answer.get("payload") or answer.get("body") or answer
        if isinstance(query, str) and "{" in query and isinstance(answer, dict):
            yield place, query, request.get("variables"), answer
        for key, inner in value.items():
            yield from _find(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _find(inner, f"{place}[{index}]")


def root_names(document: DocumentNode) -> set[str]:
    """Return the names of the root fields of a document's operations."""
    return {
        selection.name.value
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for selection in definition.selection_set.selections
        if isinstance(selection, FieldNode)
    }


@dataclass
class Facts:
    """What answers tell about resources: plain fields, and which resource leads to which."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    made_up: int = 0

    def read(self, schema: GraphQLSchema, query: str, data: dict[str, Any] | None) -> None:
        """Take in what one answer tells."""
        document = parsed(query)
        assert document is not None
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode) and data:
                mutation = definition.operation is OperationType.MUTATION
                root = schema.mutation_type if mutation else schema.query_type
                assert root is not None
                _Reader(self, schema, fragments).walk(definition.selection_set, root, data, "root")


@dataclass
class _Reader:
    """Walks one answer along its document."""

    facts: Facts
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]

    def walk(
        self,
        selections: SelectionSetNode,
        parent: GraphQLObjectType,
        data: dict[str, Any],
        owner: str,
    ) -> None:
        for node in self._flat(selections):
            key = node.alias.value if node.alias else node.name.value
            definition = parent.fields.get(node.name.value)
            if key not in data or definition is None:
                continue
            value = data[key]
            if node.selection_set is None or value is None:
                known = self.facts.fields.setdefault(owner, {})
                if node.name.value not in known or not node.arguments:
                    known[node.name.value] = value
                continue
            named = get_named_type(definition.type)
            for element in value if isinstance(value, list) else [value]:
                self._object(node, named.name, element, owner)

    def _object(self, node: FieldNode, type_name: str, value: Any, owner: str) -> None:  # noqa: ANN401
        assert node.selection_set is not None
        if value is None:
            return
        name = node.name.value
        if type_name.endswith("Connection"):
            self._connection(node.selection_set, type_name, value, owner, name)
            return
        own = self._identifier(node.selection_set, value)
        type_name = value.get("__typename") or (
            own.split("/")[3] if own and type_name == "Node" else type_name
        )
        named = self.schema.type_map.get(type_name)
        if not isinstance(named, GraphQLObjectType):
            return
        if type_name.endswith("Payload"):
            self.walk(node.selection_set, named, value, owner)
            return
        if "id" not in named.fields:
            self.facts.fields.setdefault(owner, {}).setdefault(f"{name}[]", []).append(value)
            return
        if own is None:
            self.facts.made_up += 1
            own = gid(type_name, 5_000_000 + self.facts.made_up)
        linked = self.facts.links.setdefault((owner, name), [])
        if own not in linked:
            linked.append(own)
        self.facts.fields.setdefault(own, {})
        self.walk(node.selection_set, named, value, own)

    def _connection(
        self,
        selections: SelectionSetNode,
        type_name: str,
        value: Any,  # noqa: ANN401
        owner: str,
        name: str,
    ) -> None:
        inner_type = type_name.removesuffix("Connection")
        for node in self._flat(selections):
            key = node.alias.value if node.alias else node.name.value
            if node.name.value == "nodes":
                for element in value[key]:
                    self._element(node, inner_type, element, owner, name)
            if node.name.value == "edges" and node.selection_set is not None:
                for edge in value[key]:
                    for part in self._flat(node.selection_set):
                        if part.name.value == "node":
                            self._element(part, inner_type, edge["node"], owner, name)

    def _element(
        self,
        node: FieldNode,
        type_name: str,
        value: Any,  # noqa: ANN401
        owner: str,
        name: str,
    ) -> None:
        renamed = FieldNode(name=type(node.name)(value=name), selection_set=node.selection_set)
        self._object(renamed, type_name, value, owner)

    def _identifier(self, selections: SelectionSetNode, value: dict[str, Any]) -> str | None:
        for node in self._flat(selections):
            if node.name.value == "id":
                key = node.alias.value if node.alias else "id"
                found = value.get(key)
                return found if isinstance(found, str) else None
        return None

    def _flat(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from self._flat(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                yield from self._flat(self.fragments[selection.name.value].selection_set)


def moment(text: str | None) -> int | None:
    """Return a recorded time in seconds."""
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


class Builder:
    """Makes a catalogue that answers as the recorded store did."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._catalogue = Catalogue(search_lag_seconds=0)
        self._next = 7_000_000

    def build(self) -> Catalogue:
        """Return the catalogue."""
        for identifier in self._of("Location"):
            known = self._facts.fields[identifier]
            name = known.get("name", "Location")
            self._catalogue.add_location(Location(_number(identifier), name, _EPOCH, _EPOCH))
        parents = self._parents()
        for identifier in self._of("Product"):
            self._product(identifier, [own for own, up in parents.items() if up == identifier])
        for identifier in self._of("Collection"):
            self._collection(identifier)
        self._metafields()
        return self._catalogue

    def _of(self, kind: str) -> list[str]:
        return [
            identifier
            for identifier in self._facts.fields
            if (parsed := parse_identifier(identifier)) is not None
            and parsed.kind == kind
            and parsed.number is not None
        ]

    def _link(self, owner: str, name: str) -> list[str]:
        return self._facts.links.get((owner, name), [])

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _parents(self) -> dict[str, str]:
        """Return the product of each variant, made up where no answer names it."""
        for item in self._of("InventoryItem"):
            if not any(
                item in self._link(each, "inventoryItem") for each in self._of("ProductVariant")
            ):
                variants = self._link(item, "variant") or [gid("ProductVariant", self._number())]
                self._facts.fields.setdefault(variants[0], {})
                self._facts.links[variants[0], "inventoryItem"] = [item]
        for level in self._of("InventoryLevel"):
            item = gid("InventoryItem", int(level.rpartition("=")[2])) if "=" in level else ""
            if item and item not in self._facts.fields:
                self._facts.fields[item] = {}
                variant = gid("ProductVariant", self._number())
                self._facts.fields[variant] = {}
                self._facts.links[variant, "inventoryItem"] = [item]
        parents: dict[str, str] = {}
        for product in self._of("Product"):
            for variant in self._link(product, "variants"):
                parents[variant] = product
        for variant in self._of("ProductVariant"):
            if variant not in parents:
                named = self._link(variant, "product") or [gid("Product", self._number())]
                self._facts.fields.setdefault(named[0], {})
                parents[variant] = named[0]
        return parents

    def _product(self, identifier: str, variants: list[str]) -> None:
        known = self._facts.fields[identifier]
        options = self._options(identifier, variants)
        seo = (known.get("seo[]") or [{}])[0]
        made = Product(
            id=_number(identifier),
            title=known.get("title", "Unknown"),
            handle=known.get("handle") or f"handle-{_number(identifier)}",
            created_at=moment(known.get("createdAt")) or _EPOCH,
            updated_at=moment(known.get("updatedAt")) or _EPOCH,
            description_html=known.get("descriptionHtml") or "",
            vendor=known.get("vendor") or "",
            product_type=known.get("productType") or "",
            tags=list(known.get("tags") or []),
            status=known.get("status", "ACTIVE"),
            published_at=moment(known.get("publishedAt")),
            template_suffix=known.get("templateSuffix"),
            seo_title=seo.get("title"),
            seo_description=seo.get("description"),
            gift_card=bool(known.get("isGiftCard")),
            options=options,
        )
        tracked = known.get("tracksInventory", True)
        self._catalogue.add_product(
            made, [self._variant(each, made, tracked=tracked) for each in variants]
        )

    def _options(self, identifier: str, variants: list[str]) -> list[Option]:
        options = [
            Option(
                _number(each),
                self._facts.fields[each].get("name", "Title"),
                [
                    OptionValue(_number(value), self._facts.fields[value].get("name", "?"))
                    for value in self._link(each, "optionValues")
                ]
                or [
                    OptionValue(self._number(), name)
                    for name in self._facts.fields[each].get("values") or []
                ],
            )
            for each in self._link(identifier, "options")
        ]
        for variant in variants:
            for chosen in self._facts.fields[variant].get("selectedOptions[]") or []:
                option = next((each for each in options if each.name == chosen["name"]), None)
                if option is None:
                    option = Option(self._number(), chosen["name"], [])
                    options.append(option)
                if chosen["value"] not in [value.name for value in option.values]:
                    option.values.append(OptionValue(self._number(), chosen["value"]))
        return options or [
            Option(self._number(), "Title", [OptionValue(self._number(), "Default Title")])
        ]

    def _variant(
        self, identifier: str, product: Product, *, tracked: bool
    ) -> tuple[Variant, InventoryItem]:
        known = self._facts.fields[identifier]
        items = self._link(identifier, "inventoryItem") or [gid("InventoryItem", self._number())]
        chosen = {each["name"]: each["value"] for each in known.get("selectedOptions[]") or []}
        names = [chosen.get(option.name) for option in product.options]
        if not chosen:
            titles = (known.get("title") or "").split(" / ")
            names = [*titles, *[None] * len(product.options)][: len(product.options)]
        compare_at = known.get("compareAtPrice")
        unit_price = known.get("unitPriceMeasurement[]")
        variant = Variant(
            id=_number(identifier),
            product_id=product.id,
            inventory_item_id=_number(items[0]),
            created_at=moment(known.get("createdAt")) or _EPOCH,
            updated_at=moment(known.get("updatedAt")) or _EPOCH,
            price=Decimal(known.get("price") or "0.00"),
            compare_at_price=None if compare_at is None else Decimal(compare_at),
            barcode=known.get("barcode"),
            taxable=known.get("taxable", True),
            tax_code=known.get("taxCode") or "",
            inventory_policy=known.get("inventoryPolicy", "DENY"),
            option_values=[
                next(
                    (value.id for value in option.values if value.name == name), option.values[0].id
                )
                for option, name in zip(product.options, names, strict=True)
            ],
            requires_components=bool(known.get("requiresComponents")),
            show_unit_price=bool(known.get("showUnitPrice")),
            unit_price_measurement=unit_price[0] if unit_price else None,
        )
        return variant, self._item(items[0], variant, known, tracked=tracked)

    def _item(
        self, identifier: str, variant: Variant, of_variant: dict[str, Any], *, tracked: bool
    ) -> InventoryItem:
        known = self._facts.fields.get(identifier, {})
        measurement = (known.get("measurement[]") or [{}])[0] or {}
        linked = self._link(identifier, "measurement")
        if linked:
            measurement = {"weight": (self._facts.fields[linked[0]].get("weight[]") or [None])[0]}
        weight = measurement.get("weight") or {}
        cost = (known.get("unitCost[]") or [None])[0]
        item = InventoryItem(
            id=variant.inventory_item_id,
            variant_id=variant.id,
            created_at=moment(known.get("createdAt")) or _EPOCH,
            updated_at=moment(known.get("updatedAt")) or _EPOCH,
            sku=known.get("sku", of_variant.get("sku")),
            cost=Decimal(cost["amount"]) if cost else None,
            tracked=known.get("tracked", tracked),
            requires_shipping=known.get("requiresShipping", True),
            country_code_of_origin=known.get("countryCodeOfOrigin"),
            province_code_of_origin=known.get("provinceCodeOfOrigin"),
            harmonized_system_code=known.get("harmonizedSystemCode"),
            weight_value=weight.get("value", 0.0),
            weight_unit=weight.get("unit", "KILOGRAMS"),
        )
        suffix = f"?inventory_item_id={item.id}"
        for level in self._facts.fields:
            if "/InventoryLevel/" in level and level.endswith(suffix):
                self._level(level, item)
        for level in self._link(identifier, "inventoryLevels"):
            self._level(level, item)
        units = of_variant.get("inventoryQuantity")
        if not item.levels and units:
            location = next(iter(self._catalogue.locations), None)
            if location is None:
                location = self._number()
                self._catalogue.add_location(Location(location, "Somewhere", _EPOCH, _EPOCH))
            item.levels[location] = InventoryLevel(
                self._number(), item.id, location, _EPOCH, _EPOCH, quantities={"available": units}
            )
        return item

    def _level(self, identifier: str, item: InventoryItem) -> None:
        known = self._facts.fields[identifier]
        locations = self._link(identifier, "location")
        if not locations:
            return
        quantities = known.get("quantities[]") or []
        linked = [self._facts.fields[each] for each in self._link(identifier, "quantities")]
        level = InventoryLevel(_number(identifier), item.id, _number(locations[0]), _EPOCH, _EPOCH)
        level.active = known.get("isActive", True)
        for each in [*quantities, *linked]:
            level.quantities[each["name"]] = each["quantity"]
            changed = moment(each.get("updatedAt"))
            if changed is not None:
                level.changed_at[each["name"]] = changed
        item.levels[level.location_id] = level

    def _collection(self, identifier: str) -> None:
        known = self._facts.fields[identifier]
        members = [_number(each) for each in self._link(identifier, "products")]
        members.extend(
            _number(product)
            for product in self._of("Product")
            if identifier in self._link(product, "collections") and _number(product) not in members
        )
        seo = (known.get("seo[]") or [{}])[0]
        self._catalogue.add_collection(
            Collection(
                id=_number(identifier),
                title=known.get("title", "Unknown"),
                handle=known.get("handle") or f"handle-{_number(identifier)}",
                updated_at=moment(known.get("updatedAt")) or _EPOCH,
                description_html=known.get("descriptionHtml") or "",
                sort_order=known.get("sortOrder", "MANUAL"),
                template_suffix=known.get("templateSuffix"),
                seo_title=seo.get("title"),
                seo_description=seo.get("description"),
                product_ids=members,
            )
        )

    def _metafields(self) -> None:
        for (owner, name), linked in self._facts.links.items():
            if name not in ("metafield", "metafields"):
                continue
            for identifier in linked:
                known = self._facts.fields[identifier]
                self._catalogue.add_metafield(
                    Metafield(
                        id=_number(identifier),
                        owner_id=owner,
                        namespace=known.get("namespace", "custom"),
                        key=known.get("key", "key"),
                        type=known.get("type", "single_line_text_field"),
                        value=known.get("value", ""),
                        created_at=moment(known.get("createdAt")) or _EPOCH,
                        updated_at=moment(known.get("updatedAt")) or _EPOCH,
                    )
                )


def _number(identifier: str) -> int:
    parsed = parse_identifier(identifier)
    assert parsed is not None
    assert parsed.number is not None
    return parsed.number
