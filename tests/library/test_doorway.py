"""The doorway: the whole exception in the log, and no value of a record on the screen."""

import subprocess
import sys
import textwrap
from pathlib import Path


def run(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    program = f"""
from recredit.doorway import doorway
from recredit.errors import InputError
with doorway({str(tmp_path / "logs" / "rule.log")!r}) as log:
{textwrap.indent(textwrap.dedent(body), "    ")}
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_an_unexpected_error_shows_no_value(tmp_path: Path) -> None:
    done = run(tmp_path, "import pandas as pd\npd.Series(['Maria Garcia']).astype(float)")
    assert done.returncode == 1
    assert "Maria Garcia" not in done.stdout + done.stderr
    assert "recredit: unexpected ValueError" in done.stderr
    assert "Maria Garcia" in (tmp_path / "logs" / "rule.log").read_text()


def test_an_error_for_the_user_is_shown(tmp_path: Path) -> None:
    done = run(tmp_path, "raise InputError('log.csv, row 3: no date. Correct the row.')")
    assert done.returncode == 1
    assert "recredit: log.csv, row 3: no date. Correct the row." in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in (tmp_path / "logs" / "rule.log").read_text()


def test_warnings_go_to_the_log(tmp_path: Path) -> None:
    done = run(tmp_path, "import warnings\nwarnings.warn('student 4711')")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "student 4711" in (tmp_path / "logs" / "rule.log").read_text()


def test_a_log_starts_anew(tmp_path: Path) -> None:
    run(tmp_path, "log.info('first')")
    run(tmp_path, "log.info('second')")
    text = (tmp_path / "logs" / "rule.log").read_text()
    assert "second" in text and "first" not in text
