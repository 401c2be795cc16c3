"""What `@idempotent(key:)` does to a mutation."""

import json
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.context import Info, context_of
from sandbox.shopify.idempotency import Attempt, Repetition
from sandbox.shopify.requests import idempotency_key
from sandbox.shopify.writing.common import UserError, journal_errors, user_error

_MESSAGES = {
    Repetition.CONCURRENT_REQUEST: "This request is currently in progress, please try again.",
    Repetition.KEY_PARAMETER_MISMATCH: (
        "The same idempotency key cannot be used with different operation parameters."
    ),
    Repetition.PREVIOUS_ATTEMPT_FAILED: (
        "A previous request with this idempotency key failed. Retry with a new idempotency key."
    ),
}


def once(
    info: Info,
    parameters: dict[str, Any],
    change: Callable[[], tuple[Any, list[UserError]]],
) -> tuple[Any, list[UserError]]:
    """Do a change once for each key, and answer a repetition with the first answer.

    Args:
        info: the mutation's field, which carries the directive.
        parameters: what the mutation was given; a repetition must be given the same.
        change: does it, and returns its answer as JSON values and its user errors.

    Returns:
        The answer and the user errors: those of the first attempt, of this one, or why there is
        none.

    Raises:
        GraphQLError: the field carries no key.
    """
    key = idempotency_key(info.field_nodes[0], _passed(info))
    if key is None:
        raise GraphQLError(
            "The @idempotent directive is required for this mutation but was not provided.",
            extensions={"code": "BAD_REQUEST"},
        )
    context = context_of(info)
    fingerprint = json.dumps([info.field_name, parameters], sort_keys=True, default=str)
    known = context.idempotency.earlier(key, context.request_id, fingerprint)
    if isinstance(known, Repetition):
        error = user_error(None, _MESSAGES[known], known.value)
        journal_errors(context, info.field_name, None, [error])
        return None, [error]
    if known is not None:
        return known.answer, []
    before = len(context.writes)
    answer, errors = change()
    context.idempotency.remember(
        Attempt(
            key=key,
            request_id=context.request_id,
            fingerprint=fingerprint,
            failed=bool(errors),
            wrote=len(context.writes) > before,
            answer=answer,
        )
    )
    return answer, errors


def _passed(info: Info) -> dict[str, Any]:
    variables: Any = info.variable_values
    return dict(getattr(variables, "coerced", variables))
