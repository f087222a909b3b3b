"""A whole study that has a click stream beside the vendor's sessions: both definitions of idle time, to the briefs."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

pytestmark = pytest.mark.slow
STUDY = "clicks"
COMPLETED = "activity_completed"


@pytest.fixture(scope="module")
def clicks(make_checkout: Callable[[str], Any]) -> Any:
    """The small demo with clicks: its own files, one source, one table and one list of kinds more."""
    checkout = make_checkout("clicks")
    small, folder = (checkout.folder / "config" / "studies" / name for name in ("demo_small", STUDY))
    folder.mkdir()
    for path in small.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    settings = yaml.safe_load((small / "study.yaml").read_text(encoding="utf-8"))
    settings["raw"]["sources"]["clicks"] = {
        "files": "vendor/events/*.csv",
        "columns": ["Student ID", "Course", "Session", "At", "Event", "Object"],
    }
    settings["tables"]["events"] = {"adapter": "vendor_sessions/events.sql", "rows_from": ["clicks"]}
    settings["measures"] = {"completed_kinds": [COMPLETED]}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    district = yaml.safe_load((small / "district.yaml").read_text(encoding="utf-8"))
    district["events"] = {"format": "csv", "per_course": 60.0}
    (folder / "district.yaml").write_text(yaml.safe_dump(district), encoding="utf-8")
    done = checkout.run("--study", STUDY)
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


def query(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


def test_every_click_is_in_a_session(clicks: Any) -> None:
    vault: Path = clicks.vault(STUDY)
    events = vault / "identified" / "intake" / "events.parquet"
    coded = vault / "coded" / "deidentify" / "click_sessions"
    ((kept,),) = query(f"SELECT count(*) FROM '{events}'")
    assert kept > 10_000
    # Each click lies in a session of its class, the evenings of a term's last day among them: none is set aside.
    ledger = json.loads((events.parent / "ledger.json").read_text(encoding="utf-8"))
    clicked = [entry for entry in ledger if entry["table"] == "events"]
    assert sum(entry["read"] - entry["merged"] for entry in clicked) == kept
    assert query(f"SELECT sum(clicks) FROM '{coded}/*.parquet'") == [(kept,)]
    (columns,) = zip(*query(f"SELECT column_name FROM (DESCRIBE FROM '{coded}/*.parquet')"), strict=True)
    assert not {"at", "instant", "began", "session_id", "object"} & set(columns)


def test_both_definitions_stand_side_by_side(clicks: Any) -> None:
    """Idle time by the vendor and by the pauses between clicks are measures of the same online enrollments."""
    measured = clicks.vault(STUDY) / "coded" / "measure" / "online.parquet"
    ((both, agreement, by_clicks, by_vendor),) = query(
        "SELECT count(*), corr(active_hours + idle_hours, clicked), sum(clicked), sum(active_hours + idle_hours) "
        "FROM (SELECT *, active_hours_from_clicks + idle_hours_from_clicks AS clicked "
        f"FROM '{measured}') WHERE idle_share IS NOT NULL AND idle_share_from_clicks IS NOT NULL"
    )
    assert both > 50
    # The simulated clicks lie inside the vendor's sessions: no time is added, and only their edges are lost.
    assert 0.8 * by_vendor < by_clicks < by_vendor
    assert agreement > 0.9


def test_the_results_are_published_and_say_how_idle_time_is_counted(clicks: Any) -> None:
    results: Path = clicks.results(STUDY)
    assert (results / "briefs" / "overview.html").is_file()
    assert (results / "audit" / "manifest.json").is_file()
    with (results / "tables" / "idle_thresholds.csv").open(encoding="utf-8", newline="") as file:
        shown = {row["threshold"]: row["idle_share_mean"] for row in csv.DictReader(file)}
    assert list(shown) == ["2 minutes", "5 minutes", "10 minutes", "30 minutes"]
    # The longer a pause has to be, the less of the time is idle; a mean of nothing at all is not shown.
    shares = [float(share) for share in shown.values() if share != "†"]
    assert len(shares) >= 3
    assert shares == sorted(shares, reverse=True)
    assert "clicks" in (results / "tables" / "idle_agreement.csv").read_text(encoding="utf-8")
