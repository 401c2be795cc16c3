"""The policy file: rules in YAML, read anew whenever the file has changed."""

from difflib import get_close_matches
from pathlib import Path

import yaml
from pydantic import ValidationError

from steward.errors import InvalidSettings
from steward.policy import Policy
from steward.policy_book import NO_FILE, PolicyBook, PolicyPart


class PolicyFile:
    """The rules of a file, or the built-in ones without; implements `steward.ports.Policies`.

    What is changed in the file holds for the next simulation; a run that is simulated already
    keeps the rules of its verdict.
    """

    def __init__(self, file: Path | None) -> None:
        """Take the file; it is read when a rule is first asked for."""
        self._file = file
        self._read: tuple[int, PolicyBook] | None = None

    def policy_for(self, store: str, agent: str) -> Policy:
        """Return the rules for an agent on a store; raises `InvalidSettings` for a bad file."""
        return self.book().policy_for(store, agent)

    def book(self) -> PolicyBook:
        """Return the whole file; raises `InvalidSettings` where it cannot be used."""
        if self._file is None:
            return NO_FILE
        try:
            changed = self._file.stat().st_mtime_ns
            if self._read is None or self._read[0] != changed:
                text = self._file.read_text(encoding="utf-8")
                self._read = (changed, read_policy_book(text, str(self._file)))
        except (OSError, UnicodeDecodeError):
            raise InvalidSettings(
                f"The policy file {self._file} cannot be read.",
                remedy="Correct the setting `policy`, or make it a readable UTF-8 text file.",
            ) from None
        return self._read[1]


def read_policy_book(text: str, name: str) -> PolicyBook:
    """Return the policies that a YAML text states; raises `InvalidSettings`."""
    try:
        content = yaml.safe_load(text)
        return PolicyBook.model_validate({} if content is None else content)
    except yaml.YAMLError as error:
        problem = str(error).replace("\n", " ")[:200]
    except ValidationError as error:
        problem = _in_words(error)
    raise InvalidSettings(
        f"The policy file {name} cannot be used: {problem}.",
        remedy="docs/policy.md lists the rules.",
    )


def _in_words(error: ValidationError) -> str:
    """Return the first thing that is wrong, with what was probably meant where a name is."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    if first["type"] == "extra_forbidden":
        known = PolicyBook.model_fields if len(first["loc"]) == 1 else PolicyPart.model_fields
        meant = get_close_matches(str(first["loc"][-1]), known, n=1)
        return f"{place} is no rule" + "".join(f", perhaps '{name}' is meant" for name in meant)
    return f"{place}: {first['msg'].removeprefix('Value error, ')}".removeprefix(": ")
