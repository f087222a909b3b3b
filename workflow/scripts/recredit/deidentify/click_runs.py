"""Sessions and pauses of clicks that are integers: sorted, and cut where a gap is over the time-out.

The definitions, in words, stand in docs/contract.md. A click is one 64-bit integer, so that a sort of integers puts all
clicks in the order of enrollment and time, and a difference of neighbours is a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np

from recredit.columns import Integers
from recredit.measures.definitions import FROM_CLICKS

MICROSECONDS_PER_MINUTE = 60_000_000
# What finding the runs takes at its peak: the clicks, half of them once more in the sort, and two arrays of their size.
BYTES_PER_CLICK = 40
# Where fewer neighbours than one in eight are out of order, merging what is in order beats any sort from scratch.
NEARLY_ORDERED = 8

BLOCK = 1 << 16


@dataclass(frozen=True)
class Pauses:
    """What counts as a session and as a pause.

    Attributes
    ----------
    timeout_minutes : a gap over this many minutes ends the session; a gap of just as many does not.
    idle_minutes : a gap over this many minutes, inside a session, is idle time, all of it; one of just as many is not.
    thresholds_minutes : other thresholds, under which idle time is computed as well.
    completed_kinds : kinds of click that say that an activity was completed; empty where none does.
    """

    timeout_minutes: float
    idle_minutes: float
    thresholds_minutes: Sequence[float] = ()
    completed_kinds: Sequence[str] = ()

    @property
    def definition(self) -> str:
        """The name of this definition of idle time, which travels with every figure."""
        return FROM_CLICKS.format(idle=self.idle_minutes, timeout=self.timeout_minutes)


def make_pauses(settings: Mapping[str, Any]) -> Pauses:
    """The pauses of the study's key ``measures``."""
    return Pauses(
        timeout_minutes=settings["session_timeout_minutes"],
        idle_minutes=settings["idle_minutes"],
        thresholds_minutes=settings["idle_thresholds_minutes"],
        completed_kinds=settings["completed_kinds"],
    )


@dataclass(frozen=True)
class Packing:
    """How a click is packed: from the highest bit, place of its enrollment, instant, whether it completed an activity.

    Attributes
    ----------
    earliest : first instant of the log, in microseconds since 1970; instants are counted from it.
    bits : bits of an instant. One more than the longest span needs: the step to the next enrollment is then always
        wider than a gap inside one.
    enrollments : number of enrollments of a part; their places count from 0.
    """

    earliest: int
    bits: int
    enrollments: int

    @property
    def place_unit(self) -> int:
        """How far apart two enrollments lie."""
        return 1 << (self.bits + 1)


def make_packing(earliest: int, latest: int, enrollments: int) -> Packing:
    """The packing of a log that lasts from ``earliest`` to ``latest``, with at most ``enrollments`` in a part."""
    bits = (latest - earliest).bit_length() + 1
    return Packing(earliest, bits, max(1, min(enrollments, 1 << (62 - bits))))


@dataclass(frozen=True)
class Runs:
    """Sessions of a part, in the order of enrollment and time; arrays of one entry a session.

    Attributes
    ----------
    place : of the enrollment in its part.
    began, duration : microseconds (since 1970; from the first click to the last).
    clicks, completed : number of clicks, and of those that completed an activity.
    idle : microseconds under each threshold; thresholds x sessions.
    """

    place: Integers
    began: Integers
    duration: Integers
    clicks: Integers
    completed: Integers
    idle: Integers


def find_runs(clicks: Integers, packing: Packing, pauses: Pauses) -> Runs:
    """The sessions of packed ``clicks`` in any order, which are sorted in place.

    The first row of ``idle`` is under the threshold of ``pauses``, the others under its further thresholds.
    """
    _sort(clicks)
    # Block by block of whole enrollments: what a block needs stays in the processor's cache.
    begins = np.searchsorted(clicks, clicks[BLOCK::BLOCK] & -packing.place_unit)
    borders = [0, *begins[np.diff(begins, prepend=0) > 0].tolist(), len(clicks)]
    found = [_runs_of(clicks[begin:end], packing, pauses) for begin, end in pairwise(borders)]
    return Runs(*(np.concatenate([getattr(one, each.name) for one in found], axis=-1) for each in fields(Runs)))


def _sort(clicks: Integers) -> None:
    disordered = int(np.count_nonzero(clicks[1:] < clicks[:-1]))
    clicks.sort(kind="stable" if disordered < len(clicks) // NEARLY_ORDERED else "quicksort")


def _runs_of(clicks: Integers, packing: Packing, pauses: Pauses) -> Runs:
    """The sessions of sorted ``clicks``."""
    instants = clicks >> 1
    gaps = np.diff(instants)
    longest = min(_microseconds(pauses.timeout_minutes), (1 << (packing.bits - 1)) - 1)
    # Cut to their number: no clicks have no first session.
    starts = np.concatenate([[0], np.flatnonzero(gaps > longest) + 1])[: len(clicks)]
    ends = np.append(starts, len(clicks))[1:]
    first = instants[starts]
    return Runs(
        place=first >> packing.bits,
        began=(first & ((1 << packing.bits) - 1)) + packing.earliest,
        duration=instants[ends - 1] - first,
        clicks=ends - starts,
        completed=np.add.reduceat(clicks & 1, starts) if len(starts) else starts,
        idle=_idle(gaps, longest, pauses, np.append(starts, len(clicks))[: len(starts) + 1]),
    )


def _idle(gaps: Integers, longest: int, pauses: Pauses, borders: Integers) -> Integers:
    """Microseconds in pauses over each threshold; thresholds x sessions, which lie between neighbouring ``borders``."""
    thresholds = [_microseconds(minutes) for minutes in (pauses.idle_minutes, *pauses.thresholds_minutes)]
    # Fewer gaps are pauses: all further work is on those alone. The gap at place i lies after click i.
    places = np.flatnonzero(gaps > min(thresholds))
    lengths = gaps[places]
    inside = lengths <= longest
    lengths = lengths[inside]
    borders = np.searchsorted(places[inside], borders)
    sums = {over: _between(np.where(lengths > over, lengths, 0), borders) for over in set(thresholds)}
    return np.stack([sums[over] for over in thresholds])


def _between(values: Integers, borders: Integers) -> Integers:
    """The sum of the ``values`` from each border to before the next one."""
    return np.diff(np.concatenate([[0], np.cumsum(values)])[borders])


def _microseconds(minutes: float) -> int:
    return round(minutes * MICROSECONDS_PER_MINUTE)
