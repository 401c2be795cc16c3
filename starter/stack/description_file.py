"""Reading `temporal-dev.yaml`, so that a mistake is told with its line and its remedy."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from connectors.settings import DATA_DIRECTORY, STACK_DESCRIPTION
from starter.stack.description import StackDescription
from steward.errors import InvalidSettings


def find_description() -> Path | None:
    """Return the nearest stack description, here or in a folder above, or None."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / STACK_DESCRIPTION).is_file():
            return folder / STACK_DESCRIPTION
    return None


def read_description(file: Path | None = None) -> StackDescription:
    """Return the stack that a file describes; relative paths in it start beside it.

    Without a file the nearest `temporal-dev.yaml` counts, else the stack that an empty one means.

    Raises:
        InvalidSettings: the file is missing, is not YAML or holds something unusable.
    """
    file = file or find_description()
    if file is None:
        return StackDescription(data=Path.cwd() / DATA_DIRECTORY)
    try:
        text = file.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_repeated_keys(file, tree)
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            f"The stack's description {file} cannot be read.",
            remedy="Name a readable file with --config.",
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise InvalidSettings(
            f"{file} is not YAML{line}: {problem}.", remedy="Correct the line."
        ) from error
    try:
        description = StackDescription.model_validate({} if content is None else content)
    except ValidationError as error:
        raise _explained(error, file, tree) from None
    data = file.absolute().parent / description.data.expanduser()
    return description.model_copy(update={"data": data})


def _explained(error: ValidationError, file: Path, tree: yaml.Node | None) -> InvalidSettings:
    first = error.errors(include_url=False, include_context=False)[0]
    line = _line_of(tree, first["loc"])
    setting = ".".join(str(step) for step in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "extra_forbidden":
            told = f"there is no setting {setting}"
        case "missing":
            told = f"{setting} is missing"
        case _:
            told = f"{setting}: {reason}" if setting else reason
    others = f" ({error.error_count() - 1} more follow)" if error.error_count() > 1 else ""
    return InvalidSettings(
        f"{file}, line {line}: {told}.{others}",
        remedy="Correct the line; what is left out has a default.",
    )


def _line_of(node: yaml.Node | None, path: Sequence[int | str]) -> int:
    """Return the line, from 1, of the innermost part of the file that the path leads to."""
    line = node.start_mark.line + 1 if node else 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = next(((item, item) for item in node.value[step : step + 1]), None)
        else:
            found = None
        if found is None:
            break
        key, node = found
        line = key.start_mark.line + 1
    return line


def _refuse_repeated_keys(file: Path, tree: yaml.Node | None) -> None:
    """Raise where a setting is written twice, of which YAML would silently take the last."""
    for mapping in _mappings(tree):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                raise InvalidSettings(
                    f"{file}, line {key.start_mark.line + 1}: {key.value} is set a second time.",
                    remedy="Remove one of the two.",
                )
            seen.add(key.value)


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _mappings(item)
