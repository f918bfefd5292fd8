"""Bake the demo's real footage and re-film it: the camera and the shot's time go their own ways.

Leaves demo/out/refilm.gif, demo/out/contact_sheet.png and demo/out/books.stp.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

DEMO = Path(__file__).resolve().parent
FOOTAGE = DEMO / "footage" / "hand_books" / "transforms.json"
OUT = DEMO / "out"
FIELD = OUT / "books.stp"
SIZE = (192, 144)
MINUTES = 2.5
PICTURES = 20


def main() -> None:
    """Bake, re-film, lay out."""
    OUT.mkdir(parents=True, exist_ok=True)
    worker("bake", FOOTAGE, "-o", FIELD, "--minutes", MINUTES)
    views = refilm(json.loads(FOOTAGE.read_text(encoding="utf-8")))
    cameras = OUT / "cameras.json"
    cameras.write_text(json.dumps(views, indent=1), encoding="utf-8")
    worker("render", FIELD, "--cameras", cameras, "-o", OUT / "frames", "--quality", "preview")
    pictures = [labelled(OUT / "frames" / f"{view['file_path']}.png", view) for view in views["frames"]]
    pictures[0].save(OUT / "refilm.gif", save_all=True, append_images=pictures[1:], duration=120, loop=0)
    sheet(pictures).save(OUT / "contact_sheet.png")
    print(f"Look at {OUT / 'refilm.gif'} and {OUT / 'contact_sheet.png'}")


def worker(*words: object) -> None:
    """Run `python -m bake` as a pipeline would; stop where it stops."""
    done = subprocess.run([sys.executable, "-m", "bake", *map(str, words)], cwd=DEMO.parent, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def refilm(footage: dict) -> dict:
    """Half of the pictures hold the time while the camera moves on; the other half play backwards from a still one."""
    frames = footage["frames"]
    first, last, middle = frames[4], frames[-5], frames[len(frames) // 2]
    half = PICTURES // 2
    views = []
    for number in range(PICTURES):
        share = (number % half) / (half - 1)
        bullet = number < half
        pose = between(first["transform_matrix"], last["transform_matrix"], share if bullet else 0.5)
        shot_frame = (
            middle["shot_frame"] if bullet else last["shot_frame"] + share * (first["shot_frame"] - last["shot_frame"])
        )
        views.append({"file_path": f"{number:04d}", "transform_matrix": pose.tolist(), "shot_frame": shot_frame})
    scale = SIZE[0] / footage["w"]
    lens = {key: footage[key] * scale for key in ("fl_x", "fl_y", "cx", "cy")}
    return {"w": SIZE[0], "h": SIZE[1], **lens, "frames": views}


def between(one: list, other: list, share: float) -> NDArray[np.float64]:
    """A pose on the way from one camera to another: straight in place, and turned by a blend of the axes."""
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    pose = a * (1 - share) + b * share
    u, _, v = np.linalg.svd(pose[:3, :3])
    pose[:3, :3] = u @ v
    pose[3] = (0, 0, 0, 1)
    return pose


def labelled(path: Path, view: dict) -> Image.Image:
    """The picture with its shot frame in a corner."""
    picture = Image.open(path).convert("RGB")
    ImageDraw.Draw(picture).text(
        (5, 3), f"shot {view['shot_frame']:.1f}", fill="white", stroke_width=1, stroke_fill="black"
    )
    return picture


def sheet(pictures: list[Image.Image], columns: int = 5) -> Image.Image:
    """All pictures in rows, in order."""
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * SIZE[0], rows * SIZE[1]))
    for number, picture in enumerate(pictures):
        page.paste(picture, (number % columns * SIZE[0], number // columns * SIZE[1]))
    return page


if __name__ == "__main__":
    main()
