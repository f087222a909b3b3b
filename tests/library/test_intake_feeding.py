"""Pieces of a file through pipes: whole, in order, and ended when nobody reads any more."""

import threading
from pathlib import Path

import pytest

from recredit.intake.feeding import Span, fed


def test_each_piece_comes_whole(tmp_path: Path) -> None:
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
