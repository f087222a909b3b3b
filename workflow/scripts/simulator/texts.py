"""Columns of texts made from arrays, as a district or vendor prints them. Missing is the empty text."""

from collections.abc import Sequence
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.numbers import Booleans, Floats, Integers
from simulator.sessions import offsets

# A pyarrow array of strings; pyarrow has no types that a checker could read.
Texts: TypeAlias = Any


def plain(values: Sequence[str]) -> Texts:
    """Texts as they are."""
    return pa.array(values, type=pa.string())


def same(value: str, size: int) -> Texts:
    """One text ``size`` times."""
    return pa.repeat(pa.scalar(value, type=pa.string()), size)


def pick(values: Sequence[str] | Texts, places: Integers) -> Texts:
    """The text at each place; -1 is missing."""
    known = values if isinstance(values, pa.Array) else plain(values)
    with_nothing = pa.concat_arrays([known, plain([""])])
    return with_nothing.take(pa.array(np.where(places < 0, len(known), places)))


def whole(values: Integers) -> Texts:
    """Whole numbers."""
    return pa.array(values.astype(np.int64)).cast(pa.string())


def decimal(values: Floats, digits: int) -> Texts:
    """Numbers with a fixed number of digits; NaN is missing."""
    known = ~np.isnan(values)
    scaled = np.round(np.where(known, values, 0.0) * 10**digits).astype(np.int64)
    distinct, place = np.unique(scaled, return_inverse=True)
    printed = [f"{value / 10**digits:.{digits}f}" for value in distinct.tolist()]
    return pick(printed, np.where(known, place.reshape(-1), -1))


def yes_no(flags: Booleans) -> Texts:
    """Y or N."""
    return pick(["N", "Y"], flags.astype(np.int64))


def truth_values(flags: Booleans) -> Texts:
    """true or false."""
    return pick(["false", "true"], flags.astype(np.int64))


def glued(*parts: Texts | str) -> Texts:
    """Parts put together row by row."""
    return pc.binary_join_element_wise(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")


def local(seconds: Integers, zone: ZoneInfo) -> Texts:
    """Local clock times in Unix seconds as ISO texts with the offset of ``zone``, such as 2018-06-25T09:30:00-07:00."""
    days, place = np.unique(seconds // 86400, return_inverse=True)
    found = offsets(days, zone)
    stamps = pc.strftime(pa.array(seconds.astype("datetime64[s]")), format="%Y-%m-%dT%H:%M:%S")
    return glued(stamps, pick([found[int(day)] for day in days], place.reshape(-1)))


def duration(seconds: Integers) -> Texts:
    """Seconds as the vendor prints them: H:MM:SS."""
    longest = int(seconds.max()) if len(seconds) else 0
    printed = [f"{value // 3600}:{value // 60 % 60:02d}:{value % 60:02d}" for value in range(longest + 1)]
    return plain(printed).take(pa.array(seconds))
