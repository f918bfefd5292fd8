"""The command line itself, and the commands that need no field: check, doctor, and info's refusals."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from bake.contract.field_file import FORMAT_VERSION, METADATA_KEY, FieldHeader
from tests.commands.conftest import ROOT, Worker
from tests.footage.making import edited, make_capture

COMMANDS = ("bake", "adapt", "render", "evaluate", "report", "info", "check", "solve", "serve", "doctor", "install")


def test_help_names_every_command_and_shows_examples(worker: Worker) -> None:
    told = worker("--help").stdout
    assert all(f"\n    {name} " in told for name in COMMANDS) and "exit codes" in told
    for name in COMMANDS:
        assert "example" in worker(name, "--help").stdout


@pytest.mark.parametrize(
    "words",
    [[], ["dance"], ["bake", "x"], ["bake", "x", "-o", "y.stp", "--minutes", "-1"], ["render", "a", "--size", "0x9"]],
)
def test_a_wrong_command_line_exits_with_2(worker: Worker, words: list[str]) -> None:
    done = worker(*words)
    assert done.returncode == 2 and "usage" in done.stderr and done.stdout == ""


def test_check_says_what_it_found(worker: Worker, capture: Path) -> None:
    done = worker("check", capture.parent)
    assert done.returncode == 0 and "fit to be baked" in done.stdout and "48x36" in done.stdout
    found = json.loads(worker("check", capture, "--json").stdout)
    assert (found["frames"], found["cameras"], found["fps"], found["sizes"]) == (8, 1, 24, ["48x36"])
    assert found["problems"] == [] and found["alpha"] == ["straight"]


def test_check_lists_every_problem(worker: Worker, tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=20)
    edited(path, lambda document: [frame.pop("transform_matrix") for frame in document["frames"]])
    done = worker("check", tmp_path)
    assert done.returncode == 1 and done.stdout.count("no transform_matrix") == 20
    machine = worker("check", tmp_path, "--json")
    assert machine.returncode == 1
    (line,) = machine.stdout.splitlines()
    assert json.loads(line)["problems"][3]["frame"] == "images/0003.png"


def test_doctor_knows_this_machine(worker: Worker) -> None:
    done = worker("doctor")
    assert done.returncode == 0, done.stdout
    assert "torch" in done.stdout and "cores" in done.stdout and "GB free" in done.stdout
    document = json.loads(worker("doctor", "--json").stdout)
    assert document["well"] and all(finding["good"] for finding in document["findings"])


def test_doctor_runs_on_a_bare_python() -> None:
    bare = [sys.executable, "-S", "-m", "bake"]
    done = subprocess.run([*bare, "doctor", "--json"], cwd=ROOT, capture_output=True, text=True)
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1 and findings["Python"]["good"]
    for package in ("torch", "numpy", "opencv-python-headless", "flip-evaluator"):
        assert not findings[package]["good"] and f'pip install "{package}>=' in findings[package]["mend"]
    done = subprocess.run([*bare, "check", "x"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "doctor" in done.stderr and "Traceback" not in done.stderr


def test_our_pins_satisfy_what_users_are_told_to_install() -> None:
    from bake.commands.doctor import requirements

    pins = dict(re.findall(r"^([\w-]+)==([\d.]+)", (ROOT / "requirements/worker.txt").read_text(), flags=re.MULTILINE))
    assert pins.keys() == requirements().keys()
    for package, oldest in requirements().items():
        assert tuple(map(int, pins[package].split("."))) >= tuple(map(int, oldest.split(".")))


def _safetensors(header: dict, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def _header(version: int = FORMAT_VERSION) -> dict:
    metadata = FieldHeader("s", 24.0, 0.0, 5.0, 6, ((-1, -1, -1), (1, 1, 1)), False).to_metadata()
    document = json.loads(metadata[METADATA_KEY]) | {"format_version": version}
    return {
        "__metadata__": {METADATA_KEY: json.dumps(document)},
        "t": {"dtype": "F32", "shape": [25], "data_offsets": [0, 100]},
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no field file"),
        (b"", "cut short"),
        (b"garbage " * 100, "not a field file"),
        (_safetensors(_header(), bytes(60)), "cut short: 60 of 100 bytes"),
        (_safetensors(_header(version=99), bytes(100)), "field format 99"),
        (_safetensors(_header(version=1), bytes(100)), "field format 1;"),
        (_safetensors({"t": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}, bytes(4)), "not a field of"),
        (_safetensors(_header(), bytes(100)), "damaged|hash|lacks|missing"),
    ],
)
def test_files_that_are_no_fields(
    worker: Worker, tmp_path: Path, capture: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "shot.stp"
    if content is not None:
        path.write_bytes(content)
    rendered = worker("render", path, "--cameras", capture, "-o", tmp_path / "out")
    tried = [rendered] if "hash" in words else [rendered, worker("info", path)]
    for done in tried:
        assert done.returncode == 1 and done.stdout == ""
        assert re.search(words, done.stderr) and str(path) in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    told = json.loads(worker("render", path, "--cameras", capture, "-o", tmp_path / "out", "--json").stdout)
    assert told["type"] == "failed" and re.search(words, told["message"])
