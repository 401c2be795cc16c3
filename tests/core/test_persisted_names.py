"""Names and forms that stand in ledgers, histories, approvals and scripts outlive a release.

A test that fails here says that older data can no longer be read: keep the old form readable.
"""

from datetime import timedelta
from decimal import Decimal
from enum import Enum

import pytest

from activities.approve import ApproveStep
from activities.compensate import CompensateStep
from activities.edit import EditStep
from activities.execute import ExecuteStep
from activities.guard import GuardStep
from activities.plan import PlanStep
from activities.register import RegisterStep
from activities.simulate import SimulateStep
from activities.verify import VerifyStep
from activities.watch import WatchStep
from steward.agents import ParameterType
from steward.approvals import (
    ApprovalRequest,
    Decision,
    DecisionRecord,
    DecisionRefusal,
    DecisionVerdict,
    Door,
    Standing,
)
from steward.audit import AuditEvent, AuditHead, AuditKind, HeadsAtEnd
from steward.audit_facts import (
    AnsweredFacts,
    DecisionFacts,
    DriftedFacts,
    EditedFacts,
    EndedFacts,
    RefusedFacts,
    RegisteredFacts,
    SentFacts,
    SettingFacts,
    SimulatedFacts,
)
from steward.catalog import (
    ByCollection,
    ByIds,
    ByTag,
    ByVendor,
    Category,
    EveryProduct,
    ListPrice,
    Location,
    PriceList,
    Product,
    Snapshot,
    StockLevel,
    Variant,
)
from steward.changes import Change, FieldName, Outcome, ResourceKind, Target
from steward.claims import WhenClaimed
from steward.edit_requests import Edited, EditRequest
from steward.editing import Cap, CapUnit, Edit
from steward.errors import ExitCode
from steward.execution import BulkEstimate, CallEstimate
from steward.fidelity import Fidelity
from steward.health import GoOn, Trip, Verification
from steward.impact import Impact
from steward.intents import Intent
from steward.model import Frozen
from steward.operations import (
    AdjustPrice,
    AdjustStock,
    ChangeCategories,
    ChangeTags,
    CompareAtRule,
    ReplaceText,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
    SetStatus,
    SetStock,
    SetText,
)
from steward.policy import Allow, Deny, NeedsApproval, Policy, Risk, UnknownCost, Watch, WhenTripped
from steward.runs import (
    Attempt,
    ChunkReference,
    Control,
    ControlRequest,
    ExecutionPlan,
    OutcomeCounts,
    RefusedAttempt,
    RollbackRequest,
    RunEnd,
    RunKey,
    RunKind,
    RunRecord,
    RunRequest,
    RunResult,
    RunStart,
    RunStatus,
    Stage,
    Watched,
    Wave,
)
from steward.simulation import Prediction, Simulation
from steward.steps import (
    ChunkReport,
    CompensationOrder,
    ControlOrder,
    DecisionOrder,
    EditOrder,
    EditRecord,
    EndOrder,
    EscalationRecord,
    ExecutionOrder,
    FailureDetail,
    LookOrder,
    LookReport,
    Planned,
    Simulated,
    SimulationOrder,
    VerificationOrder,
    WaitOrder,
    WatchStart,
    WaveReport,
)
from steward.values import ABSENT, PRESENT, Absent, Listing, ListingStatus, Quantity, Text
from tests.core.strategies import NOON, change_of, usd
from workflows import names
from workflows.agent_run import AgentRun
from workflows.rollback import Rollback

ENUMS: dict[type[Enum], str] = {
    Attempt: "approve reject withdraw pause resume cancel rollback edit start",
    AuditKind: "requested proposed simulated decided refused claimed writing written verified "
    "controlled ended registered changed_setting edited escalated drifted",
    CapUnit: "percent amount",
    CompareAtRule: "previous_price cleared",
    Control: "run pause cancel",
    DecisionRefusal: "not_waiting wrong_run wrong_digest own_run not_an_approver too_late "
    "already_decided not_registered wrong_role nothing_to_withdraw "
    "own_edit edited_too_often withdrawn_too_often",
    DecisionVerdict: "approve reject withdraw",
    Door: "signal update policy",
    ExitCode: "0 1 2 3 4 5 6 7 130",
    FieldName: "price compare_at_price inventory_quantity title description seo_title "
    "seo_description tag category status",
    ListingStatus: "active draft hidden archived",
    Outcome: "pending attempting applied unchanged moved refused unknown",
    ParameterType: "text texts number flag choice",
    ResourceKind: "product variant inventory_item",
    Risk: "low medium high",
    RunKind: "agent_run rollback",
    RunStatus: "running completed invalid denied rejected expired cancelled compensated "
    "refused failed",
    Stage: "plan simulate approve execute verify watch compensate done",
    Standing: "open approved rejected",
    UnknownCost: "deny allow",
    WhenClaimed: "wait refuse",
    WhenTripped: "compensate hold",
}


@pytest.mark.parametrize("vocabulary", ENUMS)
def test_words_are_pinned(vocabulary: type[Enum]) -> None:
    """Each closed vocabulary has exactly these words, in this order."""
    assert " ".join(str(word.value) for word in vocabulary) == ENUMS[vocabulary]


CHANGE = change_of(1, 1, FieldName.COMPARE_AT_PRICE, ABSENT, usd("24"))
TAG_CHANGE = Change(
    target=Target(
        resource_kind=ResourceKind.PRODUCT, resource_id="p1", field=FieldName.TAG, key="sale"
    ),
    product_id="p1",
    label="Product 1",
    before=ABSENT,
    after=PRESENT,
    key_label="Sale",
)
DECISION = Decision(run_id="run-1", digest="abc", verdict=DecisionVerdict.APPROVE, by="ann")
CHUNK = ChunkReference(run_id="run-1", store="demo", digest="abc", first=0, last=9, content="def")
NEEDS_APPROVAL = NeedsApproval(reasons=("many",), approvers=("ann",), deadline=timedelta(days=3))
COUNTS = OutcomeCounts(applied=9, moved=1)

# The whole JSON of what people and clients send, and of what digests and audits are taken over.
TEXTS: list[tuple[Frozen, str]] = [
    (
        CHANGE,
        (
            '{"target":{"resource_kind":"variant","resource_id":"v1-1","field":"compare_at_price"},'
            '"product_id":"p1","label":"Product 1, size 1","before":{"kind":"absent"},'
            '"after":{"kind":"money","amount":"24.00","currency":"USD"}}'
        ),
    ),
    (
        TAG_CHANGE,
        (
            '{"target":{"resource_kind":"product","resource_id":"p1","field":"tag","key":"sale"},'
            '"product_id":"p1","label":"Product 1","before":{"kind":"absent"},'
            '"after":{"kind":"present"},"key_label":"Sale"}'
        ),
    ),
    (ABSENT, '{"kind":"absent"}'),
    (
        Absent(instead=usd("24.00")),
        '{"kind":"absent","instead":{"kind":"money","amount":"24.00","currency":"USD"}}',
    ),
    (Text(text="Shirt"), '{"kind":"text","text":"Shirt"}'),
    (Quantity(units=-2), '{"kind":"quantity","units":-2}'),
    (Quantity(units=0, kept="in stock"), '{"kept":"in stock","kind":"quantity","units":0}'),
    (
        Listing(status=ListingStatus.ACTIVE, detail="search"),
        '{"kind":"listing","status":"active","detail":"search"}',
    ),
    (
        DECISION,
        '{"run_id":"run-1","digest":"abc","verdict":"approve","by":"ann","comment":""}',
    ),
    (
        RunRequest(
            run_id="run-1",
            store="demo",
            agent="pricing-manager",
            template="bulk-price",
            parameters={"percent": "-15"},
            requested_by="rita",
        ),
        (
            '{"run_id":"run-1","store":"demo","agent":"pricing-manager","template":"bulk-price",'
            '"parameters":{"percent":"-15"},"requested_by":"rita"}'
        ),
    ),
    (
        RollbackRequest(
            run_id="undo-1", store="demo", undoes="run-1", requested_by="rita", confirm=True
        ),
        '{"run_id":"undo-1","store":"demo","undoes":"run-1","requested_by":"rita","confirm":true}',
    ),
    (
        CHUNK,
        '{"run_id":"run-1","store":"demo","digest":"abc","first":0,"last":9,"content":"def"}',
    ),
    (ControlRequest(), '{"by":"unknown","reason":""}'),
    (ControlRequest(by="rita", reason="stop"), '{"by":"rita","reason":"stop"}'),
    (
        RunResult(
            run_id="run-1", status=RunStatus.COMPLETED, reason="done", digest="abc", outcomes=COUNTS
        ),
        (
            '{"run_id":"run-1","status":"completed","reason":"done","digest":"abc","outcomes":'
            '{"pending":0,"attempting":0,"applied":9,"unchanged":0,"moved":1,"refused":0,"unknown":0},'
            '"undone":null}'
        ),
    ),
    (RunKey(run_id="run-1", store="demo"), '{"kind":"run_key","run_id":"run-1","store":"demo"}'),
    (
        NEEDS_APPROVAL,
        (
            '{"kind":"needs_approval","reasons":["many"],"approvers":["ann"],"quorum":1,'
            '"deadline":"P3D","requester_may_decide":false}'
        ),
    ),
    (Allow(reasons=("few",)), '{"kind":"allow","reasons":["few"]}'),
    (Deny(reasons=("far",)), '{"kind":"deny","reasons":["far"]}'),
    (GoOn(), '{"kind":"go_on"}'),
    (Trip(reason="bad"), '{"kind":"trip","reason":"bad"}'),
    (
        Intent(
            selection=ByTag(tag="summer"),
            operations=(
                AdjustPrice(percent=Decimal(-15), floor=Decimal(5), ending=Decimal("0.99")),
                SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE),
                RestoreCompareAtPrice(),
                RestoreCompareAtPrice(price_list="Wholesale"),
            ),
        ),
        (
            '{"selection":{"by":"tag","tag":"summer"},"operations":[{"kind":"adjust_price",'
            '"percent":"-15","floor":"5","ending":"0.99"},{"kind":"set_compare_at_price",'
            '"rule":"previous_price"},{"kind":"restore_compare_at_price"},'
            '{"price_list":"Wholesale","kind":"restore_compare_at_price"}]}'
        ),
    ),
    (
        Intent(
            selection=ByIds(ids=("1",)),
            operations=(
                SetStock(units=5, location="Berlin"),
                AdjustStock(units=-2),
                SetText(field=FieldName.SEO_TITLE, text="{title}"),
                ReplaceText(field=FieldName.DESCRIPTION, find="old", replacement="new"),
                ChangeTags(add=("a",), remove=("b",)),
                ChangeCategories(add=("c",)),
                SetStatus(status=ListingStatus.DRAFT),
            ),
        ),
        (
            '{"selection":{"by":"ids","ids":["1"]},"operations":['
            '{"kind":"set_stock","units":5,"location":"Berlin"},'
            '{"kind":"adjust_stock","units":-2,"location":null},'
            '{"kind":"set_text","field":"seo_title","text":"{title}"},'
            '{"kind":"replace_text","field":"description","find":"old","replacement":"new"},'
            '{"kind":"change_tags","add":["a"],"remove":["b"]},'
            '{"kind":"change_categories","add":["c"],"remove":[]},'
            '{"kind":"set_status","status":"draft"}]}'
        ),
    ),
    (ByCollection(collection="summer"), '{"by":"collection","collection":"summer"}'),
    (ByVendor(vendor="Acme"), '{"by":"vendor","vendor":"Acme"}'),
    (ByIds(ids=("1", "2")), '{"by":"ids","ids":["1","2"]}'),
    (EveryProduct(), '{"by":"everything","everything":true}'),
    (
        AuditEvent(
            key="k",
            store="demo",
            run_id="run-1",
            kind=AuditKind.ENDED,
            actor="steward",
            at=NOON,
            detail="done",
        ),
        (
            '{"key":"k","store":"demo","run_id":"run-1","kind":"ended","actor":"steward",'
            '"at":"2026-03-01T12:00:00Z","detail":"done"}'
        ),
    ),
    (
        AuditEvent(
            key="k",
            store="demo",
            run_id="run-1",
            kind=AuditKind.ENDED,
            actor="steward",
            at=NOON,
            detail="done",
            facts={"status": "completed"},
        ),
        (
            '{"key":"k","store":"demo","run_id":"run-1","kind":"ended","actor":"steward",'
            '"at":"2026-03-01T12:00:00Z","detail":"done","facts":{"status":"completed"}}'
        ),
    ),
    (
        RefusedAttempt(
            run_id="run-1", store="demo", attempt=Attempt.PAUSE, by="rita", reason="It has ended."
        ),
        '{"run_id":"run-1","store":"demo","attempt":"pause","by":"rita","reason":"It has ended."}',
    ),
    (
        RunResult(
            run_id="run-1",
            status=RunStatus.REJECTED,
            reason="no",
            audit_head=AuditHead(store="demo", length=9, hash="abc"),
        ),
        (
            '{"run_id":"run-1","status":"rejected","reason":"no","digest":null,"outcomes":'
            '{"pending":0,"attempting":0,"applied":0,"unchanged":0,"moved":0,"refused":0,"unknown":0},'
            '"undone":null,"audit_head":{"store":"demo","length":9,"hash":"abc"}}'
        ),
    ),
    (
        RunResult(
            run_id="run-1",
            status=RunStatus.REJECTED,
            reason="no",
            audit_head=AuditHead(store="demo", length=9, hash="abc"),
            installation_head=AuditHead(store="steward", length=2, hash="def"),
        ),
        (
            '{"run_id":"run-1","status":"rejected","reason":"no","digest":null,"outcomes":'
            '{"pending":0,"attempting":0,"applied":0,"unchanged":0,"moved":0,"refused":0,"unknown":0},'
            '"undone":null,"audit_head":{"store":"demo","length":9,"hash":"abc"},'
            '"installation_head":{"store":"steward","length":2,"hash":"def"}}'
        ),
    ),
    (
        HeadsAtEnd(store="demo", length=9, hash="abc"),
        '{"store":"demo","length":9,"hash":"abc"}',
    ),
    (
        HeadsAtEnd(
            store="demo",
            length=9,
            hash="abc",
            installation=AuditHead(store="steward", length=2, hash="def"),
        ),
        (
            '{"store":"demo","length":9,"hash":"abc",'
            '"installation":{"store":"steward","length":2,"hash":"def"}}'
        ),
    ),
    (
        EditRequest(
            run_id="run-1",
            digest="abc",
            by="maria",
            edit=Edit(exclude=("Linen Shirt",), cap=Cap(limit=Decimal(10), unit=CapUnit.PERCENT)),
        ),
        (
            '{"run_id":"run-1","digest":"abc","by":"maria","edit":{"exclude":["Linen Shirt"],'
            '"exclude_fields":[],"cap":{"limit":"10","unit":"percent"},"cap_fields":[]}}'
        ),
    ),
    (
        RunResult(
            run_id="run-1", status=RunStatus.COMPLETED, reason="yes", watched=Watched(looks=2)
        ),
        (
            '{"run_id":"run-1","status":"completed","reason":"yes","digest":null,"outcomes":'
            '{"pending":0,"attempting":0,"applied":0,"unchanged":0,"moved":0,"refused":0,"unknown":0},'
            '"undone":null,"watched":{"looks":2,"failed":0,"checked":0,"drifted":0,"examples":[],'
            '"ended_early":""}}'
        ),
    ),
    (
        Watch(lasting=timedelta(hours=2), every=timedelta(minutes=10), sample=50),
        '{"for":"PT2H","every":"PT10M","sample":50}',
    ),
    (
        FailureDetail(message="It is so.", remedy="Do this.", exit_code=2),
        '{"message":"It is so.","remedy":"Do this.","exit_code":2}',
    ),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=lambda one: type(one).__name__)
def test_forms_are_pinned(value: Frozen, text: str) -> None:
    """A value is written as exactly this JSON, and read back from it as the same value."""
    assert value.model_dump_json() == text
    assert type(value).model_validate_json(text) == value


# The fields of everything else that is kept.
FIELDS: dict[type[Frozen], str] = {
    AnsweredFacts: "digest ordinals outcomes answers replaced",
    DecisionFacts: "record",
    EditedFacts: "former digest edit",
    DriftedFacts: "digest ordinals look live",
    EndedFacts: "status exit_code fidelity undo_fidelity",
    RefusedFacts: "attempt reason",
    RegisteredFacts: "identity record",
    SentFacts: "digest ordinals requests sent",
    SettingFacts: "setting digest",
    SimulatedFacts: "digest changes verdict risk policy",
    ApprovalRequest: "run_id digest requested_by requirement deadline escalates_at editors",
    BulkEstimate: "operations calls seconds longest_seconds",
    CallEstimate: "calls points seconds bulk",
    ChunkReport: "outcomes",
    CompensationOrder: "run_id store undoes headline scope",
    WaitOrder: "run_id stage wait",
    ControlOrder: "run_id store control by reason",
    DecisionOrder: "run record",
    DecisionRecord: "decision door at refusal",
    Edited: "digest changes verdict risk table",
    EditOrder: "store headline request deadline escalates_at",
    EditRecord: "store request digest at",
    EscalationRecord: "run digest role at",
    EndOrder: "store end",
    ExecutionOrder: "chunk undo",
    ExecutionPlan: "digest changes waves",
    Impact: "changes products variants prices_lowered prices_raised lowest_percent median_percent "
    "highest_percent largest_move_percent largest_move_label refused estimate fields units_added "
    "units_removed locations",
    Category: "kept id name",
    Location: "id name",
    Planned: "platform headline",
    Policy: "automatic_changes approvers roles quorum tiers role_demands escalation deadline "
    "max_changes max_move_percent max_move max_total_move max_total_move_percent floor_price "
    "min_margin unknown_cost max_stock_move protected never quiet_hours high_risk_move_percent "
    "high_risk_changes max_failed_share max_mismatched_share max_unknown_share when_tripped "
    "watch origins",
    Fidelity: "sent identical neighbour_left_out unforeseen otherwise left_out",
    Prediction: "ordinal outcome reason request request_digest",
    LookOrder: "run_id store digest changes sample look since",
    LookReport: "checked drifted examples",
    ListPrice: "price_list variant inherits",
    PriceList: "id name",
    Product: "id title vendor tags variants texts status categories stock list_prices note",
    RunEnd: "run_id status reason exit_code ended_at",
    RunRecord: "start stage status reason exit_code ended_at digest undo_digest",
    RunStart: "run_id kind store agent template parameters requested_by started_at undoes",
    Simulated: "plan verdict risk headline table quiet_hours watch",
    Simulation: "run_id store intent plan impact verdict risk simulated_at policy_digest policy",
    SimulationOrder: "run_id store headline",
    Snapshot: "store currency selection taken_at products categories price_lists",
    StockLevel: "kept resource_kind resource_id title sku location units",
    Variant: "resource_kind id title sku price compare_at_price cost",
    Verification: "checked mismatched outcomes",
    VerificationOrder: "wave undo",
    Watched: "looks failed checked drifted examples ended_early",
    WatchStart: "run_id store until",
    Wave: "chunks",
    WaveReport: "verification judgement when_tripped",
}


@pytest.mark.parametrize("model", FIELDS)
def test_fields_are_pinned(model: type[Frozen]) -> None:
    """What is kept has these fields."""
    assert " ".join(model.model_fields) == FIELDS[model]


STEPS = {
    ApproveStep: {"await_approval", "record_decision", "record_edit", "record_escalation"},
    CompensateStep: {"compensate"},
    EditStep: {"edit"},
    ExecuteStep: {"execute"},
    GuardStep: {"control", "refuse", "wait", "conclude"},
    PlanStep: {"plan", "plan_rollback"},
    RegisterStep: {"look_up_approver"},
    SimulateStep: {"simulate"},
    VerifyStep: {"verify"},
    WatchStep: {"begin_watch", "watch"},
}


@pytest.mark.parametrize("step", STEPS)
def test_activities_are_pinned(step: type) -> None:
    """Each step offers these activities, under the names that stand in histories."""
    definitions = [
        getattr(member, "__temporal_activity_definition", None) for member in vars(step).values()
    ]
    assert {one.name for one in definitions if one is not None} == STEPS[step]


@pytest.mark.parametrize(
    ("workflow", "name", "updates"),
    [(AgentRun, "agent_run", {"decide", "edit"}), (Rollback, "rollback", {"decide"})],
)
def test_workflows_are_pinned(workflow: type, name: str, updates: set[str]) -> None:
    """Each workflow listens to these signals and updates, under the names that scripts use."""
    definition = getattr(workflow, "__temporal_workflow_definition")
    assert definition.name == name
    assert set(definition.signals) == {"decide", "pause", "resume", "cancel"}
    assert set(definition.updates) == updates


def test_queues_and_search_attributes_are_pinned() -> None:
    """Running workers, saved searches and clients find these."""
    assert (names.WORKFLOW_QUEUE, names.REASON_QUEUE) == ("steward", "reason")
    assert [(key.name, key.indexed_value_type.name) for key in names.SEARCH_ATTRIBUTES] == [
        ("StewardStage", "KEYWORD"),
        ("StewardStore", "KEYWORD"),
        ("StewardAgent", "KEYWORD"),
        ("StewardRisk", "KEYWORD"),
    ]
    assert (names.AGENT_RUN, names.ROLLBACK) == ("agent_run", "rollback")
    assert names.RECORD_REFUSAL == "record_refusal"
    assert (names.EDIT, names.EDIT_REFUSED) == ("edit", "EditRefused")
    assert (names.DECIDE, names.PAUSE, names.RESUME, names.CANCEL) == (
        "decide",
        "pause",
        "resume",
        "cancel",
    )
