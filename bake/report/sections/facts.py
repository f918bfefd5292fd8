"""What a TD looks up: footage, field, bake, software."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...contract.adaptation import adaptation_rows
from ...contract.compression import Compression
from ...footage.shot import Shot
from ..blocks import Facts, Section
from ..material import Material, Origin
from ..words import byte_size, duration

_PARTS = {
    "grid": "hash grid",
    "planes": "space-time planes",
    "lattice": "temporal codes",
    "deformation": "deformation",
    "decoder": "decoder",
    "sky": "sky",
    "noise": "noise and trust",
    "occupancy": "occupancy",
    "cameras": "footage's cameras",
}
_SMALL = 0.005
"""Share of the file below which a part is summed up with others."""


def facts_section(material: Material) -> Section:
    """Names and values in four groups."""
    groups = (
        ("Footage", _footage(material)),
        ("Field", _field(material)),
        ("Bake", _bake(material)),
        ("Size", _size(material)),
        ("Software", tuple(material.header.software.items())),
    )
    return Section("Settings and versions", (Facts(groups),))


def _footage(material: Material) -> tuple[tuple[str, str], ...]:
    shot, header = material.order.footage, material.header
    seconds = (header.last_frame - header.first_frame) / header.fps if header.fps else 0.0
    return (
        ("File", material.order.footage_file.name),
        ("Frames", f"{len(shot.frames)}, {header.frame_count} of them baked"),
        ("Shot frames", f"{header.first_frame:g} to {header.last_frame:g}"),
        ("Duration", f"{seconds:.2f} s at {header.fps:g} frames a second"),
        ("Pictures", _sizes(shot)),
        ("Cameras", str(len({frame.stream for frame in shot.frames}))),
        ("Fills the frame", "yes" if header.opaque else "no, a subject with alpha"),
        ("Colour space", header.colour_space),
    )


def _sizes(shot: Shot) -> str:
    found = Counter(f"{frame.camera.width}x{frame.camera.height}" for frame in shot.frames).most_common()
    return found[0][0] if len(found) == 1 else ", ".join(f"{size} ({count})" for size, count in found[:3])


def _field(material: Material) -> tuple[tuple[str, str], ...]:
    header = material.header
    low, high = header.bounds
    return (
        ("File", material.order.field_file.name),
        ("Content", header.content_hash[:16]),
        ("Bounds from", _corner(low)),
        ("Bounds to", _corner(high)),
        ("Size", " x ".join(f"{b - a:.3g}" for a, b in zip(low, high, strict=True)) + " units"),
        ("Depths", f"{header.model.get('near', 0.0):.3g} to {header.model.get('far', 0.0):.3g} units"),
        ("Metres a unit", f"{header.metres_per_unit:g}"),
        *_versions(header.training),
    )


def _versions(training: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What was done to the field after its bake."""
    compressed = Compression.from_training(training)
    if compressed is not None:
        yield "Compressed", compressed.sentence
        yield "Made from", compressed.of[:16]
    yield from adaptation_rows(training).items()


def _bake(material: Material) -> tuple[tuple[str, str], ...]:
    training = material.header.training
    held = training.get("hold_out") or 0
    compared = {Origin.TEST: "test footage", Origin.HELD_OUT: "held-out frames", Origin.BAKED: "baked frames"}
    return (
        ("Preset", str(training.get("preset", "unknown"))),
        ("Seed", str(training.get("seed", "unknown"))),
        ("Device", _device(training)),
        ("Steps", str(training.get("steps", "unknown"))),
        ("Training time", duration(float(training.get("seconds") or 0.0))),
        ("Exposures", _exposures(training)),
        ("Noise and faults", "found for each frame" if training.get("robust") else "not looked for"),
        ("Held out", f"every {held}th frame" if held else "pixels alone, no frames"),
        ("Compared with", compared[material.origin]),
    )


def _exposures(training: Mapping[str, Any]) -> str:
    if not training.get("sensor"):
        return "all taken as alike"
    if training.get("exposures_measured"):
        return "measured on what neighbouring frames both show"
    return "found for each frame while baking"


def _device(training: Mapping[str, Any]) -> str:
    """With its name and the memory that the bake took, where that is known: of GPUs."""
    if "gpu" not in training:
        return str(training.get("device", "unknown"))
    return f"{training['gpu']}, {byte_size(int(training['gpu_peak_bytes']))} in use at most"


def _size(material: Material) -> tuple[tuple[str, str], ...]:
    large = {name: size for name, size in material.parts.items() if size >= _SMALL * material.size}
    rows = [(_PARTS.get(name, name), byte_size(size)) for name, size in large.items()]
    rows.append(("all else", byte_size(material.size - sum(large.values()))))
    return (*rows, ("together", byte_size(material.size)))


def _corner(point: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.3f}" for value in point)
