"""The battery: whole runs on changed files, and what they show, as figures."""

import random
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recredit.disclosure.linked.neighbour import neighbour_recovery_share
from recredit.errors import RecreditError
from recredit.privacy.canaries import CANARIES, hits, plant, shuffle_rows
from recredit.privacy.code_relations import ERROR_RATE, code_relations, related
from recredit.privacy.laboratory import (
    Copy,
    different_files,
    hand_over,
    make_copy,
    open_to_others,
    sabotage,
    watched_folders,
)
from recredit.privacy.violations import stopped_violations

# So many rows of the small demo are spoilt on purpose that the usual limit would stop the run.
MANY_BAD_ROWS = {"quarantine_limit": 0.5}
UMASKS = (0o000, 0o022, 0o077)
# Only the gate's own report, and the manifest that lists it, say whether the roster was searched for.
SAYS_WHERE_IT_BEGAN = ("audit/gate.json", "audit/manifest.json")


class BatteryError(RecreditError):
    """A run of the battery that did not end as it should."""


@dataclass(frozen=True)
class Battery:
    """Where the battery works.

    Attributes
    ----------
    checkout : the checkout whose code is tried.
    raw : raw files of the small demo.
    folder : an empty folder for copies.
    """

    checkout: Path
    raw: Path
    folder: Path

    def copy(self, name: str, settings: Mapping[str, object] | None = None, *, raw: bool = True) -> Copy:
        """A copy of the checkout that reads the raw files, with `settings` changed in study.yaml."""
        return make_copy(self.checkout, self.raw if raw else None, self.folder / name, settings)


def _run(copy: Copy, *words: str, umask: int = 0o022) -> None:
    done = copy.run(*words, umask=umask)
    if done.returncode:
        raise BatteryError(f"A run in {copy.folder} stopped:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def first_run(battery: Battery) -> Copy:
    """The run that the others are held against."""
    copy = battery.copy("first")
    _run(copy)
    return copy


def canary_figures(battery: Battery) -> dict[str, Any]:
    """Plant canaries, let a run fail with the roster in its exception, then let it end; look everywhere after each."""
    copy = battery.copy("canaries", MANY_BAD_ROWS)
    planted = plant(copy.raw)
    in_cells = {canary for canary in planted if canary.file}
    found_where_put = {kind for kind, _ in hits([copy.raw], in_cells)}
    script = sabotage(copy)
    failed = copy.run()
    if not failed.returncode:
        raise BatteryError("The run that was to fail did not.")
    on_screen = _hits_in_text(failed.stdout + failed.stderr)
    after_failure = hits(watched_folders(copy), CANARIES)
    shutil.copy(battery.checkout / script.relative_to(copy.folder), script)
    _run(copy)
    return {
        "planted": len(planted),
        "found_where_planted": len(found_where_put),
        "planted_in_files": len(in_cells),
        "hits_after_failure": len(after_failure) + on_screen,
        "hits_after_success": len(hits(watched_folders(copy), CANARIES)),
        "where": sorted({path for _, path in after_failure}),
    }


def _hits_in_text(text: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "screen.txt").write_text(text, encoding="utf-8")
        return len(hits([Path(folder)], CANARIES))


def shuffle_figures(battery: Battery, first: Copy) -> dict[str, Any]:
    """Three orders of the rows of every raw file, each with a new crosswalk and another umask."""
    differing, opened, shared = [], [], 0
    for number, umask in enumerate(UMASKS):
        copy = battery.copy(f"shuffled_{number}")
        shuffle_rows(copy.raw, random.Random(number).shuffle)
        _run(copy, umask=umask)
        differing.append(different_files(first.results, copy.results))
        opened.append(open_to_others(copy.vault))
        shared += len(set(student_codes(copy)) & set(student_codes(first)))
    return {
        "shuffles": len(UMASKS),
        "differing_files": sum(map(len, differing)),
        "files": len([path for path in first.results.rglob("*") if path.is_file()]),
        "open_to_others": sum(map(len, opened)),
        "codes_shared": shared,
    }


def evaluator_figures(battery: Battery, district: Copy) -> dict[str, Any]:
    """The evaluator's run, with the coded zone alone."""
    evaluator = battery.copy("evaluator", raw=False)
    hand_over(district, evaluator)
    _run(evaluator, "--from", "deidentified")
    differing = different_files(district.results, evaluator.results)
    return {
        "identified_zone": (evaluator.vault / "identified").exists(),
        "crosswalk": (evaluator.vault / "state" / "crosswalk.parquet").exists(),
        "differing_files": [name for name in differing if name not in SAYS_WHERE_IT_BEGAN],
        "differing_by_design": [name for name in differing if name in SAYS_WHERE_IT_BEGAN],
    }


def student_codes(copy: Copy) -> list[str]:
    """The study codes of the students of a run."""
    import pyarrow.parquet as pq

    codes: list[str] = pq.read_table(copy.vault / "coded" / "deidentify" / "students.parquet")["student_id"].to_pylist()
    return codes


def crosswalk_figures(folder: Path, students: int = 10_000) -> dict[str, Any]:
    """Codes of invented students against their identifiers, places, names and birth dates."""
    from recredit.deidentify.crosswalk import extend_crosswalk, read_crosswalk

    chance = random.Random(4)
    identifiers = [str(one) for one in chance.sample(range(10**6, 10**7), students)]
    known = {
        "identifier": identifiers,
        "place in the roster": [f"{place:05}" for place in range(students)],
        "name": ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in identifiers],
        "birth date": [f"{chance.randint(1999, 2005)}-{chance.randint(101, 1228)}" for _ in identifiers],
    }
    extend_crosswalk(folder / "crosswalk.parquet", {"student": identifiers})
    table = read_crosswalk(folder / "crosswalk.parquet")
    by_identifier = dict(zip(table["identifier"].to_pylist(), table["code"].to_pylist(), strict=True))
    tests = code_relations([by_identifier[one] for one in identifiers], known)
    return {
        "students": students,
        "tests": len(tests),
        "failed": related(tests),
        "smallest_p": min(tests.values()),
        "error_rate": ERROR_RATE,
    }


def neighbour_figures(groups: int = 400, students: int = 50) -> dict[str, Any]:
    """How often the score of one of `students` is told by two published means, over scales of very different size."""
    generator = np.random.default_rng(20260101)
    scales = 10.0 ** generator.uniform(-1, 2, groups)
    shares = [neighbour_recovery_share(generator.normal(50, scale, students)) for scale in scales]
    exact = [
        neighbour_recovery_share(generator.normal(50, 20, students), lambda scores: round(float(scores.mean()), 1))
        for _ in range(40)
    ]
    return {
        "groups": groups,
        "students": students,
        "share": float(np.mean(shares)),
        "share_with_one_decimal": float(np.mean(exact)),
    }


def violation_figures(folder: Path) -> dict[str, Any]:
    """Which of the planted violations were stopped."""
    found = stopped_violations(folder)
    stopped = [planted for planted, message in found.items() if message is not None]
    return {"planted": len(found), "stopped": len(stopped), "which": list(found)}
