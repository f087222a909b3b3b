"""Putting a finished folder in place of the old one, so that a reader or a kill never leaves half of one."""

import shutil
from collections.abc import Mapping
from pathlib import Path

PUBLIC_FOLDER = 0o755
PUBLIC_FILE = 0o644


def _beside(target: Path, role: str) -> Path:
    """The hidden folder beside `target` with one `role`: on the same file system, so that a rename is one step."""
    return target.with_name(f".{target.name}.{role}")


def place_folder(files: Mapping[str, bytes], target: Path) -> None:
    """Make folder `target` hold exactly `files` (content by path), readable for everybody.

    The files are written beside it and renamed into place. What a killed run left beside it is removed first.
    """
    staged, previous = _beside(target, "staged"), _beside(target, "previous")
    for leftover in (staged, previous):
        shutil.rmtree(leftover, ignore_errors=True)
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True)
        target.parent.chmod(PUBLIC_FOLDER)
    staged.mkdir()
    for name, content in sorted(files.items()):
        path = staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    _open_to_all(staged)
    if target.exists():
        target.rename(previous)
    staged.rename(target)
    shutil.rmtree(previous, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    folder.chmod(PUBLIC_FOLDER)
    for path in folder.rglob("*"):
        path.chmod(PUBLIC_FOLDER if path.is_dir() else PUBLIC_FILE)
