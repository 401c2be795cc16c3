"""Where a secret is kept: settings hold this reference, and never the secret."""

import os
import re
from pathlib import Path

from pydantic import ConfigDict, RootModel, SecretStr, field_validator

from steward.errors import InvalidSettings


class SecretReference(RootModel[str]):
    """Where a secret is kept: `env:NAME` (a variable) or `file:PATH`; never the secret itself."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    @field_validator("root")
    @classmethod
    def _is_reference(cls, root: str) -> str:
        if re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", root) is None:
            raise ValueError("must say where the secret is, as 'env:NAME' or 'file:PATH'")
        return root

    def __str__(self) -> str:
        """Return the reference, which is safe to show."""
        return self.root

    def resolve(self) -> SecretStr:
        """Return the secret without surrounding space.

        Raises:
            InvalidSettings: the variable or file is missing, unreadable or empty.
        """
        kind, _, place = self.root.partition(":")
        if kind == "env":
            secret = os.environ.get(place, "")
            told, remedy = f"The variable {place} holds no secret.", f"Set {place}."
        else:
            told, remedy = (
                f"The secret file {place} is missing, unreadable or empty.",
                "Write the secret into it, readable by you alone (chmod 600).",
            )
            try:
                secret = Path(place).expanduser().read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                secret = ""
        if not secret.strip():
            raise InvalidSettings(told, remedy=remedy)
        return SecretStr(secret.strip())
