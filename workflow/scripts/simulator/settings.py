"""What a simulated district is made of: every number that is planted, read from district.yaml and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from typing import Any, get_args, get_origin, get_type_hints

MODES = ("online", "teacher_directed")
# Names with `share` in them that are no shares themselves.
NO_SHARES = {"outside_share_concentration", "grade_on_idle_share"}


class SettingsError(ValueError):
    """A setting of the district that is unknown, missing or out of its range; the message names it."""


@dataclass(frozen=True)
class CohortSettings:
    """One summer term: its days, its bells (local time), the day of the lottery and of the external test."""

    school_year: int
    title: str
    starts_on: date
    ends_on: date
    holidays: tuple[date, ...]
    first_bell: time
    last_bell: time
    lottery_on: date
    test_on: date


@dataclass(frozen=True)
class CourseSettings:
    """One course: who was randomised by cohort, and the means planted by assigned arm.

    ``recovered_*`` are shares of the randomised students with a record (no-shows count as not recovered);
    ``test_*`` are means in standard deviations of the test's reference population.
    """

    course_id: str
    title: str
    code: str
    subject: str
    randomised: Mapping[int, int]
    recovered_online: float
    recovered_teacher_directed: float
    test_subject: str
    test_online: float
    test_teacher_directed: float
    test_taken_share: float


@dataclass(frozen=True)
class LotterySettings:
    """How the lottery was held in a block (school x course x cohort), and what became of its result."""

    smallest_block: int
    online_share_lowest: float
    online_share_highest: float
    section_size: int
    left_share_online: float
    left_share_teacher_directed: float
    no_show_share: float
    no_show_on_disengagement: float
    crossover_share_online: float
    crossover_share_teacher_directed: float


@dataclass(frozen=True)
class StudentSettings:
    """Who the students are. Shares sum to one over the categories of a mapping."""

    grade_level_shares: Mapping[int, float]
    sex_shares: Mapping[str, float]
    race_ethnicity_shares: Mapping[str, float]
    english_learner_share: float
    disability_share: float
    low_income_share: float
    days_in_year: int
    absence_logit_mean: float
    absence_on_disengagement: float
    absence_noise_sd: float
    ability_on_disengagement: float


@dataclass(frozen=True)
class BehaviourSettings:
    """Time in the platform. Logits and logs are natural; a later cohort differs by ``*_change_per_year``."""

    hours_median: float
    hours_log_sd: float
    idle_logit_mean: float
    idle_on_disengagement: float
    idle_noise_sd: float
    idle_change_per_year: float
    session_minutes_shortest: float
    session_minutes_longest: float
    outside_share_mean: float
    outside_share_concentration: float
    minutes_per_activity: float


@dataclass(frozen=True)
class OutcomeSettings:
    """What the final grade depends on, in points of 100: per unit share, per unit rate, per grade level.

    ``school_sd`` is the spread of school means, ``effect_sd`` of the schools' online effects, ``section_sd`` of the
    shock that a whole section shares, ``noise_sd`` what is left to the student.
    """

    grade_on_idle_share: float
    grade_on_absence_rate: float
    grade_on_grade_level: float
    grade_on_disengagement_teacher_directed: float
    noise_sd: float
    school_sd: float
    effect_sd: float
    section_sd: float
    pass_mark: float
    completion_mark: float
    completion_noise_sd: float
    platform_grade_share: float
    both_grade_share: float
    test_sd: float
    test_on_ability: float
    credits: float


@dataclass(frozen=True)
class FaultSettings:
    """How many faulty rows of each kind are planted in the raw files."""

    session_ends_before_start: int
    session_without_enrollment: int
    grade_above_100: int
    mark_twice: int


@dataclass(frozen=True)
class DistrictSettings:
    """The whole district."""

    name: str
    schools: int
    school_size_log_sd: float
    cohorts: tuple[CohortSettings, ...]
    courses: tuple[CourseSettings, ...]
    lottery: LotterySettings
    students: StudentSettings
    behaviour: BehaviourSettings
    outcomes: OutcomeSettings
    faults: FaultSettings
    calibration_students: int

    def cohort_index(self, school_year: int) -> int:
        """Position of the cohort of ``school_year``; KeyError if there is none."""
        return {cohort.school_year: index for index, cohort in enumerate(self.cohorts)}[school_year]


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


def _require(condition: bool, place: str, expected: str) -> None:
    if not condition:
        raise SettingsError(f"{place}: expected {expected}. Correct the value.")


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
    """Place, name and value of every setting below ``settings``, also inside lists."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            yield from _leaves(value, f"{place}.{field.name}")
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for number, item in enumerate(value):
                yield from _leaves(item, f"{place}.{field.name}[{number}]")
        else:
            yield f"{place}.{field.name}", field.name, value


def _check_ranges(settings: DistrictSettings) -> None:
    """Shares lie in [0, 1] or sum to 1 over categories; standard deviations and whole numbers are not negative."""
    for place, name, value in _leaves(settings, "district"):
        if name.endswith("_shares"):
            _require(abs(sum(value.values()) - 1) < 1e-9 and min(value.values()) >= 0, place, "shares that sum to 1")
        elif "share" in name and name not in NO_SHARES:
            _require(0 <= value <= 1, place, "a share between 0 and 1")
        elif name.endswith("_sd"):
            _require(value >= 0, place, "a standard deviation of at least 0")
        elif isinstance(value, int):
            _require(value >= 0, place, "a whole number of at least 0")


def _check_courses(settings: DistrictSettings) -> None:
    years = {cohort.school_year for cohort in settings.cohorts}
    for number, course in enumerate(settings.courses):
        place = f"district.courses[{number}]"
        for name in ("recovered_online", "recovered_teacher_directed"):
            _require(0 < getattr(course, name) < 1, f"{place}.{name}", "a share between 0 and 1")
        _require(set(course.randomised) <= years, f"{place}.randomised", f"school years of the cohorts {sorted(years)}")
        smallest = settings.schools * settings.lottery.smallest_block
        enough = all(count >= smallest for count in course.randomised.values())
        _require(enough, f"{place}.randomised", f"at least {smallest} students (schools x smallest_block) each year")


def read_settings(given: Mapping[str, Any]) -> DistrictSettings:
    """The settings in ``given``, the content of a district.yaml.

    Raises
    ------
    SettingsError naming the key and what was expected, for an unknown or missing key, a wrong type, a share outside
    0 to 1, a course without cohort, or too few students for a lottery in every school.
    """
    settings: DistrictSettings = _settings(DistrictSettings, dict(given), "district")
    _require(settings.schools >= 1, "district.schools", "at least 1 school")
    lowest, highest = settings.lottery.online_share_lowest, settings.lottery.online_share_highest
    _require(lowest <= highest, "district.lottery.online_share_lowest", "a share not above online_share_highest")
    for number, cohort in enumerate(settings.cohorts):
        _require(
            cohort.starts_on <= cohort.ends_on, f"district.cohorts[{number}].ends_on", "a day not before starts_on"
        )
    _require(settings.lottery.smallest_block >= 2, "district.lottery.smallest_block", "at least 2 students")
    behaviour = settings.behaviour
    # An hour is one slot of the day: longer sessions of one student could overlap (see sessions.py).
    _require(
        0 < behaviour.session_minutes_shortest <= behaviour.session_minutes_longest <= 25,
        "district.behaviour.session_minutes_longest",
        "minutes above 0 and at most 25, the shortest not above the longest",
    )
    _check_ranges(settings)
    _check_courses(settings)
    return settings
