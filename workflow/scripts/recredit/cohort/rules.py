"""Who is analysed: the rules of a study, and the steps of the flow table in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from recredit.engine import literal

ONLINE = "online"
COMPARISON = "comparison"
OTHER_MODE = "other mode"
OTHER_COURSES = "other courses"
UNKNOWN = "not on file"
ALL_TERMS = "all terms"

# Steps of the flow: number, words, kind. Every enrollment on file is left out at exactly one step or analysed.
STEPS: Mapping[int, tuple[str, str]] = {
    1: ("Enrollments on file", "start"),
    2: ("Left out: class section not on file", "left out"),
    3: ("Left out: not taken for credit recovery", "left out"),
    4: ("Left out: a course that is not studied", "left out"),
    5: ("Left out: first attempt below the minimum for recovery", "left out"),
    6: ("Left out: neither online nor comparison class", "left out"),
    7: ("Left out: not in a lottery", "left out"),
    8: ("Left out: second enrollment in the same course and term", "left out"),
    9: ("Analysed", "analysed"),
    10: ("Of those analysed: assigned by lottery", "part"),
    11: ("Of those analysed: in another mode than the lottery assigned", "part"),
    12: ("Of those analysed: without a final result", "part"),
    13: ("Of those analysed: without a final result, having left the district", "part"),
    14: ("Of those analysed: without a final result, the mark on file having been set aside as faulty", "part"),
}
SECOND_ENROLLMENT = 8
ANALYSED = 9


def is_possible(step: int, course: str, arm: str) -> bool:
    """Whether an enrollment of this course and arm can be counted at a step, by what the step means.

    A row for a group that is empty by definition would be marked like a small one, and says nothing.
    """
    if course == UNKNOWN:
        return step in (1, 2)
    if course == OTHER_COURSES:
        return step in (1, 3, 4)
    return step not in (2, 4) and (step != 6 or arm == OTHER_MODE)


@dataclass(frozen=True)
class CohortRules:
    """The keys `cohort` of a study.

    Attributes
    ----------
    courses : ids of the courses of the study; empty for all.
    recovery_only : whether only enrollments recorded as credit recovery count.
    minimum_first_attempt_percent : a first attempt below it is left out; a missing first attempt is not.
    lottery_required : whether only enrollments in a lottery block count.
    online_modes, comparison_modes : section modes of the two arms.
    outcome_test : name of the external test that counts as an outcome; None for the first after the course.
    """

    courses: tuple[str, ...]
    recovery_only: bool
    minimum_first_attempt_percent: float | None
    lottery_required: bool
    online_modes: tuple[str, ...]
    comparison_modes: tuple[str, ...]
    outcome_test: str | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The rules in the mapping ``cohort`` of the merged configuration."""
        return cls(
            courses=tuple(settings["courses"]),
            recovery_only=bool(settings["recovery_only"]),
            minimum_first_attempt_percent=settings["minimum_first_attempt_percent"],
            lottery_required=bool(settings["lottery_required"]),
            online_modes=tuple(settings["online_modes"]),
            comparison_modes=tuple(settings["comparison_modes"]),
            outcome_test=settings.get("outcome_test"),
        )

    def conditions(self) -> dict[int, str]:
        """SQL conditions under which an enrollment is left out, by step; the first that holds counts.

        A student whom a lottery assigned stays, whatever class the student went to: that is what intent to treat means.
        """
        minimum = self.minimum_first_attempt_percent
        conditions = {
            2: "NOT on_file",
            3: "is_recovery IS NOT TRUE" if self.recovery_only else "false",
            4: f"course_id IS NULL OR course_id NOT IN ({_texts(self.courses)})" if self.courses else "false",
            5: "false" if minimum is None else f"first_attempt_percent < {float(minimum)!r}",
            6: "arm IS NULL AND assigned_arm IS NULL",
            7: "lottery_block IS NULL" if self.lottery_required else "false",
        }
        return {step: condition for step, condition in conditions.items() if condition != "false"}

    def arm(self, column: str) -> str:
        """SQL for the arm that the mode in ``column`` belongs to, NULL for neither."""
        return (
            f"CASE WHEN {column} IN ({_texts(self.online_modes)}) THEN '{ONLINE}' "
            f"WHEN {column} IN ({_texts(self.comparison_modes)}) THEN '{COMPARISON}' END"
        )

    def studied(self, column: str) -> str:
        """SQL that is true where ``column`` holds the id of a course of the study."""
        return f"{column} IN ({_texts(self.courses)})" if self.courses else f"{column} IS NOT NULL"


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(map(literal, values)) or "NULL"
