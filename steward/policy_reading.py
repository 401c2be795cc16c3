"""What a policy's rules need of the catalogue, beside what changes."""

from collections.abc import Iterator

from steward.catalog import CatalogDetail
from steward.changes import FieldName
from steward.errors import PolicyDenies
from steward.policy import Policy


def with_protecting(detail: CatalogDetail, policy: Policy) -> CatalogDetail:
    """Return what to read: also that by which the policy protects products, and their margins."""
    protecting = {FieldName.CATEGORY} if policy.protected.categories else set[FieldName]()
    protecting |= {FieldName.TAG} if policy.protected.tags else set[FieldName]()
    costs = policy.min_margin is not None and FieldName.PRICE in detail.fields
    return detail.model_copy(update={"fields": detail.fields | protecting, "costs": costs})


def require_read(policy: Policy, read_under: Policy | None, fields: frozenset[FieldName]) -> None:
    """Raise `PolicyDenies` where the rules need what was not read for changes of these fields.

    `read_under` are the rules under which the catalogue was read, or None where it was not kept.
    """
    changed = CatalogDetail(fields=fields)
    needed = with_protecting(changed, policy)
    read = changed if read_under is None else with_protecting(changed, read_under)
    unread = list(_unread(needed, read))
    if unread:
        raise PolicyDenies(
            f"The policy has new rules about {' and '.join(unread)}, which were not read when the "
            "run was simulated.",
            remedy="Reject the run, and start another one, which reads what the rules need.",
        )


def _unread(needed: CatalogDetail, read: CatalogDetail) -> Iterator[str]:
    if FieldName.TAG in needed.fields - read.fields:
        yield "tags"
    if FieldName.CATEGORY in needed.fields - read.fields:
        yield "categories"
    if needed.costs and not read.costs:
        yield "costs"
