"""Pieces of a file through pipes: whole, in order, and ended when nobody reads any more."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from recredit.intake.feeding import Span, fed


def no_splice(*_: int) -> int:
    """A file system, such as some of networks, from which the system cannot move bytes into a pipe."""
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


@pytest.mark.parametrize("splice", [getattr(os, "splice", None), no_splice, None])
def test_each_piece_comes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, splice: Callable[..., int]) -> None:
    if splice:
        monkeypatch.setattr(os, "splice", splice, raising=False)
    else:
        monkeypatch.delattr(os, "splice", raising=False)
    path = tmp_path / "log.csv"
    data = bytes(range(256)) * 5000
    path.write_bytes(data)
    edges = [0, 700_001, len(data)]
    found: dict[str, bytes] = {}

    def read(name: str) -> None:
        found[name] = Path(name).read_bytes()

    with fed([Span(path, *edges[:2]), Span(path, *edges[1:])]) as names:
        readers = [threading.Thread(target=read, args=(name,)) for name in names]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert [found[name] for name in names] == [data[: edges[1]], data[edges[1] :]]


@pytest.mark.parametrize("fault", [None, ValueError])
def test_what_is_not_read_is_dropped(tmp_path: Path, fault: type[Exception] | None) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"x" * 10_000_000)
    before = threading.active_count()
    try:
        with fed([Span(path, 0, 10_000_000)]) as names:
            with Path(names[0]).open("rb") as pipe:
                pipe.read(10)
            if fault:
                raise fault
    except ValueError:
        assert fault
    assert threading.active_count() == before
