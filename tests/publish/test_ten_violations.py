"""Ten planted violations, ten of ten stopped, each by the rule of the workflow that has to."""

from pathlib import Path

import pytest

from recredit.privacy.violations import VIOLATIONS, Violation, page_with_rows, stopped_violations, unchanged_passes
from recredit.publication.gate import check_files
from recredit.publication.identifiers import Watchlist
from recredit.publication.layout import Published

SAYS = {
    "a group of 9": "below the minimum group",
    "a cell of 100%": "a percentage is finer than allowed",
    "a maximum": "the kind 'maximum' is none of",
    "an SVG scatter plot": "only .csv",
    "a saturated model": "rests on too few students",
    "a hidden sheet": "only .csv",
    "a pickle": "only .csv",
    "an exact n": "not rounded as it should be",
    "a mean with one decimal on 50 students": "a mean is finer than",
    "a notebook that shows rows": "study code",
}


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.planted)
def test_each_violation_is_stopped_for_its_own_reason(violation: Violation, tmp_path: Path) -> None:
    message = violation.stopped(tmp_path)
    assert message is not None
    assert SAYS[violation.planted] in message


def test_ten_of_ten_and_nothing_else_is_wrong_with_them(tmp_path: Path) -> None:
    found = stopped_violations(tmp_path)
    assert (len(found), sum(message is not None for message in found.values())) == (10, 10)
    assert unchanged_passes()


def test_the_page_is_stopped_for_its_rows_alone(tmp_path: Path) -> None:
    """The same page passes where the study has another number of students ."""
    page = tmp_path / "overview.html"
    page.write_bytes(page_with_rows(with_codes=False))
    files = [Published("briefs/overview.html", page, "report/render_brief", "x")]
    assert check_files(files, Watchlist(), roster=True, populations=frozenset({99}))
