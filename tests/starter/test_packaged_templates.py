"""The templates that come with the package, and what is said of a broken one."""

from pathlib import Path

import pytest

from connectors.templates import PackagedTemplates
from steward.errors import InvalidSettings, UnknownTemplate


def test_packaged_templates_are_ordered_by_name() -> None:
    """The package carries its templates, and they can be read."""
    names = [template.name for template in PackagedTemplates().templates()]
    assert names == sorted(names)
    assert {"bulk-price", "end-sale"} <= set(names)


def test_template_by_name() -> None:
    """A template is found by its name."""
    template = PackagedTemplates().template("bulk-price")
    assert template.agent == "pricing-manager"
    assert template.parameters["percent"].required


def test_unknown_template_names_what_there_is() -> None:
    """A close name is offered, and for another one all names."""
    with pytest.raises(UnknownTemplate, match="Did you mean 'bulk-price'"):
        PackagedTemplates().template("bulkprice")
    with pytest.raises(UnknownTemplate, match="Known templates: bulk-price, end-sale"):
        PackagedTemplates().template("xyz")


@pytest.mark.parametrize("text", ["name: [", "name: bulk-price\n", "- a\n", ""])
def test_broken_template_is_named(text: str, tmp_path: Path) -> None:
    """A file that is no template is told by its name, in one line."""
    (tmp_path / "broken.yaml").write_text(text)
    with pytest.raises(InvalidSettings, match=r"broken\.yaml") as raised:
        PackagedTemplates(tmp_path).templates()
    assert "\n" not in str(raised.value)
