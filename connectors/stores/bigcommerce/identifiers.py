"""BigCommerce's ids: whole numbers, one row of them for products and another for variants."""

import re

from steward.errors import InvalidInput

_NUMBER = re.compile(r"[0-9]{1,18}")


def number_of(text: str) -> int:
    """Return the number that an id is; raises `InvalidInput` for anything else."""
    if not _NUMBER.fullmatch(text):
        raise InvalidInput(
            f"'{text}' is no BigCommerce id.",
            remedy="Write the number from the product's page in the control panel.",
        )
    return int(text)
