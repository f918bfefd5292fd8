"""On a farm files of every kind are verified, volumes by voxels that are read without OpenVDB."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from bake.contract.farm_folder import read_manifest
from bake.render.vdb_grids import LEAF, read_grids
from tests.analytic_field import make_slab_field
from tests.blender.harness import Blender


def test_every_kind_of_file_is_verified(blender: Blender, tmp_path: Path) -> None:
    make_slab_field(tmp_path / "slab.stp")
    done = blender.run("verify_farm", tmp_path, tmp_path / "slab.stp", timeout=600)
    assert done.values["codes"] == [0, 0, 1], done.stdout + done.stderr
    manifest, farm = read_manifest(tmp_path / "shot_farm"), tmp_path / "shot_farm"
    files = {one.file for one in (*manifest.plates, *manifest.deep, *manifest.volumes)}
    files |= {one.file for one in manifest.light}
    assert len(files) == 5 and len(manifest.deep) == 1
    sound, changed = done.stdout.split("--- changed")
    assert "5 of 5 files are good" in sound
    assert all(f"{farm / file}  as its receipt says: 100.0% of" in sound for file in files)
    assert "4 of 5 files are good" in changed and "Volumes: press Make Volumes again" in changed
    (wrong,) = (line for line in changed.splitlines() if line.startswith("WRONG"))
    assert done.values["volume"] in wrong and "shows something else" in wrong

    # Before the change; its blocks were the same.
    told = np.load(tmp_path / "voxels.npz")
    for name, grid in read_grids(Path(done.values["volume"])).items():
        wanted = {}
        for low, high, value in zip(*(told[f"{name} {part}"] for part in ("from", "to", "values")), strict=True):
            for place in itertools.product(*(range(a, b + 1) for a, b in zip(low, high, strict=True))):
                wanted[place] = value * (2 if name == "emission" else 1)
        values = grid.values(range(len(grid.origins)))
        for origin, block in zip(grid.origins, values, strict=True):
            for step in np.ndindex(LEAF, LEAF, LEAF):
                right = wanted.pop(tuple(origin + step), np.zeros(grid.width))
                np.testing.assert_allclose(block[step], right, rtol=2e-3)
        assert not wanted
