"""The documents name what exists: files, headings, commands with their options, make targets."""

import re
import shlex
from collections.abc import Sequence

import pytest
import typer
import typer.core

from starter.main import command
from tests.documentation.documents import DOCUMENTS, ROOT, Document

_PAGES = [Document.read(path) for path in DOCUMENTS]
_BY_PATH = {page.path: page for page in _PAGES}
_README = _BY_PATH[ROOT / "README.md"]
_FILE = re.compile(r"[\w.-]+(/[\w.-]+)+\.(py|md|json|toml|yaml)")
_SETTING = re.compile(r"[A-Z_]+=\S*")
_TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)

every_page = pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)


@every_page
def test_links_lead_somewhere(page: Document) -> None:
    """A link within the repository leads to a file, and its anchor to a heading of that file."""
    broken = [link for link in page.links if not _leads_somewhere(page, link)]
    assert broken == []


def _leads_somewhere(page: Document, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = (page.path.parent / place).resolve() if place else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target in _BY_PATH and anchor in _BY_PATH[target].anchors)


@every_page
def test_files_that_are_named_exist(page: Document) -> None:
    """A path in the text is that of a file in the checkout."""
    named = [code for code in page.inline_code if _FILE.fullmatch(code)]
    assert [file for file in named if not (ROOT / file).is_file()] == []


@every_page
def test_typed_commands_are_understood(page: Document) -> None:
    """Each `steward` command in a code block parses, with its arguments, options and values."""
    typed = [arguments for line in page.typed() if (arguments := _of_steward(line)) is not None]
    assert [found for arguments in typed if (found := _problem(arguments))] == []


@every_page
def test_mentioned_commands_exist(page: Document) -> None:
    """A `steward` command in a sentence exists with these options; arguments may be left out."""
    mentioned = [
        arguments for code in page.inline_code if (arguments := _of_steward(code)) is not None
    ]
    problems = [found for arguments in mentioned if (found := _problem(arguments))]
    assert [found for found in problems if "Missing parameter" not in found] == []


def _of_steward(line: str) -> list[str] | None:
    """Return the arguments of a call of `steward`, or None where something else is called."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return None
    while words and _SETTING.fullmatch(words[0]):
        del words[0]
    return words[1:] if words[:1] == ["steward"] else None


def _problem(arguments: Sequence[str]) -> str | None:
    """Return what the command would complain about, without carrying it out."""
    target, rest = command(), list(arguments)
    context = typer.Context(target, info_name="steward")
    try:
        while isinstance(target, typer.core.TyperGroup) and rest and not rest[0].startswith("-"):
            found = target.get_command(context, rest[0])
            if not isinstance(found, typer.core.TyperCommand | typer.core.TyperGroup):
                return f"{' '.join(arguments)}: there is no command {rest[0]}"
            target, name, rest = found, rest[0], rest[1:]
            context = typer.Context(target, info_name=name, parent=context)
        target.make_context(target.name, rest, parent=context.parent)
    except typer.Exit:
        return None
    except Exception as problem:  # noqa: BLE001 - whatever it is, the page is wrong
        return f"{' '.join(arguments)}: {problem}"
    return None


@every_page
def test_make_targets_exist(page: Document) -> None:
    """Each `make TARGET` that a page names is one of the Makefile's."""
    targets = _TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    lines = [*page.typed(), *page.inline_code]
    calls = [words for line in lines if (words := line.split("#")[0].split())[:1] == ["make"]]
    named = {word for words in calls for word in words[1:2] if "=" not in word}
    assert sorted(named - set(targets)) == []


def test_guarantees_name_their_tests() -> None:
    """Each guarantee in the README names the tests that show it, and they exist."""
    table = _README.prose.partition("| guarantee |")[2].partition("\n\n")[0]
    rows = [row.split("|")[-2] for row in table.splitlines()[2:]]
    assert len(rows) > 1
    for row in rows:
        files = re.findall(r"`(tests/[^`]+)`", row)
        assert files, row
        assert [file for file in files if not (ROOT / file).is_file()] == []


def test_documents_were_found() -> None:
    """The checks above look at something: commands, links and targets are found at all."""
    assert len(list(_README.typed())) > 5
    assert any(page.links for page in _PAGES)
    assert _problem(["approve", "RUN", "--nothing"])
    assert _problem(["nothing"])
    assert _problem(["run", "bulk-price", "--store", "demo", "--percent", "-15"]) is None
