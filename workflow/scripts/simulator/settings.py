"""What a simulated district is made of: every number that is planted, as district.yaml gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from simulator.programme_settings import CostSettings, GoalSettings, SurveySettings

MODES = ("online", "teacher_directed")
ONLINE, TEACHER_DIRECTED = 0, 1
FIRST_GRADE_LEVEL, LAST_GRADE_LEVEL = 9, 12


@dataclass(frozen=True)
class TermSettings:
    """One term: a school year or its summer; days, and bells in local time.

    ``kind`` is ``school_year`` or ``summer``; ``school_year`` the year of its spring.
    """

    kind: str
    school_year: int
    title: str
    starts_on: date
    ends_on: date
    holidays: tuple[date, ...]
    first_bell: time
    last_bell: time

    @property
    def is_summer(self) -> bool:
        """Whether this is a summer term."""
        return self.kind == "summer"

    @property
    def term_id(self) -> str:
        """Identifier in the rosters."""
        return f"{'SUMMER' if self.is_summer else 'YEAR'}-{self.school_year}"


@dataclass(frozen=True)
class CourseSettings:
    """A course of the lottery: who was randomised by summer, and the means planted by assigned arm.

    ``recovered_*`` are shares of the analysed students (no-shows count as not recovered); ``test_*`` are means of those
    tested, in standard deviations of the test's reference population; ``survey_*`` are means of a scale of emotional
    engagement among those who answered.
    """

    course_id: str
    randomised: Mapping[int, int]
    recovered_online: float
    recovered_teacher_directed: float
    test_subject: str
    test_online: float
    test_teacher_directed: float
    test_taken_share: float
    survey_online: float
    survey_teacher_directed: float
    survey_answered_share: float


@dataclass(frozen=True)
class LotterySettings:
    """How the lottery was held in a block (school x course x summer), and what became of its result.

    ``*_on_disengagement`` are logits per standard deviation of latent disengagement.
    """

    held_on: Mapping[int, date]
    tested_on: Mapping[int, date]
    surveyed_on: Mapping[int, date]
    smallest_block: int
    one_arm_blocks: int
    online_share_lowest: float
    online_share_highest: float
    grade_level_shares: Mapping[int, float]
    left_share_online: float
    left_share_teacher_directed: float
    left_on_disengagement: float
    no_show_share: float
    no_show_on_disengagement: float
    crossover_share_online: float
    crossover_share_teacher_directed: float
    ability_shift: float


@dataclass(frozen=True)
class StudentSettings:
    """Who the students are. Shares sum to one over the categories of a mapping."""

    sex_shares: Mapping[str, float]
    race_ethnicity_shares: Mapping[str, float]
    english_learner_share: float
    disability_share: float
    low_income_share: float
    math_leaning_share: float
    days_in_year: int
    absence_logit_mean: float
    absence_on_disengagement: float
    absence_student_sd: float
    absence_year_sd: float
    ability_on_disengagement: float


@dataclass(frozen=True)
class UserTypeSettings:
    """One kind of user: its share of all students, and what sets it apart from the average student.

    ``*_factor`` multiply, ``*_shift`` add to a logit or a standard score, ``*_odds`` multiply the odds of the type.
    """

    share: float
    disengagement_mean: float
    ability_shift: float
    low_grade_odds: float
    math_odds: float
    hours_factor: float
    session_minutes: float
    minutes_per_activity_factor: float
    idle_logit_shift: float
    outside_share_mean: float
    grade_shift: float


@dataclass(frozen=True)
class BehaviourSettings:
    """Time in the platform. Logits and logs are natural; a later school year differs by ``*_per_year``.

    The idle time that is logged is idle time itself, reading counted as idle (all of it before ``idle_rule_changed``,
    a share ``reading_counted_share_after`` from that school year on), time-outs and closed browsers.
    """

    hours_median: float
    hours_log_sd: float
    idle_logit_mean: float
    idle_on_disengagement: float
    idle_noise_sd: float
    reading_share_mean: float
    closed_share_mean: float
    time_out_share_mean: float
    idle_rule_changed: int
    reading_counted_share_after: float
    efficiency_log_per_year: float
    session_minutes_log_sd: float
    outside_share_concentration: float
    minutes_per_activity: float
    minutes_per_activity_log_sd: float
    disengagement_within_sd: float


@dataclass(frozen=True)
class OutcomeSettings:
    """What the final grade depends on, in points of 100: per standard deviation, per unit rate, per grade level.

    ``school_sd`` is the spread of school means, ``effect_sd`` of the schools' online effects beside what goes with the
    logarithm of their size, ``section_sd`` of the shock that a whole section shares, ``noise_sd`` what is left.
    """

    grade_on_disengagement: float
    grade_on_ability: float
    grade_on_absence_rate: float
    grade_on_grade_level: float
    noise_sd: float
    school_sd: float
    effect_sd: float
    effect_on_log_size: float
    section_sd: float
    pass_mark: float
    completion_mark: float
    completion_noise_sd: float
    progress_points: float
    platform_grade_share: float
    both_grade_share: float
    platform_generosity: float
    test_sd: float
    test_on_ability: float
    test_taken_on_disengagement: float
    survey_sd: float
    survey_answered_on_disengagement: float
    credits: float


@dataclass(frozen=True)
class YearSettings:
    """School years beside the lottery: regular courses, state tests, and how failed courses are recovered.

    ``effect_of_online_*`` are what online course-taking adds in truth, per unit share of the year's credits.
    """

    regular_percent_mean: float
    regular_on_school: float
    regular_on_ability: float
    regular_on_disengagement: float
    regular_on_absence_rate: float
    regular_math_shift: float
    regular_year_shock_sd: float
    regular_noise_sd: float
    test_on_ability: float
    test_on_year_shock: float
    test_noise_sd: float
    effect_of_online_on_test: float
    recovered_attempt_share: float
    summer_share: float
    online_share_by_year: Mapping[int, float]
    online_logit_on_ability: float
    first_time_online_share: float
    graduation_logit_mean: float


@dataclass(frozen=True)
class SwitchSettings:
    """What can be left out of a district."""

    idle_association: bool
    user_types: bool
    mode_effect: bool


@dataclass(frozen=True)
class EventSettings:
    """The click stream: no file, or CSV or Parquet; the mean number of events of a course taken online."""

    format: str
    per_course: float


@dataclass(frozen=True)
class DistrictSettings:
    """The whole district. ``scale`` multiplies schools, students and the lottery alike."""

    name: str
    time_zone: str
    scale: float
    students: int
    schools: int
    school_size_log_sd: float
    section_size: int
    terms: tuple[TermSettings, ...]
    courses: tuple[CourseSettings, ...]
    lottery: LotterySettings
    students_are: StudentSettings
    user_types: Mapping[str, UserTypeSettings]
    behaviour: BehaviourSettings
    outcomes: OutcomeSettings
    years: YearSettings
    surveys: SurveySettings
    costs: tuple[CostSettings, ...]
    goals: tuple[GoalSettings, ...]
    switches: SwitchSettings
    events: EventSettings
    faults: Mapping[str, int]
    calibration_students: int
    calibration_schools: int

    @property
    def school_years(self) -> tuple[int, ...]:
        """The school years on record, ascending."""
        return tuple(sorted({term.school_year for term in self.terms}))

    @property
    def summers(self) -> dict[int, int]:
        """Position in ``terms`` of the summer of each school year."""
        return {term.school_year: place for place, term in enumerate(self.terms) if term.is_summer}
