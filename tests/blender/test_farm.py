"""A prepared shot renders where the extension is not, as it would have with it, and nothing wrong goes unnoticed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bake.contract.farm_folder import read_manifest
from bake.render.plate_file import read_plate
from tests.blender.fields import write_box_field
from tests.blender.harness import ROOT, Blender, Result
from tests.blender.test_frames import read_picture

FRAMES = (3, 4, 5, 6)
PREPARE = ["prepare-farm", "--frames", "3", "6", "--chunk", "2"]


class Shot:
    """A shot, where it is prepared to, and a Blender without the extension."""

    def __init__(self, blender: Blender, folder: Path) -> None:
        self.blender, self.folder, self.farm = blender, folder, folder / "shot_farm"
        self.field = folder / "box.stp"
        self.program = folder / "blender"
        wrapper = Path(__file__).with_name("plain_blender.py")
        self.program.write_text(f'#!/bin/sh\nexec {blender.python} -P {wrapper} "$@"\n', encoding="utf-8")
        self.program.chmod(0o755)

    def prepare(
        self,
        *lines: list[str],
        rendered: tuple[int, ...] = (),
        faults: tuple[str, ...] = (),
        changes: dict[str, Any] | None = None,
    ) -> Result:
        words = lines or [PREPARE]
        return self.blender.run("prepare_farm", self.folder, self.field, words, rendered, faults, changes or {})

    def start(self, frames: str) -> subprocess.Popen[str]:
        script = self.farm / "render_frames.py"
        words: list[str | Path] = ["-b", self.farm / "shot.blend", "--python-exit-code", "1", "--python", script]
        words += ["--", "--frames", frames]
        return subprocess.Popen(
            [self.program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder
        )

    def render(self, frames: str) -> tuple[int, str]:
        process = self.start(frames)
        said = process.communicate(timeout=200)[0]
        return process.returncode, said

    def picture(self, frame: int) -> Path:
        return self.farm / "frames" / f"shot_{frame:04d}.exr"

    def plate(self, frame: int) -> Path:
        return self.farm / next(plate.file for plate in read_manifest(self.farm).plates if plate.frame == frame)


@pytest.fixture
def shot(blender: Blender, tmp_path: Path) -> Iterator[Shot]:
    made = Shot(blender, tmp_path)
    write_box_field(made.field)
    yield made


def wait_for(there: Callable[[], bool]) -> None:
    for _ in range(600):
        if there():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


def test_the_same_frames_without_the_extension(shot: Shot) -> None:
    # Two fields, one merged exactly.
    changes = {"twin": [0.8, -2.0, 0.6, 7.5], "field.merge": "exact"}
    done = shot.prepare(PREPARE, ["verify"], rendered=FRAMES, changes=changes)
    assert done.values["codes"] == [0, 0], done.stderr
    assert done.values["before"] == done.values["after"]
    as_it_was, moved = done.values["unchanged"]
    assert as_it_was == "" and "was changed while" in moved
    plates = read_manifest(shot.farm).plates
    assert [(p.field, p.frame) for p in plates if not p.plate] == [("box", 5)], "the frame in which it is hidden"
    assert len(plates) == 8 and {p.shot_frame for p in plates if p.field == "box.001"} == {7.5}
    # Whatever renders has only the folder, elsewhere, without the field that the scene was made with.
    elsewhere = shot.folder / "else where"
    shutil.move(shot.farm, elsewhere)
    shutil.rmtree(shot.folder / "spacetimepilot_plates")
    shot.field.unlink()
    shot.farm = elsewhere

    killed = shot.start("3-6")
    # The note beside the pictures comes last: only with it a frame counts as there.
    wait_for(lambda: (shot.farm / "frames/.rendered" / shot.picture(3).name).is_file())
    killed.kill()
    killed.communicate()
    both = [shot.start("6,4,3,5"), shot.start("5,6,4")]
    said = [process.communicate(timeout=200)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "frame 3 (3 of 4) is there already" in said[0]
    assert sorted(path.name for path in (shot.farm / "frames").glob("*.exr")) == [shot.picture(f).name for f in FRAMES]
    for frame in FRAMES:
        truth = read_picture(Path(done.values["pictures"][str(frame)]))
        np.testing.assert_array_equal(read_picture(shot.picture(frame)), truth)
    code, told = shot.render("3-4,9")
    assert code == 1 and "frame 9 (3 of 3) was not prepared" in told and "1 of 3 frames" in told


def test_layers_reach_a_farm(shot: Shot) -> None:
    changes = {"field.layer_vector": True, "field.layer_mattes": True}
    lines = (["prepare-farm", "--frames", "3", "3"], ["verify"])
    done = shot.prepare(*lines, rendered=(3,), faults=("vectors",), changes=changes)
    assert done.values["codes"] == [0, 0], done.stderr
    code, said = shot.render("3")
    assert code == 0, said
    seen = read_picture(shot.picture(3))
    np.testing.assert_array_equal(seen, read_picture(Path(done.values["pictures"]["3"])))
    plate = read_plate(shot.plate(3))
    assert np.abs(seen[..., 0]).max() > 1, "the camera moves, and so does the picture"
    np.testing.assert_allclose(seen[..., 0], plate.layers["Vector.X"], atol=2e-3)
    assert plate.layers["CryptoObject00.G"].max() > 0.9


def test_damaged_foreign_and_stale_plates(shot: Shot) -> None:
    assert shot.prepare().values["codes"] == [0]
    sound = {frame: shot.plate(frame).read_bytes() for frame in FRAMES}
    # In place, so that the plate beside the .blend is cut as well: they are one file.
    os.truncate(shot.plate(3), 900)
    shot.plate(4).unlink()
    shutil.copy(shot.plate(6), shot.plate(4))
    shot.plate(5).unlink()
    code, told = shot.render("3-6")
    assert code == 1 and "3 of 4 frames could not be rendered: 3, 4, 5" in told
    words = {3: "cut short, damaged", 4: "is foreign or stale", 5: "cannot be read: No such file"}
    assert all(f"frame {f} ({f - 2} of 4) cannot be rendered: plates/box/box_000{f}.exr" in told for f in words)
    assert all(word in told for word in words.values()) and not shot.picture(3).exists()
    done = shot.prepare(["verify"], PREPARE, ["verify"])
    assert done.values["codes"] == [1, 0, 0], done.stderr
    assert "is cut short or damaged; it was made again" in done.stdout and "Not all files" in done.stderr
    assert {frame: shot.plate(frame).read_bytes() for frame in FRAMES} == sound
    mark = shot.picture(6).stat().st_mtime_ns
    assert shot.render("6")[0] == 0 and shot.picture(6).stat().st_mtime_ns > mark, (
        "another preparation, another picture"
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("texture", "The file of the image Wall is missing"),
        ("unreadable", "The file of the image Wall cannot be read: Is a directory"),
        ("camera", "Frames 3 to 6: The scene Scene has no camera"),
        ("movie", "is a movie"),
        ("baked again", "box was baked again"),
    ],
)
def test_what_would_break_is_said_before_anything_is_made(shot: Shot, fault: str, words: str) -> None:
    write_box_field(shot.folder / "other.stp", seed=1)
    done = shot.prepare(faults=(fault,))
    assert done.values["codes"] == [1] and words in done.stderr
    assert not shot.farm.exists() and not (shot.folder / "spacetimepilot_plates").exists()


def test_what_might_break_is_said(shot: Shot) -> None:
    done = shot.prepare([*PREPARE[:3], "3", "--output", str(shot.folder)], [*PREPARE[:3], "3"], faults=("absolute",))
    assert done.values["codes"] == [1, 0] and "is the folder of the .blend itself" in done.stderr
    assert (
        f"The image Floor is named by an absolute path, which the farm has to see as well: {shot.folder}" in done.stdout
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "SpaceTimePilot" in line]
    assert not [line for line in said if "Warning" in line or "Error" in line]
    assert read_manifest(shot.farm).files == [f"{shot.folder}/floor.png"]


def test_an_open_job_runs_fails_and_resumes(shot: Shot) -> None:
    openjd = shutil.which("openjd") or shutil.which("openjd", path=str(Path(sys.executable).parent))
    if openjd is None:
        pytest.skip("openjd, the reference command line of Open Job Description (PyPI: openjd-cli), is not here")
    assert shot.prepare().values["codes"] == [0]

    def run(*words: str) -> tuple[int, str]:
        given = {"Blender": shot.program, "Extension": ROOT}
        parameters = [word for key, value in given.items() for word in ("-p", f"{key}={value}")]
        command = [openjd, "run", str(shot.farm / "template.json"), *words, *parameters]
        done = subprocess.run(command, capture_output=True, text=True, timeout=400, cwd=shot.folder)
        return done.returncode, done.stdout + done.stderr

    shot.plate(5).unlink()
    code, told = run("--step", "Render")
    assert code != 0 and "frame 5 (1 of 2) cannot be rendered" in told, told
    assert [shot.picture(frame).exists() for frame in FRAMES] == [True, True, False, True]
    mark = shot.picture(4).stat().st_mtime_ns
    # The empty plate of a hidden field shows nothing that could be made again.
    shutil.copy(shot.farm / "plates/empty.exr", shot.plate(5))
    shot.plate(6).unlink()
    code, told = run("--step", "Verify", "--run-dependencies")
    assert code == 0 and "box_0006.exr is missing; it is made again" in told, told
    assert shot.picture(5).exists() and shot.picture(4).stat().st_mtime_ns == mark


_MANAGER = """
const tasks = [], path = require("path"), vm = require("vm"), fs = require("fs");
const author = {
  Task: (name, kind) => ({ name, kind, commands: [], after: [],
    addCommand(command) { this.commands.push(command); }, addDependency(task) { this.after.push(task.name); } }),
  Command: (name, parameters) => ({ name, parameters }),
};
const frameChunker = () => ["3-4", "5-6"];
const settings = JSON.parse(process.argv[2]);
const world = { author, path, frameChunker, tasks };
vm.runInNewContext(fs.readFileSync(process.argv[1], "utf8") + ";compileJob(job)",
  { ...world, job: { settings, addTask: (task) => tasks.push(task) } });
console.log(JSON.stringify(tasks));
"""


def test_the_flamenco_job_type() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node, which runs JavaScript, is not here")
    script = ROOT / "spacetimepilot_blender/data/farm/flamenco_spacetimepilot.js"
    settings = {"blendfile": "/f/shot.blend", "output": "/f/frames", "worker_python": "/py", "extension": str(ROOT)}
    words = [node, "-e", _MANAGER, str(script), json.dumps({**settings, "frames": "3-6", "chunk_size": 2})]
    tasks = json.loads(subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout)
    assert [task["name"] for task in tasks] == [
        f"{a}-{c}" for c in ("3-4", "5-6") for a in ("plates", "render", "verify")
    ]
    assert [task["after"] for task in tasks[:3]] == [[], ["plates-3-4"], ["render-3-4"]]
    render = tasks[1]["commands"][0]["parameters"]
    assert render["blendfile"] == "/f/shot.blend" and "/f/render_frames.py" in render["args"]
    worker = tasks[2]["commands"][0]["parameters"]["args"]
    asked = subprocess.run(
        [sys.executable, *worker[:4], "--help"], capture_output=True, text=True, timeout=120, cwd="/"
    )
    assert asked.returncode == 0 and "Makes a sample" in asked.stdout, asked.stderr
