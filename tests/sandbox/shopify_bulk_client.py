"""A client that uploads files of variables and runs mutations on them in bulk."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from tests.sandbox.running import RunningStore

TARGETS = """mutation($input: [StagedUploadInput!]!) {
  stagedUploadsCreate(input: $input) {
    stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }"""
RUN = """mutation($mutation: String!, $path: String!, $client: String) {
  bulkOperationRunMutation(
    mutation: $mutation, stagedUploadPath: $path, clientIdentifier: $client
  ) { bulkOperation { id status objectCount url query } userErrors { field message code } } }"""
CANCEL = """mutation($id: ID!) { bulkOperationCancel(id: $id) {
  bulkOperation { id status } userErrors { field message } } }"""
READ = """query($id: ID!) { bulkOperation(id: $id) {
  id status type errorCode createdAt completedAt objectCount rootObjectCount fileSize url
  partialDataUrl query } }"""
ADD_TAGS = """mutation($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } } }"""
ENDED = ("CANCELED", "COMPLETED", "FAILED")

Row = dict[str, Any]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is true, and fail if it does not come true."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"{what} never happened"
        time.sleep(0.01)


class BulkClient:
    """Talks to one store about bulk operations."""

    def __init__(self, store: RunningStore) -> None:
        self.store = store

    def target(self, method: str = "POST", filename: str = "lines.jsonl") -> dict[str, Any]:
        """Return where a file may be uploaded to."""
        entry = {
            "filename": filename,
            "mimeType": "text/jsonl",
            "resource": "BULK_MUTATION_VARIABLES",
            "httpMethod": method,
        }
        answer = self.store.data(TARGETS, {"input": [entry]})["stagedUploadsCreate"]
        assert answer["userErrors"] == []
        found: dict[str, Any] = answer["stagedTargets"][0]
        return found

    def upload(self, lines: Sequence[object]) -> str:
        """Upload one line of variables for each run, and return the path of the file."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        target = self.target()
        fields = form_of(target)
        response = httpx.post(target["url"], data=fields, files={"file": text.encode()}, timeout=20)
        assert response.status_code == 201, response.text
        return fields["key"]

    def run(self, mutation: str, path: str, client: str | None = None) -> dict[str, Any]:
        """Begin an operation and return the mutation's payload."""
        variables = {"mutation": mutation, "path": path, "client": client}
        payload: dict[str, Any] = self.store.data(RUN, variables)["bulkOperationRunMutation"]
        return payload

    def start(self, mutation: str, lines: Sequence[object]) -> str:
        """Upload lines, begin an operation on them, and return its identifier."""
        payload = self.run(mutation, self.upload(lines))
        assert payload["userErrors"] == []
        identifier: str = payload["bulkOperation"]["id"]
        return identifier

    def read(self, identifier: str) -> dict[str, Any]:
        """Return an operation as it is now."""
        operation: dict[str, Any] = self.store.data(READ, {"id": identifier})["bulkOperation"]
        return operation

    def cancel(self, identifier: str) -> dict[str, Any]:
        """Ask an operation to stop and return the mutation's payload."""
        payload: dict[str, Any] = self.store.data(CANCEL, {"id": identifier})["bulkOperationCancel"]
        return payload

    def ended(self, identifier: str) -> dict[str, Any]:
        """Wait for an operation to end and return it."""
        wait_for(lambda: self.read(identifier)["status"] in ENDED, "the end of the operation")
        return self.read(identifier)

    def products(self, count: int) -> list[str]:
        """Return the identifiers of the first products."""
        return list(self.store.control("GET", "catalogue")["products"])[:count]

    def tagged(self, tag: str) -> list[str]:
        """Return the products that have a tag, in the order of the catalogue."""
        products = self.store.control("GET", "catalogue")["products"]
        return [identifier for identifier, each in products.items() if tag in each["tags"]]


def form_of(target: dict[str, Any]) -> dict[str, str]:
    """Return the fields that the form of an upload must have."""
    return {each["name"]: each["value"] for each in target["parameters"]}


def rows_at(url: str) -> list[Row]:
    """Return the rows of a result."""
    response = httpx.get(url, timeout=20)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def tag_lines(products: Sequence[str], tag: str = "bulk") -> list[dict[str, Any]]:
    """Return the lines that add a tag to products."""
    return [{"id": product, "tags": [tag]} for product in products]
