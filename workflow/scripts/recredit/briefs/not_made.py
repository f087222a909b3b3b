"""What could not be made of a study's records, and which table is missing."""

from collections.abc import Sequence

from recredit.briefs.numbers import Sentence, compose, join
from recredit.briefs.released import Released, Row
from recredit.briefs.wording import label


def missing_analyses(released: Released, of: Sequence[str] = ()) -> list[Sentence]:
    """What could not be made, and which table is missing: all analyses, or those in `of`; one line for each reason."""
    rows = released.table("analyses")
    absent = rows.rows_where(made="no") if rows else []
    absent = [row for row in absent if not of or row.label("analysis") in of]
    reasons: dict[str, list[Row]] = {}
    for row in absent:
        reasons.setdefault(row.label("why"), []).append(row)
    return [
        compose(
            "{what}: {why}.",
            what=join([compose("{title}", title=label(row["title"])) for row in rows], "; "),
            why=label(rows[0]["why"]),
        )
        for rows in reasons.values()
    ]
