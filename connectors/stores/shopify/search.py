"""Product searches, and the check of what they find.

Shopify's search lags behind writes and compares words, not whole values, so that it finds too
much; it is told the value in quotes and each product found is compared again.
"""

from steward.catalog import ByTag, ByVendor


def search_for(selection: ByTag | ByVendor) -> str:
    """Return the search that finds at least the selected products."""
    match selection:
        case ByTag(tag=tag):
            return f"tag:{quoted(tag)}"
        case ByVendor(vendor=vendor):
            return f"vendor:{quoted(vendor)}"


def is_selected(selection: ByTag | ByVendor, *, vendor: str, tags: tuple[str, ...]) -> bool:
    """Return whether a product is in the selection; case makes no difference, as in the store."""
    match selection:
        case ByTag(tag=wanted):
            return wanted.casefold() in {tag.casefold() for tag in tags}
        case ByVendor(vendor=wanted):
            return wanted.casefold() == vendor.strip().casefold()


def quoted(value: str) -> str:
    r"""Return the value between quotes of the search syntax, single or double.

    Double quotes unless the value holds some and no single one; what still needs it gets a
    backslash in front.
    """
    quote = "'" if '"' in value and "'" not in value else '"'
    escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"
