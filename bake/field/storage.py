"""Field files: safetensors with our header, hashed, written aside; never a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..contract.errors import UserError
from ..contract.field_file import (
    FORMAT_VERSION,
    HELD,
    OCCUPANCY,
    FieldHeader,
    FieldTensors,
    held_share,
    write_field_file,
)
from ..contract.files import written_aside
from ..contract.found_noise import TENSOR
from ..contract.packed_tensor import Description, pack_eight, pack_exact, pack_log
from ..contract.tensor_file import Array
from ..device.choice import choose_device
from .held_tensors import HeldTensors
from .model import Field, FieldConfig
from .streaming import let_stream
from .trajectories import Trajectories

FIELD = "field."
_EIGHT = tuple(f"{FIELD}{block}." for block in ("grid", "planes", "lattice", "deformation", "trajectories"))
"""What may be rounded to eight bits. Decoder and sky are small, and colours show what is lost there."""


class Packing(StrEnum):
    """How a field file keeps numbers."""

    PLAIN = "plain"
    """As they are, so that they need not be unpacked."""
    EXACT = "exact"
    """Entropy-coded; nothing is lost."""
    EIGHT = "eight"
    """Tables, codes and the deformation's weights as whole numbers of eight bits, occupancy as eight bits of its
    logarithm, then entropy-coded."""


def save_field(
    path: Path,
    field: Field,
    header: FieldHeader,
    extra: Mapping[str, Tensor],
    packing: Packing = Packing.PLAIN,
) -> FieldHeader:
    """Write a field file and return its header with the content hash.

    Raises
    ------
    UserError
        If the file cannot be written; an earlier file of that name is kept.
    """
    return write_packed(path, pack_field(field, extra, packing), header)


@dataclass(frozen=True)
class PackedField:
    """What a field file holds besides its header: tensors, how each is packed, and the model's sizes."""

    tensors: dict[str, Array]
    stored: dict[str, Description]
    model: dict[str, Any]


def pack_field(field: Field, extra: Mapping[str, Tensor], packing: Packing) -> PackedField:
    """A field and further tensors as its file keeps them."""
    tensors = {f"{FIELD}{name}": _array(value) for name, value in field.state_dict().items()}
    density = tensors.pop(OCCUPANCY)
    tensors |= {f"{OCCUPANCY}.{number}": part for number, part in enumerate(density)}
    tensors |= {HELD: held_share(density), **{name: _array(value) for name, value in extra.items()}}
    stored: dict[str, Description] = {}
    if packing is not Packing.PLAIN:
        for name, array in tensors.items():
            data, stored[name] = _packed(name, array, packing)
            tensors[name] = np.frombuffer(data, dtype=np.uint8)
    return PackedField(tensors, stored, json.loads(json.dumps(field.config.to_json())))


def write_packed(path: Path, packed: PackedField, header: FieldHeader) -> FieldHeader:
    """As `save_field`, of what is packed already."""
    with written_aside(path) as aside:
        return write_field_file(aside, replace(header, model=packed.model), packed.tensors, packed.stored)


def found_noise(path: Path) -> dict[str, Tensor]:
    """What a field file says of the noise of its footage, for another file to say so too; nothing where it does not.

    Raises
    ------
    UserError
        If the file cannot be read, or is damaged there.
    """
    tensors = FieldTensors(path)
    return {TENSOR: torch.from_numpy(tensors.read(TENSOR))} if TENSOR in tensors.names() else {}


ROOM = 128 * 2**20
"""Bytes of what grows with a shot that are held, unless somebody says so: some minutes of it."""


def open_field(path: Path, device: str = "auto", room: int = ROOM) -> Field:
    """A field whose codes over time are read and checked as instants need them; for pictures, not for training.

    It says what the field of `load_field` says, to the last bit. Files of format 2 are loaded whole.

    Parameters
    ----------
    room : int
        Bytes of what grows with the shot that stay in memory.

    Raises
    ------
    UserError
        As `load_field`; whoever asks the field for an instant whose part of the file is damaged gets it then.
    """
    tensors = FieldTensors(path)
    if tensors.version < FORMAT_VERSION:
        return load_field(path, device)
    with _fitting(path):
        config = FieldConfig.from_json(tensors.header.model)
        held = HeldTensors(tensors, choose_device(device), room)
        small = replace(config, segments=1, finer=None, occupancy_parts=1, pictures=0, noisy_pictures=0, additions=())
        field = Field(small)
        if field.trajectories is not None:
            field.trajectories = Trajectories(config.trajectory_terms, config.segments)
        let_stream(field, config, held)
        state = {name: held.read(f"{FIELD}{name}") for name in field.state_dict()}
        field.load_state_dict(state, assign=True)
    return field.eval().requires_grad_(False)


def load_field(path: Path, device: str = "auto") -> Field:
    """Read a field file, and check every byte against its hashes.

    Raises
    ------
    UserError
        If it is missing, cut short, damaged, or of a version this software does not know.
    """
    tensors = FieldTensors(path)
    tensors.check_whole()
    everything = {name: tensors.read(name) for name in tensors.names()}
    state = {name: torch.from_numpy(array) for name, array in everything.items() if name.startswith(FIELD)}
    if OCCUPANCY not in state:
        parts = [name for name in state if name.startswith(f"{OCCUPANCY}.")]
        density = [state.pop(f"{OCCUPANCY}.{number}", None) for number in range(len(parts))]
        state[OCCUPANCY] = torch.stack([part for part in density if part is not None])
    with _fitting(path):
        field = Field(FieldConfig.from_json(tensors.header.model))
        field.load_state_dict({name[len(FIELD) :]: value for name, value in state.items()})
    return field.to(choose_device(device)).eval().requires_grad_(False)


@contextmanager
def _fitting(path: Path) -> Iterator[None]:
    try:
        yield
    except (TypeError, KeyError, RuntimeError) as error:
        raise UserError(
            f"The field file {path} does not fit this software: {error}.", "Update SpaceTimePilot."
        ) from error


def _packed(name: str, array: Array, packing: Packing) -> tuple[bytes, Description]:
    if packing is Packing.EIGHT and array.dtype == np.float32:
        if name.startswith(f"{OCCUPANCY}."):
            return pack_log(array)
        if name.startswith(_EIGHT) and array.ndim > 1 and array.size:
            return pack_eight(array)
    return pack_exact(array)


def _array(tensor: Tensor) -> Array:
    return tensor.detach().cpu().contiguous().numpy()
