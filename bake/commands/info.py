"""`info`: what a field file says of itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from ..contract import adaptation, compression
from ..contract.errors import ExitCode
from ..contract.fast_motion import FastMotion
from ..contract.field_file import FieldHeader, read_header
from ..contract.found_noise import FoundNoise, read_noise
from .console import Console

_TOLD_APART = ("history", "noise", "fast_motion", adaptation.KEY, compression.KEY)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "info",
        help="what a field file holds",
        description="Prints what a field file says of itself. Needs neither torch nor footage.",
        epilog="example: python -m bake info shot.stp",
    )
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field file")
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Read the header and print it."""
    header = read_header(arguments.field)
    size = arguments.field.stat().st_size
    console.result(
        {"path": str(arguments.field), "bytes": size, **asdict(header)}, _table(arguments.field, size, header)
    )
    return ExitCode.DONE


def _table(path: Path, size: int, header: FieldHeader) -> str:
    low, high = header.bounds
    seconds = (header.last_frame - header.first_frame) / header.fps if header.fps else 0.0
    rows = {
        "File": f"{path} ({size / 1e6:.1f} MB)",
        "Shot": header.shot,
        "Frames": f"{header.first_frame:g} to {header.last_frame:g} ({header.frame_count} pictures seen)",
        "Rate": f"{header.fps:g} frames a second ({seconds:.2f} s)",
        "Bounds": " to ".join("(" + ", ".join(f"{value:.4g}" for value in corner) + ")" for corner in (low, high)),
        "Metres per unit": f"{header.metres_per_unit:g}",
        "Footage": "opaque" if header.opaque else "subject alone, with alpha",
        "Colour": header.colour_space,
        "Content": header.content_hash,
    }
    noise = read_noise(path, header.training)
    if noise is not None:
        rows |= _noise(noise)
    if header.training.get("fast_motion"):
        rows["Fast motion"] = FastMotion.from_json(header.training["fast_motion"]).sentence(header.metres_per_unit)
    compressed = compression.Compression.from_training(header.training)
    if compressed is not None:
        rows |= {"Compressed": compressed.sentence, "Made from": compressed.of}
    rows |= adaptation.adaptation_rows(header.training)
    told = {key: value for key, value in header.training.items() if key not in _TOLD_APART}
    rows |= {f"Training {key}": _short(value) for key, value in told.items()}
    rows |= {f"Made with {key}": value for key, value in header.software.items()}
    width = max(map(len, rows)) + 2
    return "\n".join(f"{key:<{width}}{value}" for key, value in rows.items())


def _noise(noise: FoundNoise) -> dict[str, str]:
    deviations = [deviation for _, deviation in noise.sound]
    faulty = ", ".join(f"{at:g} ({trust:.0%} trusted)" for at, trust in noise.faulty)
    return {
        "Noise": f"{min(deviations):.4f} to {max(deviations):.4f} of middle grey" if deviations else "not known",
        "Faulty frames": faulty or "none found",
    }


def _short(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
