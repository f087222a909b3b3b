"""The main text of every brief is for readers at the eighth-to-tenth grade level: measured, and held."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from recredit.briefs.reading_level import reading_level

BRIEFS = ("overview", "algebra_1", "english_9", "patterns_of_engagement", "achievement")
# The hardest that a partner should have to read.
HIGHEST_GRADE = 10.0
# A single sentence may be harder: names of models and standards are long words.
HARDEST_SENTENCE = 24.0
LEFT_OUT = r"<style.*?</style>|<nav.*?</nav>|<footer.*?</footer>|<figure.*?</figure>|<table.*?</table>"


def main_text(page: str) -> list[str]:
    """Paragraphs and items of lists up to the notes: no headings, tables, captions or notes."""
    body = re.sub(LEFT_OUT, "", page, flags=re.DOTALL)
    body = re.sub(r'<div class="notes">.*?</div>', "", body, flags=re.DOTALL)
    found = re.findall(r"<(?:p|li)\b[^>]*>(.*?)</(?:p|li)>", body, re.DOTALL)
    return [re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text))).strip() for text in found]


@pytest.fixture
def about(repository: Path) -> dict[str, Any]:
    """The demo's own words, which are part of what is read."""
    study = yaml.safe_load((repository / "config" / "studies" / "demo" / "study.yaml").read_text(encoding="utf-8"))
    return dict(study["about"])


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_brief_can_be_read_at_the_tenth_grade(brief: str, released: Path, render: Callable) -> None:
    texts = main_text(render(released, brief=brief).text)
    level = reading_level(texts)
    assert level.words > 300
    assert level.grade <= HIGHEST_GRADE, f"{level.grade:.1f}"
    sentences = [part for text in texts for part in re.split(r"(?<=[.!?])\s+(?=[A-Z“])", text)]
    hard = [one for one in sentences if re.search("[A-Za-z]", one) and reading_level([one]).grade > HARDEST_SENTENCE]
    assert hard == []


def test_a_harder_text_is_noticed(released: Path, render: Callable) -> None:
    hard = "Notwithstanding heterogeneous implementation, participation characteristics differentiated institutions. "
    page = render(released).text.replace("</main>", f"<p>{hard * 60}</p></main>")
    assert reading_level(main_text(page)).grade > HIGHEST_GRADE
