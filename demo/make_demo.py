"""Bake real footage, put native geometry into it and re-film it, through the installed extension.

Leaves in demo/out: refilm.gif, contact_sheet.png, books.stp, and books.blend to go on with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw
from plan import CAMERA, FRAMES, PLAN, TIME, planned

DEMO = Path(__file__).resolve().parent
ROOT = DEMO.parent
FOOTAGE = DEMO / "footage" / "hand_books" / "transforms.json"
OUT = DEMO / "out"
BLENDER = ROOT / ".venv-blender-4.5" / "bin" / "python"
STRIP = 44
MILLISECONDS = 80


def main() -> None:
    """Install, film, lay out."""
    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "blender").mkdir(parents=True)
    package = max((ROOT / "build").glob("spacetimepilot_blender-*.zip"), key=lambda path: path.stat().st_mtime)
    blender("install", package)
    blender("film", FOOTAGE, OUT)
    pictures = [with_strip(OUT / "frames" / f"{frame:04d}.png", frame) for frame in range(1, FRAMES + 1)]
    pictures[0].save(
        OUT / "refilm.gif", save_all=True, append_images=pictures[1:], duration=MILLISECONDS, loop=0, optimize=True
    )
    sheet(pictures[:: FRAMES // 12]).save(OUT / "contact_sheet.png")
    print(f"Look at {OUT / 'refilm.gif'} and {OUT / 'contact_sheet.png'}")


def blender(*words: object) -> None:
    """Run film.py in Blender, isolated from the person's own settings; stop where it stops."""
    environment = dict(
        os.environ,
        BLENDER_USER_RESOURCES=str(OUT / "blender"),
        SPACETIMEPILOT_HOME=str(OUT / "blender" / "bakes"),
        SPACETIMEPILOT_PYTHON=sys.executable,
    )
    command = [str(BLENDER), str(DEMO / "film.py"), *map(str, words)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(("SpaceTimePilot", "Info", "Saved", "Error")):
                print(line.rstrip(), flush=True)
    if process.returncode:
        sys.exit(f"Blender ended with exit code {process.returncode}; it says why above.")


def with_strip(path: Path, frame: int) -> Image.Image:
    """The picture over two lines that show where the camera is on its path, and where in the shot the time is."""
    picture = Image.open(path).convert("RGB")
    whole = Image.new("RGB", (picture.width, picture.height + STRIP), (24, 24, 26))
    whole.paste(picture)
    draw = ImageDraw.Draw(whole)
    places = (("camera", CAMERA, (90, 170, 250)), ("time", TIME, (250, 170, 70)))
    for row, (name, which, colour) in enumerate(places):
        values = [stop[which] for stop in PLAN.values()]
        share = (planned(frame, which) - min(values)) / (max(values) - min(values))
        y, left, right = picture.height + 12 + 20 * row, 64, picture.width - 14
        draw.text((10, y - 6), name, fill=colour)
        draw.line((left, y, right, y), fill=(70, 70, 74), width=2)
        x = left + share * (right - left)
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=colour)
    return whole


def sheet(pictures: list[Image.Image], columns: int = 4) -> Image.Image:
    """All pictures in rows, in order."""
    width, height = pictures[0].size
    page = Image.new("RGB", (columns * width, -(-len(pictures) // columns) * height))
    for number, picture in enumerate(pictures):
        page.paste(picture, (number % columns * width, number // columns * height))
    return page


if __name__ == "__main__":
    main()
