"""Every row of every released table turned: no sentence of any brief may say what its table does not.

Each row gets each state (above zero, below zero, zero, uncertain, hidden), together with its neighbours and against
them. Another reader than the rules themselves then reads what the notebooks say, beside the cells they print.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from recredit.briefs import overview, wording
from recredit.briefs.brief import Brief
from recredit.briefs.numbers import Printed, Sentence
from recredit.briefs.overview import Finding
from recredit.briefs.released import Released

BRIEFS = ("overview", "algebra_1", "english_9", "patterns_of_engagement", "achievement")
# Sign and certainty of a row; the last is a row that the disclosure rules hide.
STATES = ((1, True), (-1, True), (1, False), (-1, False), (0, False), None)
FIGURES = ("estimate", "ci_low", "ci_high", "p_value")
UP, DOWN = ("higher", "raised"), ("lower", "lowered")
State = tuple[int, bool] | None


def turned(values: dict[str, str], state: State) -> dict[str, str]:
    """A row with another estimate, interval, p and verdict, all of one state."""
    if state is None:
        hidden = {name: "†" for name in FIGURES if name in values}
        return (
            values
            | hidden
            | ({"significant_after_correction": "no"} if "significant_after_correction" in values else {})
        )
    sign, sure = state
    size = 1.5
    half = 0.5 if sure else 4.5
    new = {
        "estimate": f"{sign * size:.1f}",
        "ci_low": f"{sign * size - half:.1f}",
        "ci_high": f"{sign * size + half:.1f}",
    }
    new |= {"p_value": "<.001" if sure else ".50", "significant_after_correction": "yes" if sure else "no"}
    return values | {name: text for name, text in new.items() if name in values}


def turn_tables(folder: Path, state_of: Callable[[int], State]) -> dict[tuple[str, str], State]:
    """Rewrite the tables of estimates, row `i` in state `state_of(i)`; means change places down their column.

    Returns the state of each row by the place of its cells: table and the row in words.
    """
    number = 0
    truth: dict[tuple[str, str], State] = {}
    for path in sorted((folder / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        states: list[State] = [None] * len(rows)
        for place, values in enumerate(rows):
            if "estimate" in values and "ci_low" in values:
                states[place] = state_of(number)
                rows[place] = turned(values, state_of(number))
                number += 1
        means = [name for name in (rows[0] if rows else {}) if name.endswith("_mean")]
        for name in means:
            column = [values[name] for values in rows]
            for place, values in enumerate(rows):
                values[name] = "†" if state_of(place) is None else column[(place * 5 + number) % len(column)]
        if path.stem == "study_schools":
            turn_district(rows, state_of(0))
        write(path, rows)
        truth |= {
            (path.stem, row.__getitem__(next(iter(row.columns))).row_key): state
            for row, state in zip(Released(folder).table(path.stem).rows, states, strict=True)
        }
    return truth


def turn_district(rows: Sequence[dict[str, str]], state: State) -> None:
    """The students in the study above the district's, below them, or hidden."""
    for values in rows:
        if state is None:
            values["mean_study"] = "†" if values["mean_study"] else ""
        elif state[0] > 0:
            values["mean_study"], values["mean_district"] = values["mean_district"], values["mean_study"]


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    if rows:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@dataclass
class Said:
    """What a brief said: each sentence with the heading above it, and the items of its box and lists."""

    under: list[tuple[Sentence | None, Sentence]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def note(self, sentences: Sequence[Sentence], heading: Sentence | None = None) -> None:
        self.under += [(heading, sentence) for sentence in sentences]


def read_brief(
    repository: Path, released: Path, name: str, words: Mapping[str, Any], patch: pytest.MonkeyPatch
) -> Said:
    """Run the notebook's code and note what it says."""
    said = Said()
    originals = {way: getattr(Brief, way) for way in ("text", "bullets", "box")}

    def text(self: Brief, *sentences: Sentence, heading: Sentence | None = None) -> None:
        said.note(sentences, heading)
        originals["text"](self, *sentences, heading=heading)

    def bullets(self: Brief, sentences: Sequence[Sentence]) -> None:
        said.note(sentences)
        originals["bullets"](self, sentences)

    def box(self: Brief, heading: str, sentences: Sequence[Sentence]) -> None:
        said.note(sentences)
        originals["box"](self, heading, sentences)

    show_findings = overview.show_findings

    def findings(brief: Brief, found: Sequence[Finding]) -> bool:
        said.findings += found
        return show_findings(brief, found)

    job = SimpleNamespace(
        params=SimpleNamespace(released=str(released), briefs=[name], **words),
        wildcards=SimpleNamespace(brief=name),
        output=SimpleNamespace(numbers=str(released / f"numbers_{name}.csv")),
    )
    with patch.context() as inside:
        inside.setattr("IPython.display.display", lambda *_, **__: None)
        for way, replacement in (("text", text), ("bullets", bullets), ("box", box)):
            inside.setattr(Brief, way, replacement)
        inside.setattr(overview, "show_findings", findings)
        names: dict[str, Any] = {"snakemake": job}
        for cell in nbformat.read(repository / "notebooks" / f"{name}.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell["id"], "exec"), names)
    return said


def clauses(sentence: Sentence) -> Iterator[tuple[str, list[Printed]]]:
    """The grammatical sentences of a text, each with the cells printed in it."""
    plain, position, places = sentence.plain, 0, []
    for piece in sentence.pieces:
        length = len(piece.replace("**", "")) if isinstance(piece, str) else len(piece.text)
        if isinstance(piece, Printed):
            places.append((position, piece))
        position += length
    start = 0
    for end in [found.end() for found in re.finditer(r"[.:!?]\s+(?=[A-Z“])", plain)] + [len(plain)]:
        yield plain[start:end], [piece for place, piece in places if start <= place < end]
        start = end


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def is_mean(piece: Printed) -> bool:
    """Whether an estimate is a mean of a kind of user, of which no sign is told."""
    return piece.cell.table == "types_outcomes" and "three steps" in piece.cell.row_key


def estimates(pieces: Sequence[Printed]) -> list[Printed]:
    return [piece for piece in pieces if piece.cell.column.kind == "estimate" and not is_mean(piece)]


def faults(said: Said, truth: Mapping[tuple[str, str], State], released: Released) -> list[str]:
    """Sentences that say what their rows do not."""
    found: list[str] = []
    for heading, sentence in said.under:
        for text, pieces in clauses(sentence):
            states = [truth[(piece.cell.table, piece.cell.row_key)] for piece in estimates(pieces)]
            if any(contradicts(text, state) for state in states):
                found.append(f"{text} | {states}")
        rows = [piece for piece in estimates(sentence.printed) if "model=naive" not in piece.cell.row_key]
        for piece in rows:
            state = truth[(piece.cell.table, piece.cell.row_key)]
            whole = f"{heading.plain}. {sentence.plain}" if heading else sentence.plain
            if certainty_is_wrong(whole, state) or (heading and contradicts(heading.plain, state)):
                found.append(f"{whole} | {state}")
            if words_of(whole) & {"effect", "raised", "lowered", "caused"} and not randomised(piece, released):
                found.append(f"{whole} | no lottery")
        found += descriptive_faults(sentence, released) + (
            [] if heading is None else descriptive_faults(heading, released)
        )
        if "no effect" in sentence.plain:
            found.append(sentence.plain)
    return found + [fault for finding in said.findings for fault in finding_faults(finding, truth)]


def judged(finding: Finding, truth: Mapping[tuple[str, str], State]) -> list[State]:
    """The states of the rows that a finding speaks of, its means left out."""
    places = [(row.table, row["estimate"].row_key) for row in finding.rows if "estimate" in row]
    return [truth[place] for place in places if not ("types_outcomes" in place and "three steps" in place[1])]


def finding_faults(finding: Finding, truth: Mapping[tuple[str, str], State]) -> list[str]:
    """The claim of a finding and all that is said under it, held against every row that it rests on."""
    whole = f"{finding.claim.plain}. {' '.join(sentence.plain for sentence in finding.sentences)}"
    # The naive comparison stands under its finding as another row's verdict, and is read sentence by sentence.
    own = whole.split("If we only set")[0]
    return [
        f"{whole} | {state}"
        for state in judged(finding, truth)
        if contradicts(finding.claim.plain, state) or certainty_is_wrong(own, state)
    ]


def contradicts(text: str, state: State) -> bool:
    """Whether a direction in `text` is not the state's."""
    words = words_of(text)
    if state is None:
        return bool(words & {*UP, *DOWN})
    sign, _ = state
    return bool((words & set(UP) and sign <= 0) or (words & set(DOWN) and sign >= 0))


def certainty_is_wrong(text: str, state: State) -> bool:
    if state is None:
        return "to protect students" not in text
    claims = bool(words_of(text) & {"associated", "raised", "lowered"}) and "uncertain" not in text
    return claims if not state[1] else "uncertain" in text


def randomised(piece: Printed, released: Released) -> bool:
    """Whether the row is a randomised contrast: the only kind with effects."""
    if "kind" not in released.table(piece.cell.table).columns:
        return False
    (row,) = [row for row in released.table(piece.cell.table).rows if row["kind"].row_key == piece.cell.row_key]
    return row.label("kind") == "effect"


def descriptive_faults(sentence: Sentence, released: Released) -> list[str]:
    """Claims on the least and the most, lowest and highest, and on changes over the years, held against the cells."""
    text = sentence.plain.split(".")[0]
    for pattern, check in CHECKS.items():
        if (match := re.fullmatch(pattern, text)) and not check(released, *match.groups()):
            return [sentence.plain]
    return []


def column(released: Released, table: str, name: str, **labels: str) -> dict[str, float]:
    """Shown values by type; of the definition that most students have, where a table has several."""
    rows = released.table(table).rows_where(**labels)
    if "idle_definition" in released.table(table).columns and table == "engagement_types":
        largest = max(rows, key=lambda row: sum(int(one["students"].text) for one in rows if same(one, row)))
        rows = [row for row in rows if same(row, largest)]
    return {row.label("type").lower(): float(row[name].text) for row in rows if row[name].shown}


def same(one: Any, other: Any) -> bool:
    return bool(one.label("idle_definition") == other.label("idle_definition"))


def ends(values: Mapping[str, float], low: str, high: str) -> bool:
    first, last = values[low.lower()], values[high.lower()]
    return all(first < value for name, value in values.items() if name != low.lower()) and all(
        last > value for name, value in values.items() if name != high.lower()
    )


def least_and_most(released: Released, low: str, what: str, high: str) -> bool:
    name = "idle_share_mean" if what == "idle time" else "share_outside_school_day_mean"
    return ends(column(released, "engagement_types", name), low, high)


def rated(released: Released, item: str, low: str, high: str) -> bool:
    return ends(column(released, "type_ratings", "rating_mean", item=item), low, high)


OUTCOMES = {"final grade": "Final grade", "completion rate": "Course completed", "pass rate": "Course passed"}


def better(released: Released, high: str, outcome: str, low: str) -> bool:
    rows = [row for row in released.table("types_outcomes").rows if row.label("outcome") == OUTCOMES[outcome]]
    means = {row.label("type"): row for row in rows if row.label("method").startswith("three")}
    return float(means[high.lower()]["ci_low"].text) > float(means[low]["ci_high"].text)


def over_years(released: Released, word: str) -> bool:
    table = released.table("efficiency_by_year").rows
    for kind in {row.label("type") for row in table} - {"all"}:
        own = sorted((row for row in table if row.label("type") == kind), key=lambda row: row.label("school_year"))
        first, last = (float(row["sessions_to_completion_mean"].text) for row in (own[0], own[-1]))
        if (last < first) != (word == "fewer") or last == first:
            return False
    return True


def beside_the_district(released: Released, word: str) -> bool:
    """Whether every measure of which more is better lies on that side of the district's."""
    results = ("Math test score", "Reading test score", "Grade point average", "Credits earned, of those attempted")
    rows = [row for row in released.table("study_schools").rows if row.label("characteristic") in results]
    pairs = [(float(row["mean_study"].text), float(row["mean_district"].text)) for row in rows]
    return bool(pairs) and all(study < district if word == "weaker" else study > district for study, district in pairs)


CHECKS: Mapping[str, Callable[..., bool]] = {
    r"Students in the study had (weaker|stronger) results than the district's students": beside_the_district,
    r"(.+) had the least (.+), (.+) the most": least_and_most,
    r"Teachers rated the (.+) of (.+) lowest, of (.+) highest": rated,
    r"(.+) had a higher (.+) than (.+)": better,
    r"All kinds of user needed (fewer|more) sessions .+": over_years,
}


@pytest.fixture
def words(about: dict[str, object], rules: dict[str, int]) -> dict[str, Any]:
    return {"about": about, "rules": rules}


def all_faults(
    repository: Path, folder: Path, words: Mapping[str, Any], patch: pytest.MonkeyPatch, truth: Any
) -> list[str]:
    found = []
    for name in BRIEFS:
        said = read_brief(repository, folder, name, words, patch)
        assert any(judged(finding, truth) for finding in said.findings), name
        found += [f"{name}: {fault}" for fault in faults(said, truth, Released(folder))]
    return found


def alike(state: State) -> Callable[[int], State]:
    return lambda _: state


def in_turn(shift: int) -> Callable[[int], State]:
    return lambda number: STATES[(number + shift) % len(STATES)]


@pytest.mark.parametrize(
    "state_of", [*map(alike, STATES), *map(in_turn, range(len(STATES)))], ids=lambda one: one.__qualname__.split(".")[0]
)
def test_no_brief_contradicts_a_row(
    state_of: Callable[[int], State],
    repository: Path,
    released: Path,
    words: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth = turn_tables(released, state_of)
    assert all_faults(repository, released, words, monkeypatch, truth) == []


def test_the_reader_notices_a_turned_word(
    repository: Path, released: Path, words: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = turn_tables(released, alike((1, True)))
    straight = wording.direction
    turn = {"higher": "lower", "lower": "higher"}
    for module in ("wording", "terms", "user_types", "overview"):
        monkeypatch.setattr(
            f"recredit.briefs.{module}.direction", lambda cell: turn.get(straight(cell), straight(cell)), raising=False
        )
    noticed = all_faults(repository, released, words, monkeypatch, truth)
    assert {fault.split(":")[0] for fault in noticed} == set(BRIEFS)


def test_the_reader_notices_a_certainty_that_is_not_there(
    repository: Path, released: Path, words: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = turn_tables(released, alike((1, False)))
    for module in ("wording", "terms", "user_types", "overview"):
        for name in ("certainty", "row_certainty"):
            monkeypatch.setattr(f"recredit.briefs.{module}.{name}", lambda _: "significant", raising=False)
    noticed = all_faults(repository, released, words, monkeypatch, truth)
    assert {fault.split(":")[0] for fault in noticed} == set(BRIEFS)
