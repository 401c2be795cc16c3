"""Files that a client uploads before it names them in a mutation."""

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

ADDRESS = "staged-uploads"
"""The path under which the store takes uploads; the platform uses a host of its own."""

LARGEST_FILE = 104_857_600
"""How many bytes the platform takes for the variables of a bulk mutation: 100 MB."""

_KEPT = timedelta(days=1)
_KEY = re.compile(r"tmp/\d+/bulk/([0-9a-f-]{36})/.+", re.DOTALL)
_BUCKET = "sandbox-staged-uploads"


class UploadError(Exception):
    """An upload that a storage service refuses.

    Attributes:
        status: the HTTP status.
        code: the storage service's word for it.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """Where one file may be uploaded to.

    Attributes:
        key: what the client names the file by afterwards.
        parameters: what the form of an upload must repeat.
    """

    key: str
    parameters: dict[str, str]


class StagedUploads:
    """The files of one store that wait to be used, and those that may still come."""

    def __init__(self, folder: Path, largest_file: int = LARGEST_FILE) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.largest_file = largest_file

    def create(self, entry: Mapping[str, Any], shop: int, address: str) -> dict[str, Any]:
        """Return the target for a file that an input describes, as the API answers it."""
        key = f"tmp/{shop}/bulk/{uuid.uuid4()}/{entry['filename']}"
        posted = entry.get("httpMethod") == "POST"
        if posted:
            parameters = self._form(key, entry["mimeType"])
            url = f"{address}/{ADDRESS}/"
        else:
            parameters = {"content_type": entry["mimeType"], "acl": "private"}
            signature = hashlib.sha256(key.encode()).hexdigest()
            url = f"{address}/{ADDRESS}/{quote(key)}?X-Goog-Signature={signature}"
        self._issued(key).write_text(
            json.dumps(asdict(Target(key, parameters if posted else {}))), encoding="utf-8"
        )
        return {
            "url": url,
            "resourceUrl": url,
            "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
        }

    def _form(self, key: str, mime_type: str) -> dict[str, str]:
        now = datetime.now(UTC)
        date = now.strftime("%Y%m%dT%H%M%SZ")
        named = {
            "Content-Type": mime_type,
            "success_action_status": "201",
            "acl": "private",
            "key": key,
            "x-goog-date": date,
            "x-goog-credential": f"sandbox/{date[:8]}/auto/storage/goog4_request",
            "x-goog-algorithm": "GOOG4-RSA-SHA256",
        }
        conditions: list[Any] = [{name: value} for name, value in named.items()]
        conditions.append(["content-length-range", 1, self.largest_file])
        policy = base64.b64encode(
            json.dumps(
                {
                    "conditions": conditions,
                    "expiration": (now + _KEPT).strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            ).encode()
        )
        signature = hashlib.sha256(policy).hexdigest()
        return {**named, "x-goog-signature": signature, "policy": policy.decode()}

    def post(self, fields: Mapping[str, str], content: bytes) -> dict[str, str]:
        """Take the file of a form and return what the storage service says about it.

        Args:
            fields: the fields in front of the file.
            content: the file.

        Raises:
            UploadError: the form is not the one that was asked for, or the file's size is wrong.
        """
        target = self._target(fields.get("key", ""))
        for name, value in target.parameters.items():
            if fields.get(name) != value:
                raise UploadError(
                    403, "AccessDenied", f"The form's field {name} is not as the policy says."
                )
        if not content:
            raise UploadError(400, "EntityTooSmall", "Your proposed upload is smaller than 1 byte.")
        if len(content) > self.largest_file:
            raise UploadError(
                400, "EntityTooLarge", "Your proposed upload exceeds the maximum object size."
            )
        self._content(target.key).write_bytes(content)
        return {
            "Location": f"{ADDRESS}/{target.key}",
            "Bucket": _BUCKET,
            "Key": target.key,
            "ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"',
        }

    def put(self, key: str, content: bytes) -> None:
        """Take a file that is sent by itself, of whatever size.

        Raises:
            UploadError: no target of this name was asked for.
        """
        self._content(self._target(key).key).write_bytes(content)

    def path_of(self, key: str) -> Path | None:
        """Return where an uploaded file is, or None if there is none."""
        key = key.removeprefix(f"{ADDRESS}/")
        try:
            content = self._content(self._target(key).key)
        except UploadError:
            return None
        return content if content.exists() else None

    def clear(self) -> None:
        """Forget every file and target."""
        for path in self._folder.iterdir():
            path.unlink()

    def _target(self, key: str) -> Target:
        issued = self._issued(key)
        if issued.exists():
            target = Target(**json.loads(issued.read_text(encoding="utf-8")))
            if target.key == key:
                return target
        raise _unknown()

    def _issued(self, key: str) -> Path:
        return self._folder / f"{_number(key)}.json"

    def _content(self, key: str) -> Path:
        return self._folder / f"{_number(key)}.jsonl"


def _number(key: str) -> str:
    match = _KEY.fullmatch(key)
    if match is None:
        raise _unknown()
    return match.group(1)


def _unknown() -> UploadError:
    return UploadError(403, "AccessDenied", "No such upload was asked for.")
