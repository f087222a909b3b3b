"""The index page lists every file a reader can open, with its title."""

import re
from collections.abc import Callable
from pathlib import Path


def index(script: Callable, released: Path, about: dict[str, object], repository: Path, output: Path) -> str:
    script("render_index").main(about, ["overview", "costs"], released, repository / "workflow" / "report", output)
    return output.read_text(encoding="utf-8")


def test_briefs_tables_figures_and_audit_are_linked(
    script: Callable, make_demo: Callable, about: dict[str, object], repository: Path, tmp_path: Path
) -> None:
    released = make_demo()
    page = index(script, released, about, repository, tmp_path / "index.html")
    links = re.findall(r'href="([^"]+)"', page)
    tables = [path.name for path in sorted((released / "tables").iterdir())]
    assert {f"../tables/{name}" for name in tables} <= set(links)
    assert {"overview.html", "overview.pdf", "overview_with_code.html", "costs.pdf"} <= set(links)
    assert "../figures/outcomes_by_idle.png" in links
    assert {"../audit/certificate.json", "../audit/manifest.json", "../audit/numbers_costs.csv"} <= set(links)
    assert "Online against teacher-directed classes" in page and "Without rows in this study" in page
    assert len(set(links)) == len(links)


def test_the_page_is_one_file_says_it_is_simulated_and_has_landmarks(
    script: Callable, make_demo: Callable, about: dict[str, object], repository: Path, tmp_path: Path
) -> None:
    page = index(script, make_demo(), about, repository, tmp_path / "index.html")
    assert '<html lang="en">' in page and "<main>" in page and "<header" in page
    assert "<script" not in page and "<link" not in page
    assert page.index("This study is simulated") < page.index("<h1>")
    real = index(script, make_demo(), about | {"simulated": False, "title": "A < B"}, repository, tmp_path / "r.html")
    assert "simulated:" not in real and "<h1>A &lt; B</h1>" in real
