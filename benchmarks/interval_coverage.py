"""How often 95% intervals hold the truth in simulated lotteries: docs/coverage.md and docs/coverage.png.

Run by `make calibration-coverage`. Each study is a lottery inside schools like the one evaluated: uneven schools, two
cohorts a school, one class section for each arm of a cohort. The estimates go through the library as users call it.
"""

import os

# One thread for each process: the matrices are small, and threads of two processes would wait for each other.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from recredit.estimators.bootstrap import wild_cluster
from recredit.estimators.covariance import Variance, variance
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.figures import style

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DOCUMENTS = Path(__file__).resolve().parents[1] / "docs"
SCHOOLS = (24, 10, 6)
STUDENTS_PER_SCHOOL = 70
# The spread of the logarithm of school sizes; with it the largest of 24 schools has about a seventh of the students.
SIZE_LOG_SD = 0.8
SMALLEST_SCHOOL = 16
EFFECT = -0.15
SCHOOL_EFFECT_SD = 0.2
SECTION_SHOCK_SD = 0.2
BOOTSTRAP_DRAWS = 999
NOMINAL = 95.0
# 95 plus or minus three Monte Carlo standard errors (.49 points at 2,000 studies).
ACCEPTED = (93.5, 96.5)
METHODS = (
    ("CR2", "**CR2 by school, Satterthwaite degrees of freedom**", True),
    ("wild bootstrap", "**wild cluster bootstrap by school, restricted**", True),
    ("CR1, t", "CR1 by school, t with G-1 degrees of freedom", False),
    ("CR1, normal", "CR1 by school, normal quantiles", False),
    ("CR1 by section", "CR1 by class section under block effects, t", False),
    ("HC2", "HC2, students as independent", False),
    ("classical", "classical, students as independent and alike", False),
)


@dataclass(frozen=True)
class Lottery:
    """One simulated study; all arrays (n,)."""

    outcome: Floats
    arm: Floats
    school: Integers
    block: Integers
    section: Integers


def simulate(schools: int, random: np.random.Generator) -> Lottery:
    """A lottery: sizes, arms, and outcomes with effects that differ by school and a shock for each section."""
    relative = np.exp(SIZE_LOG_SD * random.standard_normal(schools))
    sizes = np.maximum(SMALLEST_SCHOOL, np.rint(STUDENTS_PER_SCHOOL * schools * relative / relative.sum()))
    school = np.repeat(np.arange(schools), sizes.astype(np.int64))
    place = np.arange(len(school)) - np.repeat(np.cumsum(sizes) - sizes, sizes.astype(np.int64)).astype(np.int64)
    block = 2 * school + place % 2
    # A random half of each block wins.
    order = np.lexsort([random.random(len(block)), block])
    starts = np.flatnonzero(np.diff(block[order], prepend=-1))
    rank = np.arange(len(block)) - np.repeat(starts, np.diff(starts, append=len(block)))
    arm = np.empty(len(block))
    arm[order] = (rank % 2).astype(np.float64)
    section = 2 * block + arm.astype(np.int64)
    effects = EFFECT + SCHOOL_EFFECT_SD * random.standard_normal(schools)
    outcome = random.standard_normal(2 * schools)[block] + effects[school] * arm
    outcome += SECTION_SHOCK_SD * random.standard_normal(4 * schools)[section] + random.standard_normal(len(block))
    return Lottery(outcome, arm, school, block, section)


def study(schools: int, number: int) -> list[bool]:
    """Whether each method's interval holds the truth in study ``number``; the order is that of METHODS."""
    lottery = simulate(schools, np.random.default_rng([schools, number]))
    fit = fit_ols(lottery.outcome, lottery.arm, cluster=lottery.school, absorb=lottery.block)
    wild = wild_cluster(fit, "x0", null=EFFECT, draws=BOOTSTRAP_DRAWS, seed=number)
    # The other standard errors are of the same regression: it is not solved anew.
    section = np.unique(lottery.section[fit.data.positions], return_inverse=True)[1]
    cr1 = variance(fit.solution, "CR1")
    found = {
        "CR2": bool(fit.ci_low[0] <= EFFECT <= fit.ci_high[0]),
        "wild bootstrap": wild.ci_low <= EFFECT <= wild.ci_high,
        "CR1, t": covers(fit, cr1),
        "CR1, normal": covers(fit, replace(cr1, df=np.array([np.inf]))),
        "CR1 by section": covers(fit, variance(replace(fit.solution, clusters=(section,)), "CR1")),
        "HC2": covers(fit, variance(fit.solution, "HC2")),
        "classical": covers(fit, variance(fit.solution, "classical")),
    }
    return [found[name] for name, _, _ in METHODS]


def covers(fit: LinearFit, spread: Variance) -> bool:
    """Whether the interval of the first term with this variance holds the truth; infinite df: normal quantiles."""
    df = float(spread.df[0])
    quantile = float(stdtrit(df, 0.975)) if np.isfinite(df) else float(ndtri(0.975))
    return bool(abs(fit.estimate[0] - EFFECT) <= quantile * np.sqrt(spread.matrix[0, 0]))


def coverage(schools: int, studies: int, pool: ProcessPoolExecutor) -> Floats:
    """Percent of studies in which each method's interval holds the truth."""
    found = list(pool.map(partial(study, schools), range(studies), chunksize=50))
    return np.asarray(100 * np.array(found).mean(axis=0))


def table(shares: Floats, studies: int) -> str:
    """The page: what was simulated, and coverage by method and number of schools."""
    error = 100 * np.sqrt(0.95 * 0.05 / studies)
    head = "| 95% interval | " + " | ".join(f"{count} schools" for count in SCHOOLS) + " |"
    lines = [head, "|---|" + "---:|" * len(SCHOOLS)]
    for (_, words, _), row in zip(METHODS, shares, strict=True):
        lines.append(f"| {words} | " + " | ".join(f"{share:.1f}" for share in row) + " |")
    return "\n".join(
        [
            "# Coverage of the intervals",
            "",
            f"Share (%) of {studies:,} simulated lotteries whose nominal 95% interval holds the true mean effect.",
            f"Monte Carlo error {error:.2f} points; accepted {ACCEPTED[0]} to {ACCEPTED[1]}.",
            "Made by `make calibration-coverage`, which fails where a method in bold lies outside.",
            "",
            *lines,
            "",
            "![Coverage by method and number of schools](coverage.png)",
            "",
            f"Each study: a lottery in 24, 10 or 6 schools with {STUDENTS_PER_SCHOOL} students on average, sizes",
            f"uneven (SD of the logarithm {SIZE_LOG_SD}), two cohorts a school as lottery blocks, one class section",
            f"for each arm of a block; the effect differs between schools (mean {EFFECT}, SD {SCHOOL_EFFECT_SD}),",
            f"each section has a shock (SD {SECTION_SHOCK_SD}), students vary with SD 1. The model has block fixed",
            f"effects. The bootstrap takes {BOOTSTRAP_DRAWS} draws, all 1,024 patterns of signs at 10 schools, Webb's",
            "weights at 6.",
            "",
            "What students share in a school (its effect, its sections) is no chance of single students: standard",
            "errors that take students or sections as independent are too small. CR1 is right for many schools, too",
            "small for few.",
            "",
        ]
    )


def picture(shares: Floats) -> bytes:
    """Coverage by method, a mark for each number of schools, with the accepted range shaded."""
    with style.standard_style():
        figure = style.new_figure(3.2)
        axes = figure.subplots()
        places = np.arange(len(METHODS))[::-1]
        axes.axvspan(*ACCEPTED, color="#DDEEDD", zorder=0)
        axes.axvline(NOMINAL, color="#666666", linewidth=0.8)
        for column, count in enumerate(SCHOOLS):
            axes.plot(
                shares[:, column],
                places + 0.2 * (1 - column),
                linestyle="",
                marker=style.MARKERS[column],
                markersize=5,
                color=style.COLOURS[column],
                label=f"{count} schools",
            )
        axes.set_yticks(places, [name for name, _, _ in METHODS])
        axes.set_xlabel("Intervals that hold the truth (%), nominal 95")
        axes.legend(loc="upper left")
        style.light_grid(axes, "x")
        return style.png_bytes(figure)


def main() -> None:
    """Simulate, write the page and the picture, and fail where a method in use is out of the accepted range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--into", type=Path, default=DOCUMENTS)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    with ProcessPoolExecutor(arguments.processes) as pool:
        shares = np.column_stack([coverage(count, arguments.studies, pool) for count in SCHOOLS])
    (arguments.into / "coverage.md").write_text(table(shares, arguments.studies), encoding="utf-8")
    (arguments.into / "coverage.png").write_bytes(picture(shares))
    for (name, _, _), row in zip(METHODS, shares, strict=True):
        print(f"{name:16}", *(f"{share:6.1f}" for share in row))
    print(f"{time.perf_counter() - begun:.0f} seconds")
    held = shares[[used for _, _, used in METHODS]]
    if not ((held >= ACCEPTED[0]) & (held <= ACCEPTED[1])).all():
        raise SystemExit("A method in use covers less or more than accepted.")


if __name__ == "__main__":
    main()
