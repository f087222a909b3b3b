"""Parts of one work on several threads: in their order, and few in memory at a time."""

import time
from collections.abc import Iterator

import pytest

from recredit.side_by_side import side_by_side


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_made_comes_in_the_order_of_the_parts_and_few_wait(threads: int) -> None:
    begun, most, given = 0, 0, []

    def parts() -> Iterator[int]:
        nonlocal begun, most
        for part in range(20):
            begun += 1
            most = max(most, begun - len(given))
            yield part

    def work(part: int) -> int:
        time.sleep(0.001 * (part % 3))
        return 10 * part

    for made in side_by_side(work, parts(), threads):
        given.append(made)
    assert given == [10 * part for part in range(20)]
    assert threads < most <= threads + 2


def test_a_fault_in_a_part_stops_all() -> None:
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda part: 1 // part, [1, 0, 1], 2))
