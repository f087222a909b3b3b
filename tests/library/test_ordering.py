"""The order of student-level tables does not depend on the random study codes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recredit.ordering import sort_by_content


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None])), min_size=1, max_size=30))
def test_content_comes_out_alike_whatever_codes_and_order(rows: list[tuple[int, str | None]]) -> None:
    frame = pd.DataFrame(rows, columns=["number", "word"])
    first = frame.assign(code=[f"S{i:03d}" for i in range(len(frame))])
    other = frame.assign(code=[f"Z{len(frame) - i:03d}" for i in range(len(frame))])
    other = other.iloc[np.random.default_rng(len(rows)).permutation(len(frame))]
    left = sort_by_content(first, ["code"]).drop(columns="code")
    right = sort_by_content(other, ["code"]).drop(columns="code")
    pd.testing.assert_frame_equal(left, right)


def test_a_code_that_is_no_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="student_id"):
        sort_by_content(pd.DataFrame({"a": [1]}), ["student_id"])
