"""`verify` of what is no plate: meshes, surroundings and deep pictures that are not what they should be are named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bake.contract.farm_folder import FarmField, FarmFile, FarmPlate, Manifest, sha256_of
from bake.contract.field_file import read_header
from bake.contract.made_file import made_name
from bake.contract.mesh_file import read_mesh_receipt
from bake.contract.messages import Done, EnvironmentRequest, MeshRequest, Request, StandInRequest
from bake.contract.plate_layers import PlateLayers, deep_file
from bake.contract.plate_receipt import read_receipt
from bake.render.deep import read_deep, write_deep
from bake.render.environment import read_environment, write_environment
from bake.render.mesh_file import read_mesh, read_stand_in, write_mesh, write_stand_in
from bake.render.surface import Mesh
from tests.commands.conftest import Worker
from tests.commands.test_serve import Serving, request, serving
from tests.commands.test_verify import verify

__all__ = ["serving"]


def _asked(field: Path, folder: Path, shot_frame: float) -> dict[str, Request]:
    """Requests by the file that they make; the deep picture comes with its plate."""
    content = read_header(field).content_hash
    mesh = folder / f"surface_{shot_frame}.ply"
    plate = replace(request(1, field, folder, size=32), shot_frame=shot_frame)
    around = replace(plate, path=str(folder / f"surroundings_{shot_frame}.exr"))
    return {
        "mesh": MeshRequest(1, str(field), content, shot_frame, 40, str(mesh)),
        "stand-in": StandInRequest(1, str(field), content, shot_frame, 24, str(mesh.with_stem(f"far_{shot_frame}"))),
        "surroundings": EnvironmentRequest(**vars(around)),
        "plate": replace(plate, path=str(folder / f"plate_{shot_frame}.exr"), layers=PlateLayers((), deep=True)),
    }


def _made(serving: Serving, asked: dict[str, Request]) -> dict[str, Path]:
    for wanted in asked.values():
        serving.send(wanted)
        assert serving.next() == Done(wanted.path, id=wanted.id)
    made = {name: Path(wanted.path) for name, wanted in asked.items()}
    return {**made, "deep": deep_file(made["plate"])}


def _change_mesh(path: Path, _: Path) -> None:
    mesh = read_mesh(path)
    points = mesh.points.copy()
    points[: len(points) // 4] += 0.05
    write_mesh(path, replace(mesh, points=points), read_mesh_receipt(path))


def _repaint_mesh(path: Path, _: Path) -> None:
    mesh = read_mesh(path)
    write_mesh(path, replace(mesh, colours=255 - mesh.colours), read_mesh_receipt(path))


def _empty_mesh(path: Path, _: Path) -> None:
    mesh = read_mesh(path)
    write_mesh(path, Mesh(mesh.points[:0], mesh.colours[:0], mesh.triangles[:0]), read_mesh_receipt(path))


def _darken_stand_in(path: Path, _: Path) -> None:
    mesh = read_stand_in(path)
    write_stand_in(path, replace(mesh, light=mesh.light * 0.5), read_mesh_receipt(path))


def _repaint_surroundings(path: Path, other: Path) -> None:
    write_environment(path, np.ascontiguousarray(read_environment(other)[:, ::-1]), read_receipt(path))


def _change_deep(path: Path, _: Path) -> None:
    deep = read_deep(path)
    values = deep.values.copy()
    values[:, 4:] += 0.2
    write_deep(path, replace(deep, values=values), read_receipt(path))


def _exchange(path: Path, other: Path) -> None:
    shutil.copy(other, path)


def _cut(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def _forget(path: Path, _: Path) -> None:
    path.unlink()


_LISTS = {"plate": "plates", "deep": "deep", "mesh": "light", "stand-in": "light", "surroundings": "light"}
FAULTS: tuple[tuple[str, Callable[[Path, Path], None], str, str], ...] = (
    ("mesh", _change_mesh, "shows something else", "Make Catcher"),
    ("mesh", _repaint_mesh, "shows something else", "Make Catcher"),
    ("mesh", _empty_mesh, "shows something else", "Make Catcher"),
    ("mesh", _exchange, "is a foreign mesh", "Make Catcher"),
    ("mesh", _cut, "cut short", "Make Catcher"),
    ("stand-in", _darken_stand_in, "shows something else", "Make Stand-In"),
    ("stand-in", _exchange, "is a foreign stand-in", "Make Stand-In"),
    ("surroundings", _repaint_surroundings, "shows something else", "Light Scene from Field"),
    ("surroundings", _exchange, "foreign", "Light Scene from Field"),
    ("deep", _change_deep, "shows something else", "make their plates again"),
    ("deep", _forget, "is missing", "make their plates again"),
)


def test_each_file_of_a_farm_is_looked_at(serving: Serving, worker: Worker, field_file: Path, tmp_path: Path) -> None:
    asked, folder = _asked(field_file, tmp_path, 2.0), tmp_path / "farm"
    sound, others = _made(serving, asked), _made(serving, _asked(field_file, tmp_path, 5.0))
    names = {kind: made_name(wanted) for kind, wanted in asked.items()}
    names["deep"] = names["plate"]
    folder.mkdir()
    rows: dict[str, list[Any]] = {"plates": [], "deep": [], "light": []}
    told: dict[str, tuple[str, str]] = {}
    for number, (kind, harm, words, hint) in enumerate(FAULTS):
        file = folder / f"{number}_{sound[kind].name}"
        shutil.copy(sound[kind], file)
        rows[_LISTS[kind]].append(_row(kind, file, names[kind], read_header(field_file).content_hash))
        harm(file, others[kind])
        told[str(file)] = (words, hint)
    fields = {"ball": FarmField(str(field_file), read_header(field_file).content_hash, "ball")}
    Manifest("shot.blend", "Scene", [1], fields, rows["plates"], light=rows["light"], deep=rows["deep"]).write(folder)
    # Others by their receipts alone: no manifest says what they should be.
    done = worker("verify", folder, *others.values(), "--device", "cpu", "--json", "--field", field_file)
    assert done.returncode == 1, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = {line["plate"]: line for line in lines if "plate" in line}
    for path, (words, _) in told.items():
        assert words in found[path]["fault"], (path, found[path])
    good = {line["kind"]: line for line in found.values() if line["good"]}
    assert set(good) == {"plate", "deep picture", "mesh", "stand-in", "picture of the surroundings"}
    assert len(found) == len(FAULTS) + 5 and all(line["within"] == 1 for line in good.values())
    assert good["mesh"]["number"] == 128 and good["deep picture"]["pixels"] >= 32 * 24
    said = done.stdout + done.stderr
    assert all(hint in said for _, hint in told.values())


def _row(kind: str, file: Path, name: str, content: str) -> FarmPlate | FarmFile:
    if kind in ("plate", "deep"):
        return FarmPlate(1, "ball", file.name, sha256_of(file), name, content)
    return FarmFile(file.name, sha256_of(file), None, "ball", name, content)


def test_a_file_that_says_nothing_is_known_by_its_hash(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "old.ply").write_bytes(b"ply\nformat ascii 1.0\nend_header\n")
    light = [FarmFile("old.ply", sha256_of(tmp_path / "old.ply"), None, "ball")]
    (tmp_path / "same.ply").write_bytes((tmp_path / "old.ply").read_bytes())
    light.append(replace(light[0], file="same.ply"))
    Manifest("shot.blend", "Scene", [1], {}, [], light=light).write(tmp_path)
    (tmp_path / "old.ply").write_bytes(b"ply\nformat ascii 1.0\n\nend_header\n")
    code, lines = verify(worker, tmp_path)
    assert code == 1 and [line["fault"] for line in lines if "plate" in line] == [
        "is not the file that was prepared",
        "",
    ]
