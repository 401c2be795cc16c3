"""From one page to the next."""

from connectors.stores.shopify.answers import PageInfo
from connectors.stores.shopify.errors import Failures


def next_cursor(store: str, info: PageInfo | None, current: str | None) -> str | None:
    """Return where the next page begins, or None where there is none.

    Raises `StoreAnswerInvalid` where a next page is promised and there is no way to it.
    """
    if info is None or not info.has_next_page:
        return None
    if not info.end_cursor or info.end_cursor == current:
        raise Failures(store, writing=False).of_answer("its pages do not go on")
    return info.end_cursor
