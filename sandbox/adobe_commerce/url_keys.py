"""URL keys: how the platform writes them, and that no two products of a view have the same."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from sandbox.adobe_commerce.records import Product
from sandbox.adobe_commerce.scopes import GLOBAL


def url_key_of(text: str) -> str:
    """Return a text as the platform keeps it in a URL: small letters, digits and hyphens.

    Accents go; what has no Latin letter becomes a hyphen, so that nothing may be left.
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore")
    letters = "".join(sign if sign.isalnum() else " " for sign in plain.decode().lower())
    return "-".join(letters.split())


class UrlKeys:
    """Which products hold which key in which scope."""

    def __init__(self) -> None:
        self._holders: dict[tuple[int, str], set[int]] = defaultdict(set)

    def claim(self, product: Product) -> None:
        """Remember the keys of a product."""
        for place in _places(product):
            self._holders[place].add(product.id)

    def release(self, product: Product) -> None:
        """Forget the keys of a product."""
        for place in _places(product):
            self._holders[place].discard(product.id)

    def is_taken(
        self, key: str, view: int, products: Mapping[int, Product], beside: int | None
    ) -> bool:
        """Tell whether another product than one has a key in a view, inherited or not."""
        own = self._holders.get((view, key), set())
        inherited = {
            number
            for number in self._holders.get((GLOBAL, key), set())
            if products[number].stored("url_key", view) is None
        }
        return bool((own | inherited) - {beside})


def _places(product: Product) -> Iterator[tuple[int, str]]:
    if product.values.get("url_key") is not None:
        yield GLOBAL, product.values["url_key"]
    for scope, own in product.overrides.items():
        if own.get("url_key") is not None:
            yield scope, own["url_key"]
