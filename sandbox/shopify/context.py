"""What one request's resolvers share: the store, the time, and the writes so far."""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLResolveInfo

from sandbox.journal import Write
from sandbox.shopify.bulk import Bulk
from sandbox.shopify.catalogue import Catalogue
from sandbox.shopify.changes import read_field, write_field
from sandbox.shopify.idempotency import IdempotencyKeys


@dataclass(frozen=True, slots=True)
class Shop:
    """What a store says about itself."""

    name: str
    domain: str
    currency: str
    plan: str
    scopes: tuple[str, ...]
    created_at: int
    id: int = 1


@dataclass(slots=True)
class RequestContext:
    """State of one request; resolvers change the catalogue through `write` only.

    Attributes:
        at: the time that the request's writes carry, in seconds since 1970.
        request_id: under which the journal has the writes.
        idempotency: what earlier requests with a key did.
        bulk: the store's bulk operations and uploaded files.
        address: where the client reaches the store, such as `http://127.0.0.1:8401`.
        writes: what the request changed or was refused, in order, not yet in the journal.
        search_notes: what the platform says about searches on unknown fields.
    """

    catalogue: Catalogue
    shop: Shop
    at: int
    bulk: Bulk
    request_id: str = ""
    address: str = ""
    idempotency: IdempotencyKeys = field(default_factory=IdempotencyKeys)
    writes: list[Write] = field(default_factory=list)
    search_notes: list[dict[str, Any]] = field(default_factory=list)

    def write(self, operation: str, resource_id: str, name: str, value: Any) -> None:  # noqa: ANN401
        """Set one field, whether or not it changes, and remember it for the journal."""
        before = read_field(self.catalogue, resource_id, name)
        write_field(self.catalogue, resource_id, name, value, self.at)
        after = read_field(self.catalogue, resource_id, name)
        self.writes.append(Write(operation, resource_id, name, before, after))

    def refuse(
        self,
        operation: str,
        reason: str,
        resource_id: str | None = None,
        name: str | None = None,
        value: Any = None,  # noqa: ANN401 - any JSON value
    ) -> None:
        """Remember for the journal that a write was wanted and not made."""
        self.writes.append(
            Write(operation, resource_id, name, None, value, applied=False, reason=reason)
        )


Info = GraphQLResolveInfo[Any]
"""What a resolver is told about its field."""


def context_of(info: Info) -> RequestContext:
    """Return the request that a resolver works for."""
    context = info.context
    assert isinstance(context, RequestContext)  # noqa: S101 - nothing else is ever passed
    return context
