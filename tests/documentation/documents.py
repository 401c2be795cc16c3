"""The documents of the checkout, and what stands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<content>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_INLINE_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")
_SHELL_LANGUAGES = {"sh", "console"}


@dataclass(frozen=True, slots=True)
class Document:
    """A page of Markdown; its text without the code blocks, and the blocks by language."""

    path: Path
    prose: str
    blocks: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a page."""
        text = path.read_text(encoding="utf-8")
        blocks = tuple((found["language"], found["content"]) for found in _FENCE.finditer(text))
        return cls(path=path, prose=_FENCE.sub("", text), blocks=blocks)

    @property
    def name(self) -> str:
        """Its path from the checkout's root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def links(self) -> list[str]:
        """Where its links lead, apart from other sites."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @property
    def anchors(self) -> frozenset[str]:
        """The anchors of its headings, as GitHub makes them."""
        headings = _HEADING.findall(self.prose)
        return frozenset(
            _NOT_IN_AN_ANCHOR.sub("", heading.lower()).replace(" ", "-") for heading in headings
        )

    @property
    def inline_code(self) -> list[str]:
        """What stands between backticks in its sentences and tables."""
        return _INLINE_CODE.findall(self.prose)

    def typed(self) -> Iterator[str]:
        """Return each command that its blocks show, whole, without the prompt."""
        for language, content in self.blocks:
            if language in _SHELL_LANGUAGES:
                for line in content.replace("\\\n", "").splitlines():
                    prompt, _, command = line.strip().rpartition("$ ")
                    if language == "sh" or (line.strip().startswith("$ ") and not prompt):
                        yield command
