"""Register: what is known about a person at the moment in which they decide."""

from temporalio import activity

from steward.approvers import Registration
from steward.ports import Ledger
from steward.steps import RegistrationQuestion


class RegisterStep:
    """Answers whether a person may decide."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger."""
        self._ledger = ledger

    @activity.defn(name="look_up_approver")
    async def look_up_approver(self, question: RegistrationQuestion) -> Registration:
        """Return what the register says about the person now."""
        return await self._ledger.registration_of(question.name)
