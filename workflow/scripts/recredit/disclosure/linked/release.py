"""The whole release in one call: which cells are marked in addition, and what the attacker makes of the result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recredit.disclosure.linked.certificate import LinkedCertificate, certify_system
from recredit.disclosure.linked.earlier import EarlierRelease, join_earlier, of_now
from recredit.disclosure.linked.joining import CountedTable, join_tables
from recredit.disclosure.linked.known import KnownTable
from recredit.disclosure.linked.layout import DescribedTable
from recredit.disclosure.linked.protect import protect
from recredit.disclosure.linked.system import LinkedSystem, build_system
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.specification import TableSpecification
from recredit.errors import DisclosureError

_COUNTED = ("count", "percent", "sum")


@dataclass(frozen=True)
class Surroundings:
    """What lies around a release.

    Attributes
    ----------
    students : the counted tables by name (`TableLayout.counts_of`), one row per student, answer or enrollment.
    known : public tables of counts.
    earlier : earlier releases as they were published, with the rows behind them.
    codes : columns that hold random codes.
    insider : column whose categories' own staff are attackers, too, such as the school; "" for none. It is used for
        the counted tables that have it.
    """

    students: Mapping[str, pd.DataFrame]
    known: Sequence[KnownTable] = ()
    earlier: Sequence[EarlierRelease] = ()
    codes: Sequence[str] = ()
    insider: str = ""


def complementary_marks(
    tables: Sequence[DescribedTable], rules: DisclosureRules, around: Surroundings, *, precise: bool = True
) -> dict[str, pd.DataFrame]:
    """Which cells must be marked beside those that are, over all tables of a release together.

    Parameters
    ----------
    tables : all tables with a layout, as they would be shown after primary suppression.
    precise : see :func:`recredit.disclosure.linked.protect.protect`.

    Returns
    -------
    By table, a boolean table with the counted columns and the sums of its layout and the index of its text.

    Raises
    ------
    DisclosureError where a protected cell follows from what cannot be hidden, or tables and data disagree.
    """
    marks = {
        table.name: {
            name: np.zeros(len(table.text), dtype=bool) for name in (*table.layout.columns, *table.layout.sums)
        }
        for table in tables
    }
    for system in _systems(tables, rules, around).values():
        protection = protect(system, precise=precise)
        for number in protection.complementary:
            statement = system.statements[number]
            marks[statement.table][statement.column][statement.row] = True
    return {table.name: pd.DataFrame(marks[table.name], index=table.text.index) for table in tables}


def attack_release(
    tables: Sequence[DescribedTable], rules: DisclosureRules, around: Surroundings
) -> dict[str, LinkedCertificate]:
    """Attack the tables as they are published; one certificate per counted table.

    Parameters
    ----------
    tables : all tables with a layout, their text as it lies in the released files.

    Raises
    ------
    DisclosureError where tables and data disagree. What the attacker finds is in the certificates:
    :func:`recredit.disclosure.linked.certificate.require_passed` stops the release.
    """
    return {name: certify_system(system) for name, system in _systems(tables, rules, around).items()}


def columns_outside(specifications: Iterable[TableSpecification]) -> list[str]:
    """ "table.column" of the released counts and percentages that no layout describes, in listings that say why."""
    return sorted(
        f"{each.name}.{name}" for each in specifications if each.layout is None for name in each.of_kind(*_COUNTED)
    )


def require_layouts(specifications: Iterable[TableSpecification]) -> None:
    """Refuse a release with counts that the attack over all tables could not take into account.

    Raises
    ------
    DisclosureError naming the tables that do not say whom their counts and percentages count.
    """
    bare = [
        each.name for each in specifications if each.layout is None and not each.unlinked and each.of_kind(*_COUNTED)
    ]
    if bare:
        raise DisclosureError(
            f"{', '.join(sorted(bare))}: counts or percentages are released, and nothing says whom they count. Give "
            "the specification a layout, or, for a listing that counts no students, say so in `unlinked`."
        )


def _systems(tables: Sequence[DescribedTable], rules: DisclosureRules, around: Surroundings) -> dict[str, LinkedSystem]:
    """One joint system over all tables of the release: the tables that they count are joined by the rows they share.

    Only a counted table that has no row in common with another has a system of its own.
    """
    names = [table.name for table in tables]
    if len(set(names)) < len(names):
        raise DisclosureError("Two tables of the release have the same name.")
    parts = {name: _counted_table(name, tables, around) for name in _counted(tables, around)}
    systems = {}
    for name, part in join_tables(parts, around.codes).items():
        if all(table.release for table in part.tables):
            continue
        codes = [code for code in around.codes if code in part.frame.columns]
        systems[name] = build_system(
            part.frame,
            part.tables,
            rules,
            known=part.known,
            codes=codes,
            insider=around.insider if around.insider in part.frame.columns else "",
            families=part.families,
        )
        for measure in _measures(part):
            systems[f"{name}: {measure}"] = build_system(
                part.frame, part.tables, rules, codes=codes, families=part.families, measure=measure
            )
    return systems


def _counted(tables: Sequence[DescribedTable], around: Surroundings) -> list[str]:
    """The counted tables that this release, earlier ones or public counts are about, sorted: what is known of one
    matters to another that it has rows in common with."""
    now = {table.layout.counts_of for table in tables}
    missing = sorted(now - set(around.students))
    if missing:
        raise DisclosureError(f"A layout counts '{missing[0]}', and no such student-level table was given.")
    before = {table.layout.counts_of for release in around.earlier for table in release.tables}
    more = before | {table.counts_of for table in around.known}
    return sorted(now | (more & set(around.students)))


def _measures(part: CountedTable) -> list[str]:
    """What this release adds up over students; each has a system of its own beside that of their numbers."""
    return sorted({column.of for table in part.tables if table.sums for column in table.layout.sums.values()})


def _counted_table(name: str, tables: Sequence[DescribedTable], around: Surroundings) -> CountedTable:
    """The rows that the tables of this release and of earlier ones count, and all these tables."""
    frame, own = around.students[name], [each for each in tables if each.layout.counts_of == name]
    known = tuple(each for each in around.known if each.counts_of == name)
    if not around.earlier:
        return CountedTable(frame, tuple(own), known)
    joined = join_earlier(name, frame, around.earlier, around.codes)
    return CountedTable(joined.frame, (*map(of_now, own), *joined.earlier), known)
