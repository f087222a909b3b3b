"""The determination record for a funder to read: the rules in force, who decided on them, the risk that is left."""

import json
from collections.abc import Mapping
from typing import Any

from recredit.disclosure.exact_cells import Declared
from recredit.disclosure.rules import (
    LEAST_MINIMUM_GROUP,
    LEAST_MINIMUM_UNITS,
    LEAST_P_PERCENT,
    LEAST_ROUNDING,
    LEFT_OUT,
    MARK,
    MAXIMUM_DIMENSIONS,
    MAXIMUM_LEVERAGE,
    MAXIMUM_SHARE_LOST,
    MINIMUM_RESIDUAL_DF,
    MOST_DOMINANCE_PERCENT,
)

DEFAULT = "default for schools in the United States"
STUDY = "the study, stricter than the default"
ALWAYS = "always in force, no study can change it"
NOBODY = "Not named. The study says so in disclosure.decided_by before it publishes."
BASIS = (
    "A student must not be identifiable to a reasonable person in the school community, through one release or "
    "several, taking into account what else is available (34 CFR 99.31(b)(1)). This record says which rules were "
    "applied to that end and what an attack on the finished files found. It supports the decision to publish and does "
    "not replace it."
)
# Key of the settings, smallest value allowed, what it means.
_ADJUSTABLE = (
    ("minimum_group", LEAST_MINIMUM_GROUP, "No figure rests on fewer students."),
    (
        "minimum_units",
        LEAST_MINIMUM_UNITS,
        "No figure rests on fewer schools or teachers, where records name them.",
    ),
    ("round_counts_to", LEAST_ROUNDING, "Counts are shown to the nearest multiple."),
    (
        "dominance_percent",
        MOST_DOMINANCE_PERCENT,
        "Of a sum over students, such as hours in all, or of either part of a ratio of sums, the two students with "
        "most hold less than this percentage.",
    ),
    (
        "p_percent",
        LEAST_P_PERCENT,
        "Whoever has the second largest part of a sum cannot tell the largest to within this percentage.",
    ),
)
_FIXED: tuple[tuple[str, Any, str], ...] = (
    ("one_mark", MARK, "What is hidden shows one mark, whether it is small itself or hidden for another's sake."),
    (
        "percentages",
        "whole",
        "Without numerators; the ends are coded by the number of students, from 20 and 80 (10 to 19 students) to 1 and "
        "99 (300 or more).",
    ),
    (
        "means",
        2.5,
        "Rounded to a step of at least this many standard deviations divided by the number of students, and no finer "
        "than the power of ten at or below a fiftieth of a standard deviation.",
    ),
    ("residual_degrees_of_freedom", MINIMUM_RESIDUAL_DF, "A model keeps at least as many."),
    ("leverage", MAXIMUM_LEVERAGE, "No student's leverage in a model reaches this."),
    ("dimensions", MAXIMUM_DIMENSIONS, "A table has at most as many."),
    ("share_hidden", MAXIMUM_SHARE_LOST, "A table of which more would be hidden is not released."),
    (
        "sums",
        2.5,
        "Sums over students are rounded to a step of at least this many standard deviations of their values.",
    ),
    (
        "never",
        "not released",
        "Minimum, maximum, mode, quantiles, points per student, fitted values, school effects.",
    ),
)
_NOT_COVERED = (
    "Means and model figures are held to rules of their own and are not part of the attack's programs.",
    "Nobody can say what a person knows who is neither staff of one school nor has only what is public: a parent, a "
    "classmate, two schools that put their records together.",
    "Public counts that the study does not declare (disclosure.known) and releases of others about the same students "
    "are unknown to the attack.",
    "Sums over students are attacked through each other, not through numbers of students, and not by the staff of a "
    "school nor through sums of earlier releases.",
    "The attack bounds hidden numbers by linear programs over real numbers. Whole numbers leave an attacker somewhat "
    "narrower intervals.",
)


def determination(study: str, disclosure: Mapping[str, Any], attacked: Mapping[str, Any], declared: Declared) -> str:
    """The determination record of a release, as JSON text.

    Parameters
    ----------
    study : its title.
    disclosure : the section `disclosure` of its settings.
    attacked : what the attack on the released files found, as in the certificate.
    declared : what became of the cells that are declared to be published exactly.
    """
    content = {
        "title": f"Disclosure determination: {study}",
        "decided_by": disclosure["decided_by"] or NOBODY,
        "basis": BASIS,
        "rules": [*_adjustable(disclosure), *_always()],
        "exact_cells": declared.verdict,
        "rates_only": list(declared.rates_only),
        "left_out": [f"{entry}: {LEFT_OUT}" for entry in disclosure["leave_out"]],
        "public_counts": [entry["name"] for entry in disclosure["known"]],
        "residual_risk": [_in_words(name, found) for name, found in sorted(attacked["systems"].items())],
        "not_covered": list(_NOT_COVERED),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _adjustable(disclosure: Mapping[str, Any]) -> list[dict[str, Any]]:
    rules = []
    for key, least, meaning in _ADJUSTABLE:
        source = DEFAULT if disclosure[key] == least else STUDY
        reason = disclosure["reasons"].get(key)
        rules.append(_rule(key, disclosure[key], meaning, f"{source}: {reason}" if reason else source))
    insiders = {"schools": "The staff of each school, who know their students.", "none": "Nobody."}
    meaning = "Who is taken for an attacker beside the reader: " + insiders[disclosure["insiders"]]
    source = DEFAULT if disclosure["insiders"] == "schools" else "the study"
    return [*rules, _rule("insiders", disclosure["insiders"], meaning, source)]


def _always() -> list[dict[str, Any]]:
    return [_rule(key, threshold, meaning, ALWAYS) for key, threshold, meaning in _FIXED]


def _rule(key: str, threshold: Any, meaning: str, source: str) -> dict[str, Any]:
    return {"rule": key, "threshold": threshold, "meaning": meaning, "set_by": source}


def _in_words(name: str, found: Mapping[str, Any]) -> str:
    """What the attack on one joint system left, in sentences."""
    cells = "sums" if found.get("measure") else "counts and percentages"
    marked = f"{found['marked']} of {found['cells']} {cells} in {found['tables']} tables are hidden."
    if not found["marked"]:
        return f"{name}: {marked} There is nothing to recover."
    if found.get("measure"):
        return (
            f"{name}: {marked} {found['wide_enough']} of {found['protected']} sums that are hidden for their own sake "
            f"keep the width that the dominance rules ask for. It took {found['programs']} linear programs."
        )
    narrowest = found["narrowest"]
    width = "has no upper bound" if narrowest is None else f"spans {narrowest:g} students"
    inside = (
        f" The staff of each of {found['insiders']} schools were given all they know of their own students and "
        f"recovered {found['insider_recovered']} cells of the others."
        if found["insiders"]
        else ""
    )
    return (
        f"{name}: {marked} An attacker with all released files, earlier releases and the declared public counts "
        f"recovers {found['recovered']} of them exactly; the narrowest interval left for a hidden number {width}. "
        f"{found['wide_enough']} of {found['protected']} numbers that are hidden for their own sake can still be "
        f"anything from 0 to the minimum, or what public counts leave of that.{inside} "
        f"Of {found['small_differences']} differences of fewer students than the minimum between nested groups, "
        f"{found['differences_recovered']} can be computed. It took "
        f"{found['programs']} linear programs."
    )
