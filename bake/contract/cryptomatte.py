"""Mattes in the Cryptomatte convention (Friedman and Jones 2015), version 1.2.

A matte's name is hashed to a number that stands in the picture as a float, beside how much of the pixel it covers. The
header says which names there are, so that programs offer them and people pick them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

_MASK = 0xFFFFFFFF


def name_hash(name: str) -> int:
    """MurmurHash3_x86_32 of a name, seed 0 (Appleby, MurmurHash3.cpp)."""
    data = name.encode("utf-8")
    value, whole = 0, len(data) // 4 * 4
    for (block,) in struct.iter_unpack("<I", data[:whole]):
        value = (_rotated(value ^ _mixed(block), 13) * 5 + 0xE6546B64) & _MASK
    if tail := data[whole:]:
        value ^= _mixed(int.from_bytes(tail, "little"))
    value ^= len(data)
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & _MASK
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & _MASK
    return value ^ (value >> 16)


def name_number(name: str) -> float:
    """The hash as the bits of a float32, one bit turned over where these would be no ordinary number."""
    value = name_hash(name)
    if value >> 23 & 0xFF in (0, 0xFF):
        value ^= 1 << 23
    return float(struct.unpack("<f", struct.pack("<I", value))[0])


def header(layer: str, names: Sequence[str]) -> dict[str, str]:
    """Attributes of an OpenEXR header that tell of a layer and of the names in it."""
    manifest = {name: struct.pack("<f", name_number(name))[::-1].hex() for name in names}
    key = f"cryptomatte/{name_hash(layer):08x}"[: len("cryptomatte/") + 7]
    return {
        f"{key}/name": layer,
        f"{key}/hash": "MurmurHash3_32",
        f"{key}/conversion": "uint32_to_float32",
        f"{key}/manifest": json.dumps(manifest, separators=(",", ":"), ensure_ascii=False),
    }


def _mixed(block: int) -> int:
    return (_rotated((block * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK
