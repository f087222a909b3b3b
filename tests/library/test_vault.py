"""The vault: private whatever the umask, replaced atomically, one run at a time."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from recredit.errors import VaultError
from recredit.vault import locked, private_folder, replace_atomically


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = private_folder(tmp_path / "vault")
        replace_atomically(folder / "file", b"x")
    finally:
        os.umask(before)
    assert (mode(folder), mode(folder / "file")) == (0o700, 0o600)


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir(mode=0o755)
    assert mode(private_folder(tmp_path / "vault")) == 0o700


def test_a_file_system_without_modes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    (tmp_path / "vault").mkdir(mode=0o755)
    with pytest.raises(VaultError, match=r"keeps no file modes.*roots\.vault"):
        private_folder(tmp_path / "vault")


def test_a_kill_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "state"
    replace_atomically(file, b"old")
    program = f"""
        import os, signal
        from pathlib import Path
        import recredit.vault as vault
        os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
        vault.replace_atomically(Path({str(file)!r}), b"new" * 1000)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.read_bytes() == b"old"


def test_a_second_run_is_refused_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    program = f"""
        import sys, time
        from pathlib import Path
        from recredit.vault import locked
        with locked(Path({str(tmp_path / "state")!r})):
            print("locked", flush=True)
            time.sleep(60)
    """
    other = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "locked\n"
    with pytest.raises(VaultError, match="Another run of this study"), locked(tmp_path / "state"):
        pass
    other.kill()
    other.wait()
    other.stdout.close()
    with locked(tmp_path / "state"):
        pass
