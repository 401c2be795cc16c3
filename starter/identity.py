"""Who asks, and what a new run is called."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from steward.errors import InvalidInput

if TYPE_CHECKING:
    from starter.services import Services

# Without vowels no word comes about, and without 0, 1 and l nothing is misread.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_SUFFIX_LENGTH = 6
_LONGEST_PERSON = 200


def acting_person(services: Services, named: str | None) -> str:
    """Return who acts: the person named, else the settings' user, which is the login by default."""
    person = (services.user() if named is None else named).strip()
    if not person or len(person) > _LONGEST_PERSON or not person.isprintable():
        raise InvalidInput(
            "The name of the acting person is empty, too long or not printable.",
            remedy="Name yourself with --as NAME or in STEWARD_USER.",
        )
    return person


def new_run_id(template: str, store: str) -> str:
    """Return an id that nobody has used, readable aloud: `bulk-price-demo-7f3k2c`."""
    return f"{_slug(template)}-{_slug(store)}-{_suffix()}"


def new_undo_id(run_id: str) -> str:
    """Return an id for undoing a run: `undo-bulk-price-demo-7f3k2c-9d4h6m`."""
    return f"undo-{run_id[:100]}-{_suffix()}"


def new_refusal_id(run_id: str) -> str:
    """Return an id for recording what was asked of a run in vain."""
    return f"refused-{run_id}-{_suffix()}"


def _suffix() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX_LENGTH))


def _slug(text: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())
    return kept.strip("-")[:40] or "store"
