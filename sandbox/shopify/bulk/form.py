"""The form of an upload (multipart/form-data), taken apart."""

from email import message_from_bytes
from email.message import Message
from typing import NamedTuple


class FormError(ValueError):
    """A body that is no form."""


class Form(NamedTuple):
    """A form with one file; fields after the file are passed over, as storage services do."""

    fields: dict[str, str]
    content: bytes


def read_form(body: bytes, content_type: str) -> Form:
    """Return the fields in front of the part `file`, and that part's content.

    Raises:
        FormError: the body is no such form, or has no file.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise FormError("The body is not multipart/form-data.")
    fields: dict[str, str] = {}
    # The delimiter of a part includes the line break in front of it.
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator:
            break
        name = message_from_bytes(head).get_param("name", header="content-disposition")
        if name == "file":
            return Form(fields, content)
        fields[str(name)] = content.decode("utf-8", "replace")
    raise FormError("The form has no file.")
