"""Reports of the sandbox's property: the figures add up, and the platform's rules hold."""

from typing import Any

import pytest

from tests.sandbox.ga4.client import MARCH, AnalyticsClient, cells
from tests.sandbox.ga4.discovery import faults

Body = dict[str, Any]
ITEMS: Body = {
    "dimensions": [{"name": "itemId"}],
    "metrics": [{"name": "itemsViewed"}],
    "dateRanges": [MARCH],
}


def test_a_day_s_items_add_up_to_the_catalogue_s_truth(analytics: AnalyticsClient) -> None:
    """The report and the control route count the same."""
    day = {"startDate": "2026-03-12", "endDate": "2026-03-12"}
    report = analytics.report("itemId", "itemsViewed itemsPurchased", dateRanges=[day])
    truth = analytics.control("GET", "catalogue")["days"]["2026-03-12"]
    assert {key[0]: (int(values[0]), int(values[1])) for key, values in cells(report)} == {
        item: (counts[0], counts[3]) for item, counts in truth.items()
    }


def test_reports_are_the_same_each_time_and_for_each_seed(analytics: AnalyticsClient) -> None:
    """Also after a reset."""
    first = analytics.report("date itemId", "itemsViewed itemRevenue")
    analytics.control("POST", "reset")
    analytics.set("now", "2026-03-20T12:30:00-04:00")
    analytics.sign_in()
    assert analytics.report("date itemId", "itemsViewed itemRevenue") == first


def test_any_cut_has_the_same_total(analytics: AnalyticsClient) -> None:
    """By device, by country and day, or altogether."""
    totals = {
        sum(int(values[0]) for _, values in cells(analytics.report(cut, "sessions")))
        for cut in ("", "deviceCategory", "date country", "sessionSource dayOfWeek")
    }
    assert len(totals) == 1


def test_visits_and_items_tell_one_story(analytics: AnalyticsClient) -> None:
    """What was bought as items was bought in purchases, for the same money."""
    ((_, (items, bought)),) = cells(analytics.report("", "itemRevenue itemsPurchased"))
    ((_, (revenue, purchases)),) = cells(analytics.report("", "purchaseRevenue ecommercePurchases"))
    assert (items, bought) == (revenue, purchases)
    assert float(items) > 0


def test_pages_fit_together(analytics: AnalyticsClient) -> None:
    """Limit and offset are text or number; rowCount is that of all rows."""
    whole = analytics.report("itemId date", "itemsViewed")
    pages = [
        analytics.report("itemId date", "itemsViewed", offset=offset, limit="20")
        for offset in range(0, whole["rowCount"], 20)
    ]
    assert [row for page in pages for row in page["rows"]] == whole["rows"]
    assert {page["rowCount"] for page in pages} == {whole["rowCount"]}
    beyond = analytics.report("itemId date", "itemsViewed", offset="100000")
    assert "rows" not in beyond


def test_rows_come_in_the_order_that_is_asked_for(analytics: AnalyticsClient) -> None:
    """By metrics as numbers, by dimensions as text, downwards or upwards."""
    by_metric = {"metric": {"metricName": "itemsViewed"}, "desc": True}
    by_item = {"dimension": {"dimensionName": "itemId"}}
    rows = cells(analytics.report("itemId", "itemsViewed", orderBys=[by_metric, by_item]))
    assert rows == sorted(rows, key=lambda row: (-int(row[1][0]), row[0]))
    rows = cells(analytics.report("itemId", "itemsViewed", orderBys=[by_item | {"desc": True}]))
    assert [key for key, _ in rows] == sorted((key for key, _ in rows), reverse=True)


def test_filters_keep_what_they_say(analytics: AnalyticsClient) -> None:
    """Lists, texts, patterns, numbers, their combinations and their opposite."""
    every = cells(analytics.report("itemId", "itemsViewed"))
    whole = {key[0]: int(values[0]) for key, values in every}

    def kept(expression: Body, which: str = "dimensionFilter") -> set[str]:
        return {
            key[0]
            for key, _ in cells(analytics.report("itemId", "itemsViewed", **{which: expression}))
        }

    def text(value: str, kind: str, **rest: object) -> Body:
        string = {"value": value, "matchType": kind} | rest
        return {"filter": {"fieldName": "itemId", "stringFilter": string}}

    listed = {"filter": {"fieldName": "itemId", "inListFilter": {"values": ["SKU-01", "sku-02"]}}}
    assert kept(listed) == {"sku-01", "sku-02"}
    assert kept(text("SKU-0", "BEGINS_WITH")) == {key for key in whole if key < "sku-10"}
    assert kept(text("SKU-0", "BEGINS_WITH", caseSensitive=True)) == set()
    assert kept(text("sku-0[12]", "FULL_REGEXP")) == {"sku-01", "sku-02"}
    either = {"orGroup": {"expressions": [listed, text("-03", "ENDS_WITH")]}}
    assert kept(either) == {"sku-01", "sku-02", "sku-03"}
    assert kept({"notExpression": either}) == set(whole) - kept(either)
    middle = sorted(whole.values())[6]
    numeric = {"operation": "GREATER_THAN", "value": {"int64Value": str(middle)}}
    more = {"filter": {"fieldName": "itemsViewed", "numericFilter": numeric}}
    assert kept(more, "metricFilter") == {key for key, views in whole.items() if views > middle}


def test_rows_of_zeros_are_left_out_unless_they_are_kept(analytics: AnalyticsClient) -> None:
    """An item that was viewed and not bought has a row of its own on request."""
    sold = analytics.report("itemId date country", "itemsPurchased")
    every = analytics.report("itemId date country", "itemsPurchased", keepEmptyRows=True)
    assert sold["rowCount"] < every["rowCount"]
    assert all(values != ["0"] for _, values in cells(sold))


def test_the_last_two_days_still_move(analytics: AnalyticsClient) -> None:
    """A day's figures grow until 48 hours after it, and are settled then."""
    day = {"startDate": "2026-03-20", "endDate": "2026-03-20"}

    def sessions() -> int:
        found = cells(analytics.report("", "eventCount", dateRanges=[day]))
        return int(found[0][1][0]) if found else 0

    seen = []
    for now in ("20T00:00", "20T12:00", "21T00:00", "22T00:00", "23T00:00", "24T00:00"):
        analytics.set("now", f"2026-03-{now}:00-04:00")
        seen.append(sessions())
    assert seen[0] < seen[1] < seen[2] < seen[3] < seen[4] == seen[5]


def test_days_are_those_of_the_property(analytics: AnalyticsClient) -> None:
    """At 2 o'clock in Berlin it is still the day before in New York."""
    analytics.set("now", "2026-03-20T02:00:00+01:00")
    dates = [{"startDate": "1daysAgo", "endDate": "today"}]
    report = analytics.report("date", "sessions", dateRanges=dates)
    assert {key[0] for key, _ in cells(report)} <= {"20260318", "20260319"}
    assert report["metadata"]["timeZone"] == "America/New_York"


def test_several_date_ranges_are_told_apart(analytics: AnalyticsClient) -> None:
    """By a column of their own, as the platform adds it."""
    ranges = [MARCH | {"name": "this"}, {"startDate": "2026-02-22", "endDate": "2026-02-28"}]
    report = analytics.report("deviceCategory", "sessions", dateRanges=ranges)
    assert report["dimensionHeaders"][-1] == {"name": "dateRange"}
    assert {key[-1] for key, _ in cells(report)} == {"this", "date_range_1"}


def test_thresholding_leaves_rows_out_and_says_so(analytics: AnalyticsClient) -> None:
    """Where a dimension may give away who somebody is."""
    fine = analytics.report("userAgeBracket date country", "activeUsers")
    assert fine["metadata"]["subjectToThresholding"]
    assert all(int(values[0]) >= 10 for _, values in cells(fine))
    coarse = analytics.report("date country", "activeUsers")
    assert "subjectToThresholding" not in coarse["metadata"]


def test_sampling_and_lumping_say_so(analytics: AnalyticsClient) -> None:
    """Estimates are near the truth; what is lumped together is still counted."""
    truth = sum(int(v[0]) for _, v in cells(analytics.report("itemId", "itemsViewed")))
    analytics.set("most_combinations", 5)
    lumped = analytics.report("itemId", "itemsViewed")
    assert lumped["metadata"]["dataLossFromOtherRow"]
    assert len(lumped["rows"]) == 5
    assert sum(int(v[0]) for _, v in cells(lumped)) == truth
    analytics.set("sampling_percent", 50)
    sampled = analytics.report("itemId", "itemsViewed")
    (figures,) = sampled["metadata"]["samplingMetadatas"]
    assert int(figures["samplesReadCount"]) < int(figures["samplingSpaceSize"])
    assert sum(int(v[0]) for _, v in cells(sampled)) == pytest.approx(truth, rel=0.3)


def test_expressions_are_computed(analytics: AnalyticsClient) -> None:
    """Of metrics and of dimensions."""
    share = {"name": "share", "expression": "itemsPurchased / (itemsViewed + 0)"}
    place = {
        "name": "place",
        "dimensionExpression": {
            "concatenate": {"dimensionNames": ["country", "deviceCategory"], "delimiter": "/"}
        },
    }
    metrics = [{"name": "itemsViewed"}, {"name": "itemsPurchased"}, share]
    body = {"dimensions": [place], "metrics": metrics, "dateRanges": [MARCH]}
    report = analytics.answer("runReport", body)
    rows = cells(report)
    assert ["Germany/mobile"] in [key for key, _ in rows]
    for _, (viewed, bought, ratio) in rows:
        assert float(ratio) == pytest.approx(int(bought) / int(viewed), abs=1e-6)


def test_totals_are_added_on_request(analytics: AnalyticsClient) -> None:
    """Also by the numbers of the enums, as Google's own client sends them."""
    report = analytics.report("itemId", "itemsViewed", metricAggregations=["TOTAL", 5])
    views = [int(values[0]) for _, values in cells(report)]
    assert report["totals"][0]["metricValues"][0]["value"] == str(sum(views))
    assert report["minimums"][0]["metricValues"][0]["value"] == str(min(views))


def test_metadata_lists_what_can_be_asked_for(analytics: AnalyticsClient) -> None:
    """Every dimension and every metric that it names gives a report."""
    headers = {"Authorization": f"Bearer {analytics.token}"}
    metadata = analytics.http.get("/v1beta/properties/456/metadata", headers=headers).json()
    assert faults(metadata, "Metadata") == []
    for dimension in metadata["dimensions"]:
        analytics.report(dimension["apiName"], "")
    for metric in metadata["metrics"]:
        report = analytics.report("", metric["apiName"])
        assert report["metricHeaders"] == [{"name": metric["apiName"], "type": metric["type"]}]


def test_amounts_can_be_had_in_another_currency(analytics: AnalyticsClient) -> None:
    """The answer says which."""
    own = analytics.report("", "itemRevenue")
    other = analytics.report("", "itemRevenue", currencyCode="JPY")
    assert (own["metadata"]["currencyCode"], other["metadata"]["currencyCode"]) == ("USD", "JPY")
    assert float(cells(other)[0][1][0]) == pytest.approx(150 * float(cells(own)[0][1][0]))


def test_a_batch_answers_each_request(analytics: AnalyticsClient) -> None:
    """As many as five, each as it would be alone."""
    batch = analytics.answer("batchRunReports", {"requests": [ITEMS] * 5})
    assert batch["reports"] == [analytics.answer("runReport", ITEMS)] * 5


def test_the_realtime_report_shows_the_last_minutes(analytics: AnalyticsClient) -> None:
    """Of two ranges at most, the same for the same minute."""
    body = {"dimensions": [{"name": "minutesAgo"}], "metrics": [{"name": "activeUsers"}]}
    report = analytics.answer("runRealtimeReport", body)
    assert {key[0] for key, _ in cells(report)} <= {f"{minute:02}" for minute in range(30)}
    assert report["rowCount"] > 20


def test_types_can_be_numbers(analytics: AnalyticsClient) -> None:
    """For clients that ask for enums as numbers."""
    report = analytics.call("runReport", ITEMS, **{"$alt": "json;enum-encoding=int"}).json()
    assert report["metricHeaders"] == [{"name": "itemsViewed", "type": 1}]


def test_names_with_underscores_are_taken(analytics: AnalyticsClient) -> None:
    """As the JSON form of protocol buffers allows."""
    body = {
        "dimensions": [{"name": "itemId"}],
        "metrics": [{"name": "itemsViewed"}],
        "date_ranges": [{"start_date": "2026-03-01", "end_date": "2026-03-07"}],
    }
    assert analytics.answer("runReport", body) == analytics.answer("runReport", ITEMS)


def test_compatibility_is_told_in_advance(analytics: AnalyticsClient) -> None:
    """What it calls compatible can be added, what it does not cannot."""
    asked = {"dimensions": [{"name": "itemId"}], "metrics": [{"name": "itemsViewed"}]}
    told = analytics.answer("checkCompatibility", asked)
    verdicts = {
        each["metricMetadata"]["apiName"]: each["compatibility"]
        for each in told["metricCompatibilities"]
    }
    assert verdicts["itemRevenue"] == "COMPATIBLE"
    assert verdicts["sessions"] == "INCOMPATIBLE"
    code, _, _ = analytics.refusal("runReport", ITEMS | {"metrics": [{"name": "sessions"}]})
    assert code == 400


def filtered(expression: Body) -> Body:
    """Return a request with this filter."""
    return ITEMS | {"dimensionFilter": expression}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "at least one dimension or metric"),
        (ITEMS | {"metrics": [{"name": "nothing"}]}, "Field nothing is not a valid metric"),
        (ITEMS | {"dimensions": [{"name": "nothing"}]}, "not a valid dimension"),
        (ITEMS | {"metrics": [{"name": "sessions"}]}, "incompatible"),
        (ITEMS | {"dimensions": [{"name": "itemId"}] * 2}, "Duplicate"),
        (ITEMS | {"dimensions": [{"name": "itemId"}] * 10}, "limited to 9"),
        (ITEMS | {"metrics": [{"name": "itemId"}] * 11}, "limited to 10"),
        (ITEMS | {"dateRanges": []}, "dateRange is required"),
        (ITEMS | {"dateRanges": [MARCH] * 5}, "limited to 4"),
        (ITEMS | {"dateRanges": [{"startDate": "March", "endDate": "today"}]}, "startDate"),
        (
            ITEMS | {"dateRanges": [{"startDate": "today", "endDate": "yesterday"}]},
            "cannot be before",
        ),
        (ITEMS | {"limit": "-1"}, "negative"),
        (ITEMS | {"limit": "many"}, "TYPE_INT64"),
        (ITEMS | {"limit": 1.5}, "TYPE_INT64"),
        (ITEMS | {"keepEmptyRows": "yes"}, "TYPE_BOOL"),
        (ITEMS | {"colour": "red"}, 'Unknown name "colour"'),
        (ITEMS | {"currencyCode": "dollars"}, "currencyCode"),
        (ITEMS | {"orderBys": [{"metric": {"metricName": "sessions"}}]}, "orderBy"),
        (ITEMS | {"property": "properties/1"}, "property"),
        (ITEMS | {"cohortSpec": {"cohorts": [{}]}}, "cohortSpec"),
        (filtered({}), "one expression"),
        (filtered({"andGroup": {}}), "at least one expression"),
        (filtered({"filter": {"fieldName": "itemId"}}), "how to compare"),
        (
            filtered({"filter": {"fieldName": "itemId", "inListFilter": {"values": []}}}),
            "at least one value",
        ),
        (
            filtered({"filter": {"fieldName": "itemId", "stringFilter": {}, "emptyFilter": {}}}),
            "oneof",
        ),
        (
            filtered(
                {
                    "filter": {
                        "fieldName": "itemId",
                        "stringFilter": {"matchType": "FULL_REGEXP", "value": "("},
                    }
                }
            ),
            "regular expression",
        ),
        (filtered({"filter": {"fieldName": "itemsViewed", "emptyFilter": {}}}), "dimension"),
        (b"{", "Invalid JSON"),
        (b"[]", "Root element"),
    ],
)
def test_what_makes_no_sense_is_an_invalid_argument(
    body: object, words: str, analytics: AnalyticsClient
) -> None:
    """In the platform's shape, saying what is wrong."""
    code, status, message = analytics.refusal("runReport", body)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert words in message


def test_a_batch_of_six_or_none_is_refused(analytics: AnalyticsClient) -> None:
    """The platform takes one to five."""
    assert analytics.refusal("batchRunReports", {"requests": [ITEMS] * 6})[0] == 400
    assert analytics.refusal("batchRunReports", {})[0] == 400
