"""Prepares a shot with all kinds of files for a farm, verifies it, then again with voxels that somebody has changed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare

FRAME = 3


def main(folder: str, field: str) -> dict[str, Any]:
    """Exit codes of the command lines, and the voxels of the volume as OpenVDB reads them, in a file."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run

    scene = prepare(folder, field, "CYCLES", {"field.volume_voxels": 40, "field.deep_plates": True})
    scene.frame_start = scene.frame_end = FRAME
    scene.frame_set(FRAME)
    bpy.ops.spacetimepilot.make_catcher(detail=24)
    bpy.ops.spacetimepilot.light_scene(width=32)
    bpy.ops.spacetimepilot.make_volumes(start=FRAME, end=FRAME)
    bpy.ops.wm.save_mainfile()
    codes = [int(run(words)) for words in (["prepare-farm"], ["verify"])]
    volume = next(Path(folder, "shot_farm", "volumes").glob("*/*.vdb"))
    _write_down(volume, Path(folder, "voxels.npz"))
    _change(volume)
    print("--- changed", flush=True)
    return {"codes": [*codes, int(run(["verify"]))], "volume": str(volume)}


def _write_down(volume: Path, path: Path) -> None:
    """The values of the grids, one by one, where they are active."""
    import openvdb

    found = {}
    for grid in openvdb.readAll(str(volume))[0]:
        told = [(item.min, item.max, item.value) for item in grid.citerOnValues()]
        assert told
        found[f"{grid.name} from"] = np.array([low for low, _, _ in told])
        found[f"{grid.name} to"] = np.array([high for _, high, _ in told])
        found[f"{grid.name} values"] = np.array([value for _, _, value in told])
    np.savez(path, **found)


def _change(volume: Path) -> None:
    """Twice the light, with the receipt and the seal that a sound volume has."""
    import openvdb
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.plate import seal

    grids, metadata = openvdb.readAll(str(volume))
    for grid in grids:
        if grid.name == "emission":
            grid.mapOn(lambda value: tuple(2 * part for part in value))
    kept = {key: value for key, value in metadata.items() if key.startswith("spacetimepilot.")}
    volume.unlink()
    openvdb.write(str(volume), grids, metadata=kept)
    seal(volume)
