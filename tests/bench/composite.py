"""How well native objects sit in a baked capture: composited frames beside Cycles' own picture of the whole scene.

Run from the top folder: python -m tests.bench.composite --data FOLDER --minutes 5. The folder holds `knight_stage`,
whose `insert` pictures show the test views with native objects in the scene. Where native surfaces could be seen, each
pixel shows either the object or what hides it; printed is how often the composite decides as the truth does, away from
edges, and how true the composite is in a band along the native silhouettes and where native objects cast shadows on
what was captured: merged by depth, exactly, and exactly with shadows caught. The pictures are put side by side: truth,
composite by depth, exact composite, the same with shadows, and in red where depth decides differently.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion, binary_opening

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.blender.harness import ROOT, installed
from tests.blender.package import build_package

COVERED = 0.99
EDGE = 2
BAND = 12
"""Pixels across the band along silhouettes."""
SHADES = (0.02, 0.05)
"""How much darker, encoded, what is in a native shadow is in the truth: all of it, and what is plainly seen."""
PARTS = ("band", *(f"shadow > {shade}" for shade in SHADES))
KINDS = {"both": "by depth", "exact": "exact", "shadows": "with shadows"}
"""Of the composites that are compared."""


def main() -> None:
    """Bake, composite, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds knight_stage")
    parser.add_argument("--minutes", type=float, default=5.0, help="of the bake")
    parser.add_argument("--field", type=Path, help="a field of knight_stage that is baked already")
    parser.add_argument("--detail", type=int, default=128, help="voxels along the captured surfaces' longest edge")
    parser.add_argument("--pictures", type=Path, default=ROOT / "build" / "composite.png", help="where to put them")
    arguments = parser.parse_args()
    stage = (arguments.data / "knight_stage").resolve()
    if not (stage / "insert.json").is_file():
        print(f"SKIPPED: there is no {stage / 'insert.json'}.")
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        field = arguments.field.resolve() if arguments.field else bake(stage, folder, arguments.minutes)
        blender = installed("4.5", build_package(folder), folder / "blender")
        cameras, insert = stage / "transforms_insert_test.json", stage / "insert.json"
        found = blender.run("stage", folder, field, cameras, insert, arguments.detail, timeout=7200).values["frames"]
        parts = [f"{part}, {kind}" for part in PARTS for kind in KINDS.values()]
        print(f"{'frame':<8}{'decided as truth':>18}{'psnr of objects':>18}{''.join(f'{part:>28}' for part in parts)}")
        compared = [compare(number, row, stage) for number, row in enumerate(found)]
        means = decibels(np.nanmean([errors for _, errors in compared], axis=0))
        print(f"{'all':<44}{''.join(f'{value:>25.2f} dB' for value in means.ravel())}")
        for part, (depth, exact, shadows) in zip(PARTS, means, strict=True):
            print(f"{part}: {exact - depth:+.2f} dB exact, {shadows - depth:+.2f} dB with shadows, against by depth")
        arguments.pictures.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.concatenate([pictures for pictures, _ in compared])).save(arguments.pictures)
        print(f"pictures: {arguments.pictures}")


def bake(stage: Path, folder: Path, minutes: float) -> Path:
    """A field of the stage."""
    field = folder / "stage.stp"
    words = ["bake", stage / "transforms_train.json", "-o", field, "--minutes", minutes]
    subprocess.run([sys.executable, "-m", "bake", *map(str, words)], cwd=ROOT, check=True)
    return field


def compare(number: int, row: dict[str, str], stage: Path) -> tuple[np.ndarray, np.ndarray]:
    """Print one line; the pictures side by side, and mean square errors (3, 3): in PARTS, of each kind."""
    seen = {name: picture(Path(path)) for name, path in row.items()}
    both, native, field = seen["both"], seen["native"], seen["field"]
    truth, without = picture(stage / "insert" / f"{number:04d}.png"), picture(stage / "test" / f"{number:04d}.png")
    inside = binary_erosion(native[..., 3] > COVERED, iterations=EDGE)
    nearest = nearer(both, native, field)
    wanted = nearer(truth, native, without)
    # Where object and what hides it look alike, nobody can tell.
    clear = inside & (apart(native, without) > 0.1) & (apart(native, field) > 0.1)
    same = nearest == wanted
    shown = clear & nearest & wanted
    error = float(np.square(both[shown, :3] - truth[shown, :3]).mean()) if shown.any() else float("nan")
    filled = native[..., 3] > 0.5
    band = binary_dilation(filled, iterations=BAND // 2) & ~binary_erosion(filled, iterations=BAND // 2)
    darker = without[..., :3].mean(axis=-1) - truth[..., :3].mean(axis=-1)
    bare = ~binary_dilation(native[..., 3] > 0, iterations=1)
    parts = [band, *(binary_opening(bare & (darker > shade)) for shade in SHADES)]
    errors = np.array([[mean_square(seen[name], truth, part) for name in KINDS] for part in parts])
    told = "".join(f"{value:>25.2f} dB" for value in decibels(errors).ravel())
    print(f"{number:<8}{100 * same[clear].mean():>17.2f}%{decibels(error):>15.1f} dB{told}", flush=True)
    marked = both[..., :3].copy()
    marked[clear & ~same] = (1, 0, 0)
    side_by_side = np.concatenate([truth[..., :3], *(seen[name][..., :3] for name in KINDS), marked], axis=1)
    return (side_by_side * 255 + 0.5).astype(np.uint8), errors


def mean_square(seen: np.ndarray, truth: np.ndarray, part: np.ndarray) -> float:
    """Mean square error of colours in a part of a picture; NaN where there is none of it."""
    return float(np.square(seen[part, :3] - truth[part, :3]).mean()) if part.any() else float("nan")


def decibels(error: np.ndarray | float) -> np.ndarray:
    """PSNR of mean square errors."""
    return -10 * np.log10(error)


def picture(path: Path) -> np.ndarray:
    """(H, W, 4) float, encoded."""
    return np.asarray(Image.open(path).convert("RGBA"), dtype=np.float64) / 255


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(H, W) how different colours are, whatever light or shadow falls on them: the truth has shadows of its own."""
    pure = [value[..., :3] / np.linalg.norm(value[..., :3] + 1e-3, axis=-1, keepdims=True) for value in (one, other)]
    return np.linalg.norm(pure[0] - pure[1], axis=-1)


def nearer(seen: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(H, W) bool, whether a picture looks more like `one` than like `other`."""
    return apart(seen, one) < apart(seen, other)


if __name__ == "__main__":
    main()
