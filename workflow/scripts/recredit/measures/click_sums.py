"""Sums over the sessions from clicks of one bucket, in NumPy: the same columns as those of a vendor's sessions.

A session from clicks lacks neither active nor idle time, they are all of it, all sessions are under one definition, and
they lie in the order of enrollment and time. So most sums are of neighbouring rows, in 64-bit integers. What is summed
for a vendor's log, in which anything can be missing, says :mod:`recredit.measures.sums`; the tests hold both to the
same figures.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recredit.columns import Flags, Integers, is_known, to_arrow, to_flags, to_integers, whole

# A day that no session reaches: an enrollment that has no last day.
FAR = 1 << 30


class Groups:
    """Rows that belong together, by a key: their sums, in the order of the keys."""

    def __init__(self, keys: Integers) -> None:
        # Rows come in order, but for the hour in which a zone sets its clocks back over midnight.
        self._order = np.argsort(keys, kind="stable") if (keys[1:] < keys[:-1]).any() else slice(None)
        ordered = keys[self._order]
        self._starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])[: len(keys)]
        self.keys: Integers = ordered[self._starts]
        self.sizes = np.diff(np.append(self._starts, len(keys)))

    def sum(self, values: Integers | Flags) -> Integers:
        """The sum of each group; of yes/no the number of yes."""
        if not len(self.keys):
            return self.keys
        total: Integers = np.add.reduceat(values[self._order], self._starts, dtype=np.int64)
        return total

    def first(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The value in the first row of each group."""
        return column.take(to_arrow(np.arange(self.sizes.sum())[self._order][self._starts]))


@dataclass(frozen=True)
class ClickSessions:
    """Coded sessions of some enrollments of a bucket, in the order of enrollment and time.

    Attributes
    ----------
    table : their columns.
    codes : the enrollments, in the order of their codes.
    enrollment : place in ``codes`` of the enrollment of each session.
    """

    table: pa.Table
    codes: pa.Array
    enrollment: Integers

    def values(self, name: str) -> Integers:
        """A column of whole numbers, 0 where missing."""
        return to_integers(self.table[name])

    def known(self, name: str) -> Flags:
        """Where a column is not missing."""
        return is_known(self.table[name])

    @cached_property
    def first_of_day(self) -> Flags:
        """The first session of each day that has a number; to count them is to count days."""
        first: Flags = (self.values("order_in_day") == 1) & self.known("program_day")
        return first

    def sum(self, name: str, groups: Groups) -> pa.Array:
        """The sums of a column; missing where the column is missing in all rows of a group."""
        return to_arrow(groups.sum(self.values(name)), groups.sum(self.known(name)) > 0)


def pieces_of(path: Path) -> list[list[int]]:
    """Row groups of the coded sessions of a bucket (Parquet), in pieces of whole enrollments; at least one piece.

    Each part of a bucket is a row group of its file (:mod:`recredit.deidentify.clicks`). A file whose row groups share
    enrollments is one piece.
    """
    metadata = pq.read_metadata(path)
    groups = list(range(metadata.num_row_groups))
    return [[group] for group in groups] if _lie_apart(metadata) else [groups]


def read_piece(path: Path, groups: list[int]) -> ClickSessions:
    """The coded sessions in some row groups of a bucket's file."""
    with pq.ParquetFile(path, read_dictionary=["enrollment_id", "idle_definition"]) as file:
        return _sessions(file.read_row_groups(groups, use_threads=False))


def _lie_apart(metadata: pq.FileMetaData) -> bool:
    """Whether the enrollments of each row group come after those of the one before; there is at least one."""
    column = metadata.schema.names.index("enrollment_id")
    groups = [metadata.row_group(place).column(column).statistics for place in range(metadata.num_row_groups)]
    if not groups or any(one is None or not one.has_min_max for one in groups):
        return False
    return all(before.max < after.min for before, after in pairwise(groups))


def _sessions(table: pa.Table) -> ClickSessions:
    table = table.unify_dictionaries()
    codes = whole(table["enrollment_id"])
    order = pc.sort_indices(codes.dictionary)
    rank = np.empty(len(order), np.int64)
    rank[to_integers(order)] = np.arange(len(order))
    return ClickSessions(table, codes.dictionary.take(order), rank[to_integers(codes.indices)])


def sum_by_week(sessions: ClickSessions) -> pa.Table:
    """One row per enrollment and program week with a session, in their order; a week without number comes last."""
    week = np.where(sessions.known("program_week"), sessions.values("program_week"), FAR)
    groups = Groups((sessions.enrollment << 32) + week)
    columns = {
        "enrollment_id": sessions.codes.take(to_arrow(groups.keys + FAR >> 32)),
        "program_week": groups.first(sessions.table["program_week"]),
    }
    return pa.table(columns | _sums(sessions, groups))


def sum_by_enrollment(sessions: ClickSessions, days: pa.Table) -> pa.Table:
    """One row per enrollment with a session; ``days`` are those of ``enrollment_days``, one row per enrollment."""
    groups = Groups(sessions.enrollment)
    codes = sessions.codes.take(to_arrow(groups.keys))
    own = days.take(pc.index_in(codes, value_set=days["enrollment_id"]))
    return pa.table({"enrollment_id": codes} | _sums(sessions, groups) | _of_course(sessions, groups, own))


def dates_of(sessions: ClickSessions) -> pa.Table:
    """The days with a session: enrollment, program day and school year."""
    first = np.flatnonzero(sessions.first_of_day)
    columns = {name: sessions.table[name].take(to_arrow(first)) for name in ("program_day", "school_year")}
    return pa.table({"enrollment_id": sessions.codes.take(to_arrow(sessions.enrollment[first]))} | columns)


def _sums(sessions: ClickSessions, groups: Groups) -> dict[str, pa.Array]:
    added = {name: groups.sum(sessions.values(f"{name}_microseconds")) for name in ("active", "idle", "duration")}
    active, idle, total = map(to_arrow, added.values())
    sizes, missing = to_arrow(groups.sizes), pa.nulls(len(groups.keys), pa.int64())
    return {
        "sessions": sizes,
        "days": to_arrow(groups.sum(sessions.first_of_day)),
        "dated_sessions": to_arrow(groups.sum(sessions.known("program_day"))),
        "active_microseconds": active,
        "idle_microseconds": idle,
        "paired_active_microseconds": active,
        "paired_idle_microseconds": idle,
        "idle_at_least_milliseconds": missing,
        "idle_at_most_milliseconds": missing,
        "bounded_milliseconds": missing,
        "total_microseconds": total,
        "timed_sessions": sizes,
        "activities": sessions.sum("activities_completed", groups),
        "sessions_outside": to_arrow(groups.sum(to_flags(sessions.table["outside_school_day"]))),
        "sessions_placed": to_arrow(groups.sum(sessions.known("outside_school_day"))),
        "idle_definitions": to_arrow(np.ones_like(groups.keys)),
        "idle_definition": groups.first(sessions.table["idle_definition"]).cast(pa.string()),
        "school_year": groups.first(sessions.table["school_year"]),
    }


def _of_course(sessions: ClickSessions, groups: Groups, days: pa.Table) -> dict[str, pa.Array]:
    """What hangs on the days of the enrollment; ``days`` has one row a group."""
    first_day, last_day, completed_day = (to_integers(days[f"{name}_day"]) for name in ("first", "last", "completed"))
    last_day = np.where(is_known(days["last_day"]), last_day, FAR)
    program_day, dated = sessions.values("program_day"), sessions.known("program_day")
    # Days count from the enrollment's first one, which is day 1.
    day = program_day - first_day[sessions.enrollment] + 1
    placed = dated & is_known(days["first_day"])[sessions.enrollment]
    begun = groups.sum(placed) > 0
    in_week, in_two = ((day <= last) & placed for last in (7, 14))
    active, idle = (sessions.values(f"{kind}_microseconds") for kind in ("active", "idle"))
    early = groups.sum(in_two) > 0
    activities = groups.sum(np.where(in_week, sessions.values("activities_completed"), 0))
    known = groups.sum(sessions.known("activities_completed")) > 0
    completed = groups.sum(dated & (program_day <= completed_day[sessions.enrollment]))
    return {
        "sessions_to_completion": to_arrow(completed, is_known(days["completed_day"])),
        "weeks_worked": to_arrow(_weeks_worked(sessions, day, placed, last_day)),
        "first_week_activities": to_arrow(activities, begun & known),
        "first_week_active_microseconds": to_arrow(groups.sum(np.where(in_week, active, 0)), begun),
        "early_active_microseconds": to_arrow(groups.sum(np.where(in_two, active, 0)), early),
        "early_idle_microseconds": to_arrow(groups.sum(np.where(in_two, idle, 0)), early),
        "idle_microseconds_by_threshold": _by_threshold(sessions, groups),
    }


def _weeks_worked(sessions: ClickSessions, day: Integers, placed: Flags, last_day: Integers) -> Integers:
    """Number of different weeks of each enrollment, from its first day to its last, with a session."""
    counted = sessions.first_of_day & placed & (day >= 1)
    counted &= sessions.values("program_day") <= last_day[sessions.enrollment]
    different = Groups((sessions.enrollment[counted] << 32) + (day[counted] - 1) // 7)
    return np.bincount(different.keys >> 32, minlength=len(last_day))


def _by_threshold(sessions: ClickSessions, groups: Groups) -> pa.Array:
    """Lists of the idle microseconds under each further threshold; one without a value where there are none."""
    lists = whole(sessions.table["idle_microseconds_by_threshold"])
    thresholds = len(lists.flatten()) // max(1, len(lists))
    if not thresholds:
        return pa.nulls(len(groups.keys), pa.list_(pa.int64()))
    values = to_integers(lists.flatten()).reshape(-1, thresholds)
    sums = np.stack([groups.sum(column) for column in values.T], axis=1)
    ends = np.arange(len(sums) + 1, dtype=np.int32) * thresholds
    return pa.ListArray.from_arrays(to_arrow(ends), to_arrow(sums.ravel()))
