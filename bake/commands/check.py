"""`check`: is this footage fit to be baked?"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from ..contract.errors import ExitCode
from .arguments import add_colour, add_footage, colour_of
from .console import Console


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "check",
        help="what is wrong with footage",
        description="Reads footage as a bake would, and lists everything that is wrong with it, or what it found.",
        epilog="examples:\n  python -m bake check footage/\n  python -m bake check scene.shot.json --json",
    )
    add_footage(parser)
    add_colour(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Examine the footage and print what was found."""
    from ..footage import examine

    found = examine(arguments.footage, recorded=colour_of(arguments))
    lines = [f"{'footage':<12} {found.source}", f"{'kind':<12} {found.kind}"]
    lines += [f"problem  {problem}" for problem in found.problems] + [f"note     {note}" for note in found.notes]
    document: dict[str, Any] = {
        "footage": str(found.source),
        "kind": found.kind,
        "problems": [asdict(problem) for problem in found.problems],
        "notes": [asdict(note) for note in found.notes],
    }
    if found.shot is not None:
        summary = _summary(found.shot)
        document |= summary
        lines += [f"{key:<12} {_shown(value)}" for key, value in summary.items()]
        lines.append("This footage is fit to be baked.")
    else:
        count = len(found.problems)
        lines.append(f"This footage cannot be baked: {count} problem{'s' if count > 1 else ''} to mend.")
    console.result(document, "\n".join(lines))
    return ExitCode.DONE if found.shot is not None else ExitCode.FAILED


def _summary(shot: Any) -> dict[str, Any]:
    sizes = sorted({f"{frame.camera.width}x{frame.camera.height}" for frame in shot.frames})
    return {
        "name": shot.name,
        "frames": len(shot.frames),
        "cameras": len({frame.stream for frame in shot.frames}),
        "fps": shot.fps,
        "sizes": sizes,
        "first_frame": shot.first_frame,
        "last_frame": shot.last_frame,
        "seconds": round((shot.last_frame - shot.first_frame + 1) / shot.fps, 3),
        "lenses": sorted({frame.camera.lens.model.value for frame in shot.frames}),
        "colours": sorted({frame.picture.colour.space or "sRGB" for frame in shot.frames}),
        "alpha": sorted({frame.picture.alpha.value for frame in shot.frames}),
        "masks": sum(frame.picture.mask is not None for frame in shot.frames),
        "moving": sum(frame.picture.moving is not None for frame in shot.frames),
        "depths": sum(frame.picture.depth is not None for frame in shot.frames),
    }


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
