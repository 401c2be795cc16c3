"""The messages of the Data API's requests."""

from sandbox.ga4.protocol_json import Enum, Kind, Many, Message, Recursive

NUMERIC_VALUE = Message(
    {"int64Value": "int64", "doubleValue": "double"}, ("int64Value", "doubleValue")
)
FILTER = Message(
    {
        "fieldName": "string",
        "stringFilter": Message(
            {
                "matchType": Enum(
                    {
                        0: "MATCH_TYPE_UNSPECIFIED",
                        1: "EXACT",
                        2: "BEGINS_WITH",
                        3: "ENDS_WITH",
                        4: "CONTAINS",
                        5: "FULL_REGEXP",
                        6: "PARTIAL_REGEXP",
                    }
                ),
                "value": "string",
                "caseSensitive": "bool",
            }
        ),
        "inListFilter": Message({"values": Many("string"), "caseSensitive": "bool"}),
        "numericFilter": Message(
            {
                "operation": Enum(
                    {
                        0: "OPERATION_UNSPECIFIED",
                        1: "EQUAL",
                        2: "LESS_THAN",
                        3: "LESS_THAN_OR_EQUAL",
                        4: "GREATER_THAN",
                        5: "GREATER_THAN_OR_EQUAL",
                    }
                ),
                "value": NUMERIC_VALUE,
            }
        ),
        "betweenFilter": Message({"fromValue": NUMERIC_VALUE, "toValue": NUMERIC_VALUE}),
        "emptyFilter": Message({}),
    },
    ("stringFilter", "inListFilter", "numericFilter", "betweenFilter", "emptyFilter"),
)
EXPRESSION = Recursive(lambda: _EXPRESSION)
_EXPRESSIONS = Message({"expressions": Many(EXPRESSION)})
_EXPRESSION: Message = Message(
    {
        "andGroup": _EXPRESSIONS,
        "orGroup": _EXPRESSIONS,
        "notExpression": EXPRESSION,
        "filter": FILTER,
    },
    ("andGroup", "orGroup", "notExpression", "filter"),
)
_CASE = Message({"dimensionName": "string"})
_DIMENSION = Message(
    {
        "name": "string",
        "dimensionExpression": Message(
            {
                "lowerCase": _CASE,
                "upperCase": _CASE,
                "concatenate": Message({"dimensionNames": Many("string"), "delimiter": "string"}),
            },
            ("lowerCase", "upperCase", "concatenate"),
        ),
    }
)
_METRIC = Message({"name": "string", "expression": "string", "invisible": "bool"})
_ORDER = Message(
    {
        "desc": "bool",
        "metric": Message({"metricName": "string"}),
        "dimension": Message(
            {
                "dimensionName": "string",
                "orderType": Enum(
                    {
                        0: "ORDER_TYPE_UNSPECIFIED",
                        1: "ALPHANUMERIC",
                        2: "CASE_INSENSITIVE_ALPHANUMERIC",
                        3: "NUMERIC",
                    }
                ),
            }
        ),
        "pivot": Message(
            {
                "metricName": "string",
                "pivotSelections": Many(
                    Message({"dimensionName": "string", "dimensionValue": "string"})
                ),
            }
        ),
    },
    ("metric", "dimension", "pivot"),
)
_AGGREGATION = Enum(
    {
        0: "METRIC_AGGREGATION_UNSPECIFIED",
        1: "TOTAL",
        4: "COUNT",
        5: "MINIMUM",
        6: "MAXIMUM",
    }
)
_DATE_RANGE = Message({"startDate": "string", "endDate": "string", "name": "string"})
_COMMON: dict[str, Kind] = {
    "dimensions": Many(_DIMENSION),
    "metrics": Many(_METRIC),
    "dimensionFilter": EXPRESSION,
    "metricFilter": EXPRESSION,
    "limit": "int64",
    "metricAggregations": Many(_AGGREGATION),
    "orderBys": Many(_ORDER),
    "returnPropertyQuota": "bool",
}
RUN_REPORT = Message(
    _COMMON
    | {
        "property": "string",
        "dateRanges": Many(_DATE_RANGE),
        "offset": "int64",
        "currencyCode": "string",
        "keepEmptyRows": "bool",
        "cohortSpec": Message(
            {
                "cohorts": Many(
                    Message({"name": "string", "dimension": "string", "dateRange": _DATE_RANGE})
                ),
                "cohortsRange": Message(
                    {
                        "granularity": Enum(
                            {0: "GRANULARITY_UNSPECIFIED", 1: "DAILY", 2: "WEEKLY", 3: "MONTHLY"}
                        ),
                        "startOffset": "int32",
                        "endOffset": "int32",
                    }
                ),
                "cohortReportSettings": Message({"accumulate": "bool"}),
            }
        ),
        "comparisons": Many(
            Message(
                {"name": "string", "dimensionFilter": EXPRESSION, "comparison": "string"},
                ("dimensionFilter", "comparison"),
            )
        ),
    }
)
BATCH_RUN_REPORTS = Message({"requests": Many(RUN_REPORT)})
RUN_REALTIME_REPORT = Message(
    _COMMON
    | {
        "minuteRanges": Many(
            Message({"name": "string", "startMinutesAgo": "int32", "endMinutesAgo": "int32"})
        )
    }
)
CHECK_COMPATIBILITY = Message(
    {
        "dimensions": Many(_DIMENSION),
        "metrics": Many(_METRIC),
        "dimensionFilter": EXPRESSION,
        "metricFilter": EXPRESSION,
        "compatibilityFilter": Enum(
            {0: "COMPATIBILITY_UNSPECIFIED", 1: "COMPATIBLE", 2: "INCOMPATIBLE"}
        ),
    }
)
