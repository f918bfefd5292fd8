"""Renders frames of a prepared shot in a Blender that need not have the extension.

    blender -b shot.blend --python-exit-code 1 --python render_frames.py -- --frames 1-10 --output FOLDER

Before each frame its plates and volumes are checked, because Blender takes a missing file for an empty picture. Each
picture is rendered in a hidden folder and then moved to its place, so that what has its name is whole; those that are
there already, and of this preparation, are kept. Exit code: 0 if all frames are there, 1 if one could not be rendered.
"""

import argparse
import contextlib
import hashlib
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import bpy

FOLDER = Path(__file__).resolve().parent
SEAL = b"STPPLATE"
"""Begins the end of a whole plate; the SHA-256 of all before it follows."""


def main(words: list[str]) -> int:
    """Render what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(prog="blender ... --python render_frames.py --")
    parser.add_argument("--frames", default="all", help="such as 1-10,15; default: all that were prepared")
    parser.add_argument("--output", default=str(FOLDER / "frames"), help="folder of the pictures")
    arguments = parser.parse_args(words)
    try:
        prepared = (FOLDER / "manifest.json").read_bytes()
    except OSError as error:
        say(f"{FOLDER} is not prepared: its manifest.json cannot be read ({error.strerror}).")
        return 1
    manifest = json.loads(prepared)
    shot = Shot(manifest, hashlib.sha256(prepared).hexdigest(), Path(arguments.output))
    frames = manifest["frames"] if arguments.frames == "all" else read_frames(arguments.frames)
    failed = [frame for place, frame in enumerate(frames, 1) if not shot.render(frame, f"{place} of {len(frames)}")]
    if failed:
        say(f"{len(failed)} of {len(frames)} frames could not be rendered: {', '.join(map(str, failed))}")
    return 1 if failed else 0


class Shot:
    """The open .blend, and the folder that it belongs to."""

    def __init__(self, manifest: dict[str, Any], preparation: str, output: Path) -> None:
        self._manifest, self._preparation, self._output = manifest, preparation, output
        self._scene = bpy.data.scenes[manifest["scene"]]
        self._names = {frame: Path(self._scene.render.frame_path(frame=frame)).name for frame in manifest["frames"]}
        (output / ".rendered").mkdir(parents=True, exist_ok=True)

    def render(self, frame: int, place: str) -> bool:
        """Render a frame, unless it is there; whether it is there afterwards."""
        if frame not in self._names:
            say(f"frame {frame} ({place}) was not prepared")
            return False
        picture, note = self._output / self._names[frame], self._output / ".rendered" / self._names[frame]
        if picture.is_file() and note.is_file() and note.read_text(encoding="utf-8") == self._preparation:
            say(f"frame {frame} ({place}) is there already")
            return True
        needed = (*self._manifest["plates"], *self._manifest.get("volumes", ()))
        faults = [fault for plate in needed if plate["frame"] == frame and (fault := fault_of(plate))]
        light = [file for file in self._manifest["light"] if file["frame"] in (None, frame)]
        faults += [fault for file in light if (fault := fault_of({**file, "plate": ""}))]
        if faults:
            say(f"frame {frame} ({place}) cannot be rendered: {'; '.join(faults)}")
            return False
        try:
            self._render_to(frame, picture)
            replace_text(note, self._preparation)
        except (RuntimeError, OSError) as error:
            say(f"frame {frame} ({place}) cannot be rendered: {' '.join(str(error).removeprefix('Error: ').split())}")
            return False
        say(f"frame {frame} ({place}) is rendered")
        return True

    def _render_to(self, frame: int, picture: Path) -> None:
        render, aside = self._scene.render, f"{uuid.uuid4().hex[:12]}_"
        render.filepath = str(self._output / ".rendered" / aside) + "####"
        render.use_overwrite, render.use_placeholder = True, False
        self._scene.frame_start = self._scene.frame_end = frame
        written = Path(render.frame_path(frame=frame))
        try:
            # As an animation of one frame, because then File Output nodes number their files too.
            bpy.ops.render.render(animation=True, scene=self._scene.name)
            written.replace(picture)
        finally:
            with contextlib.suppress(OSError):
                written.unlink()


def fault_of(plate: dict[str, Any]) -> str:
    """What is wrong with a plate or volume; "" if it is the one that was prepared, or one made again like it."""
    path = FOLDER / plate["file"]
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"{plate['file']} cannot be read: {error.strerror}"
    if hashlib.sha256(data).hexdigest() == plate["sha256"]:
        return ""
    body, seal = data[: -len(SEAL) - 32], data[-len(SEAL) - 32 :]
    if not plate["plate"] or seal != SEAL + hashlib.sha256(body).digest():
        return f"{plate['file']} is cut short, damaged or another file"
    # The header holds its name by content.
    return "" if plate["plate"].encode() in body[:65536] else f"{plate['file']} is foreign or stale"


def replace_text(path: Path, text: str) -> None:
    """Write a text so that nobody reads half of it."""
    aside = path.with_name(f".{uuid.uuid4().hex[:12]}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def read_frames(text: str) -> list[int]:
    """Frames of a text such as "1-10,15"."""
    frames: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        frames += range(int(first), int(last if dash else first) + 1)
    return frames


def say(text: str) -> None:
    """A line for the farm's log."""
    print(f"SpaceTimePilot: {text}", flush=True)


if __name__ == "__main__":
    code = main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else [])
    if code:
        # Blender's own way out would make it 0.
        sys.stdout.flush()
        os._exit(code)
