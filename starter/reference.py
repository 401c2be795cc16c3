"""The command reference, written from the commands themselves: `python -m starter.reference FILE`.

With --check nothing is written, and the exit code is 1 where the file differs.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
import typer.core

from starter.command_tree import Command
from starter.main import command
from steward.errors import ExitCode

_EXIT_CODES = {
    ExitCode.OK: "Done as asked.",
    ExitCode.RUN_FAILED: "The run failed, was cancelled or was taken back; the audit trail is "
    "broken; or something unexpected went wrong.",
    ExitCode.INVALID_INPUT: "What was asked cannot be understood, is beyond the limits, or selects "
    "nothing.",
    ExitCode.NOT_FOUND: "There is no such store, analytics property, template or run.",
    ExitCode.REFUSED: "A rule forbids it: a decision that does not count, a policy, a run that has "
    "ended, fields that another run holds.",
    ExitCode.UNREACHABLE: "Something that is needed does not answer; the same call may succeed "
    "later.",
    ExitCode.CREDENTIALS: "Credentials are refused, or lack a permission.",
    ExitCode.STORE_ERROR: "The platform of a store, or Google Analytics, refuses, or answers what "
    "it never should.",
    ExitCode.INTERRUPTED: "Interrupted with Ctrl-C; a run that was followed goes on.",
}
_INTRODUCTION = """\
# The `steward` command

This page is written from the commands themselves by `python -m starter.reference docs/commands.md`.

Every command explains itself with `--help`. Those that print data take `--json`. Output is meant
for people on a terminal, and is plain lines with tabs between columns elsewhere. Errors are one
sentence with a remedy, beside the output; with `--json` they are JSON as well. `NO_COLOR` switches
colours off, `STEWARD_DEBUG=1` adds the traceback to an error.
"""


def reference() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_INTRODUCTION, *_exit_codes(), "", *_pages(command(), "steward")])


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "| code | name | meaning |"
    yield "|---:|---|---|"
    for code in ExitCode:
        yield f"| {code.value} | {code.name.lower()} | {_EXIT_CODES[code]} |"


def _pages(target: Command, path: str, parent: typer.Context | None = None) -> Iterator[str]:
    context = typer.Context(target, info_name=path.rpartition(" ")[2], parent=parent)
    if parent is not None:
        yield f"## {path}\n" if path.count(" ") == 1 else f"### {path}\n"
        yield from _page(target, context)
    if isinstance(target, typer.core.TyperGroup):
        for name in target.list_commands(context):
            subcommand = target.get_command(context, name)
            if isinstance(subcommand, typer.core.TyperCommand | typer.core.TyperGroup):
                yield from _pages(subcommand, f"{path} {name}", context)


def _page(target: Command, context: typer.Context) -> Iterator[str]:
    yield f"{target.help or ''}\n"
    usage = target.get_usage(context).removeprefix("Usage: ")
    yield f"```\n{' '.join(usage.split())}\n```\n"
    options = [
        record
        for parameter in target.get_params(context)
        if (record := parameter.get_help_record(context)) is not None
    ]
    if options:
        yield "| option | meaning |"
        yield "|---|---|"
        yield from (f"| `{_cell(name)}` | {_cell(text)} |" for name, text in options)
        yield ""
    if target.epilog:
        _, _, example = target.epilog.partition("\b\n")
        yield f"Example:\n\n```\n{example}\n```\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: Sequence[str]) -> int:
    """Write the page into a file, or check that the file holds it."""
    parser = argparse.ArgumentParser(prog="python -m starter.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    page = reference()
    if not options.check:
        options.file.write_text(page, encoding="utf-8")
        return 0
    if options.file.is_file() and options.file.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(
        f"{options.file} differs from the commands: run `python -m starter.reference "
        f"{options.file}`.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
