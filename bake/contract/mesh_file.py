"""Meshes of captured surfaces: how they are named, and what a PLY file says of itself, in its comments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .errors import UserError
from .messages import MeshRequest, encode
from .plate import rounded

MESH_VERSION = 1
"""Raised when the same request would give another mesh."""
MAGIC, END = b"ply\n", b"end_header\n"
COMMENT = "comment spacetimepilot."
_LONGEST_HEAD = 1 << 16


def mesh_name(request: MeshRequest) -> str:
    """Name by content of the mesh that answers `request`."""
    document = json.loads(encode(_without_places(request)))
    text = json.dumps(rounded({**document, "mesh_version": MESH_VERSION}), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def mesh_receipt(request: MeshRequest) -> dict[str, str]:
    """What the mesh that answers `request` says of itself."""
    return {"plate": mesh_name(request), "request": encode(_without_places(request))}


def receipt_lines(receipt: Mapping[str, str]) -> str:
    """Lines of a PLY file's head."""
    return "".join(f"{COMMENT}{key} {value}\n" for key, value in receipt.items())


def read_head(path: Path) -> bytes:
    """A PLY file's head, its end included.

    Raises
    ------
    UserError
        If the file cannot be read or has none.
    """
    try:
        with path.open("rb") as stream:
            head, end, _ = stream.read(_LONGEST_HEAD).partition(END)
    except OSError as error:
        raise UserError(f"The mesh {path} cannot be read: {error}.") from error
    if not head.startswith(MAGIC) or not end:
        raise UserError(f"{path} is no PLY file.")
    return head + end


def read_mesh_receipt(path: Path) -> dict[str, str]:
    """What a mesh says of itself; empty if nothing. Raises as `read_head`."""
    lines = read_head(path).decode("utf-8", errors="replace").splitlines()
    told = [line.removeprefix(COMMENT).partition(" ") for line in lines if line.startswith(COMMENT)]
    return {key: value for key, _, value in told}


def _without_places(request: MeshRequest) -> MeshRequest:
    return replace(request, id=0, field_file="", path="", channel="")
