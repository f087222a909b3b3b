"""Columns of Arrow and arrays of NumPy: the same values, missing ones and all, and no pandas for it."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from recredit.columns import is_known, to_arrow, to_flags, to_integers, whole

NUMBERS = [3, None, -1, 2**62, None, 7, 8, 9, 10, 11]
ANSWERS = [True, None, False, True, False, None, True, True, True, False]


@pytest.mark.parametrize("begin", [0, 1, 3, 9, 10])
@pytest.mark.parametrize("pieces", [1, 2])
def test_values_and_what_is_missing(begin: int, pieces: int) -> None:
    """A slice begins inside a byte of the bits that say what is known."""
    numbers, answers = (pa.chunked_array([pa.array(one)] * pieces).slice(begin) for one in (NUMBERS, ANSWERS))
    assert to_integers(numbers).tolist() == [number or 0 for number in (NUMBERS * pieces)[begin:]]
    assert to_flags(answers).tolist() == [bool(answer) for answer in (ANSWERS * pieces)[begin:]]
    assert is_known(answers).tolist() == [answer is not None for answer in (ANSWERS * pieces)[begin:]]
    assert whole(numbers).to_pylist() == (NUMBERS * pieces)[begin:]


def test_to_arrow_and_back() -> None:
    numbers, known = np.array([5, 6, -7]), np.array([True, False, True])
    assert to_arrow(numbers).to_pylist() == [5, 6, -7]
    assert to_arrow(numbers, known).to_pylist() == [5, None, -7]
    assert to_arrow(known, ~known).to_pylist() == [None, False, None]
    assert to_arrow(np.arange(8)[::2]).to_pylist() == [0, 2, 4, 6]
    assert to_arrow(np.empty(0, np.int64)).type == pa.int64()
    assert not len(to_integers(pa.chunked_array([], pa.int64())))


def test_no_pandas_is_loaded() -> None:
    """pyarrow's own conversions load it on their first call: half a second of each job."""
    program = (
        "import sys, numpy as np, recredit.deidentify.clicks, recredit.measures.bucket\n"
        "from recredit.columns import to_arrow, to_integers\n"
        "to_integers(to_arrow(np.arange(3)))\n"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
