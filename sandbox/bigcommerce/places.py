"""A product's place in a category, which is a field of the product named after the category."""

_PREFIX = "sort_order@"


def ordered_in(category: int) -> str:
    """Return the name of the field that orders a product in a category, such as `sort_order@23`."""
    return f"{_PREFIX}{category}"


def category_of(field: str) -> int | None:
    """Return the category that a field orders a product in, or None."""
    number = field.removeprefix(_PREFIX)
    if number == field or not (number.isdecimal() and len(number) < 10):  # noqa: PLR2004
        return None
    return int(number)
