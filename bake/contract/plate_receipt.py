"""The receipt of a plate: what it was made from, kept in its OpenEXR header and read without a library for OpenEXR.

It holds the whole request, so that the plate can be made again and compared, the seed of the field's bake, and what
made the plate. `plate` is the name that the request gives the plate: a file that carries another one is a stranger.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from .camera import Camera
from .errors import UserError
from .field_file import FieldHeader
from .messages import PlateRequest, decode, encode
from .plate import PLATE_VERSION, is_whole, plate_name

PREFIX = "spacetimepilot."
"""Begins the name of each attribute of ours in a plate's header."""
_MAGIC = b"\x76\x2f\x31\x01"
_LONGEST_VALUE = 1 << 20


def make_receipt(request: PlateRequest, header: FieldHeader, made_with: Mapping[str, str]) -> dict[str, str]:
    """Metadata of the plate that answers `request`.

    Parameters
    ----------
    header : FieldHeader
        Of the field it shows.
    made_with : mapping of str to str
        Versions of the software, and the device.
    """
    return {
        "plate_version": str(PLATE_VERSION),
        "plate": Path(plate_name(request)).stem,
        "request": encode(without_places(request)),
        "seed": str(header.training.get("seed", "")),
        "made_with": json.dumps(dict(made_with), sort_keys=True),
    }


def plate_metadata(header: FieldHeader, camera: Camera, shot_frame: float) -> dict[str, str]:
    """What a plate says of its own making."""
    return {
        "plate_version": str(PLATE_VERSION),
        "field": header.content_hash,
        "shot": header.shot,
        "shot_frame": repr(float(shot_frame)),
        "fps": repr(float(header.fps)),
        "metres_per_unit": repr(float(header.metres_per_unit)),
        "camera": json.dumps(camera.to_json(), sort_keys=True),
        "software": json.dumps(header.software, sort_keys=True),
    }


def without_places(request: PlateRequest) -> PlateRequest:
    """A request without what differs from machine to machine: where its files lie, its number and its channel."""
    native = None if request.native is None else replace(request.native, file="")
    return replace(request, id=0, field_file="", path="", native=native, channel="")


def read_receipt(path: Path) -> dict[str, str]:
    """Our metadata in the header of an OpenEXR file; empty if it has none.

    Raises
    ------
    UserError
        If the file cannot be read or is no OpenEXR file.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(4) != _MAGIC:
                raise UserError(f"{path} is no OpenEXR picture.")
            stream.read(4)
            values = dict(_texts(stream))
    except FileNotFoundError as error:
        raise UserError(f"There is no plate {path}.") from error
    except (OSError, ValueError, struct.error) as error:
        raise UserError(f"The plate {path} cannot be read: {error}.") from error
    return {key.removeprefix(PREFIX): value for key, value in values.items() if key.startswith(PREFIX)}


def request_of(receipt: Mapping[str, str]) -> PlateRequest | None:
    """The request that a receipt tells of, its files' places empty; None if it tells of none."""
    try:
        request = decode(receipt["request"])
    except (KeyError, ValueError):
        return None
    return request if isinstance(request, PlateRequest) else None


def fault_of(path: Path, name: str = "", content_hash: str = "") -> str:
    """What is wrong with a plate, as the end of a sentence about it; "" if it is whole and what it should be.

    Parameters
    ----------
    name : str
        `plate_name` of the request that it should answer; "" where only its own receipt can be asked.
    content_hash : str
        Of the field that it should show, to tell a stale plate from a foreign one.
    """
    if not path.is_file():
        return "is missing"
    if not is_whole(path):
        return "is cut short or damaged"
    receipt = read_receipt(path)
    request = request_of(receipt)
    if request is None or "plate" not in receipt:
        return "has no receipt: an older version made it"
    if receipt.get("plate_version") != str(PLATE_VERSION):
        return f"is stale: it was made by version {receipt.get('plate_version')} of plates, not {PLATE_VERSION}"
    if name and receipt["plate"] != Path(name).stem:
        stale = content_hash and request.content_hash != content_hash
        return "is stale: it shows the field before it was baked again" if stale else "is a foreign plate"
    return "" if receipt["plate"] == Path(plate_name(request)).stem else "has a receipt that contradicts itself"


def _texts(stream: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Name and value of each attribute that is a text, up to the header's end."""
    while name := _word(stream):
        kind = _word(stream)
        (size,) = struct.unpack("<i", stream.read(4))
        if not 0 <= size <= _LONGEST_VALUE:
            raise ValueError("its header is damaged")
        value = stream.read(size)
        if kind == "string":
            yield name, value.decode("utf-8", errors="replace")


def _word(stream: IO[bytes]) -> str:
    letters = bytearray()
    while (letter := stream.read(1)) != b"\0":
        if not letter or len(letters) > 255:
            raise ValueError("its header is damaged")
        letters += letter
    return letters.decode("utf-8", errors="replace")
