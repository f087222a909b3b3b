"""Print the calibration of a simulated study: `published | planted | simulated | estimated`, one line a figure."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from recredit.configuration import load_study, read_yaml
from recredit.doorway import say
from recredit.errors import RecreditError
from simulator.figures import figures_of, joint_statistic
from simulator.reading import SettingsError, read_settings
from simulator.report import calibration_lines
from simulator.truth import write_district

REPOSITORY = Path(__file__).resolve().parents[3]


def read_truth(study: Any) -> dict[str, Any]:
    """The truth of the study's vault; where the study was not run, that of a district simulated for it."""
    path = study.root("identified") / "simulate" / "truth.json"
    if path.is_file():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    settings = read_settings(read_yaml(study.folder / study.settings["simulate"]["district"]))
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_district(settings, study.settings["seed"], folder / "raw", folder / "truth.json", folder / "students.csv")
        made: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return made


def main() -> int:
    """Print the table; 0 if all is well, 1 with a message if not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", default="demo")
    try:
        study = load_study(REPOSITORY, {"study": parser.parse_args().study})
        truth = read_truth(study)
    except (RecreditError, SettingsError) as error:
        say(str(error))
        return 1
    folder = study.root("coded") / "estimate"
    names = [
        name
        for name in ("differences", "associations", "associations_district", "impacts", "achievement")
        if (folder / f"{name}.parquet").is_file()
    ]
    estimates = {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in names}
    for line in calibration_lines(truth, figures_of(truth), joint_statistic(truth), estimates):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
