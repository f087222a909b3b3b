"""A closed zone: the process, its threads and its children can no longer read what lies below certain folders.

Linux (from 5.13 on) lets a process give up rights for good without any privilege: Landlock, which binds DuckDB, Arrow
and every child process alike (https://docs.kernel.org/userspace-api/landlock.html). An audit hook of Python refuses
the same paths with words that a person understands, and is all there is on another system.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from recredit.errors import VaultError

# The folders that coded stages may not read, set by the workflow for all its jobs.
CLOSED_PATHS = "RECREDIT_CLOSED_PATHS"
KERNEL, PYTHON_ONLY, NOTHING = "the kernel and Python", "Python alone", "nothing, for there is nothing to close"
LISTINGS = ("os.listdir", "os.scandir", "os.chdir")

# linux/landlock.h and prctl.h; the numbers of the calls are the same on every architecture.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
READ_FILE, PATH_BENEATH, NO_NEW_PRIVILEGES = 1 << 2, 1, 38


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def close_paths(closed: Sequence[Path], allowed: Sequence[Path] = ()) -> str:
    """Close what lies at or below each of `closed` to this process and all that it starts, until it ends.

    Parameters
    ----------
    allowed : files below them that may be read all the same.

    Returns
    -------
    What holds the zone closed, in words for the log.

    Notes
    -----
    Landlock grants reading to everything that stands beside the closed paths at this moment. A file that is made later
    directly in a folder above them cannot be read by this process either.
    """
    barred = [path.resolve() for path in closed if path.exists()]
    if not barred:
        return NOTHING
    excepted = [path.resolve() for path in allowed]
    by_kernel = _restrict(barred, excepted)
    sys.addaudithook(_Hook(tuple(map(str, barred)), frozenset(map(str, excepted))))
    return KERNEL if by_kernel else PYTHON_ONLY


def paths_to_close() -> list[Path]:
    """What the workflow named as closed to coded stages."""
    return [Path(text) for text in os.environ.get(CLOSED_PATHS, "").split(os.pathsep) if text]


def lies_below(path: Path, folders: Sequence[Path]) -> bool:
    """Whether `path` is one of `folders` or lies below one."""
    real = path.resolve()
    return any(real.is_relative_to(folder.resolve()) for folder in folders)


def naming_rules(named: Mapping[str, Iterable[object]], folders: Sequence[Path], base: Path) -> set[str]:
    """The rules that name a path at or below one of `folders`.

    Parameters
    ----------
    named : by rule, its inputs, outputs and parameters; mappings and lists are searched, functions cannot be.
    base : the folder that relative paths start from.
    """
    places = [Path(os.path.normpath(folder)) for folder in folders]
    return {
        rule
        for rule, values in named.items()
        for text in _texts(list(values))
        if any(Path(os.path.normpath(base / text)).is_relative_to(place) for place in places)
    }


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, (str, Path)):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, (list, tuple, set)):
        for one in value:
            yield from _texts(one)


class _Hook:
    """Refuses to open or list a barred path."""

    def __init__(self, barred: tuple[str, ...], excepted: frozenset[str]) -> None:
        self._barred = barred
        self._excepted = excepted

    def __call__(self, event: str, values: tuple[object, ...]) -> None:
        if event != "open" and event not in LISTINGS:
            return
        named = values[0] if values else None
        if not isinstance(named, (str, bytes, os.PathLike)):
            return
        path = os.path.realpath(os.fsdecode(named))
        if path not in self._excepted and any(path == one or path.startswith(one + os.sep) for one in self._barred):
            raise VaultError(
                "A stage that works on coded data tried to read the identified zone. It may read the coded zone only: "
                "mend the script that the message names, or the rule that hands it the path."
            )


def _open_paths(folder: Path, barred: Sequence[Path]) -> Iterator[Path]:
    """The largest parts of `folder` that hold nothing barred; links are left to what they lead to."""
    if folder in barred:
        return
    if not any(one.is_relative_to(folder) for one in barred):
        yield folder
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_symlink():
                yield from _open_paths(Path(entry.path), barred)


def _restrict(barred: Sequence[Path], excepted: Sequence[Path]) -> bool:
    """Give up reading of `barred` for good; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    system = ctypes.CDLL(None, use_errno=True)
    ruleset = system.syscall(CREATE_RULESET, ctypes.byref(_Ruleset(READ_FILE)), ctypes.sizeof(_Ruleset), 0)
    if ruleset < 0:
        return False
    try:
        for path in (*_open_paths(Path("/"), barred), *excepted):
            _grant(system, ruleset, path)
        if system.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or system.syscall(RESTRICT_SELF, ruleset, 0):
            raise VaultError(f"The identified zone could not be closed ({os.strerror(ctypes.get_errno())}).")
    finally:
        os.close(ruleset)
    return True


def _grant(system: ctypes.CDLL, ruleset: int, path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        # It went away, or lies where we may not go: then nothing is to be granted.
        return
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISCHR(mode):
            beneath = _PathBeneath(READ_FILE, descriptor)
            if system.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(beneath), 0):
                raise VaultError(f"The identified zone could not be closed ({os.strerror(ctypes.get_errno())}).")
    finally:
        os.close(descriptor)
