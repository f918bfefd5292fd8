"""What is dropped into the viewport becomes a field or the shot's footage, or is left to others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.footage.making import make_capture, write


@pytest.fixture
def captures(tmp_path: Path) -> dict[str, Path]:
    """A file of each kind of capture, and files that others use."""
    posed = {"frames": [{"file_path": "a.png", "transform_matrix": [[1, 0], [0, 1]]}]}
    found = {
        "transforms": make_capture(tmp_path / "one", count=2, name="transforms.json"),
        "poses": write(tmp_path / "poses.json", posed),
        "described": write(tmp_path / "two.shot.json", {}),
        "nerfies": tmp_path / "nerfies" / "dataset.json",
        "npy": tmp_path / "poses_bounds.npy",
        "qualisys": tmp_path / "rig.qca.txt",
        "sprites": write(tmp_path / "sprites.json", {"frames": [{"filename": "run.png"}]}),
        "list": write(tmp_path / "list.json", {"cameras": []}),
        "notes": tmp_path / "notes.txt",
        "cameras alone": tmp_path / "alone" / "cameras.txt",
    }
    for name in ("nerfies/camera", "alone"):
        (tmp_path / name).mkdir(parents=True)
    for ending in ("bin", "txt"):
        folder = tmp_path / f"colmap_{ending}" / "sparse" / "0"
        folder.mkdir(parents=True)
        for part in ("cameras", "images", "points3D"):
            (folder / f"{part}.{ending}").write_bytes(b"")
        found[f"colmap {ending}"] = folder / f"images.{ending}"
    for path in found.values():
        if not path.exists():
            path.write_bytes(b"")
    return found


def dropped(
    blender: Blender, folder: Path, *drops: Path | list[Path], editor: str = "VIEW_3D"
) -> tuple[list[dict[str, Any]], str]:
    """What there is after each drop, and what Blender has told; its own operator does not say that ours refused."""
    paths = [[str(path) for path in (drop if isinstance(drop, list) else [drop])] for drop in drops]
    done = blender.run("drop_files", folder, paths, editor)
    return done.values["found"], done.stdout


def test_captures_become_the_footage(blender: Blender, tmp_path: Path, captures: dict[str, Path]) -> None:
    folders = ("nerfies", "colmap bin", "colmap txt")
    names = ["transforms", "poses", "described", "npy", "qualisys", *folders]
    drops, _ = dropped(blender, tmp_path, *(captures[name] for name in names))
    for name, found in zip(names, drops, strict=True):
        named = captures[name].parent if name in folders else captures[name]
        wanted = f"//{named.relative_to(tmp_path).as_posix()}"
        assert (found["said"], found["source"], found["capture"]) == ("{'FINISHED'}", "FILE", wanted), name


def test_a_whole_model_dropped_at_once(blender: Blender, tmp_path: Path, captures: dict[str, Path]) -> None:
    model = captures["colmap bin"].parent
    (found,), _ = dropped(blender, tmp_path, sorted(model.iterdir()))
    assert found["capture"] == "//colmap_bin/sparse/0", found


def test_what_is_of_others_is_refused_and_changes_nothing(
    blender: Blender, tmp_path: Path, captures: dict[str, Path]
) -> None:
    names = ("sprites", "list", "notes", "cameras alone")
    drops, told = dropped(blender, tmp_path, *(captures[name] for name in names))
    for name, found in zip(names, drops, strict=True):
        assert f"{captures[name].name} is no capture that can be baked. Choose a transforms.json" in told, told
        assert (found["source"], found["capture"]) == ("SCENE", ""), found


def test_fields_stand_where_they_were_filmed(blender: Blender, tmp_path: Path) -> None:
    for name, low in (("near", 0.5), ("far", 0.7)):
        write_box_field(tmp_path / f"{name}.stp", low)
    (tmp_path / "broken.stp").write_bytes(b"nothing")
    paths = [tmp_path / "near.stp", tmp_path / "far.stp"]
    (one, broken, both), told = dropped(blender, tmp_path, paths[0], [paths[1], tmp_path / "broken.stp"], paths)
    assert one["fields"] == [["box", [0, 0, 0], [0, 0, 0]]]
    assert "broken.stp is not a field file" in told and broken["fields"] == one["fields"], "all or none"
    assert len(both["fields"]) == 3


def test_other_editors_are_left_alone(blender: Blender, tmp_path: Path, captures: dict[str, Path]) -> None:
    (found,), _ = dropped(blender, tmp_path, captures["transforms"], editor="IMAGE_EDITOR")
    assert found["said"] == "{'CANCELLED'}" and found["source"] == "SCENE", found


def test_a_folder_chosen_in_the_file_browser(blender: Blender, tmp_path: Path, captures: dict[str, Path]) -> None:
    scenario = tmp_path / "choose.py"
    scenario.write_text(
        "import bpy\n"
        "def main(*folders):\n"
        "    shot, said = bpy.context.scene.spacetimepilot, {}\n"
        "    for folder in folders:\n"
        "        try:\n"
        "            bpy.ops.spacetimepilot.set_footage(filepath=folder)\n"
        "            said[folder] = shot.footage_path\n"
        "        except RuntimeError as error:\n"
        "            said[folder] = str(error)\n"
        "    return said\n",
        encoding="utf-8",
    )
    model, empty = captures["colmap txt"].parents[2], tmp_path / "empty"
    empty.mkdir()
    found = blender.run(scenario, f"{model}/", f"{empty}/", tmp_path / "nothing.json").values
    assert Path(found[f"{model}/"]) == model
    assert "empty is no capture" in found[f"{empty}/"]
    assert "There is no file" in found[str(tmp_path / "nothing.json")]
