"""Writes which products are in a collection, and waits until that is so."""

from collections.abc import Mapping, Sequence

from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.calls import body_of, parts, rejected, variables_of
from connectors.stores.shopify.collection_reading import CollectionReader
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.jobs import JobWatch
from connectors.stores.shopify.smart_collections import SmartCollections
from connectors.stores.shopify.write_answers import (
    AddToCollectionAnswer,
    ChangedMembers,
    RemoveFromCollectionAnswer,
)
from steward.changes import Change
from steward.execution import Accepted, Answer, Rejected, Stale, WriteRequest
from steward.values import ABSENT

_ADDING = "collectionAddProductsV2"
_REMOVING = "collectionRemoveProducts"
OPERATIONS = frozenset({_ADDING, _REMOVING})


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests for collections: up to 250 products of one collection in each call.

    They are about a collection and cost the same for any number of products, so that the products
    of a whole chunk go together.
    """
    groups: dict[tuple[str, bool], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.target.key, change.after != ABSENT), []).append(change)
    return tuple(
        _request(collection, part, adds=adds)
        for (collection, adds), group in groups.items()
        for part in parts(
            group, most=costs.LARGEST_INPUT, counted=lambda change: change.target.resource_id
        )
    )


def _request(collection: str, changes: Sequence[Change], *, adds: bool) -> WriteRequest:
    products = [change.target.resource_id for change in changes]
    return WriteRequest(
        resource=collection,
        operation=_ADDING if adds else _REMOVING,
        body=body_of(
            Document.ADD_TO_COLLECTION if adds else Document.REMOVE_FROM_COLLECTION,
            {"id": collection, "productIds": products},
        ),
        points=costs.change_members(),
        changes=tuple(changes),
    )


def predict(request: WriteRequest, smart: SmartCollections) -> tuple[Answer, ...]:
    """Return what the platform makes of the request: a smart collection refuses all of it."""
    refusal = smart.refusal(request.resource, adds=request.operation == _ADDING)
    return tuple(refusal or Accepted() for _ in request.changes)


class MembershipWriter:
    """Puts products into collections and takes them out.

    The platform does so in a job after its answer, and answers the same for products that are not
    there; so a change counts as accepted when the job is done and the product reads back as wanted.
    """

    def __init__(self, api: AdminApi, collections: CollectionReader, jobs: JobWatch) -> None:
        """Take the store's API, what reads memberships, and what waits for jobs."""
        self._api = api
        self._collections = collections
        self._jobs = jobs
        self._failures = Failures(api.store, writing=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change.

        Raises `AnswerLost` where the job does not end in time, or what it did cannot be read.
        """
        payload = await self._write(request)
        if payload.user_errors:
            return tuple(rejected(payload.user_errors[0]) for _ in request.changes)
        if payload.job is None:
            raise self._failures.of_answer("it names no job")
        with self._failures.after_the_write():
            await self._jobs.until_done(payload.job.id)
            live = await self._collections.members(
                request.resource, (change.target.resource_id for change in request.changes)
            )
        return tuple(_landed(change, live) for change in request.changes)

    async def _write(self, request: WriteRequest) -> ChangedMembers:
        variables, points = variables_of(request), request.points
        if request.operation == _ADDING:
            added = await self._api.write(
                Document.ADD_TO_COLLECTION, variables, AddToCollectionAnswer, points=points
            )
            return added.payload
        removed = await self._api.write(
            Document.REMOVE_FROM_COLLECTION, variables, RemoveFromCollectionAnswer, points=points
        )
        return removed.payload


def _landed(change: Change, live: Mapping[str, bool]) -> Answer:
    wanted = change.after != ABSENT
    found = live.get(change.target.resource_id)
    if found is None:
        return Stale()
    if found is wanted:
        return Accepted()
    return Rejected(
        code="JOB_WITHOUT_EFFECT",
        reason=f"the job is done, and the product {'still is' if found else 'is not'} in it",
    )
