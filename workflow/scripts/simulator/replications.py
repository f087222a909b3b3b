"""Many lotteries drawn from one calibration, as arrays without files: what an estimator does over many districts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.behaviour import draw_course_time
from simulator.calibration import Calibration, draw_takers
from simulator.lottery import draw_chances, hold_lottery, take_up
from simulator.numbers import Booleans, Floats, Integers
from simulator.outcomes import draw_noise, grade_index, grade_sources, mastery, outcomes_of
from simulator.schools import Block, draw_schools, plan_blocks
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.takings import math_flags
from simulator.targets import OUTCOMES, PREDICTORS

# A fit: outcome, terms, clusters, fixed effects -> for each term the ends of its 95% interval.
Fit = Callable[[Floats, Floats, Integers, Sequence[Integers]], tuple[Floats, Floats]]


@dataclass(frozen=True)
class LotteryRecord:
    """(n,) the analysed students of one district's lotteries."""

    school: Integers
    block: Integers
    entry: Integers
    school_year: Integers
    assigned_online: Booleans
    online: Booleans
    worked: Booleans
    idle_share: Floats
    absence_rate: Floats
    grade_level: Integers
    percent: Floats
    completed: Booleans
    passed: Booleans

    def outcome(self, name: str) -> Floats:
        """An outcome as numbers."""
        values: Floats = np.asarray(getattr(self, name), dtype=np.float64)
        return values


def _of_blocks(blocks: Sequence[Block], values: Sequence[int]) -> Integers:
    return np.repeat(np.array(values, dtype=np.int64), [block.students for block in blocks])


def _section_shocks(settings: DistrictSettings, streams: Streams, block: Integers, online: Booleans) -> Floats:
    """(n,) the shock of each student's section: students of a block and mode are split as evenly as its size asks."""
    group = 2 * block + online
    counts = np.bincount(group)
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - (np.cumsum(counts) - counts)[group[order]]
    sections = -(-counts // settings.section_size)
    shocks = streams.generator("sections").standard_normal((int(sections.max()), len(counts)))
    drawn: Floats = settings.outcomes.section_sd * shocks[rank % sections[group], group]
    return drawn


def draw_lottery(settings: DistrictSettings, calibration: Calibration, seed: int) -> LotteryRecord:
    """The lotteries of one district with schools of its own."""
    streams = Streams(seed)
    schools = draw_schools(settings, streams)
    blocks = plan_blocks(settings, streams, schools)
    generator = streams.generator("replication")
    is_math = _of_blocks(blocks, [int(math_flags()[block.course]) for block in blocks]).astype(np.bool_)
    takers = draw_takers(settings, generator, len(is_math), is_math)
    assigned = np.concatenate([hold_lottery(settings, generator, block.students, block.only) for block in blocks])
    taken = take_up(settings, draw_chances(generator, len(assigned)), assigned, takers.disengagement)
    block, school = (_of_blocks(blocks, [getattr(one, name) for one in blocks]) for name in ("number", "school"))
    entry = _of_blocks(blocks, [one.entry for one in blocks])
    year = _of_blocks(blocks, [settings.terms[one.term].school_year for one in blocks])
    online = taken.takes_online
    half = np.where(online, 0.5, -0.5) * schools.effect_shift[school]
    shift = schools.grade_shift[school] + half + _section_shocks(settings, streams, block, online)
    noise = draw_noise(settings, generator, len(assigned))
    source = grade_sources(settings, noise, online)
    intercept = calibration.grade[entry, np.where(online, 0, 1)]
    index = grade_index(settings, mastery(settings, takers, noise, shift) + intercept, source)
    results = outcomes_of(settings, index, noise, source, taken.no_show)
    time = draw_course_time(settings, generator, takers, year)
    stays = ~taken.left
    columns: tuple[Any, ...] = (school, block, entry, year, assigned, online, online & ~taken.no_show, time.idle_share)
    rest: tuple[Any, ...] = (
        takers.absence_rate,
        takers.grade_level,
        results.percent,
        results.completed,
        results.passed,
    )
    return LotteryRecord(*(column[stays] for column in (*columns, *rest)))


def contrast_rows(record: LotteryRecord, entry: int | None, outcome: str) -> tuple[Floats, Floats, Integers, Integers]:
    """Outcome, assignment, school and block of the students of a course (None: of all), in blocks with both arms."""
    values = record.outcome(outcome)
    kept = ~np.isnan(values) & ((record.entry == entry) if entry is not None else True)
    arms = [
        np.bincount(record.block[kept & (record.assigned_online == arm)], minlength=record.block.max() + 1)
        for arm in (0, 1)
    ]
    kept &= (arms[0] > 0)[record.block] & (arms[1] > 0)[record.block]
    return values[kept], record.assigned_online[kept].astype(np.float64), record.school[kept], record.block[kept]


def intervals(settings: DistrictSettings, record: LotteryRecord, fit: Fit) -> dict[str, tuple[float, float]]:
    """The 95% interval of each contrast and coefficient that the pipeline estimates, by name."""
    found: dict[str, tuple[float, float]] = {}
    courses = [(course.course_id, place) for place, course in enumerate(settings.courses)]
    for outcome in ("passed", "percent"):
        for name, place in [*courses, ("all_courses", None)]:
            y, z, school, block = contrast_rows(record, place, outcome)
            low, high = fit(y, z[:, None], school, [block])
            found[f"effect/{name}/{outcome}"] = float(low[0]), float(high[0])
    works = record.worked
    terms = np.column_stack([record.idle_share, record.absence_rate, record.grade_level])[works].astype(np.float64)
    groups = [record.entry[works], record.school_year[works]]
    for outcome in OUTCOMES:
        low, high = fit(record.outcome(outcome)[works], terms, record.school[works], groups)
        for row, predictor in enumerate(PREDICTORS):
            found[f"association/{outcome}/{predictor}"] = float(low[row]), float(high[row])
    return found


def targets_by_name(targets: dict[str, Any]) -> dict[str, float]:
    """The targets of :func:`intervals` from those of :func:`simulator.targets.lottery_targets`."""
    effects, ladder = targets["effects"], targets["associations_online"]["course_and_year"]
    found = {
        f"effect/{name}/{outcome}": effects[name]["block_fixed_effects"][outcome]
        for name in effects
        for outcome in ("passed", "percent")
    }
    return found | {
        f"association/{outcome}/{predictor}": ladder[outcome][predictor]
        for outcome in OUTCOMES
        for predictor in PREDICTORS
    }


def coverage(
    settings: DistrictSettings, calibration: Calibration, targets: dict[str, float], seeds: Sequence[int], fit: Fit
) -> dict[str, float]:
    """Share of the districts with ``seeds`` in which each target lies inside its interval, by name."""
    inside = dict.fromkeys(targets, 0)
    for seed in seeds:
        found = intervals(settings, draw_lottery(settings, calibration, seed), fit)
        for name, (low, high) in found.items():
            inside[name] += int(low <= targets[name] <= high)
    return {name: count / len(seeds) for name, count in inside.items()}
