"""Field files: safetensors with our header, hashed, written aside; never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..contract.errors import UserError
from ..contract.field_file import HELD, OCCUPANCY, FieldHeader, FieldTensors, held_share, write_field_file
from ..contract.files import written_aside
from ..contract.packed_tensor import Description, pack_eight, pack_exact, pack_log
from ..contract.tensor_file import Array
from ..device.choice import choose_device
from .model import Field, FieldConfig

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
    tensors = {f"{FIELD}{name}": _array(value) for name, value in field.state_dict().items()}
    density = tensors.pop(OCCUPANCY)
    tensors |= {f"{OCCUPANCY}.{number}": part for number, part in enumerate(density)}
    tensors |= {HELD: held_share(density), **{name: _array(value) for name, value in extra.items()}}
    header = replace(header, model=json.loads(json.dumps(field.config.to_json())))
    stored: dict[str, Description] = {}
    if packing is not Packing.PLAIN:
        for name, array in tensors.items():
            data, stored[name] = _packed(name, array, packing)
            tensors[name] = np.frombuffer(data, dtype=np.uint8)
    with written_aside(path) as aside:
        return write_field_file(aside, header, tensors, stored)


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
    try:
        field = Field(FieldConfig.from_json(tensors.header.model))
        field.load_state_dict({name[len(FIELD) :]: value for name, value in state.items()})
    except (TypeError, RuntimeError) as error:
        raise UserError(
            f"The field file {path} does not fit this software: {error}.", "Update SpaceTimePilot."
        ) from error
    return field.to(choose_device(device)).eval().requires_grad_(False)


def _packed(name: str, array: Array, packing: Packing) -> tuple[bytes, Description]:
    if packing is Packing.EIGHT and array.dtype == np.float32:
        if name.startswith(f"{OCCUPANCY}."):
            return pack_log(array)
        if name.startswith(_EIGHT) and array.ndim > 1 and array.size:
            return pack_eight(array)
    return pack_exact(array)


def _array(tensor: Tensor) -> Array:
    return tensor.detach().cpu().contiguous().numpy()
