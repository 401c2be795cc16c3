"""`steward approver`: who may decide is registered, listed and revoked, all of it recorded."""

import json

from tests.starter.fakes import Office


def test_an_empty_register_is_explained(office: Office) -> None:
    """While nobody is registered the list says what that means."""
    called = office.steward("approver")
    assert called.code == 0
    assert "everybody may decide" in called.err


def test_somebody_is_added_listed_and_revoked(office: Office) -> None:
    """The list shows roles, and that a person was revoked; the trail names who did it."""
    office.steward("approver", "add", "Maria", "--role", "pricing", "--as", "root")
    (listed,) = json.loads(office.steward("approver", "--json").out)
    assert (listed["name"], listed["roles"], listed["revoked_at"]) == ("Maria", ["pricing"], None)
    assert office.steward("approver", "revoke", " maria", "--as", "root").code == 0
    assert "revoked" in office.steward("approver").out
    assert [(one.actor, one.detail) for one in office.audited] == [
        ("root", "added Maria, roles: pricing"),
        ("root", "revoked Maria"),
    ]


def test_who_is_not_registered_cannot_be_revoked(office: Office) -> None:
    """A mistyped name is told, with the way to see the right one."""
    called = office.steward("approver", "revoke", "nobody")
    assert called.code == 3
    assert "steward approver" in called.err


def test_a_role_that_no_policy_can_name_is_refused(office: Office) -> None:
    """Roles are words of small letters, so that a policy file can name them."""
    called = office.steward("approver", "add", "maria", "--role", "Head of Pricing")
    assert called.code == 2
    assert not office.registered
