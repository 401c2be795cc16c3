"""The column types of the ledger: instants in UTC, closed vocabularies, and pydantic values."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import DateTime, Dialect, Enum, Text, TypeDecorator

_LONGEST_WORD = 32


class Instant(TypeDecorator[datetime]):
    """A point in time, kept in UTC to the microsecond and always aware of it when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC, as SQLite would otherwise drop the time zone."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant aware of UTC, which SQLite does not record."""
        del dialect
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


class PydanticJson(TypeDecorator[Any]):
    """A value as pydantic's JSON text, in which decimals are strings and nothing is lost."""

    impl = Text
    cache_ok = True

    def __init__(self, value_type: Any) -> None:  # noqa: ANN401 - any type that pydantic knows
        """Take the type of the value."""
        super().__init__()
        self.value_type = value_type
        self._adapter: TypeAdapter[Any] = TypeAdapter(value_type)

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Return the value as JSON."""
        del dialect
        return None if value is None else self._adapter.dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Return the value that the JSON stands for."""
        del dialect
        return None if value is None else self._adapter.validate_json(value)


def word(vocabulary: type[StrEnum]) -> Enum:
    """Return the type of a column that holds one of the words, as text of at most 32 characters.

    The database does not check the word, so that a new one needs no migration.
    """
    return Enum(
        vocabulary,
        native_enum=False,
        create_constraint=False,
        length=_LONGEST_WORD,
        values_callable=lambda words: [each.value for each in words],
    )
