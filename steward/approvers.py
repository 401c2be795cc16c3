"""Approvers: the people who may decide about change sets, and the roles that they have."""

import hashlib

from pydantic import AwareDatetime, Field

from steward.identity import identity_of
from steward.model import Frozen
from steward.policy import Role
from steward.runs import Person


class Approver(Frozen):
    """A registered person with roles; a revoked one decides nothing any more."""

    name: Person
    roles: tuple[Role, ...] = Field(default=())
    added_by: Person
    added_at: AwareDatetime
    revoked_by: Person | None = None
    revoked_at: AwareDatetime | None = None

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) of the whole registration."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def is_revoked(self) -> bool:
        """Whether the person decides nothing any more."""
        return self.revoked_at is not None


class Registration(Frozen):
    """What the register says about somebody who decides.

    While nobody was ever registered, the register is not in use and everybody counts as known.
    """

    in_use: bool
    approver: Approver | None = None

    @property
    def is_known(self) -> bool:
        """Whether the person may decide at all."""
        return not self.in_use or (self.approver is not None and not self.approver.is_revoked)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the person has now."""
        known = self.approver is not None and not self.approver.is_revoked
        return frozenset(self.approver.roles) if known and self.approver else frozenset()


NOT_IN_USE = Registration(in_use=False)


def same_person(one: str, other: str) -> bool:
    """Return whether two names are one person's."""
    return identity_of(one) == identity_of(other)
