"""Field files: safetensors with our header, hashed, written aside; never a pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, read_header
from ..contract.files import written_aside
from ..device.choice import choose_device
from .model import Field, FieldConfig

_FIELD = "field."


def content_hash(header: FieldHeader, tensors: dict[str, Tensor]) -> str:
    """SHA-256 over the header without its hash and over every tensor's name, type, shape and bytes."""
    digest = hashlib.sha256(json.dumps(asdict(replace(header, content_hash="")), sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_field(path: Path, field: Field, header: FieldHeader, extra: dict[str, Tensor]) -> FieldHeader:
    """Write a field file and return its header with the content hash.

    Raises
    ------
    UserError
        If the file cannot be written; an earlier file of that name is kept.
    """
    tensors = {f"{_FIELD}{name}": value.detach().cpu().contiguous() for name, value in field.state_dict().items()}
    tensors |= extra
    header = replace(header, model=json.loads(json.dumps(field.config.to_json())))
    header = replace(header, content_hash=content_hash(header, tensors))
    data = save(tensors, header.to_metadata())
    with written_aside(path) as aside:
        aside.write_bytes(data)
    return header


def load_field(path: Path, device: str = "auto") -> Field:
    """Read a field file and check every byte against its hash.

    Raises
    ------
    UserError
        If it is missing, cut short, damaged, or of a version this software does not know.
    """
    header = read_header(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"The field file {path} is damaged: {error}.", "Copy it again or bake the shot again."
        ) from error
    if content_hash(header, tensors) != header.content_hash:
        raise UserError(
            f"The field file {path} is damaged: its contents do not match its hash.",
            "Copy it again from where it was made, or bake the shot again.",
        )
    try:
        field = Field(FieldConfig.from_json(header.model))
        field.load_state_dict(
            {name[len(_FIELD) :]: value for name, value in tensors.items() if name.startswith(_FIELD)}
        )
    except (TypeError, RuntimeError) as error:
        raise UserError(
            f"The field file {path} does not fit this software: {error}.", "Update SpaceTimePilot."
        ) from error
    return field.to(choose_device(device)).eval().requires_grad_(False)
