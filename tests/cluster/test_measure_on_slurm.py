"""The measure stage on a real SLURM cluster that loses a node in the middle ends with the bytes of the local run."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import small_cluster
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
LAUNCHER = REPOSITORY / "workflow" / "scripts" / "commands" / "run_study.py"
BUCKETS = 6


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small demo in a folder of its own, with more buckets and one core a job, vault and results beside it."""
    folder = tmp_path / "cluster_demo"
    shutil.copytree(REPOSITORY / "config" / "studies" / "demo_small", folder)
    settings = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    settings["buckets"] = BUCKETS
    settings["roots"] = {"vault": str(tmp_path / "vault"), "results": str(tmp_path / "results")}
    settings["resources"] = {"cores": 1, "memory_gb": 1}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return folder


def launch(study: Path, *words: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(LAUNCHER), "--study", str(study), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


def finished(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0, output
    return output


def sums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_lost_node_changes_no_byte(tmp_path: Path, study: Path) -> None:
    missing = small_cluster.missing_programs()
    assert not missing, f"`make test-cluster` installs {', '.join(missing)}"
    finished(launch(study))
    measure, results = tmp_path / "vault" / "cluster_demo" / "coded" / "measure", tmp_path / "results" / "cluster_demo"
    local, published = sums(measure), sums(results)
    assert sum(name.count("/") == 0 and name[:4].isdigit() for name in local) == BUCKETS
    # From here on everything is made again; deidentify stays, since another crosswalk gives other codes.
    for stage in ("measure", "estimate", "release", "report", "publish"):
        shutil.rmtree(measure.parent / stage)
    folder = tmp_path / "cluster"
    folder.mkdir()
    with small_cluster.running_cluster(folder) as cluster:
        process = launch(
            study,
            "--profile",
            str(REPOSITORY / "profiles" / "slurm"),
            environment={**os.environ, **cluster.environment},
        )
        while not cluster.running_on("node2"):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.2)
        assert cluster.lose("node2") > 1, "the node was lost with a job on it"
        output = finished(process)
        cluster.wait_for("node2", ("down",))
        jobs = cluster.ask("squeue", "--states=all", "--noheader", "--format=%i %T %B").splitlines()
    assert len(jobs) >= BUCKETS, output
    assert sums(measure) == local
    assert sums(results) == published
