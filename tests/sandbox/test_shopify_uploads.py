"""Files that are uploaded before a mutation names them: their form, their size, their name."""

from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.shopify.bulk.form import FormError, read_form
from sandbox.shopify.bulk.uploads import StagedUploads, UploadError
from tests.sandbox.running import RunningStore
from tests.sandbox.shopify_bulk_client import ADD_TAGS, BulkClient, form_of, tag_lines

ENTRY = {"filename": "lines.jsonl", "mimeType": "text/jsonl", "httpMethod": "POST"}


def test_a_form_is_posted_as_the_platforms_storage_takes_it(store: RunningStore) -> None:
    """The target's fields and the file are sent without a token, and answered with the key."""
    target = BulkClient(store).target(filename="my lines é.jsonl")
    fields = form_of(target)
    assert target["url"] == target["resourceUrl"]
    assert fields["key"].startswith("tmp/")
    assert fields["key"].endswith("/my lines é.jsonl")
    response = httpx.post(target["url"], data=fields, files={"file": ("x", b"{}", "text/jsonl")})
    assert response.status_code == 201
    assert f"<Key>{fields['key']}</Key>" in response.text


@pytest.mark.parametrize("name", ["key", "policy", "acl", "Content-Type", "x-goog-signature"])
def test_every_field_of_the_form_must_be_repeated(store: RunningStore, name: str) -> None:
    """A form that lacks one of the parameters, or has another value, is denied."""
    bulk = BulkClient(store)
    target = bulk.target()
    fields = form_of(target)
    for wrong in ({**fields, name: "other"}, {**fields, name: ""}):
        response = httpx.post(target["url"], data=wrong, files={"file": b"{}"})
        assert response.status_code == 403
        assert "<Code>AccessDenied</Code>" in response.text
    assert bulk.run(ADD_TAGS, fields["key"])["userErrors"][0]["code"] == "NO_SUCH_FILE"


def test_a_body_that_is_no_form_is_refused(store: RunningStore) -> None:
    """A file that is posted by itself is refused as malformed."""
    target = BulkClient(store).target()
    assert httpx.post(target["url"], content=b"{}").status_code == 400
    assert httpx.post(target["url"], data=form_of(target)).status_code == 400


def test_a_file_can_be_put(store: RunningStore) -> None:
    """A target for PUT takes the file by itself; its name is the path of the address."""
    bulk = BulkClient(store)
    target = bulk.target("PUT")
    path = httpx.URL(target["url"]).path.lstrip("/")
    assert bulk.run(ADD_TAGS, path)["userErrors"][0]["code"] == "NO_SUCH_FILE"
    assert httpx.put(target["url"], content=b"").status_code == 200
    assert bulk.run(ADD_TAGS, path)["userErrors"][0]["message"] == "The input file is empty."
    line = b'{"id": "gid://shopify/Product/1", "tags": []}\n'
    assert httpx.put(target["url"], content=line).status_code == 200
    assert bulk.run(ADD_TAGS, path)["userErrors"] == []
    unknown = target["url"].replace("lines.jsonl", "other.jsonl")
    assert httpx.put(unknown, content=line).status_code == 403


def test_an_uploaded_file_is_forgotten_with_a_reset(store: RunningStore) -> None:
    """A store in its first state has no files."""
    bulk = BulkClient(store)
    path = bulk.upload(tag_lines(bulk.products(1)))
    store.control("POST", "reset")
    assert bulk.run(ADD_TAGS, path)["userErrors"][0]["code"] == "NO_SUCH_FILE"


def test_files_have_a_size(tmp_path: Path) -> None:
    """A form takes neither an empty file nor one beyond the limit; PUT takes every size."""
    uploads = StagedUploads(tmp_path, largest_file=10)
    fields = form_of(uploads.create(ENTRY, 1, ""))
    for content, code in ((b"", "EntityTooSmall"), (b"x" * 11, "EntityTooLarge")):
        with pytest.raises(UploadError) as raised:
            uploads.post(fields, content)
        assert (raised.value.status, raised.value.code) == (400, code)
        assert uploads.path_of(fields["key"]) is None
    put = uploads.create({**ENTRY, "httpMethod": "PUT"}, 1, "")
    uploads.put(unquote(put["url"].partition("?")[0]).partition("/staged-uploads/")[2], b"x" * 11)
    uploads.post(fields, b"x" * 10)
    assert uploads.path_of(fields["key"]) is not None


BOUNDARY = "--the-boundary"


def _form(fields: dict[str, str], content: bytes) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    return b"".join([*parts, file.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])


@given(
    fields=st.dictionaries(
        st.text("abc-", min_size=1, max_size=5), st.text("xyz é\n", max_size=9), max_size=4
    ),
    content=st.binary(max_size=60).filter(lambda content: BOUNDARY.encode() not in content),
)
def test_a_form_is_read_as_it_was_written(fields: dict[str, str], content: bytes) -> None:
    """Whatever the fields and the file hold, they come out the same."""
    form = read_form(_form(fields, content), f"multipart/form-data; boundary={BOUNDARY}")
    assert (form.fields, form.content) == (fields, content)


@given(body=st.binary(max_size=80))
def test_senseless_forms_are_refused(body: bytes) -> None:
    """A body without a file is an error, and nothing else."""
    with pytest.raises(FormError):
        read_form(body, f"multipart/form-data; boundary={BOUNDARY}")
    with pytest.raises(FormError):
        read_form(body, "application/json")
