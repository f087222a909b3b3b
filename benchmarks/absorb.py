"""Absorbing three sets of fixed effects, and CR2 for each fit, beside others: a section of docs/performance.md.

Run by `make benchmark`. Every measurement is a process of its own, so that seconds and peak memory are its own. Each
engine first fits a small sample, so that imports and compilation do not count; then the same data, once or more (the
quickest counts), with standard errors clustered by student.
"""

import argparse
import json
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
SECTION = "## Fixed effects and standard errors"
ROWS = {300_000: 5, 3_000_000: 1}  # rows: repetitions
ENGINES = ("recredit", "pyfixest", "linearmodels")
COURSES, YEARS, COURSES_PER_STUDENT = 60, 6, 10
STUDENTS, SCHOOLS, BLOCKS = 1683, 24, 96
TERMS = ["x1", "x2"]


def panel(rows: int, seed: int) -> pd.DataFrame:
    """Student by course by year, in no order: outcome, two terms, three sets of effects."""
    random = np.random.default_rng(seed)
    student = random.integers(0, max(2, rows // COURSES_PER_STUDENT), rows)
    course, year = random.integers(0, COURSES, rows), random.integers(0, YEARS, rows)
    effects = random.standard_normal(student.max() + 1), random.standard_normal(COURSES), random.standard_normal(YEARS)
    x1 = random.standard_normal(rows) + 0.5 * effects[0][student]
    x2 = random.standard_normal(rows) + 0.3 * effects[1][course]
    y = 0.5 * x1 - 0.2 * x2 + effects[0][student] + effects[1][course] + effects[2][year]
    y += random.standard_normal(rows)
    return pd.DataFrame({"y": y, "x1": x1, "x2": x2, "student": student, "course": course, "year": year})


def fit_recredit(data: pd.DataFrame) -> Any:
    """Coefficients of the two terms."""
    from recredit.estimators.linear import fit_ols

    effects = data[["student", "course", "year"]]
    return fit_ols(data["y"], data[TERMS], cluster=data["student"], absorb=effects, vcov="CR1").estimate


def fit_pyfixest(data: pd.DataFrame) -> Any:
    """As :func:`fit_recredit`."""
    import pyfixest

    fit = pyfixest.feols(
        "y ~ x1 + x2 | student + course + year",
        data,
        vcov={"CRV1": "student"},
        ssc=pyfixest.ssc(k_fixef="full"),
    )
    return fit.coef().to_numpy()


def fit_linearmodels(data: pd.DataFrame) -> Any:
    """As :func:`fit_recredit`."""
    from linearmodels.iv.absorbing import AbsorbingLS

    effects = data[["student", "course", "year"]].astype("category")
    model = AbsorbingLS(data["y"], data[TERMS], absorb=effects)
    return model.fit(cov_type="clustered", clusters=data["student"]).params.to_numpy()


def measure(engine: str, rows: int, repetitions: int) -> dict[str, Any]:
    """Seconds of the quickest fit, peak memory of the process in MB, coefficients; run in a process of its own."""
    fit: Callable[[pd.DataFrame], Any] = globals()[f"fit_{engine}"]
    fit(panel(5000, 1))
    data = panel(rows, 7)
    seconds = []
    for _ in range(repetitions):
        begun = time.perf_counter()
        coefficients = fit(data)
        seconds.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": min(seconds), "megabytes": peak, "coefficients": [float(one) for one in coefficients]}


def lottery() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, terms, school and block of one study of the usual size."""
    random = np.random.default_rng(3)
    block = random.permutation(np.arange(STUDENTS) % BLOCKS)
    terms = np.column_stack([random.integers(0, 2, STUDENTS), random.standard_normal((STUDENTS, 4))])
    outcome = terms @ np.array([0.1, 0.3, 0.2, 0.1, 0.0]) + random.standard_normal(STUDENTS)
    return outcome, terms, block // (BLOCKS // SCHOOLS), block


def per_fit(name: str) -> dict[str, Any]:
    """Milliseconds a fit, best of five rounds of 20; run in a process of its own."""
    import statsmodels.api as sm

    from recredit.estimators.linear import fit_ols

    y, X, school, block = lottery()
    dummies = np.column_stack([X, block[:, None] == np.arange(BLOCKS)])
    means = np.column_stack([np.bincount(block, weights=one)[block] for one in [y, *X.T]])
    free = np.column_stack([y, X]) - means / np.bincount(block)[block][:, None]
    clustered = {"cov_type": "cluster", "cov_kwds": {"groups": school}}
    fits: dict[str, Callable[[], Any]] = {
        "recredit CR2": lambda: fit_ols(y, X, cluster=school, absorb=block),
        "recredit CR1": lambda: fit_ols(y, X, cluster=school, absorb=block, vcov="CR1"),
        "statsmodels dummies": lambda: sm.OLS(y, dummies).fit(**clustered).bse,
        "statsmodels means": lambda: sm.OLS(free[:, 0], free[:, 1:]).fit(**clustered).bse,
    }
    rounds = []
    for _ in range(6):
        begun = time.perf_counter()
        for _ in range(20):
            fits[name]()
        rounds.append((time.perf_counter() - begun) / 20 * 1000)
    return {"milliseconds": min(rounds)}


def in_a_process(*words: str) -> dict[str, Any]:
    """The result of this program called with ``words``."""
    done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def absorbing(sizes: dict[int, int]) -> tuple[list[str], list[str]]:
    """The table of the engines, and where the targets are missed."""
    lines = ["| rows | engine | seconds | peak memory (MB) |", "|---:|---|---:|---:|"]
    missed = []
    for rows, repetitions in sizes.items():
        found = {engine: in_a_process("--engine", engine, str(rows), str(repetitions)) for engine in ENGINES}
        for engine, one in found.items():
            lines.append(f"| {rows:,} | {engine} | {one['seconds']:.2f} | {one['megabytes']:.0f} |")
            # The others stop at a tolerance of 1e-6 to 1e-8, for the outcome and for each term.
            np.testing.assert_allclose(one["coefficients"], found["recredit"]["coefficients"], rtol=1e-5)
        ours, others = found["recredit"], [found[engine] for engine in ENGINES[1:]]
        if ours["seconds"] > 1.5 * others[0]["seconds"] or ours["seconds"] > others[1]["seconds"]:
            missed.append(f"{rows:,} rows: too slow")
        if ours["megabytes"] >= min(one["megabytes"] for one in others):
            missed.append(f"{rows:,} rows: too much memory")
    return lines, missed


def page_section(lines: list[str]) -> str:
    """The section as Markdown."""
    names = ["recredit CR2", "recredit CR1", "statsmodels dummies", "statsmodels means"]
    words = [
        "recredit, CR2 with Satterthwaite df, blocks absorbed",
        "recredit, CR1, blocks absorbed",
        f"statsmodels, clustered, {BLOCKS} dummies",
        "statsmodels, clustered, block means taken off beforehand (not timed)",
    ]
    times = [in_a_process("--per-fit", name)["milliseconds"] for name in names]
    per = [f"| {word} | {time_:.1f} |" for word, time_ in zip(words, times, strict=True)]
    versions = ", ".join(f"{name} {_version(name)}" for name in ("pyfixest", "linearmodels", "statsmodels"))
    return "\n".join(
        [
            SECTION,
            "",
            f"Made by `benchmarks/absorb.py` ({platform.machine()}, Python {platform.python_version()}, {versions}).",
            "Two terms; student, course and year effects; rows in no order; errors clustered by student. recredit",
            "stops at 1e-12 of a column's size, the others at their defaults (pyfixest 1e-6).",
            "",
            *lines,
            "",
            f"One study of the usual size ({STUDENTS:,} students, {SCHOOLS} schools, {BLOCKS} blocks, 5 terms):",
            "",
            "| fit | milliseconds |",
            "|---|---:|",
            *per,
            "",
        ]
    )


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


def write_section(text: str, page: Path) -> None:
    """Put the section in place of the one that is there, or at the end."""
    old = page.read_text(encoding="utf-8") if page.exists() else "# Performance\n"
    others = [part for part in re.split(r"(?m)^(?=## )", old) if not part.startswith(SECTION + "\n")]
    page.write_text("\n\n".join(part.strip() for part in [*others, text]) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, write the section, and fail where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", nargs=3, metavar=("NAME", "ROWS", "REPETITIONS"))
    parser.add_argument("--per-fit")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--small", action="store_true", help="only the smaller number of rows; writes nothing")
    arguments = parser.parse_args()
    if arguments.engine:
        name, rows, repetitions = arguments.engine
        print(json.dumps(measure(name, int(rows), int(repetitions))))
        return
    if arguments.per_fit:
        print(json.dumps(per_fit(arguments.per_fit)))
        return
    lines, missed = absorbing(dict(list(ROWS.items())[:1]) if arguments.small else ROWS)
    text = page_section(lines)
    print(text)
    if not arguments.small:
        write_section(text, arguments.page)
    if missed:
        raise SystemExit("; ".join(missed))


if __name__ == "__main__":
    main()
