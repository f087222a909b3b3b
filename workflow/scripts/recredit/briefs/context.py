"""The context of a study: its students beside those of the study schools and of the whole district."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recredit.briefs.blocks import Shown, spread
from recredit.briefs.brief import Brief
from recredit.briefs.numbers import Sentence, compose, printed
from recredit.briefs.overview import Finding
from recredit.briefs.released import Column, Released, ReleasedTable, Row, value_of
from recredit.briefs.wording import unit_words

TABLE, STUDENTS = "study_schools", "student_characteristics"
# How the columns of the district's shares are headed beside those of the cohort.
SHARES: Mapping[str, str] = {"percent_study_schools": "study schools", "percent_district": "district"}
MEAN_COLUMNS: Sequence[Shown] = ("characteristic", "unit", "mean_study", "mean_study_schools", "mean_district")
MEAN = "mean"
# Measures of which more is better: what the claim on the students in the study rests on.
RESULTS = ("Math test score", "Reading test score", "Grade point average", "Credits earned, of those attempted")
# Measures whose figures the text tells; the table under it has all of them.
TOLD = 2


def show_students(brief: Brief) -> None:
    """Show the students analysed by mode, with the shares of the study schools and the district beside them."""
    table = brief.released.table(STUDENTS)
    if not table:
        return
    # Who is no English learner goes without saying.
    yes = {row.label("characteristic") for row in table.rows if row.label("category") == "yes"}
    table = table.only(lambda row: not (row.label("category") == "no" and row.label("characteristic") in yes))
    wide = spread(table, "share_percent", ["mode"])
    brief.wide_table(beside(wide, brief.released.table(TABLE)), STUDENTS, hide=["mode"])


def beside(cohort: ReleasedTable, district: ReleasedTable) -> ReleasedTable:
    """``cohort``, one row per characteristic and category, with the shares of ``district`` in columns of their own.

    A row without its like in ``district`` (the grade level) has no share there. The cells are those of the two tables.
    """
    if not district:
        return cohort
    shares = {(row["characteristic"], row["category"]): row for row in district.values}
    values = tuple(
        {**row, **{words: _share(shares, row, name) for name, words in SHARES.items()}} for row in cohort.values
    )
    columns = {words: Column(words, "percent", words, "percent") for words in SHARES.values()}
    return replace(
        cohort,
        name=f"{cohort.name} {district.name}",
        title=f"{cohort.title}, and of the district",
        population=f"{cohort.population}. District: {district.population[:1].lower()}{district.population[1:]}",
        columns={**cohort.columns, **columns},
        values=values,
    )


def _share(shares: Mapping[tuple[str, str], Mapping[str, str]], row: Mapping[str, str], name: str) -> str:
    return shares.get((row["characteristic"], row["category"]), {}).get(name, "")


def is_mean(row: Row) -> bool:
    """Whether a row of the table is on a measure of a school year."""
    return row.label("category") == MEAN


def findings(released: Released) -> list[Finding]:
    """The finding on how the students in the study stand beside the district's."""
    rows = [
        row
        for row in released.table(TABLE).rows
        if is_mean(row) and row["mean_study"].shown and row["mean_district"].shown
    ]
    if not rows:
        return []
    told = [row for row in rows if row.label("characteristic") in RESULTS][:TOLD] or rows[:TOLD]
    return [Finding(_claim(rows), [_schools(rows[0]), *map(_means, told)], rows)]


def _claim(rows: Sequence[Row]) -> Sentence:
    """Weaker or stronger only where every measure of results says so as it is shown."""
    signs = {_sign(row) for row in rows if row.label("characteristic") in RESULTS}
    if signs == {-1}:
        return compose("Students in the study had weaker results than the district's students")
    if signs == {1}:
        return compose("Students in the study had stronger results than the district's students")
    return compose("Students in the study beside the district's students")


def _sign(row: Row) -> int:
    study, district = value_of(row["mean_study"]), value_of(row["mean_district"])
    return (study > district) - (study < district)


def _schools(row: Row) -> Sentence:
    """How many of the district's schools the study is in, and for how many students they stand."""
    study, district, students = row["schools_study"], row["schools_district"], row["students_district"]
    if not (study.shown and district.shown and students.shown):
        return compose("These are averages of one school year.")
    years = "There are records of {students} students from the study's school years; the figures are averages."
    if study.text == district.text:
        return compose(f"All {{schools}} schools on file took part. {years}", schools=district, students=students)
    some = "{study} of the {schools} schools on file took part."
    return compose(f"{some} {years}", study=study, schools=district, students=students)


def _means(row: Row) -> Sentence:
    study, district = row["mean_study"], row["mean_district"]
    unit = f" {row.label('unit')}"
    return compose(
        "{what}: {study}{unit} for students in the study, {district} in the district.",
        what=printed(row["characteristic"]),
        study=printed(study),
        district=printed(district),
        unit=unit_words(unit, study),
    )
