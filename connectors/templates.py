"""The templates that come with this installation, read from the package's own files."""

import difflib
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml
from pydantic import ValidationError

from steward.agents import Template
from steward.errors import InvalidSettings, UnknownTemplate


class PackagedTemplates:
    """The templates in a folder of YAML files, by default those that `steward` carries."""

    def __init__(self, folder: Traversable | None = None) -> None:
        """Take the folder; it is read when a template is first asked for."""
        self._folder = folder or files("steward").joinpath("templates")

    def template(self, name: str) -> Template:
        """Return one template; raises `UnknownTemplate`, or `InvalidSettings` for a broken file."""
        try:
            return self._by_name[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._by_name, n=1)
            raise UnknownTemplate(
                f"No template is called '{name}'.",
                remedy=f"Did you mean '{near[0]}'?"
                if near
                else f"Known templates: {', '.join(self._by_name)}.",
            ) from None

    def templates(self) -> Sequence[Template]:
        """Return all templates, ordered by name; raises `InvalidSettings` for a broken file."""
        return tuple(self._by_name.values())

    @cached_property
    def _by_name(self) -> Mapping[str, Template]:
        found = [_read(file) for file in self._folder.iterdir() if file.name.endswith(".yaml")]
        return {template.name: template for template in sorted(found, key=lambda one: one.name)}


def _read(file: Traversable) -> Template:
    try:
        return Template.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as invalid:
        first = str(invalid).replace("\n", " ")[:300]
        raise InvalidSettings(
            f"The template file {file.name} cannot be used: {first}",
            remedy="Correct the file, or install Steward again.",
        ) from None
