"""How plain functions become commands: help and examples from docstrings, loaded when needed."""

import importlib
import importlib.util
import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import typer
import typer.core
import typer.main

Command = typer.core.TyperCommand | typer.core.TyperGroup
CommandFunction = Callable[..., None]

_EXAMPLES = "\nExample:\n"


def new_app(
    cls: type[typer.core.TyperGroup] = typer.core.TyperGroup, *, completion: bool = False
) -> typer.Typer:
    """Return an application whose help is plain text, the same with and without a terminal."""
    return typer.Typer(cls=cls, rich_markup_mode=None, add_completion=completion)


def help_and_epilog(function: CommandFunction) -> tuple[str, str]:
    """Split a command's docstring into its help and the examples that it ends with."""
    text, _, examples = inspect.cleandoc(function.__doc__ or "").partition(_EXAMPLES)
    lines = inspect.cleandoc(examples)
    # The backspace tells the help formatter to keep the lines as they are.
    return text.strip(), f"Example:\n\n\b\n{lines}" if lines else ""


def add_command(app: typer.Typer, function: CommandFunction, name: str) -> None:
    """Add a function as a command."""
    text, epilog = help_and_epilog(function)
    app.command(name, help=text, epilog=epilog)(function)


def set_default(app: typer.Typer, function: CommandFunction) -> None:
    """Make a function what the application does where no subcommand is named."""
    text, epilog = help_and_epilog(function)
    app.callback(invoke_without_command=True, help=text, epilog=epilog)(function)


def build(target: typer.Typer | CommandFunction, name: str) -> Command:
    """Return the command that an application or a function becomes under a name."""
    if not isinstance(target, typer.Typer):
        app = new_app()
        add_command(app, target, name)
        target = app
    command = typer.main.get_command(target)
    if not isinstance(command, typer.core.TyperCommand | typer.core.TyperGroup):
        raise TypeError(f"{name} is no command")
    command.name = name
    return command


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name, of which only those that are asked for are imported.

    `places` gives each command's place as `module:attribute`, in the order of the help page; a
    command whose module is not installed is left out.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        """Take the places; nothing is imported yet."""
        self._places = {
            name: place
            for name, place in places.items()
            if importlib.util.find_spec(place.partition(":")[0])
        }
        self._built: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._built:
            module, _, attribute = self._places[name].partition(":")
            self._built[name] = build(getattr(importlib.import_module(module), attribute), name)
        return self._built[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._places.setdefault(name, "")
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._built.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
