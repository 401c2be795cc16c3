"""What one request brings, and what its operation shares with the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.bigcommerce.catalogue import Catalogue, UnknownFieldError
from sandbox.bigcommerce.locations import located
from sandbox.journal import Write


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has been read.

    Attributes:
        path: the numbers and codes in the path, by name.
        query: the query's parameters; the last wins where one is repeated.
        body: the JSON body; None where the method has none.
        address: the path of the request, for links to other pages.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    address: str

    def number(self, name: str) -> int:
        """Return a number in the path."""
        return int(self.path[name])


@dataclass(frozen=True, slots=True)
class Target:
    """A resource that a request wants to write, and the values that it wants there."""

    name: str | None
    values: Mapping[str, Any]


@dataclass(slots=True)
class RequestContext:
    """State of one request; operations change the catalogue through `write` only.

    Attributes:
        store_name: the store's name in the configuration, and its hash.
        operation: the platform's name of the operation.
        at: the time that the request's writes carry, in seconds since 1970.
        unsaved: the resources of which the platform leaves something unsaved that it saves after
            the rest; None among them stands for all.
        writes: what the request changed or was refused, in order, not yet in the journal.
    """

    catalogue: Catalogue
    store_name: str
    operation: str
    at: int
    unsaved: Collection[str | None] = ()
    writes: list[Write] = field(default_factory=list)

    def leaves_out(self, name: str) -> bool:
        """Tell whether what is saved after the rest of a resource is to fail."""
        return None in self.unsaved or name in self.unsaved

    def write(self, name: str, field_name: str, value: Any) -> None:  # noqa: ANN401
        """Set one field, whether or not it changes, and remember it for the journal."""
        before = self.catalogue.read(name, field_name)
        self.catalogue.write(name, field_name, value, self.at)
        self._remember(name, field_name, before)

    def write_late(self, item: str, location: int, level: int) -> None:
        """Set what an item has at a location, to be seen only after the lag."""
        field_name = located("inventory_level", location)
        before = self.catalogue.read(item, field_name)
        self.catalogue.stock.write_late(item, location, level, self.at)
        self._remember(item, field_name, before)

    def _remember(self, name: str, field_name: str, before: Any) -> None:  # noqa: ANN401
        after = self.catalogue.read(name, field_name)
        self.writes.append(Write(self.operation, name, field_name, before, after))

    def refuse(self, target: Target, reason: str) -> None:
        """Remember for the journal that a resource's fields were wanted and not written."""
        if not target.values:
            self.writes.append(Write(self.operation, target.name, applied=False, reason=reason))
        for name, value in target.values.items():
            before = self._present(target.name, name)
            self.writes.append(
                Write(
                    self.operation, target.name, name, before, value, applied=False, reason=reason
                )
            )

    def refuse_all(self, targets: Sequence[Target], reason: str) -> None:
        """Remember that a whole request was not applied."""
        for target in targets or (Target(None, {}),):
            self.refuse(target, reason)

    def _present(self, name: str | None, field_name: str) -> Any:  # noqa: ANN401 - any JSON
        if name is None:
            return None
        try:
            return self.catalogue.read(name, field_name)
        except UnknownFieldError:
            return None
