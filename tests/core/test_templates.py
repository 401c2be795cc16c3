"""The templates that come with Steward read parameters strictly and give intents."""

from decimal import Decimal
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from steward.agents import Parameter, ParameterType, Template, read_parameter
from steward.catalog import ByCollection, ByIds, ByTag, ByVendor, EveryProduct, Selection
from steward.changes import FieldName
from steward.errors import InvalidParameter
from steward.operations import (
    AdjustPrice,
    CompareAtRule,
    RestoreCompareAtPrice,
    SetCompareAtPrice,
    SetStock,
    SetText,
)

TEMPLATES = {
    template.name: template
    for file in files("steward").joinpath("templates").iterdir()
    if file.name.endswith(".yaml")
    for template in [Template.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))]
}
BULK = TEMPLATES["bulk-price"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_example_gives_an_intent(name: str) -> None:
    """Each template's own example gives an intent, and the template explains itself."""
    template = TEMPLATES[name]
    assert template.intent(template.example).operations
    assert template.description
    assert template.tips
    assert all(parameter.help.endswith(".") for parameter in template.parameters.values())


def test_reads_every_parameter() -> None:
    """All parameters of a bulk price change end up in the intent."""
    intent = BULK.intent(
        {"tag": " summer ", "percent": "-15 %", "floor": "5", "ending": ".99"}
        | {"show_previous": "Yes"}
    )
    assert intent.selection == ByTag(tag="summer")
    assert intent.operations == (
        AdjustPrice(percent=Decimal(-15), floor=Decimal(5), ending=Decimal("0.99")),
        SetCompareAtPrice(rule=CompareAtRule.PREVIOUS_PRICE),
    )


@pytest.mark.parametrize(
    ("given_", "selection"),
    [
        ({"collection": "summer"}, ByCollection(collection="summer")),
        ({"vendor": "Acme"}, ByVendor(vendor="Acme")),
        ({"ids": "1, 2,,2"}, ByIds(ids=("1", "2"))),
        ({"ids": "1", "tag": ""}, ByIds(ids=("1",))),
        ({"everything": "yes"}, EveryProduct()),
        ({"everything": "no", "tag": "a"}, ByTag(tag="a")),
    ],
)
def test_selects_by_the_parameter_that_is_given(
    given_: dict[str, str], selection: Selection
) -> None:
    """The one selection that is given says which products; an empty one is none."""
    intent = TEMPLATES["end-sale"].intent(given_)
    assert intent.selection == selection
    assert intent.operations == (RestoreCompareAtPrice(),)


@pytest.mark.parametrize(
    ("given_", "message", "remedy"),
    [
        ({"colour": "red"}, "no parameter 'colour'", "It takes: collection, tag"),
        ({}, "needs the parameter 'percent'", "Add --percent VALUE."),
        ({"percent": ""}, "must be a number, not ''", "12.5"),
        ({"percent": "nonsense"}, "must be a number, not 'nonsense'", "12.5"),
        ({"percent": "--15"}, "not '--15'", "12.5"),
        ({"percent": "15,5"}, "not '15,5'", "12.5"),
        ({"percent": "1e999"}, "not '1e999'", "12.5"),
        ({"percent": "NaN"}, "not 'NaN'", "12.5"),
        ({"percent": "inf"}, "not 'inf'", "12.5"),
        ({"percent": "1_5"}, "not '1_5'", "12.5"),
        ({"percent": "\u0661\u0665"}, "must be a number", "12.5"),
        ({"percent": "15%%"}, "not '15%%'", "12.5"),
        ({"percent": "9" * 999}, "beyond its limits", "between -90 and 200 %"),
        ({"percent": "-90.01"}, "is -90.01, beyond", "between -90 and 200 %"),
        ({"percent": "200.01"}, "is 200.01, beyond", "between -90 and 200 %"),
        ({"percent": "1", "floor": "-1"}, "'floor' is -1, beyond", "between 0 and 1000000000."),
        ({"percent": "1", "floor": "20%"}, "'floor' must be a number", "12.5"),
        ({"percent": "1", "ending": "1"}, "'ending' is 1, beyond", "between 0 and 0.99."),
        ({"percent": "1", "show_previous": "maybe"}, "is a switch", "yes or no"),
        ({"percent": "1"}, "exactly one selection of products, 0 given", "--collection, --tag"),
        ({"percent": "1", "ids": " , "}, "exactly one selection of products, 0 given", "--ids"),
        ({"percent": "1", "tag": "a", "ids": "1"}, "2 given", "Give one of"),
        ({"percent": "1", "tag": "a" * 256}, "do not fit together: selection", "--help"),
    ],
)
def test_refuses_what_cannot_be_meant(given_: dict[str, str], message: str, remedy: str) -> None:
    """A wrong parameter is told in one short sentence, with what to do instead."""
    with pytest.raises(InvalidParameter) as refused:
        BULK.intent(given_)
    assert message in refused.value.message
    assert remedy in refused.value.remedy
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("minimum", "maximum", "remedy"),
    [("1", None, "at least 1 kg."), (None, "-1", "at most -1 kg."), ("1", "2", "between 1 and 2")],
)
def test_limits_are_told_as_they_are(minimum: str | None, maximum: str | None, remedy: str) -> None:
    """A parameter with one limit names that one."""
    low, high = (None if text is None else Decimal(text) for text in (minimum, maximum))
    parameter = Parameter(
        type=ParameterType.NUMBER, help="Weight.", minimum=low, maximum=high, unit="kg"
    )
    with pytest.raises(InvalidParameter) as refused:
        read_parameter("weight", parameter, "0")
    assert remedy in refused.value.remedy


@given(st.dictionaries(st.sampled_from([*BULK.parameters, "other"]), st.text(max_size=8)))
def test_any_text_gives_an_intent_or_a_refusal(parameters: dict[str, str]) -> None:
    """Whatever is typed, the answer is an intent with finite numbers or one clear refusal."""
    try:
        intent = BULK.intent(parameters)
    except InvalidParameter as refused:
        told = (refused.message, refused.remedy)
    else:
        operation = intent.operations[0]
        assert isinstance(operation, AdjustPrice)
        assert operation.percent.is_finite()
        told = (str(intent.selection), str(operation.percent))
    assert all(told)


@given(st.decimals(-90, 200, places=3))
def test_numbers_are_read_as_written(percent: Decimal) -> None:
    """Every percentage within the limits is read exactly, with or without its sign."""
    for text in (f"{percent:f}", f"{percent:f}%", f" {percent:f} % "):
        intent = BULK.intent({"tag": "a", "percent": text})
        assert intent.operations == (AdjustPrice(percent=percent),)


def test_choices_are_closed() -> None:
    """A choice outside the list is refused with the list."""
    parameter = Parameter(type=ParameterType.CHOICE, help="Size.", choices=("s", "m"))
    assert read_parameter("size", parameter, "m") == "m"
    with pytest.raises(InvalidParameter, match=r"Choose one of: s, m\."):
        read_parameter("size", parameter, "l")


@pytest.mark.parametrize(
    "broken",
    [
        {"selection": ["colour"]},
        {"operations": [{"kind": "adjust_price", "percent": "$colour"}]},
        {"operations": [{"kind": "adjust_price", "percent": 1, "when": "colour"}]},
    ],
)
def test_a_template_uses_only_its_own_parameters(broken: dict[str, object]) -> None:
    """A template file that names a parameter that it does not have is refused when it is read."""
    with pytest.raises(ValidationError, match="'colour'"):
        Template.model_validate(BULK.model_dump() | broken)


def test_asking_for_nothing_names_the_choices() -> None:
    """A template of which nothing is asked says between what to choose."""
    with pytest.raises(InvalidParameter, match=r"Give one of --units, --by"):
        TEMPLATES["restock"].intent({"tag": "summer"})


def test_zero_is_something_to_ask_for() -> None:
    """Setting the stock to zero is no missing parameter."""
    assert TEMPLATES["restock"].intent({"tag": "summer", "units": "0"}).operations == (
        SetStock(units=0),
    )


def test_clearing_a_text_needs_its_switch() -> None:
    """An SEO text is cleared by the switch, and a title never."""
    rewrite = TEMPLATES["rewrite-text"]
    cleared = rewrite.intent({"tag": "summer", "field": "seo_title", "clear": "yes"})
    assert cleared.operations == (SetText(field=FieldName.SEO_TITLE, text=""),)
    with pytest.raises(InvalidParameter, match="a title cannot be empty"):
        rewrite.intent({"tag": "summer", "field": "title", "clear": "yes"})
