"""A simulated study with a click stream beside its sessions: `benchmarks/demo.py` measures one, a test runs one."""

from pathlib import Path
from typing import Any

import yaml

SOURCE = {
    "files": "vendor/events/*.csv",
    "columns": ["Student ID", "Course", "Session", "At", "Event", "Object"],
}


def write_study(simulated: Path, folder: Path, per_course: float, **more: Any) -> None:
    """Write the study ``simulated`` with one source, one table and one list of kinds more into the new ``folder``.

    ``per_course`` is the mean number of clicks of an enrollment; ``more`` are further keys of study.yaml.
    """
    folder.mkdir()
    for path in simulated.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    settings: dict[str, Any] = yaml.safe_load((simulated / "study.yaml").read_text(encoding="utf-8"))
    settings["raw"]["sources"]["clicks"] = SOURCE
    settings["tables"]["events"] = {"adapter": "vendor_sessions/events.sql", "rows_from": ["clicks"]}
    settings.setdefault("measures", {})["completed_kinds"] = ["activity_completed"]
    (folder / "study.yaml").write_text(yaml.safe_dump(settings | more), encoding="utf-8")
    district: dict[str, Any] = yaml.safe_load((simulated / "district.yaml").read_text(encoding="utf-8"))
    district["events"] = {"format": "csv", "per_course": per_course}
    (folder / "district.yaml").write_text(yaml.safe_dump(district), encoding="utf-8")
