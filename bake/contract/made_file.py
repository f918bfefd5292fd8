"""What every file that was made from a field says of itself: all kinds carry a receipt and end with a seal.

Plates, deep pictures and pictures of surroundings are OpenEXR and carry it in their header, volumes in OpenVDB's
metadata, meshes in PLY's comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .errors import UserError
from .mesh_file import mesh_name, read_mesh_receipt
from .messages import EnvironmentRequest, MeshRequest, PlateRequest, Request, StandInRequest, VolumeRequest, decode
from .plate import is_whole, plate_name
from .plate_layers import DEEP_SUFFIX
from .plate_receipt import fault_of, read_receipt
from .vdb_header import read_metadata
from .volume_file import NAME_KEY, REQUEST_KEY, volume_name

SUFFIXES = (".exr", ".vdb", ".ply")


class Made(StrEnum):
    """Kinds of files, by what people call them."""

    PLATE = "plate"
    DEEP = "deep picture"
    SURROUNDINGS = "picture of the surroundings"
    VOLUME = "volume"
    MESH = "mesh"
    STAND_IN = "stand-in"


@dataclass(frozen=True)
class MadeReceipt:
    """What a file claims: its kind, its name by content and the request that it answers, without places."""

    kind: Made
    name: str
    request: Request


def receipt_in(path: Path) -> MadeReceipt | None:
    """What a file claims; None if it claims nothing.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    told = _told(path)
    try:
        request = decode(told["request"])
    except (KeyError, ValueError):
        return None
    if not isinstance(request, PlateRequest | VolumeRequest | MeshRequest):
        return None
    return MadeReceipt(_kind(path, request), told.get("plate", ""), request)


def made_name(request: Request) -> str:
    """Name by content of what answers a request for a plate, a volume, a mesh or surroundings."""
    if isinstance(request, MeshRequest):
        return mesh_name(request)
    if isinstance(request, VolumeRequest):
        return Path(volume_name(request)).stem
    assert isinstance(request, PlateRequest)
    return Path(plate_name(request)).stem


def made_fault(path: Path, name: str = "", content_hash: str = "") -> str:
    """What is wrong with a file, as the end of a sentence about it; parameters as `plate_receipt.fault_of`."""
    try:
        if path.suffix == ".exr":
            return fault_of(path, name, content_hash)
        if not path.is_file():
            return "is missing"
        if not is_whole(path):
            return "is cut short or damaged"
        receipt = receipt_in(path)
    except UserError as error:
        return f"cannot be used: {error.sentence}"
    if receipt is None or not receipt.name:
        return "has no receipt: an older version made it"
    if name and receipt.name != name:
        stale = content_hash and receipt.request.content_hash != content_hash
        return "is stale: it shows the field before it was baked again" if stale else f"is a foreign {receipt.kind}"
    if receipt.name != made_name(receipt.request):
        return "is stale or was edited: its receipt is not one that this version writes"
    return ""


def _told(path: Path) -> Mapping[str, str]:
    if path.suffix == ".ply":
        return read_mesh_receipt(path)
    if path.suffix != ".vdb":
        return read_receipt(path)
    metadata = read_metadata(path)
    return {"plate": metadata.get(NAME_KEY, ""), "request": metadata.get(REQUEST_KEY, "")}


def _kind(path: Path, request: Request) -> Made:
    if isinstance(request, VolumeRequest):
        return Made.VOLUME
    if isinstance(request, MeshRequest):
        return Made.STAND_IN if isinstance(request, StandInRequest) else Made.MESH
    if path.name.endswith(DEEP_SUFFIX):
        return Made.DEEP
    return Made.SURROUNDINGS if isinstance(request, EnvironmentRequest) else Made.PLATE
