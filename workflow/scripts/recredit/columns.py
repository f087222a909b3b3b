"""Columns of Arrow as arrays of NumPy, and back, without a copy.

pyarrow's own conversions load pandas on their first call, which takes a job longer than a million clicks do.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def to_arrow(values: NDArray[np.integer] | Flags, known: Flags | None = None) -> pa.Array:
    """Whole numbers or yes/no as an Arrow array; missing where not ``known``."""
    data = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else np.ascontiguousarray(values)
    mask = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [mask, pa.py_buffer(data)])


def repeated(text: str, rows: int) -> pa.DictionaryArray:
    """A column that says ``text`` in each row."""
    data = text.encode()
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    once = pa.StringArray.from_buffers(1, ends, pa.py_buffer(data))
    return pa.DictionaryArray.from_arrays(to_arrow(np.zeros(rows, np.int32)), once)


def to_integers(column: pa.Array | pa.ChunkedArray) -> Integers:
    """A column of whole numbers, 0 where missing."""
    array = whole(column)
    if not len(array):
        return np.empty(0, np.int64)
    dtype = np.dtype(str(array.type))
    values = np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)
    return values if not array.null_count else np.where(is_known(array), values, 0)


def to_flags(column: pa.Array | pa.ChunkedArray) -> Flags:
    """A column of yes/no, no where missing."""
    array = whole(column)
    return _bits(array, 1) & is_known(array)


def is_known(column: pa.Array | pa.ChunkedArray) -> Flags:
    """Where a column is not missing."""
    array = whole(column)
    return _bits(array, 0) if array.null_count else np.ones(len(array), np.bool_)


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks > 1:
        return pa.concat_arrays(column.chunks)
    return column.chunk(0) if column.num_chunks else pa.nulls(0, column.type)


def _bits(array: pa.Array, buffer: int) -> Flags:
    if not len(array):
        return np.empty(0, np.bool_)
    end = array.offset + len(array)
    bits = np.unpackbits(np.frombuffer(array.buffers()[buffer], np.uint8), count=end, bitorder="little")
    return bits[array.offset :].view(np.bool_)
