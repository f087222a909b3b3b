"""Measure how students are protected and write docs/privacy.md: `make privacy-report` calls this (ten minutes)."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recredit.configuration import load_study
from recredit.disclosure.linked.losses import MINIMA, suppression_shares
from recredit.disclosure.surroundings import read_release
from recredit.errors import RecreditError
from recredit.privacy.battery import (
    Battery,
    canary_figures,
    crosswalk_figures,
    evaluator_figures,
    first_run,
    neighbour_figures,
    shuffle_figures,
    violation_figures,
)
from recredit.privacy.laboratory import STUDY, snapshot
from recredit.privacy.page import privacy_page
from recredit.privacy.power import power_figures

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = REPOSITORY / "docs" / "privacy.md"
TEMPLATE = REPOSITORY / "workflow" / "report" / "privacy.md.j2"


def attacks(studies: Sequence[str]) -> dict[str, Any]:
    """What the attacker found on each study, from the certificate of its release; studies without one are left out."""
    found = {}
    for study in studies:
        path = load_study(REPOSITORY, {"study": study}).root("results") / "audit" / "certificate.json"
        if path.is_file():
            linked = json.loads(path.read_text(encoding="utf-8")).get("linked_tables")
            if linked is not None:
                found[study] = linked["systems"]
    return found


def losses(name: str) -> dict[str, Any] | None:
    """The share of non-zero figures that a reader of a study loses, by table and minimum group; None without a run."""
    study = load_study(REPOSITORY, {"study": name})
    exact, known = study.root("coded") / "estimate", study.root("coded") / "deidentify" / "known"
    if not exact.is_dir():
        return None
    release = read_release(
        sorted(exact.glob("*.parquet")),
        sorted(exact.glob("bases/**/*.parquet")),
        study.settings["disclosure"],
        {path.stem: path for path in known.glob("*.csv")},
        study.root("state") / "registry",
    )
    shares = suppression_shares(release.tables, release.around, MINIMA)
    known_shares = shares[shares["share_lost"].notna()]
    tables = {
        str(table): dict(zip(part["minimum_group"], part["share_lost"], strict=True))
        for table, part in known_shares.groupby("table", sort=False)
        if len(part) == len(MINIMA)
    }
    return {"minima": list(MINIMA), "tables": tables}


def measure(raw: Path, studies: Sequence[str]) -> dict[str, Any]:
    """All figures of the page; whole runs are made in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="recredit-privacy-") as name:
        folder = Path(name)
        battery = Battery(snapshot(REPOSITORY, folder / "checkout"), raw, folder)
        say("planted violations, study codes, means of neighbours, the attacker's power")
        found: dict[str, Any] = {"violations": violation_figures(folder), "crosswalk": crosswalk_figures(folder)}
        found |= {"neighbour": neighbour_figures(), "power": power_figures()}
        say("what the attacker found, and what a reader loses")
        found["attacker"] = attacks(studies)
        lost = losses(studies[0])
        found |= {} if lost is None else {"losses": lost}
        say("a run that fails and a run that succeeds with canaries in the files")
        found["canaries"] = canary_figures(battery)
        say("the run to compare with, and the evaluators' run")
        first = first_run(battery)
        found["evaluator"] = evaluator_figures(battery, first)
        say("three runs with shuffled rows")
        found["shuffles"] = shuffle_figures(battery, first)
        shutil.rmtree(first.folder)
    return found


def say(words: str) -> None:
    """Show what is measured now."""
    print(f"measuring: {words}", flush=True)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make privacy-report", description="Measure, and write docs/privacy.md.")
    parser.add_argument("studies", nargs="*", default=["demo", STUDY], help="studies whose certificates are shown")
    options = parser.parse_args(argv)
    try:
        raw = load_study(REPOSITORY, {"study": STUDY}).raw_folder
        if not raw.is_dir():
            print(f"The raw files of {STUDY} are needed: run `make study STUDY={STUDY}` first.", file=sys.stderr)
            return 2
        template = TEMPLATE.read_text(encoding="utf-8")
        PAGE.write_text(privacy_page(template, measure(raw, options.studies)), encoding="utf-8")
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
