"""The settings of a district from the content of its district.yaml, checked key by key."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import time
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import available_timezones

from simulator.faults import FAULT_KINDS
from simulator.settings import MODES, DistrictSettings
from simulator.switches import scaled, switched

EVENT_FORMATS = ("none", "csv", "parquet")
LONGEST_MEAN_SESSION_MINUTES = 50.0
# Names with `share` in them that are no shares themselves.
NO_SHARES = {"outside_share_concentration"}


class SettingsError(ValueError):
    """A setting of the district that is unknown, missing or out of its range; the message names it."""


def _require(condition: bool, place: str, expected: str) -> None:
    if not condition:
        raise SettingsError(f"{place}: expected {expected}. Correct the value.")


def _value(expected: Any, given: Any, place: str) -> Any:
    """``given`` as a value of type ``expected``, recursing into settings, tuples and mappings."""
    if is_dataclass(expected):
        return _settings(expected, given, place)
    origin = get_origin(expected)
    if origin is tuple:
        _require(isinstance(given, list), place, "a list")
        return tuple(_value(get_args(expected)[0], item, f"{place}[{number}]") for number, item in enumerate(given))
    if origin is not None:
        _require(isinstance(given, dict), place, "keys with values")
        key, item = get_args(expected)
        return {_value(key, name, place): _value(item, entry, f"{place}.{name}") for name, entry in given.items()}
    if expected is time:
        _require(isinstance(given, str), place, 'a clock time in quotes such as "08:00"')
        return time.fromisoformat(given)
    if expected is float and isinstance(given, int) and not isinstance(given, bool):
        return float(given)
    _require(type(given) is expected, place, f"a value of type {expected.__name__}")
    return given


def _settings(kind: Any, given: Any, place: str) -> Any:
    """Settings of class ``kind`` from the mapping ``given``; unknown and missing keys are refused."""
    _require(isinstance(given, dict), place, "keys with values")
    known = [field.name for field in fields(kind)]
    unknown = sorted(set(map(str, given)) - set(known))
    missing = [name for name in known if name not in given]
    if unknown or missing:
        fault = f"unknown key '{unknown[0]}'" if unknown else f"the key '{missing[0]}' is missing"
        raise SettingsError(f"{place}: {fault}. The keys here are: {', '.join(known)}.")
    types = get_type_hints(kind)
    return kind(**{name: _value(types[name], given[name], f"{place}.{name}") for name in known})


def _leaves(settings: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Place, name and value of every setting below ``settings``, also inside lists and mappings."""
    for field in fields(settings):
        value, inside = getattr(settings, field.name), f"{place}.{field.name}"
        entries: Any = {"": value}
        if isinstance(value, tuple):
            entries = {f"[{number}]": item for number, item in enumerate(value)}
        elif isinstance(value, dict) and any(map(is_dataclass, value.values())):
            entries = {f".{name}": item for name, item in value.items()}
        for label, item in entries.items():
            if is_dataclass(item):
                yield from _leaves(item, f"{inside}{label}")
            else:
                yield inside, field.name, value


def _check_ranges(settings: DistrictSettings) -> None:
    """Shares lie in [0, 1] or sum to 1 over categories; standard deviations and whole numbers are not negative."""
    for place, name, value in _leaves(settings, "district"):
        if name.endswith("_shares"):
            _require(abs(sum(value.values()) - 1) < 1e-9 and min(value.values()) >= 0, place, "shares that sum to 1")
        elif "share" in name and name not in NO_SHARES:
            values = value.values() if isinstance(value, dict) else [value]
            _require(all(0 <= one <= 1 for one in values), place, "a share between 0 and 1")
        elif name.endswith("_sd"):
            _require(value >= 0, place, "a standard deviation of at least 0")
        elif isinstance(value, int) and not isinstance(value, bool):
            _require(value >= 0, place, "a whole number of at least 0")


def _check_courses(settings: DistrictSettings) -> None:
    for number, course in enumerate(settings.courses):
        place = f"district.courses[{number}]"
        for mode in MODES:
            _require(
                0 < getattr(course, f"recovered_{mode}") < 1, f"{place}.recovered_{mode}", "a share above 0, below 1"
            )
        years = set(settings.lottery.held_on)
        _require(set(course.randomised) <= years, f"{place}.randomised", f"summers with a lottery {sorted(years)}")
        if settings.scale == 1:
            smallest = settings.schools * settings.lottery.smallest_block
            enough = all(count >= smallest for count in course.randomised.values())
            _require(enough, f"{place}.randomised", f"at least {smallest} students (schools x smallest_block) a summer")


def _check_terms(settings: DistrictSettings) -> None:
    for number, term in enumerate(settings.terms):
        place = f"district.terms[{number}]"
        _require(term.kind in ("school_year", "summer"), f"{place}.kind", "school_year or summer")
        _require(term.starts_on <= term.ends_on, f"{place}.ends_on", "a day not before starts_on")
    for kind in ("school_year", "summer"):
        years = sorted(term.school_year for term in settings.terms if term.kind == kind)
        consecutive = list(range(years[0], years[0] + len(years))) if years else [0]
        _require(years == consecutive, "district.terms", f"consecutive school years, each with one term '{kind}'")
    dates = [settings.lottery.held_on, settings.lottery.tested_on, settings.lottery.surveyed_on]
    _require(len({tuple(sorted(one)) for one in dates}) == 1, "district.lottery.tested_on", "the years of held_on")
    _require(set(dates[0]) <= set(settings.summers), "district.lottery.held_on", "school years that have a summer")
    wanted = set(settings.school_years)
    _require(set(settings.years.online_share_by_year) >= wanted, "district.years.online_share_by_year", "every year")


def _check_rest(settings: DistrictSettings) -> None:
    _require(settings.time_zone in available_timezones(), "district.time_zone", "an IANA name of a time zone")
    _require(settings.scale > 0, "district.scale", "a number above 0")
    _require(settings.schools >= 1, "district.schools", "at least 1 school")
    _require(settings.students >= 1, "district.students", "at least 1 student")
    lottery = settings.lottery
    ordered = lottery.online_share_lowest <= lottery.online_share_highest
    _require(ordered, "district.lottery.online_share_lowest", "a share not above online_share_highest")
    _require(lottery.smallest_block >= 2, "district.lottery.smallest_block", "at least 2 students")
    _require(settings.events.format in EVENT_FORMATS, "district.events.format", f"one of {', '.join(EVENT_FORMATS)}")
    shares = sum(kind.share for kind in settings.user_types.values())
    _require(abs(shares - 1) < 1e-9, "district.user_types", "shares that sum to 1 over the types")
    for name, kind in settings.user_types.items():
        # Two hours are one slot of the day: longer sessions of one student could overlap (see sessions.py).
        fits = 5 <= kind.session_minutes <= LONGEST_MEAN_SESSION_MINUTES
        _require(fits, f"district.user_types.{name}.session_minutes", "minutes from 5 to 50")
    counts = settings.faults.values()
    _require(all(count >= 0 for count in counts), "district.faults", "whole numbers of at least 0")
    for kind_of_fault in settings.faults:
        known = ", ".join(FAULT_KINDS)
        _require(kind_of_fault in FAULT_KINDS, f"district.faults.{kind_of_fault}", f"one of the kinds {known}")


def read_settings(given: Mapping[str, Any]) -> DistrictSettings:
    """The settings in ``given``, the content of a district.yaml, with its scale and switches put into effect.

    Raises
    ------
    SettingsError naming the key and what was expected, for an unknown or missing key, a wrong type, a share outside
    0 to 1, a course without summer, or too few students for a lottery in every school.
    """
    settings: DistrictSettings = _settings(DistrictSettings, dict(given), "district")
    _check_terms(settings)
    _check_rest(settings)
    _check_ranges(settings)
    _check_courses(settings)
    return switched(scaled(settings))
