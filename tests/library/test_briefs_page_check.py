"""A page with a number from nowhere is refused."""

import json
from pathlib import Path

import pytest

from recredit.briefs.page_check import check_numbers, orphan_numbers
from recredit.briefs.released import Released
from recredit.errors import DisclosureError

TRACED = '<span class="number" data-cell="tables/t.csv | course=a | estimate">{}</span>'


def page(content: str) -> str:
    return f"<html><head><style>p {{ margin: 3px }}</style></head><body><p>{content}</p></body></html>"


@pytest.fixture
def released(tmp_path: Path) -> Released:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "t.csv").write_text("course,estimate\na,-6.2\n", encoding="utf-8")
    kinds = {"course": "label", "estimate": "estimate"}
    described = {name: {"label": name, "unit": "", "kind": kind} for name, kind in kinds.items()}
    sidecar = {"title": "T", "population": "P", "unit": "one row", "columns": described}
    (tmp_path / "tables" / "t.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return Released(tmp_path)


def test_an_orphan_is_found() -> None:
    assert orphan_numbers(page("About 57 percent passed.")) == ["About 57 percent passed."]


@pytest.mark.parametrize(
    "content",
    [
        TRACED.format("−6.2"),
        '<span data-source="study.yaml: about.summary">in 2018</span>',
        '<div data-table="t"><table><tr><td>12<br>13</td></tr></table></div>',
        '<figure data-figure="f"><img alt="12 of 13" src="data:x"><figcaption>12</figcaption></figure>',
        "See Table 2 and Figure 1; the interval is a 95% confidence interval, below .05; brief 1 of 2.",
        "no figure",
    ],
)
def test_what_is_traced_declared_or_allowed_is_no_orphan(content: str) -> None:
    assert orphan_numbers(page(content)) == []


def test_what_follows_a_covered_element_is_not_covered() -> None:
    content = '<span data-source="x">1</span> and 2 <img src="data:y"> and <b data-source="x">3</b>'
    assert orphan_numbers(page(content)) == ["and 2  and"]


def test_numbers_are_read_again_from_their_cells(released: Released) -> None:
    assert check_numbers(page(TRACED.format("−6.2") + TRACED.format("6.2")), released) == 2


@pytest.mark.parametrize("text", ["−6.3", "62"])
def test_a_number_that_its_cell_does_not_hold_is_refused(released: Released, text: str) -> None:
    with pytest.raises(DisclosureError, match="which the released table does not hold"):
        check_numbers(page(TRACED.format(text)), released)


def test_an_address_that_leads_nowhere_is_refused(released: Released) -> None:
    content = TRACED.format("−6.2").replace("course=a", "course=b")
    with pytest.raises(DisclosureError, match="course=b"):
        check_numbers(page(content), released)


def test_a_page_with_an_orphan_is_refused(released: Released) -> None:
    with pytest.raises(DisclosureError, match="read from no released table"):
        check_numbers(page("Only 6 students."), released)
