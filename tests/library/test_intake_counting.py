"""The fast pass over a file's bytes: its pieces, its lines, and each line found again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recredit.intake import counting
from recredit.intake.counting import ByteCounts, count_bytes, read_lines
from recredit.intake.sources import RawFile, Source

LINE = st.text(st.sampled_from('ab,"  é'), max_size=12)


SOURCE = Source("log", "log.csv", None, "utf-8", ",", '"', multiline=False, missing=(), columns=())


def counted(path: Path, text: bytes, threads: int = 3, piece_bytes: int = 1) -> ByteCounts | None:
    path.write_bytes(text)
    return count_bytes(RawFile("log", 1, path.name, path), SOURCE, threads, piece_bytes)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counting") / "log.csv"


@given(lines=st.lists(LINE, min_size=1, max_size=60), ended=st.booleans(), step=st.integers(3, 40))
def test_every_line_is_found_again(path: Path, lines: list[str], ended: bool, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "STEP_BYTES", step)
        patch.setattr(counting, "BLOCK_BYTES", 2 * step)
        text = "\n".join(lines) + ("\n" if ended else "")
        counts = counted(path, text.encode())
        assert counts is not None
        physical = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
        physical = physical if text else []
        assert counts.lines == len(physical)
        assert counts.delimiters == text.count(",")
        assert counts.empty_quotes == ('""' in text)
        assert counts.open_ended == any(line.endswith((",", ',""')) for line in physical)
        assert counts.pieces[0].start == 0
        assert counts.pieces[-1].stop == len(text.encode())
        for before, after in zip(counts.pieces, counts.pieces[1:], strict=False):
            assert before.stop == after.start
            assert text.encode()[: after.start].endswith(b"\n")
            assert after.lines_before == before.lines_before + before.lines
            last = text.encode()[: after.start].split(b"\n")[-2]
            assert last.count(b'"') % 2 == 0
        wanted = list(range(1, len(physical) + 1))
        found = read_lines(RawFile("log", 1, path.name, path), counts, wanted)
        assert found == dict(zip(wanted, physical, strict=True))
        some = wanted[1::3]
        assert list(read_lines(RawFile("log", 1, path.name, path), counts, some)) == some


@pytest.mark.parametrize(
    ("text", "padded", "open_ended"),
    [
        (b"a,b\n1,2\n", False, False),
        (b"a,b\n1, 2\n", True, False),
        (b"a,b\n1 x,2\n", False, False),
        (b"a,b\n1,2 \n", True, False),
        (b'a,b\n"1 ",2\n', True, False),
        (b"a,b\n1,\n", False, True),
        (b"a,b\r\n1,\r\n", False, True),
        (b'a,b\n1,""\n', False, True),
        (b'a,b\r\n1,""\r\n', False, True),
        (b"a,b\n1,", False, True),
        (b'a,b\n1,""', False, True),
        (b'a,b\n1,""2', False, False),
    ],
)
def test_what_decides_how_values_are_read(path: Path, text: bytes, padded: bool, open_ended: bool) -> None:
    counts = counted(path, text)
    assert counts is not None
    assert (counts.padded, counts.open_ended) == (padded, open_ended)


@pytest.mark.parametrize("text", [b"a\n\xff\n", b"a\n\0\n", b"a\r\nb\n", b"a\rb\r\n", b"a\n\xc3"])
def test_what_needs_the_exact_look(path: Path, text: bytes) -> None:
    assert counted(path, text) is None


def test_a_file_is_not_cut_where_quotes_do_not_pair(path: Path) -> None:
    counts = counted(path, b'a,"b\n' * 40, threads=2)
    assert counts is not None
    assert len(counts.pieces) == 1
