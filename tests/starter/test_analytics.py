"""`steward analytics`: what is asked for, what is shown, and what qualifies it."""

import json
from datetime import date, timedelta

import pytest

from steward.analytics import Caveat, Period, ReportOrder, ReportRequest, Sampling
from steward.analytics_realtime import RealtimeRequest
from steward.errors import CredentialsRejected, ExitCode, StoreThrottled
from tests.starter.fake_analytics import Property
from tests.starter.fakes import Office

REPORT = ("analytics", "report", "visits")
SETTLED = date(2026, 11, 22)


def asked(office: Office) -> ReportRequest:
    """Return the one report that was asked for."""
    (request,) = office.visited.asked
    assert isinstance(request, ReportRequest)
    return request


@pytest.mark.parametrize("words", [("analytics",), ("analytics", "list")])
def test_properties_are_listed_without_secrets(words: tuple[str, ...], office: Office) -> None:
    """By name, number and address; the key only by its place."""
    called = office.steward(*words)
    assert called.code == ExitCode.OK
    assert called.out.splitlines()[1] == "visits\t4711\thttps://analyticsdata.googleapis.com"
    (entry,) = json.loads(office.steward(*words, "--json").out)
    assert entry["credentials"] == "env:VISITS_KEY"
    office.properties.clear()
    called = office.steward(*words)
    assert (called.code, called.out) == (ExitCode.OK, "")
    assert "[analytics.NAME]" in called.err


def test_a_report_is_by_default_of_the_best_sellers_of_the_last_settled_days(
    office: Office,
) -> None:
    """Four weeks that no longer change, so that they may be judged by."""
    office.visited.add("A-1|Linen Shirt", "1234.5", "12", "3456")
    office.visited.row_count = 187
    called = office.steward(*REPORT)
    request = asked(office)
    assert request.dimensions == ("itemId", "itemName")
    assert request.metrics == ("itemRevenue", "itemsPurchased", "itemsViewed")
    assert request.period == Period(first=SETTLED - timedelta(days=27), last=SETTLED)
    assert request.order == (ReportOrder(field="itemRevenue", descending=True),)
    assert request.limit == 20
    assert called.code == ExitCode.OK
    assert called.out.splitlines() == [
        "Property: visits (4711)",
        "Days: 2026-10-26 to 2026-11-22, by the clock of Europe/Berlin",
        "Rows: 1 of 187; --all shows more",
        "Quota left: 39,996 tokens this hour (13,996 for this key's project), 199,996 today",
        "",
        "ITEMID\tITEMNAME\tITEMREVENUE_EUR\tITEMSPURCHASED\tITEMSVIEWED",
        "A-1\tLinen Shirt\t1,234.50\t12\t3,456",
    ]


def test_metrics_alone_are_asked_for_in_total(office: Office) -> None:
    """Visits do not go with items, so that the items are left out."""
    office.visited.add("", "0.61803")
    called = office.steward(*REPORT, "--metric", "engagementRate", "--days", "7")
    assert asked(office).dimensions == ()
    assert asked(office).period.first == SETTLED - timedelta(days=6)
    assert called.out.splitlines()[-2:] == ["ENGAGEMENTRATE", "0.618"]


def test_days_that_still_change_are_marked(office: Office) -> None:
    """Row by row, and in words: nothing may be judged by them."""
    office.visited.add("20261122", "5")
    office.visited.add("20261124", "3", provisional=True)
    office.visited.changes["caveats"] = {Caveat.PROVISIONAL}
    called = office.steward(
        *REPORT, "-m", "itemsViewed", "-d", "date", "--until-today", "--sort", "date"
    )
    assert asked(office).period.last == date(2026, 11, 25)
    assert asked(office).order == (ReportOrder(field="date", descending=False),)
    lines = called.out.splitlines()
    assert "20261122\t5\t" in lines
    assert "20261124\t3\tstill changes" in lines
    assert lines[-1].startswith("Days after 2026-11-22 still change")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"caveats": {Caveat.THRESHOLDED}}, "rows of few users"),
        (
            {
                "caveats": {Caveat.SAMPLED},
                "sampling": Sampling(events_read=1_000, events_total=4_000),
            },
            "estimated from 1,000 of 4,000 events (25 %)",
        ),
        ({"caveats": {Caveat.OTHER_ROW}}, "lumped together as (other)"),
        ({"caveats": {Caveat.TRUNCATED}}, "leaves out data"),
        (
            {"caveats": {Caveat.RESTRICTED}, "restricted_metrics": ("itemRevenue",)},
            "may not see itemRevenue",
        ),
        ({"rows": (), "empty_because": "No data yet."}, "There are no such data: No data yet."),
    ],
)
def test_what_qualifies_the_figures_is_said(
    changes: dict[str, object], words: str, office: Office
) -> None:
    """Each caveat in a sentence under the table; none where there is none."""
    office.visited.add("A-1|Linen Shirt", "1", "1", "1")
    plain = office.steward(*REPORT).out
    assert words not in plain
    office.visited.changes.update(changes)
    assert words in office.steward(*REPORT).out.splitlines()[-1]


def test_all_rows_are_sorted_here(office: Office) -> None:
    """A whole report comes in the order of its dimensions, page by page."""
    for item, revenue in (("A", "1"), ("B", "3"), ("C", "2")):
        office.visited.add(f"{item}|Tee", revenue, "1", "1")
    called = office.steward(*REPORT, "--all")
    assert (asked(office).limit, asked(office).order) == (None, ())
    rows = [line[0] for line in called.out.splitlines()[-3:]]
    assert rows == ["B", "C", "A"]
    by_item = office.steward(*REPORT, "--all", "--sort", "itemId").out
    assert [line[0] for line in by_item.splitlines()[-3:]] == ["A", "B", "C"]


def test_a_script_gets_everything(office: Office) -> None:
    """Values as text, with every digit, and the caveats in a fixed order."""
    office.visited.add("A-1|Linen Shirt", "1234.5678", "12", "3456")
    office.visited.changes["caveats"] = {Caveat.THRESHOLDED, Caveat.OTHER_ROW}
    told = json.loads(office.steward(*REPORT, "--json").out)
    assert told["rows"][0]["metrics"] == ["1234.5678", "12", "3456"]
    assert told["caveats"] == ["other_row", "thresholded"]
    assert told["kinds"] == ["money", "count", "count"]
    assert told["quota"]["tokens_per_day"] == {"consumed": 4, "remaining": 199_996}


def test_a_person_sees_a_table(office: Office) -> None:
    """On a terminal of eighty signs, with the figures in full."""
    office.visited.add("8100041549824|A very long name of a very fine linen shirt", "1", "2", "3")
    called = office.steward(*REPORT, answers="")
    row = next(line for line in called.out.splitlines() if line.startswith("8100041549824"))
    assert row.split()[-3:] == ["1.00", "2", "3"]
    assert len(row.rstrip()) <= 80


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("report", "visitz"), ExitCode.NOT_FOUND, "Did you mean 'visits'?"),
        (("report", "visits", "--sort", "x"), ExitCode.INVALID_INPUT, "no x to sort by"),
        (("report", "visits", "-m", "a b"), ExitCode.INVALID_INPUT, "No such report"),
        (("report", "visits", "-d", "date", "-d", "date"), ExitCode.INVALID_INPUT, "once"),
        (("report", "visits", "--days", "0"), ExitCode.INVALID_INPUT, "--days"),
        (("realtime", "visits", "--minutes", "31"), ExitCode.INVALID_INPUT, "--minutes"),
        (("fields", "x"), ExitCode.NOT_FOUND, "Known properties: visits."),
    ],
)
def test_a_mistake_is_told_with_its_remedy(
    arguments: tuple[str, ...], code: ExitCode, words: str, office: Office
) -> None:
    """And nothing is reported."""
    called = office.steward("analytics", *arguments)
    assert (called.code, called.out) == (code, "")
    assert words in called.err
    assert "Try: " in called.err
    assert office.visited.asked == []


def test_without_a_property_the_remedy_is_to_configure_one(office: Office) -> None:
    """Or to start the sandbox's."""
    office.properties.clear()
    called = office.steward(*REPORT)
    assert called.code == ExitCode.NOT_FOUND
    assert "[analytics.NAME]" in called.err
    assert "steward up" in called.err


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (CredentialsRejected("No.", remedy="A key."), ExitCode.CREDENTIALS),
        (StoreThrottled("Used up.", remedy="Wait."), ExitCode.UNREACHABLE),
    ],
)
def test_a_failure_of_google_s_has_its_exit_code(
    failure: CredentialsRejected | StoreThrottled, code: ExitCode, office: Office
) -> None:
    """So that a script can tell a wrong key from a used-up quota."""
    office.visited.failure = failure
    called = office.steward(*REPORT)
    assert called.code == code
    assert called.err == f"Error: {failure.message}\nTry: {failure.remedy}\n"


def test_fields_are_listed_and_searched(office: Office) -> None:
    """With what they count, and which of them the key may not see."""
    called = office.steward("analytics", "fields", "visits")
    assert called.out.splitlines() == [
        "NAME\tKIND\tWHAT_IT_IS",
        "itemId\tdimension\tItem ID",
        "itemRevenue\tmetric, money\tItem revenue",
        "adCost\tmetric, money\tAds cost (reads 0: the service account may not see it)",
    ]
    found = office.steward("analytics", "fields", "visits", "--search", "ITEM").out
    assert "adCost" not in found
    assert "itemRevenue" in found
    told = json.loads(office.steward("analytics", "fields", "visits", "--json").out)
    assert [each["name"] for each in told["metrics"]] == ["itemRevenue", "adCost"]
    nothing = office.steward("analytics", "fields", "visits", "--search", "zzz")
    assert (nothing.code, nothing.out) == (ExitCode.OK, "")
    assert "zzz" in nothing.err


def test_the_last_minutes_are_shown(office: Office) -> None:
    """By default who is there and looks at what, by country."""
    office.visited.add("Germany", "3", "7", provisional=True)
    called = office.steward("analytics", "realtime", "visits", "--minutes", "5")
    assert office.visited.asked == [
        RealtimeRequest(
            dimensions=("country",),
            metrics=("activeUsers", "screenPageViews"),
            minutes=5,
            limit=20,
        )
    ]
    assert called.out.splitlines()[-1] == "Germany\t3\t7"
    assert "Minutes: the last 5" in called.out
    told = json.loads(office.steward("analytics", "realtime", "visits", "--json").out)
    assert told["rows"][0]["provisional"] is True


def test_of_several_properties_the_named_one_counts(office: Office) -> None:
    """A close name is suggested and not taken."""
    office.properties["visits-us"] = Property()
    called = office.steward("analytics", "report", "visits-uk")
    assert called.code == ExitCode.NOT_FOUND
    assert "Did you mean 'visits-us'? Known properties: visits, visits-us." in called.err
