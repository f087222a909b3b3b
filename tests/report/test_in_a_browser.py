"""Every page opened in a browser: no message on its console, no request, no violation that axe-core finds."""

import html
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BRIEFS = ("overview", "algebra_1", "english_9", "patterns_of_engagement", "achievement")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Packages that carry axe-core's own file; the first has the newer version.
AXE_PACKAGES = ("axe_playwright_python", "axe_core_python")
SETTINGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    # In the browser's own time: the page ends when axe has finished, not when a clock says so.
    "--virtual-time-budget=60000",
    "--dump-dom",
)
# What axe found and what the page asked for is written into the page, which the browser then prints.
ASK = """
axe.run(document, {resultTypes: ["violations"]}).then(result => {
  const found = {
    passed: result.passes.length,
    violations: result.violations.map(one => one.id + ": " + one.nodes.map(node => node.html).join(" ").slice(0, 500)),
    requests: performance.getEntriesByType("resource").map(one => one.name).filter(name => !name.startsWith("data:")),
  };
  const shown = document.createElement("pre");
  shown.id = "found-by-the-test";
  shown.textContent = JSON.stringify(found);
  document.body.append(shown);
});
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or pytest.skip(f"no browser is installed (looked for {', '.join(BROWSERS)})")


@pytest.fixture(scope="module")
def axe() -> str:
    for name in AXE_PACKAGES:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    return pytest.skip(f"axe-core is not installed (looked for the packages {', '.join(AXE_PACKAGES)})")


@pytest.fixture
def opened(browser: str, axe: str, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Opens a page and gives what axe found, what the page asked for, and what stood on its console."""

    def open_page(page: str) -> dict[str, Any]:
        copy, profile = tmp_path / "page.html", tmp_path / "profile"
        scripts = f"<script>{axe}</script><script>{ASK}</script></body>"
        before, end = page.rsplit("</body>", 1)
        copy.write_text(before + scripts + end, encoding="utf-8")
        command = [browser, *SETTINGS, f"--user-data-dir={profile}", copy.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        found = re.search(r'<pre id="found-by-the-test">(.*?)</pre>', done.stdout, re.DOTALL)
        assert found is not None, done.stderr[-2000:]
        console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        return {**json.loads(html.unescape(found.group(1))), "console": console}

    return open_page


def assert_faultless(page: Path, opened: Callable[[str], dict[str, Any]]) -> None:
    found = opened(page.read_text(encoding="utf-8"))
    assert found["passed"] > 10, page.name
    assert {name: found[name] for name in ("violations", "requests", "console")} == {
        "violations": [],
        "requests": [],
        "console": [],
    }, page.name


def test_faults_are_noticed(opened: Callable[[str], dict[str, Any]]) -> None:
    page = '<!DOCTYPE html><html><head></head><body><img src="http://example.org/a.png"><p>x</p>{}</body></html>'
    found = opened(page.format("<script>console.error('a fault')</script>"))
    assert any(one.startswith("image-alt") for one in found["violations"])
    assert any(one.startswith("html-has-lang") for one in found["violations"])
    assert found["requests"] == ["http://example.org/a.png"]
    assert any("a fault" in line for line in found["console"])


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_brief_opens_without_a_fault(brief: str, drawn: Path, render: Callable, opened: Callable) -> None:
    rendered = render(drawn, brief=brief)
    for page in (rendered.plain, rendered.code):
        assert_faultless(page, opened)


def test_the_index_page_opens_without_a_fault(
    drawn: Path, about: dict[str, Any], script: Callable, repository: Path, tmp_path: Path, opened: Callable
) -> None:
    page = tmp_path / "index.html"
    script("render_index").main(about, list(BRIEFS), drawn, repository / "workflow" / "report", page)
    assert_faultless(page, opened)


def test_every_page_of_the_demo_opens_without_a_fault(demo: Any, opened: Callable) -> None:
    pages = sorted((demo.results("demo") / "briefs").glob("*.html"))
    assert len(pages) > len(BRIEFS)
    for page in pages:
        assert_faultless(page, opened)
