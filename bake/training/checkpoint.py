"""Checkpoints: everything a bake needs to go on as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from ..contract.errors import UserError
from ..contract.files import written_aside
from ..field.model import Field, FieldConfig
from ..footage.shot import Shot
from .optimiser import Optimiser

_START_AGAIN = "Bake without --resume to start again."


def fingerprint(shot: Shot, settings: dict[str, object]) -> str:
    """A hash of what a bake depends on: which pictures, cameras and times, and the settings of its schedule."""
    document: dict[str, Any] = {
        "settings": settings,
        "frames": [
            [str(frame.picture.path), frame.picture.video_frame, frame.shot_frame, frame.camera.to_json()]
            for frame in shot.frames
        ],
    }
    colours = [frame.picture.colour for frame in shot.frames]
    if any(not colour.plain for colour in colours):
        document["colours"] = [asdict(colour) for colour in colours]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def save_checkpoint(path: Path, field: Field, optimiser: Optimiser, step: int, seconds: float, identity: str) -> None:
    """Write a checkpoint, aside and then renamed."""
    tensors = {f"field.{name}": value.detach().cpu() for name, value in field.state_dict().items()}
    tensors |= {f"optimiser.{name}": value for name, value in optimiser.tensors().items()}
    tensors["random"] = torch.get_rng_state()
    metadata = {"step": str(step), "seconds": repr(seconds), "identity": identity}
    metadata["finer"] = json.dumps(field.config.to_json()["finer"])
    data = save({name: value.contiguous() for name, value in tensors.items()}, metadata)
    with written_aside(path) as aside:
        aside.write_bytes(data)


def load_checkpoint(path: Path, field: Field, optimiser: Optimiser, identity: str) -> tuple[int, float]:
    """Put a checkpoint back; returns the step and the training seconds so far.

    Raises
    ------
    UserError
        If it is damaged, or belongs to other footage or settings, or to another version.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            metadata = opened.metadata() or {}
        tensors = load_file(path)
        step, seconds = int(metadata["step"]), float(metadata["seconds"])
        finer = FieldConfig.from_json({**field.config.to_json(), "finer": json.loads(metadata["finer"])}).finer
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise UserError(f"The checkpoint {path} is damaged: {error}.", _START_AGAIN) from error
    if metadata.get("identity") != identity:
        raise UserError(f"The checkpoint {path} is of other footage or other settings.", _START_AGAIN)
    if finer is not None:
        field.refine(finer, {})
    try:
        field.load_state_dict(_of("field.", tensors))
        optimiser.restore(_of("optimiser.", tensors))
    except (RuntimeError, KeyError) as error:
        raise UserError(
            f"The checkpoint {path} is of a version of SpaceTimePilot whose fields were made otherwise.", _START_AGAIN
        ) from error
    torch.set_rng_state(tensors["random"])
    return step, seconds


def _of(whose: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(whose): value for name, value in tensors.items() if name.startswith(whose)}
