"""The requests that the sandbox understands are those of the platform's discovery document."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ga4 import messages
from sandbox.ga4.protocol_json import Enum, Kind, Many, Message, Recursive
from tests.sandbox.ga4.discovery import schemas

REQUESTS = {
    "RunReportRequest": messages.RUN_REPORT,
    "BatchRunReportsRequest": messages.BATCH_RUN_REPORTS,
    "RunRealtimeReportRequest": messages.RUN_REALTIME_REPORT,
    "CheckCompatibilityRequest": messages.CHECK_COMPATIBILITY,
}
SCALARS = {
    ("string", ""): "string",
    ("string", "int64"): "int64",
    ("integer", "int32"): "int32",
    ("number", "double"): "double",
    ("boolean", ""): "bool",
}


def differences(kind: Kind, schema: dict[str, Any], place: str, seen: set[str]) -> Iterator[str]:
    """Yield every place at which what is understood is not what is documented."""
    name = schema.get("$ref", "")
    if name in seen:
        return
    seen = seen | {name} if name else seen
    documented = schemas()[name] if name else schema
    match kind:
        case Recursive(declared=declared):
            yield from differences(declared(), schema, place, seen - {name})
        case Many(of=of):
            if documented["type"] != "array":
                yield f"{place} is no list"
            else:
                yield from differences(of, documented["items"], f"{place}[]", seen)
        case Message(fields=fields):
            known = documented.get("properties", {})
            yield from (f"{place}.{other} is one side's" for other in fields.keys() ^ known.keys())
            for field in fields.keys() & known.keys():
                yield from differences(fields[field], known[field], f"{place}.{field}", seen)
        case Enum(names=names):
            if set(names.values()) != set(documented.get("enum", [])):
                yield f"{place} has other values"
        case _:
            if SCALARS.get((documented["type"], documented.get("format", ""))) != kind:
                yield f"{place} is no {kind}"


@pytest.mark.parametrize("name", REQUESTS)
def test_every_field_of_a_request_is_the_document_s(name: str) -> None:
    """In name and type, down to the last filter; neither side has one more."""
    assert list(differences(REQUESTS[name], {"$ref": name}, name, set())) == []


def test_the_comparison_can_fail() -> None:
    """A field more, another type and another enum are found."""
    wrong = Message({"limit": "int32", "colour": "string", "metricAggregations": Many(Enum({}))})
    found = list(differences(wrong, {"$ref": "RunReportRequest"}, "R", set()))
    assert {"R.limit is no int32", "R.colour is one side's"} <= set(found)
    assert "R.metricAggregations[] has other values" in found
