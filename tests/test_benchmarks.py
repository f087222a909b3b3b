"""The benchmarks: what they simulate and write; the figures in docs/ come from running them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", REPOSITORY / "benchmarks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("schools", [24, 10, 6])
def test_simulated_lotteries_have_both_arms_in_each_block_and_uneven_schools(schools: int) -> None:
    coverage = load("interval_coverage")
    sizes = []
    for number in range(20):
        lottery = coverage.simulate(schools, np.random.default_rng(number))
        share = np.bincount(lottery.block, weights=lottery.arm) / np.bincount(lottery.block)
        assert len(share) == 2 * schools
        assert (np.abs(share - 0.5) <= 0.07).all()  # an odd block has one student more in an arm
        assert (lottery.section // 2 == lottery.block).all() and (lottery.block // 2 == lottery.school).all()
        sizes.append(np.bincount(lottery.school))
    assert np.mean(sizes) == pytest.approx(70, abs=3)
    assert np.median([one.max() / one.min() for one in sizes]) > 3


def test_a_study_says_of_each_method_whether_it_covers() -> None:
    coverage = load("interval_coverage")
    found = np.array([coverage.study(24, number) for number in range(30)])
    assert found.shape == (30, len(coverage.METHODS))
    names = [name for name, _, _ in coverage.METHODS]
    share = dict(zip(names, found.mean(axis=0), strict=True))
    # Intervals by schools are wider than those that take students as independent.
    assert share["CR2"] >= share["CR1, t"] >= share["CR1, normal"]
    assert share["CR2"] > share["HC2"]


def test_the_page_shows_methods_in_use_inside_the_accepted_range() -> None:
    text = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert len(rows) == 2
    for row in rows:
        shares = [float(cell) for cell in re.findall(r"\d+\.\d", row)]
        assert len(shares) == 3 and all(93.5 <= share <= 96.5 for share in shares)
    assert (REPOSITORY / "docs" / "coverage.png").read_bytes().startswith(b"\x89PNG")


def test_a_section_takes_its_own_place(tmp_path: Path) -> None:
    absorb = load("absorb")
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\n## Events\n\nFast.\n", encoding="utf-8")
    absorb.write_section(f"{absorb.SECTION}\n\nfirst\n", page)
    absorb.write_section(f"{absorb.SECTION}\n\nsecond\n", page)
    text = page.read_text(encoding="utf-8")
    assert text == f"# Performance\n\n## Events\n\nFast.\n\n{absorb.SECTION}\n\nsecond\n"


def test_all_engines_get_the_same_data_and_ours_its_answer() -> None:
    absorb = load("absorb")
    data = absorb.panel(20_000, 3)
    ours, other = absorb.fit_recredit(data), absorb.fit_linearmodels(data)
    np.testing.assert_allclose(ours, other, rtol=1e-5)
    # Planted .5 and -.2; standard errors are about 1/sqrt(20,000).
    np.testing.assert_allclose(ours, [0.5, -0.2], atol=0.04)


def test_measures_from_clicks_write_each_size_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    measures = load("measures")
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\n## Fixed effects\n\nFast.\n", encoding="utf-8")
    for text, rows in (("first", 50_000_000), ("second", 5_000_000), ("third", 50_000_000)):
        measures.write_page(text, rows, page)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("# Performance\n\n## Fixed effects\n\nFast.\n")
    assert [line for line in written.splitlines() if line.startswith("### ")] == [
        "### 5 million clicks",
        "### 50 million clicks",
    ]
    assert "first" not in written and written.index("second") < written.index("third")


@pytest.mark.slow
def test_all_ways_to_measure_clicks_count_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The stage, DuckDB and pandas, written by different hands; `compare` stops where one counts otherwise."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    measures = load("measures")
    words = ["--events", "20000", "--memory-gb", "1", "--cores", "1", "--repeats", "1", "--scratch"]
    options = measures.arguments().parse_args([*words, str(tmp_path)])
    found = measures.compare(options)
    assert {"the stage, all measures", "DuckDB, window", "pandas"} <= {
        way for way, run in found["ways"].items() if "seconds" in run
    }
    assert found["rows"] > 10_000 and all(count > 0 for count in found["counted"])
