"""Pieces of a file for the engine's reader: each through a pipe of its own, and so read in order by one thread.

The engine numbers the rows of one source in order only on a single thread. Pieces side by side use them all, and
nothing is copied to disk.
"""

import errno
import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

BLOCK_BYTES = 1 << 18
# What a pipe holds, so that reader and feeder seldom wait for each other; Linux allows as much to everyone.
PIPE_BYTES = 1 << 20


@dataclass(frozen=True)
class Span:
    """Bytes ``start`` to ``stop`` (not included) of the file ``path``."""

    path: Path
    start: int
    stop: int


@contextmanager
def fed(spans: Sequence[Span]) -> Iterator[tuple[str, ...]]:
    """Paths under which the engine reads ``spans``, each of them once and from its beginning to its end.

    What is not read when the context ends is dropped.
    """
    pipes = [_pipe() for _ in spans]
    feeders = [
        threading.Thread(target=_feed, args=(span, write), daemon=True)
        for span, (_, write) in zip(spans, pipes, strict=True)
    ]
    try:
        for feeder in feeders:
            feeder.start()
        yield tuple(f"/dev/fd/{read}" for read, _ in pipes)
    finally:
        # A feeder that nobody reads from any more meets a broken pipe and ends.
        for read, _ in pipes:
            os.close(read)
        for feeder in feeders:
            feeder.join()


def _pipe() -> tuple[int, int]:
    """A pipe's ends to read from and to write to. Where the system sets its size, so it stays."""
    read, write = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        # A system that allows less leaves the pipe as it was, which is slower and nothing else.
        with suppress(PermissionError):
            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return read, write


def _feed(span: Span, write: int) -> None:
    with open(write, "wb", buffering=0) as pipe, span.path.open("rb", buffering=0) as stream:
        stream.seek(span.start)
        try:
            left = _spliced(stream, pipe, span.stop - span.start)
            while block := stream.read(min(BLOCK_BYTES, left)):
                left -= len(block)
                rest = memoryview(block)
                while rest:
                    rest = rest[pipe.write(rest) :]
        except BrokenPipeError:
            # The reader has what it wants, or failed and says so itself.
            return


def _spliced(stream: FileIO, pipe: FileIO, left: int) -> int:
    """Let the system itself move ``left`` bytes on, which spares two copies; how many are left where it cannot."""
    if not hasattr(os, "splice"):
        return left
    try:
        while left and (moved := os.splice(stream.fileno(), pipe.fileno(), min(PIPE_BYTES, left))):
            left -= moved
    except OSError as error:
        # Not every file system can.
        if error.errno != errno.EINVAL:
            raise
    return left
