"""The extension as a guest in Blender: it comes with what it needs, brings nothing heavy and leaves nothing behind."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.blender.fields import write_box_field
from tests.blender.harness import ROOT, Blender
from tests.blender.package import PackageError, _check_names, packed


def test_the_package_holds_what_artists_need_and_no_more(package: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        names = set(opened.namelist())
    assert all(packed(name) for name in names)
    assert names >= {"__init__.py", "LICENSE", "bake/__main__.py", "bake/requirements.txt"}
    assert names >= {"demo/footage/hand_books/LICENSE", "demo/footage/hand_books/transforms.json"}
    assert package.stat().st_size < 1.6e6
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".nbi", ".nbc", ".whl"))]
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bake").rglob("*.py")}
    assert there <= names


def test_a_package_with_a_stranger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("__init__.py", "")
        made.writestr("footage/frame.png", "")
    with pytest.raises(PackageError, match="would hold footage"):
        _check_names(path)


def test_ten_times_registered_nothing_is_left(blender: Blender) -> None:
    found = blender.run("register_again").values
    assert found == {"left": {}, "grown": {}}


def test_nothing_heavy_comes_into_blender(blender: Blender) -> None:
    found = blender.run("import_everything").values
    assert "bake.contract.plate" in found["imported"]
    assert found["heavy"] == [] and found["worker"] == []


def test_what_cannot_be_pressed_says_why(blender: Blender, tmp_path: Path) -> None:
    write_box_field(tmp_path / "field.stp")
    found = blender.run("greyed_out", tmp_path / "field.stp").values
    assert {"make_plates", "set_up_compositing", "remove_stream", "set_floor"} <= set(found["nothing there"])
    assert {"remove_field", "reload_field", "remove_compositing"} <= set(found["field not selected"])
    silent = {name for said in found.values() for name, words in said.items() if "context is incorrect" in words}
    assert not silent, f"greyed out without a reason: {sorted(silent)}"


def test_a_scenario_that_fails_is_told_and_never_hangs(blender: Blender, tmp_path: Path) -> None:
    scenario = tmp_path / "failing.py"
    scenario.write_text(
        "import bpy, threading, time\n"
        "def main():\n"
        "    bpy.app.handlers.frame_change_post.append(lambda *a: None)\n"
        "    threading.Thread(target=time.sleep, args=(300,)).start()\n"
        "    raise RuntimeError('on purpose')\n",
        encoding="utf-8",
    )
    done = blender.run(scenario, timeout=60, check=False)
    assert done.returncode == 1 and "on purpose" in done.stderr and done.values == {}
