"""The shapes in which Shopify answers about bulk operations, as far as they are read."""

from typing import Any

from pydantic import Field

from connectors.stores.shopify.answers import Part, Problem
from connectors.stores.shopify.write_answers import UserError

_UNDER_WAY = frozenset({"CREATED", "RUNNING", "CANCELING"})


class Parameter(Part):
    """A field of the form by which a file is uploaded."""

    name: str
    value: str


class UploadTarget(Part):
    """Where a file is to be uploaded to, and the form's other fields, which go before it."""

    url: str
    parameters: list[Parameter]

    @property
    def path(self) -> str | None:
        """By what the uploaded file is named afterwards."""
        return next((one.value for one in self.parameters if one.name == "key"), None)


class _StagedUploads(Part):
    targets: list[UploadTarget] | None = Field(alias="stagedTargets")
    user_errors: list[UserError] = Field(alias="userErrors")


class StageUploadAnswer(Part):
    """Answers StageUpload."""

    payload: _StagedUploads = Field(alias="stagedUploadsCreate")


class _Begun(Part):
    id: str


class _RunInBulk(Part):
    operation: _Begun | None = Field(alias="bulkOperation")
    user_errors: list[UserError] = Field(alias="userErrors")


class RunInBulkAnswer(Part):
    """Answers RunInBulk."""

    payload: _RunInBulk = Field(alias="bulkOperationRunMutation")


class BulkOperationState(Part):
    """How far an operation is, and where its results are once it has ended."""

    id: str
    status: str
    error_code: str | None = Field(alias="errorCode")
    url: str | None
    partial_url: str | None = Field(alias="partialDataUrl")

    @property
    def has_ended(self) -> bool:
        """Whether it writes nothing any more."""
        return self.status not in _UNDER_WAY


class BulkOperationStateAnswer(Part):
    """Answers BulkOperationState."""

    operation: BulkOperationState | None = Field(alias="bulkOperation")


class RunningOperation(Part):
    """An operation and the mutation that it runs, as it was given."""

    id: str
    status: str
    mutation: str = Field(alias="query")

    @property
    def has_ended(self) -> bool:
        """Whether it writes nothing any more."""
        return self.status not in _UNDER_WAY


class _RunningOperations(Part):
    nodes: list[RunningOperation]


class RunningOperationsAnswer(Part):
    """Answers RunningBulkOperations."""

    operations: _RunningOperations = Field(alias="bulkOperations")


class _Canceled(Part):
    user_errors: list[UserError] = Field(alias="userErrors")


class CancelBulkOperationAnswer(Part):
    """Answers CancelBulkOperation."""

    payload: _Canceled = Field(alias="bulkOperationCancel")


class ResultRow(Part):
    """What one line of the file was answered, as a call of its own would be."""

    line: int = Field(alias="__lineNumber", ge=0)
    data: dict[str, Any] | None = None
    errors: list[Problem] = Field(default_factory=list)
