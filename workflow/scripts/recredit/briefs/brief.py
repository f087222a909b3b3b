"""What a notebook holds in its hand: the released tables, the study's own words, and the door for every output."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recredit.briefs.blocks import BLOCK, Bundle, Shown, box_block, figure_block, spread, table_block, table_html
from recredit.briefs.numbers import Declared, Sentence, Trace, compose, markup
from recredit.briefs.released import Released, ReleasedTable, Row

SIMULATED = "This study is simulated: its students, schools and results are invented, to show what the software does."

PROTECTION = (
    "A figure is shown only if it rests on at least {minimum_group} students and, where the records name them, on at "
    "least {minimum_units} schools and {minimum_units} teachers. All else is marked and not shown, to protect "
    "students, and so is what such a figure could be computed from: all tables were tried together, as an attacker "
    "would. Counts are rounded to the nearest {round_counts_to}, unless the file beside a table calls them exact; "
    "percentages and means are rounded the more, the fewer students they rest on. So figures may not add up."
)
# A table spread wider than this is shown as it is.
WIDEST = 7


def show_in_notebook(bundle: Bundle) -> None:
    """Put a bundle of forms of one output under the notebook's cell."""
    from IPython.display import display

    display(bundle, raw=True)  # type: ignore[no-untyped-call]


@dataclass
class Brief:
    """One brief while its notebook runs.

    Attributes
    ----------
    released : the released tables and figures; a brief reads nothing else.
    about : the study's words (`about` in study.yaml).
    rules : the study's disclosure settings.
    place, briefs : which brief of the series this is, and of how many.
    show : where outputs go; the notebook's own display if not given.
    """

    released: Released
    about: Mapping[str, Any]
    rules: Mapping[str, int]
    place: int = 1
    briefs: int = 1
    show: Callable[[Bundle], None] = show_in_notebook
    trace: Trace = field(default_factory=Trace)
    _tables: int = 0
    _figures: int = 0

    def masthead(self, question: str) -> None:
        """The top of the brief: a first line for simulated studies, series, title and the question it answers."""
        lines = [f'<p class="simulated">{SIMULATED}</p>'] if self.about["simulated"] else []
        series = Declared(f"{self.about['series']} · brief {self.place} of {self.briefs}", "study.yaml: about.series")
        title = Declared(self.about["title"], "study.yaml: about.title")
        lines += [f'<p class="series">{markup(compose("{series}", series=series))}</p>']
        lines += [f"<h1>{markup(compose('{title}', title=title))}</h1>", f'<p class="question">{question}</p>']
        block = {
            "kind": "masthead",
            "simulated": SIMULATED if self.about["simulated"] else "",
            "series": series.text,
            "title": title.text,
            "question": question,
        }
        self.show({"text/html": "\n".join(lines), BLOCK: block})

    def words(self, key: str) -> Sentence:
        """The study's own words under `about`, marked as declared: they are no results of ours."""
        return compose("{text}", text=Declared(str(self.about[key]).strip(), f"study.yaml: about.{key}"))

    def study_words(self, *keys: str) -> None:
        """Show the study's own words, a paragraph each; keys without words are passed over."""
        for key in keys:
            for number, paragraph in enumerate(str(self.about[key]).strip().split("\n\n")):
                text = " ".join(paragraph.split())
                if text:
                    source = f"study.yaml: about.{key}, paragraph {number + 1}"
                    self.text(compose("{text}", text=Declared(text, source)))

    def references(self) -> None:
        """Show the publications that the study names, as a list."""
        items = [Declared(str(text), "study.yaml: about.references") for text in self.about["references"]]
        self.bullets([compose("{text}", text=item) for item in items])

    def text(self, *sentences: Sentence, heading: Sentence | None = None) -> None:
        """Show sentences as one paragraph, under a heading of their own if one is given."""
        head = f"### {self._traced(heading)}\n\n" if heading else ""
        self._markdown(head + " ".join(self._traced(sentence) for sentence in sentences))

    def protection(self) -> None:
        """Show how the released figures protect students, with the thresholds of the study's rules."""
        source = "study.yaml: disclosure"
        numbers = {name: Declared(str(value), f"{source}.{name}") for name, value in self.rules.items()}
        self.text(
            compose(PROTECTION, **numbers),
            heading=compose("How we protect students"),
        )

    def bullets(self, sentences: Sequence[Sentence]) -> None:
        """Show sentences as a list; nothing where there are none."""
        self._markdown("\n".join(f"- {self._traced(sentence)}" for sentence in sentences))

    def box(self, heading: str, sentences: Sequence[Sentence]) -> None:
        """Show the box of key findings."""
        block = box_block(heading, sentences)
        items = "\n".join(f"- {self._traced(sentence)}" for sentence in sentences)
        self.show({"text/markdown": f"## {heading}\n\n{items}", BLOCK: block})

    def table(
        self,
        name: str,
        columns: Sequence[Shown] = (),
        hide: Sequence[str] = (),
        keep: Callable[[Row], bool] = lambda _: True,
    ) -> None:
        """Show a released table, if it has rows to show.

        Parameters
        ----------
        columns : the columns to show, all if empty; columns the table lacks are passed over.
        hide : columns to leave out where all their cells are equal.
        keep : which of its rows to show; the file holds all of them.
        """
        table = self.released.table(name).only(keep)
        if table:
            self._tables += 1
            block = table_block(table, columns or list(table.columns), self._tables, hide)
            self.show({"text/html": table_html(block), BLOCK: block})

    def spread_table(self, name: str, value: str, across: Sequence[str]) -> None:
        """Show a released table with the labels `across` side by side, or as it is where that gets too wide."""
        table = self.released.table(name)
        self.wide_table(spread(table, value, across) if table else table, name, across)

    def wide_table(self, wide: ReleasedTable, name: str, hide: Sequence[str]) -> None:
        """Show a table that was put together from released ones, or released table `name` where it gets too wide."""
        if not wide or len(wide.columns) > WIDEST:
            self.table(name, hide=hide)
            return
        self._tables += 1
        block = table_block(wide, list(wide.columns), self._tables)
        self.show({"text/html": table_html(block), BLOCK: block})

    def figures(self, table: str, named: Sequence[str] = (), **labels: str) -> None:
        """Show the released figures drawn from `table`, without those of rows with other `labels`.

        Each carries the text for those who cannot see it, as the stage `release` wrote it.

        Parameters
        ----------
        named : how the names of those to show begin, all if empty; the others are linked from the index page.
        """
        for figure in self.released.figures_of(table, **labels):
            if named and not figure.name.startswith(tuple(named)):
                continue
            self._figures += 1
            self.show({"image/png": figure.base64, BLOCK: figure_block(figure, self._figures)})

    def write_numbers(self, path: str | Path) -> None:
        """Write where each number of the text stands in the released tables."""
        Path(path).write_text(self.trace.to_csv(), encoding="utf-8", newline="")

    def _traced(self, sentence: Sentence) -> str:
        self.trace.record(sentence)
        return markup(sentence)

    def _markdown(self, text: str) -> None:
        if text:
            self.show({"text/markdown": text})
