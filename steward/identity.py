"""Who a name means: the same person however it is typed."""

import unicodedata


def identity_of(name: str) -> str:
    """Return the name without the differences that people do not see: case, spaces, composition."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
