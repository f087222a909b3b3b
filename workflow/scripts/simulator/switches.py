"""Scale and switches: the same district smaller or larger, or with a piece of the truth taken out."""

from dataclasses import fields, replace
from typing import Any

from simulator.settings import CourseSettings, DistrictSettings, UserTypeSettings

NO_TYPE = "no types"


def scaled(settings: DistrictSettings) -> DistrictSettings:
    """``settings`` with schools, students and the lottery multiplied by ``scale``; at least one school."""
    factor = settings.scale
    if factor == 1:
        return settings
    courses = tuple(
        replace(course, randomised={year: round(factor * count) for year, count in course.randomised.items()})
        for course in settings.courses
    )
    return replace(
        settings,
        courses=courses,
        schools=max(1, round(factor * settings.schools)),
        students=max(1, round(factor * settings.students)),
        lottery=replace(settings.lottery, smallest_block=0),
    )


def _pooled(settings: DistrictSettings) -> UserTypeSettings:
    """The one kind of user of a district without types: the mean of the types, at any grade level alike."""
    kinds = list(settings.user_types.values())
    mean = {
        field.name: sum(kind.share * getattr(kind, field.name) for kind in kinds) for field in fields(UserTypeSettings)
    }
    return UserTypeSettings(**{**mean, "share": 1.0, "low_grade_odds": 1.0, "math_odds": 1.0})


def _without_mode_effect(course: CourseSettings) -> CourseSettings:
    same: dict[str, Any] = {}
    for outcome in ("recovered", "test", "survey"):
        mean = (getattr(course, f"{outcome}_online") + getattr(course, f"{outcome}_teacher_directed")) / 2
        same |= {f"{outcome}_online": mean, f"{outcome}_teacher_directed": mean}
    return replace(course, **same)


def switched(settings: DistrictSettings) -> DistrictSettings:
    """``settings`` with the switches that are off put into effect as numbers.

    Without types all students are of one kind. Without an idle association neither disengagement nor type moves idle
    time. Without an effect of mode the two modes have one and the same outcome for each student, chance apart.
    """
    if not settings.switches.user_types:
        within = 1.0
        settings = replace(
            settings,
            user_types={NO_TYPE: _pooled(settings)},
            behaviour=replace(settings.behaviour, disengagement_within_sd=within),
        )
    if not settings.switches.idle_association:
        kinds = {name: replace(kind, idle_logit_shift=0.0) for name, kind in settings.user_types.items()}
        behaviour = replace(settings.behaviour, idle_on_disengagement=0.0)
        settings = replace(settings, user_types=kinds, behaviour=behaviour)
    if not settings.switches.mode_effect:
        same = {"effect_sd": 0.0, "effect_on_log_size": 0.0, "platform_generosity": 0.0, "progress_points": 0.0}
        lottery = settings.lottery
        left = (lottery.left_share_online + lottery.left_share_teacher_directed) / 2
        settings = replace(
            settings,
            courses=tuple(map(_without_mode_effect, settings.courses)),
            outcomes=replace(settings.outcomes, **same),
            lottery=replace(lottery, left_share_online=left, left_share_teacher_directed=left),
        )
    return settings
