"""Private folders and files: 0700 and 0600 whatever the umask, replaced atomically, locked against a second run."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recredit.errors import VaultError

PRIVATE_UMASK = 0o077


def private_folder(path: Path) -> Path:
    """Make ``path`` (and its parents) a folder that only its owner may enter, and check that it is one.

    Raises
    ------
    VaultError where the file system keeps no modes: a vault there would be open to every user of the machine.
    """
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if stat.S_IMODE(path.stat().st_mode) != 0o700:
        raise VaultError(
            f"The vault {path} lies on a file system that keeps no file modes, so others could read it. Put the "
            "vault on a file system with modes (ext4, xfs, APFS; inside WSL2, not under /mnt) and set roots.vault "
            "in config/config.yaml to that folder."
        )
    return path


def replace_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that a reader, or a kill, sees the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.partial")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def private_files() -> Iterator[None]:
    """Files made inside are 0600 and folders 0700, whatever the umask of the process, which is put back after."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the vault at ``folder`` for one run; the lock goes with the process, so a kill leaves none behind.

    Raises
    ------
    VaultError if another run holds it.
    """
    private_folder(folder)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise VaultError(
            f"Another run of this study is working in {folder.parent}. Wait until it has ended, or stop it; "
            "nothing was changed."
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)
