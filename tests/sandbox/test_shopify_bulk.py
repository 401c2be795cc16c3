"""Bulk operations over real HTTP: uploaded, run line by line, read, canceled, refused."""

from collections.abc import Iterator

import pytest

from tests.sandbox.running import RunningStore, running_store
from tests.sandbox.shopify_bulk_client import (
    ADD_TAGS,
    TARGETS,
    BulkClient,
    rows_at,
    tag_lines,
    wait_for,
)

PRICES = """mutation($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants) {
    productVariants { id price } userErrors { field message code } } }"""
STOCK = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id } userErrors { code } } }"""


@pytest.fixture(scope="module")
def fast_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a store of 20 products that runs a thousand lines a second."""
    folder = tmp_path_factory.mktemp("fast")
    with running_store(folder, products=20, variants=40, bulk_lines_per_second=1000) as store:
        yield store


@pytest.fixture
def bulk(fast_store: RunningStore) -> BulkClient:
    """Return a client of the fast store in its first state."""
    fast_store.control("DELETE", "faults")
    fast_store.control("POST", "reset")
    return BulkClient(fast_store)


@pytest.fixture(scope="module")
def slow_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Run a store that does not get to the first line of an operation within a test."""
    folder = tmp_path_factory.mktemp("slow")
    with running_store(folder, products=20, variants=40, bulk_lines_per_second=0.001) as store:
        yield store


@pytest.fixture
def waiting(slow_store: RunningStore) -> BulkClient:
    """Return a client of the slow store in its first state."""
    slow_store.control("POST", "reset")
    return BulkClient(slow_store)


def test_every_line_is_run_and_answered(bulk: BulkClient) -> None:
    """Each line has a row with its number; what was refused is refused in its row only."""
    products = bulk.products(3)
    lines = tag_lines([products[0], "gid://shopify/Product/1", products[1]])
    identifier = bulk.start(ADD_TAGS, [*lines, {"id": products[2]}])
    operation = bulk.ended(identifier)
    assert operation["status"] == "COMPLETED"
    assert operation["query"] == ADD_TAGS
    rows = rows_at(operation["url"])
    assert [row["__lineNumber"] for row in rows] == [0, 1, 2, 3]
    assert rows[0]["data"]["tagsAdd"] == {"node": {"id": products[0]}, "userErrors": []}
    assert rows[1]["data"]["tagsAdd"]["userErrors"][0]["message"] == "Product does not exist"
    assert rows[3]["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"
    assert bulk.tagged("bulk") == products[:2]


def test_a_completed_operation_counts_its_lines_and_bytes(bulk: BulkClient) -> None:
    """Counts and sizes are texts, and the size is that of the result."""
    identifier = bulk.start(ADD_TAGS, tag_lines(bulk.products(4)))
    operation = bulk.ended(identifier)
    assert (operation["objectCount"], operation["rootObjectCount"]) == ("4", "4")
    assert operation["type"] == "MUTATION"
    assert operation["errorCode"] is None
    assert operation["partialDataUrl"] is None
    assert operation["createdAt"] <= operation["completedAt"]
    rows = bulk.store.http.get(operation["url"], headers={"X-Shopify-Access-Token": ""})
    assert rows.headers["Content-Type"].startswith("application/jsonl")
    assert operation["fileSize"] == str(len(rows.content))


def test_lines_write_what_direct_mutations_write(bulk: BulkClient) -> None:
    """The journal has the same writes, and says which line of which operation made them."""
    product, content = next(iter(bulk.store.control("GET", "catalogue")["products"].items()))
    variant = next(iter(content["variants"]))
    line = {"productId": product, "variants": [{"id": variant, "price": "12.345"}]}
    bulk.store.data(PRICES, line)
    identifier = bulk.start(PRICES, [line, {**line, "variants": [{"id": variant, "price": "-1"}]}])
    bulk.ended(identifier)
    number = identifier.rpartition("/")[2]
    direct, first, second = bulk.store.journal()
    assert [first[name] for name in ("operation", "resource_id", "field", "after", "applied")] == [
        direct[name] for name in ("operation", "resource_id", "field", "after", "applied")
    ]
    assert (first["request_id"], second["request_id"]) == (f"bulk-{number}-0", f"bulk-{number}-1")
    assert (second["applied"], second["reason"]) == (False, "GREATER_THAN_OR_EQUAL_TO")


def test_lines_with_keys_are_done_once(bulk: BulkClient) -> None:
    """A line may carry an idempotency key, which a later line repeats without doing it again."""
    product = next(iter(bulk.store.control("GET", "catalogue")["products"].values()))
    variant = next(iter(product["variants"].values()))
    location, held = next(iter(variant["inventory"].items()))
    entry = {
        "inventoryItemId": variant["inventoryItem"],
        "locationId": location,
        "quantity": 77,
        "changeFromQuantity": held["available"],
    }
    quantities = {"name": "available", "reason": "correction", "quantities": [entry]}
    identifier = bulk.start(STOCK, [{"input": quantities, "key": "k"}] * 2)
    rows = rows_at(bulk.ended(identifier)["url"])
    assert rows[0]["data"] == rows[1]["data"]
    assert len(bulk.store.journal()) == 2


def test_lines_cost_no_points(bulk: BulkClient) -> None:
    """However many lines run, the bucket pays for the requests around them only."""
    before = bulk.store.control("GET", "statistics")["points_actual"]
    bulk.start(ADD_TAGS, tag_lines(bulk.products(20) * 10))
    wait_for(lambda: len(bulk.store.journal()) == 200, "the last line")
    after = bulk.store.control("GET", "statistics")["points_actual"]
    assert after - before == 11 + 10


def test_operations_are_found_in_every_way(bulk: BulkClient) -> None:
    """By identifier, as a node, as the newest of its kind, and by a search, newest first."""
    first = bulk.start(ADD_TAGS, tag_lines(bulk.products(1)))
    second = bulk.start(ADD_TAGS, tag_lines(bulk.products(2)))
    bulk.ended(first)
    bulk.ended(second)
    found = bulk.store.data(
        """query($id: ID!, $search: String) {
          node(id: $id) { ... on BulkOperation { id status } }
          mutation: currentBulkOperation(type: MUTATION) { id }
          query: currentBulkOperation { id }
          newest: bulkOperations(first: 1) { nodes { id } pageInfo { hasNextPage } }
          oldest: bulkOperations(first: 1, reverse: true) { nodes { id } }
          searched: bulkOperations(first: 5, query: $search) { edges { cursor node { id } } }
          none: bulkOperations(first: 5, query: "status:running") { nodes { id } }
          unknown: bulkOperation(id: "gid://shopify/BulkOperation/1") { id }
        }""",
        {
            "id": first,
            "search": f"id:{first.rpartition('/')[2]} status:completed operation_type:mutation",
        },
    )
    assert found["node"] == {"id": first, "status": "COMPLETED"}
    assert found["mutation"] == {"id": second}
    assert found["query"] is None
    assert found["newest"] == {"nodes": [{"id": second}], "pageInfo": {"hasNextPage": True}}
    assert found["oldest"]["nodes"] == [{"id": first}]
    assert [edge["node"]["id"] for edge in found["searched"]["edges"]] == [first]
    assert found["none"]["nodes"] == []
    assert found["unknown"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ('(first: 1, query: "created_at:never")', "Invalid timestamp for query filter"),
    ],
)
def test_senseless_searches_are_refused(bulk: BulkClient, arguments: str, message: str) -> None:
    """A page without a size, or a time that is none, is an error."""
    answer = bulk.store.answer(f"{{ bulkOperations{arguments} {{ nodes {{ id }} }} }}")
    assert answer["errors"][0]["message"].startswith(message)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_unknown_values_of_a_search_are_noted(bulk: BulkClient) -> None:
    """A status that does not exist finds nothing, and the answer says so."""
    bulk.ended(bulk.start(ADD_TAGS, tag_lines(bulk.products(1))))
    answer = bulk.store.answer(
        '{ bulkOperations(first: 1, query: "status:EXPIRED") { nodes { id } } }'
    )
    assert answer["data"]["bulkOperations"]["nodes"] == []
    assert answer["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_value"


def test_the_sixth_operation_has_to_wait(bulk: BulkClient) -> None:
    """Five run at the same time; the sixth is refused and names them, until one has ended."""
    hold = bulk.store.fault("hold_before", match={"kind": "bulk_item"}, count=None)
    path = bulk.upload(tag_lines(bulk.products(2)))
    running = [bulk.run(ADD_TAGS, path)["bulkOperation"]["id"] for _ in range(5)]
    sixth = bulk.run(ADD_TAGS, path)
    assert sixth["bulkOperation"] is None
    (error,) = sixth["userErrors"]
    assert (error["field"], error["code"]) == (None, "OPERATION_IN_PROGRESS")
    assert error["message"].endswith(f"in progress: {', '.join(running)}.")
    missing = bulk.run(ADD_TAGS, path.replace("lines", "other"))
    assert missing["userErrors"][0]["code"] == "NO_SUCH_FILE"
    bulk.store.control("POST", f"faults/{hold}/release")
    assert {bulk.ended(identifier)["status"] for identifier in running} == {"COMPLETED"}
    assert bulk.run(ADD_TAGS, path)["userErrors"] == []


def test_an_operation_begins_as_created(waiting: BulkClient) -> None:
    """An operation that has not come to its first line has neither counts nor a result."""
    identifier = waiting.start(ADD_TAGS, tag_lines(waiting.products(2)))
    operation = waiting.read(identifier)
    assert operation["status"] == "CREATED"
    assert (operation["objectCount"], operation["fileSize"], operation["url"]) == ("0", None, None)


def test_a_canceled_operation_keeps_what_it_has_done(bulk: BulkClient) -> None:
    """It stops in front of the next line; rows so far can be read, and ended ones stay ended."""
    products = bulk.products(20)
    hold = bulk.store.fault("hold_before", match={"kind": "bulk_item", "resource_id": products[2]})
    identifier = bulk.start(ADD_TAGS, tag_lines(products))
    wait_for(lambda: bulk.read(identifier)["objectCount"] == "2", "the second line")
    assert bulk.read(identifier)["status"] == "RUNNING"
    assert bulk.cancel(identifier) == {
        "bulkOperation": {"id": identifier, "status": "CANCELING"},
        "userErrors": [],
    }
    assert bulk.cancel(identifier)["userErrors"] == []
    bulk.store.control("POST", f"faults/{hold}/release")
    operation = bulk.ended(identifier)
    assert operation["status"] == "CANCELED"
    assert (operation["completedAt"], operation["fileSize"]) == (None, None)
    assert [row["__lineNumber"] for row in rows_at(operation["url"])] == [0, 1, 2]
    assert bulk.tagged("bulk") == products[:3]
    again = bulk.cancel(identifier)
    assert again["bulkOperation"]["status"] == "CANCELED"
    assert again["userErrors"][0]["message"].endswith("when it is canceled")


def test_an_unknown_operation_cannot_be_canceled(bulk: BulkClient) -> None:
    """A number that no operation has is refused."""
    payload = bulk.cancel("gid://shopify/BulkOperation/1")
    assert payload["bulkOperation"] is None
    assert payload["userErrors"][0]["field"] == ["id"]


@pytest.mark.parametrize(
    ("mutation", "field", "code"),
    [
        ("mutation { not parseable", None, "INVALID_MUTATION"),
        ("", None, "INVALID_MUTATION"),
        ("{ shop { name } }", None, "INVALID_MUTATION"),
        ("mutation($id: ID!) { tagsAdd(id: $id) { node { id } } }", None, "INVALID_MUTATION"),
        ("mutation { orderCancel { job { id } } }", ["mutation"], None),
        (
            "mutation($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }",
            ["mutation"],
            None,
        ),
        (
            """mutation($id: ID!, $tags: [String!]!) {
              tagsAdd(id: $id, tags: $tags) { userErrors { message } }
              tagsRemove(id: $id, tags: $tags) { userErrors { message } } }""",
            ["mutation"],
            None,
        ),
        (
            """mutation($product: ProductUpdateInput!) {
              productUpdate(product: $product) { product {
              variants(first: 1) { nodes { id } } collections(first: 1) { nodes { id } } } } }""",
            ["mutation"],
            None,
        ),
    ],
)
def test_other_documents_are_refused(
    bulk: BulkClient, mutation: str, field: list[str] | None, code: str | None
) -> None:
    """Only one allowed mutation, valid and with one connection at most, is run in bulk."""
    payload = bulk.run(mutation, bulk.upload([{}]))
    assert payload["bulkOperation"] is None
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(field, code)]


@pytest.mark.parametrize("client", ["short", "x" * 256])
def test_client_identifiers_have_a_length(bulk: BulkClient, client: str) -> None:
    """An operation's own name has 10 to 255 characters, and is kept."""
    path = bulk.upload(tag_lines(bulk.products(1)))
    assert bulk.run(ADD_TAGS, path, client)["userErrors"][0]["field"] == ["clientIdentifier"]
    assert bulk.run(ADD_TAGS, path, "x" * 10)["userErrors"] == []
    (known,) = bulk.store.control("GET", "statistics")["bulkOperations"]
    assert (known["clientIdentifier"], known["stagedUploadPath"]) == ("x" * 10, path)


def test_a_file_that_holds_no_variables_is_refused(bulk: BulkClient) -> None:
    """What does not begin with a JSON object is not run."""
    payload = bulk.run(ADD_TAGS, bulk.upload(["no variables"]))
    assert payload["userErrors"][0]["code"] == "INVALID_STAGED_UPLOAD_FILE"


def test_files_for_other_purposes_are_refused(bulk: BulkClient) -> None:
    """The sandbox takes files of variables only, and says so."""
    entry = {"filename": "a.png", "mimeType": "image/png", "resource": "IMAGE"}
    answer = bulk.store.data(TARGETS, {"input": [entry]})["stagedUploadsCreate"]
    assert answer["stagedTargets"] is None
    assert answer["userErrors"][0]["field"] == ["input", "0", "resource"]


def test_a_missing_scope_fails_the_operation(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An operation whose mutation the token may not use fails at its first line."""
    with running_store(
        tmp_path_factory.mktemp("narrow"),
        products=3,
        variants=3,
        scopes=["read_products"],
        bulk_lines_per_second=1000,
    ) as store:
        bulk = BulkClient(store)
        operation = bulk.ended(bulk.start(ADD_TAGS, tag_lines(bulk.products(2))))
        assert (operation["status"], operation["errorCode"]) == ("FAILED", "ACCESS_DENIED")
        assert (operation["url"], operation["partialDataUrl"]) == (None, None)
        assert [entry["reason"] for entry in store.journal()] == ["ACCESS_DENIED"]
