"""The closed zone: a process that has closed it cannot read it by any library or child, and the rules keep to it."""

import ctypes
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nbclient import NotebookClient

from recredit.zones import CLOSED_PATHS, CREATE_RULESET, KERNEL, naming_rules

READERS = {
    "open": "open(path, 'rb').read(1)",
    "path": "pathlib.Path(path).read_bytes()",
    "link": "open(link, 'rb').read(1)",
    "arrow": "pq.read_table(path)",
    "pandas": "pd.read_parquet(path)",
    "duckdb": "duckdb.connect().execute(f\"FROM read_parquet('{path}')\").fetchall()",
    "duckdb_glob": "duckdb.connect().execute(f\"FROM read_parquet('{folder}/*.parquet')\").fetchall()",
    "child": "subprocess.run(['cat', path], check=True, capture_output=True)",
    "listing": "os.listdir(folder)",
}


@pytest.fixture
def kernel() -> None:
    """Skip where the kernel cannot close a folder: there Python's own readers alone are held to it."""
    version = ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, 1) if sys.platform.startswith("linux") else -1
    if version < 1:
        pytest.skip("this kernel has no Landlock (Linux 5.13 or newer, switched on)")


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    """A vault with one table in each zone, and a link in the coded zone that leads back."""
    for name in ("identified", "coded"):
        (tmp_path / name).mkdir()
        pq.write_table(pa.table({"student": ["Ada"]}), tmp_path / name / "students.parquet")
        pq.write_table(pa.table({"student": ["Grace"]}), tmp_path / name / "other.parquet")
    (tmp_path / "coded" / "link").symlink_to(tmp_path / "identified" / "students.parquet")
    return tmp_path


def attempts(zone: Path, folder: str, log: str, may_read: list[str] | None = None) -> dict[str, str]:
    """What each reader gets of `folder` inside the doorway of a rule with `log`, or the type of its error."""
    program = f"""
        import json, os, pathlib, subprocess, sys
        import duckdb, pandas as pd, pyarrow.parquet as pq
        from recredit.doorway import doorway
        zone, folder = {str(zone)!r}, {str(zone / folder)!r}
        path, link = folder + "/students.parquet", zone + "/coded/link"
        found = {{}}
        with doorway(zone + "/" + {log!r}, may_read={may_read or []!r}):
            for name, code in {READERS!r}.items():
                try:
                    eval(code)
                    found[name] = "read"
                except Exception as error:
                    found[name] = type(error).__name__
        print(json.dumps(found))
    """
    closed = {**os.environ, CLOSED_PATHS: str(zone / "identified")}
    words = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(words, capture_output=True, text=True, env=closed, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.usefixtures("kernel")
def test_a_coded_rule_cannot_read_the_identified_zone_by_any_reader(zone: Path) -> None:
    found = attempts(zone, "identified", "coded/logs/estimate/rule.log")
    assert "read" not in found.values(), found
    assert found["open"] == found["listing"] == "VaultError"
    assert KERNEL in (zone / "coded/logs/estimate/rule.log").read_text()


def test_it_reads_its_own_zone(zone: Path) -> None:
    found = attempts(zone, "coded", "coded/logs/estimate/rule.log")
    assert found.pop("link") != "read"
    assert set(found.values()) == {"read"}


def test_a_rule_of_the_identified_zone_reads_it(zone: Path) -> None:
    found = attempts(zone, "identified", "identified/logs/intake/rule.log")
    assert set(found.values()) == {"read"}


@pytest.mark.usefixtures("kernel")
def test_the_gate_reads_the_files_it_names_and_no_others(zone: Path) -> None:
    named = [str(zone / "identified" / "students.parquet")]
    found = attempts(zone, "identified", "coded/logs/publish/check_files.log", named)
    assert {found[name] for name in ("open", "path", "arrow", "pandas", "duckdb", "child")} == {"read"}
    # The pattern names the other table too, which is not excepted.
    assert found["duckdb_glob"] != "read"


@pytest.mark.usefixtures("kernel")
def test_a_notebook_kernel_closes_the_zone_before_its_first_cell(
    zone: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    launcher = (repository / "workflow" / "scripts" / "commands" / "run_study.py").read_text()
    startup = eval(launcher.split("KERNEL_STARTUP = ")[1].splitlines()[0])
    place = zone / "jupyter" / "profile_default" / "startup"
    place.mkdir(parents=True)
    (place / "first.py").write_text(startup)
    monkeypatch.setenv("IPYTHONDIR", str(zone / "jupyter"))
    monkeypatch.setenv(CLOSED_PATHS, str(zone / "identified"))
    source = "import pyarrow.parquet as pq\npq.read_table({!r})"
    cells = [nbformat.v4.new_code_cell(source.format(str(zone / name / "students.parquet"))) for name in READ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    kinds = [[output["output_type"] for output in cell["outputs"]] for cell in notebook["cells"]]
    assert kinds == [["execute_result"], ["error"]]
    assert notebook["cells"][1]["outputs"][0]["ename"] == "PermissionError"


READ = ("coded", "identified")


def test_rules_that_name_a_closed_path_are_found_in_inputs_and_nested_parameters(tmp_path: Path) -> None:
    named = {
        "relative": ["coded/x.parquet", "identified/intake/students.parquet"],
        "nested": [{"places": [["roster", 1, str(tmp_path / "identified" / "raw" / "users.csv")]]}],
        "around": ["coded/../identified/intake"],
        "innocent": ["coded/identified.parquet", "identified_zone/x", 12, None, {"a": "identified"[:5]}],
        "function": [lambda _: "identified/x"],
    }
    assert naming_rules(named, [tmp_path / "identified"], tmp_path) == {"relative", "nested", "around"}


SNEAKY = [
    ("cohort", "build_cohort", 'identified("intake/students.parquet")'),
    ("measure", "measure_bucket", 'state("crosswalk.parquet")'),
    ("estimate", "describe_cohort", 'results("tables/x.csv")'),
]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "rule", "call"), SNEAKY)
def test_a_rule_that_names_a_path_of_another_zone_stops_every_run(
    make_checkout, file: str, rule: str, call: str
) -> None:
    checkout = make_checkout("sneaky")
    rules = checkout.folder / "workflow" / "rules" / f"{file}.smk"
    rules.write_text(rules.read_text().replace("params:", f"params:\n        sneaky={call},", 1))
    done = checkout.run("--study", "demo_small")
    assert done.returncode == 1
    assert f"These rules name a path that their stage may not touch: {rule}. Mend the rule." in done.stdout
    assert not checkout.results("demo_small").exists()
