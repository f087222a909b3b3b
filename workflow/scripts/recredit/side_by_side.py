"""Parts of one work on several threads, in bounded memory: NumPy, Arrow and DuckDB let other threads work meanwhile."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")


def side_by_side(work: Callable[[Part], Done], parts: Iterable[Part], threads: int) -> Iterator[Done]:
    """What ``work`` makes of each part, in their order; one part more than there are ``threads`` is in memory."""
    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[Future[Done]] = deque()
        for part in parts:
            under_way.append(pool.submit(work, part))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
