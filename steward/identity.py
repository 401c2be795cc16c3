"""Who a name means: the same person however it is typed."""

import unicodedata
from itertools import chain

# Shown as nothing, beside the format characters (Unicode's property Default_Ignorable_Code_Point).
_FILLERS = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0)
_RANGES = (
    range(0x180B, 0x1810),
    range(0xFE00, 0xFE10),
    range(0xFFF0, 0xFFF9),
    range(0xE0000, 0xE1000),
)
_UNSEEN = frozenset(map(chr, chain(_FILLERS, *_RANGES)))


def identity_of(name: str) -> str:
    """Return the name without what people do not see: case, spaces, composition, unseen signs.

    The identity of an identity is itself. A name of nothing but unseen signs has an empty one.
    """
    seen = "".join(character for character in name if not _is_unseen(character))
    # Letters are taken apart first, since case folds otherwise where marks were put together;
    # twice, since what stands for another letter may stand for a capital one.
    for form in ("NFD", "NFKD"):
        seen = unicodedata.normalize(form, seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _is_unseen(character: str) -> bool:
    return character in _UNSEEN or unicodedata.category(character) == "Cf"
