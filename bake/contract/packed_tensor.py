"""Tensors made small: rounded to eight bits where that is asked for, then entropy-coded by LZMA.

What lies in a file is bytes; beside them stands a description, a JSON object: `packing` is "exact", "eight" or "log";
`kind` and `shape` are those of the array that comes out, `kind` as NumPy names it without byte order.

- exact: nothing is lost. The bytes of all numbers are sorted by their significance, which codes better.
- eight: whole numbers from -127 to 127 times a scale, one for each of the array's first `rows` parts (its first axis).
- log: numbers from 0 on. 0 is 0; codes from 1 to 255 are the exponential of even steps from `low` to `high`.
"""

from __future__ import annotations

import lzma
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Description = dict[str, Any]

_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 0, "pb": 0}]
"""Numbers have neither words nor alignment: contexts of neighbouring bytes only cost."""
_LARGEST = 127
_STEPS = 254


def pack_exact(array: Array) -> tuple[bytes, Description]:
    """Bytes and description of an array that comes back as it is."""
    plain = np.ascontiguousarray(array).reshape(-1)
    by_byte = plain.view(np.uint8).reshape(plain.size, plain.itemsize).T
    return _coded(by_byte.tobytes()), _description("exact", array)


def pack_eight(array: NDArray[np.float32]) -> tuple[bytes, Description]:
    """Bytes and description of an array that is rounded to eight bits, each part of its first axis by its own scale."""
    rows = array.reshape(len(array), -1)
    scales = (np.abs(rows).max(axis=1, initial=0) / _LARGEST).astype("<f4")
    codes = np.rint(rows / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
    return _coded(scales.tobytes() + codes.tobytes()), {**_description("eight", array), "rows": len(array)}


def pack_log(array: NDArray[np.float32]) -> tuple[bytes, Description]:
    """Bytes and description of numbers from 0 on that are rounded to eight bits of their logarithm."""
    filled = array > 0
    logarithm = np.log(np.where(filled, array, 1).astype(np.float64))
    low = float(logarithm[filled].min()) if filled.any() else 0.0
    high = float(logarithm[filled].max()) if filled.any() else 0.0
    step = (high - low) / _STEPS or 1.0
    codes = np.where(filled, 1 + np.rint((logarithm - low) / step), 0).astype(np.uint8)
    return _coded(codes.tobytes()), {**_description("log", array), "low": low, "high": high}


def unpack(data: bytes, description: Description) -> Array:
    """The array, in memory of its own.

    Raises
    ------
    ValueError
        If bytes and description do not belong together, or this version does not know the packing.
    """
    try:
        packing, kind = description["packing"], np.dtype(description["kind"])
        shape = tuple(int(size) for size in description["shape"])
        size = int(np.prod(shape, dtype=np.int64))
        if packing == "exact":
            raw = _decoded(data, size * kind.itemsize)
            return np.ascontiguousarray(raw.reshape(kind.itemsize, size).T).reshape(-1).view(kind).reshape(shape)
        if packing == "eight":
            rows = int(description["rows"])
            raw = _decoded(data, 4 * rows + size)
            scales, codes = raw[: 4 * rows].view("<f4"), raw[4 * rows :].view(np.int8).reshape(rows, -1)
            return (codes * scales[:, None]).astype(kind).reshape(shape)
        if packing == "log":
            return _of_logarithm(_decoded(data, size), description).astype(kind).reshape(shape)
    except (KeyError, TypeError, lzma.LZMAError) as error:
        raise ValueError(f"it does not unpack ({error!r})") from error
    raise ValueError(f"its packing, {packing!r}, is not known to this version")


def _description(packing: str, array: Array) -> Description:
    return {"packing": packing, "kind": array.dtype.str.lstrip("<|"), "shape": list(array.shape)}


def _of_logarithm(codes: NDArray[np.uint8], description: Description) -> NDArray[np.float64]:
    low, high = float(description["low"]), float(description["high"])
    values = np.exp(low + (high - low) / _STEPS * np.arange(-1, _STEPS + 1))
    values[0] = 0
    return np.asarray(values[codes])


def _coded(data: bytes) -> bytes:
    return lzma.compress(data, format=lzma.FORMAT_RAW, filters=_FILTERS)


def _decoded(data: bytes, size: int) -> NDArray[np.uint8]:
    raw = lzma.decompress(data, format=lzma.FORMAT_RAW, filters=_FILTERS)
    if len(raw) != size:
        raise ValueError(f"{len(raw)} bytes come out of it where {size} should")
    return np.frombuffer(bytearray(raw), dtype=np.uint8)
