"""What hands a prepared shot to a farm: an Open Job Description bundle, a Flamenco job type and a shell script.

All do the same: make plates again that have come to harm, render, verify. They lie in the shot's folder, filled in.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from ...bake.contract.errors import UserError
from ...bake.contract.farm_folder import FRAMES, Manifest, frame_chunks
from ..package import DATA, ROOT
from ..worker.interpreter import find_interpreter

_SCRIPT = "render_frames.py"
_FRAMES = "{{Task.Param.Frames}}"
_FOLDER = "{{Param.Folder}}"


def farm_templates(manifest: Manifest, chunk: int) -> dict[str, str]:
    """Texts by file name.

    Parameters
    ----------
    chunk : int
        Frames of a task.
    """
    chunks = frame_chunks(manifest.frames, chunk)
    data = DATA / "farm"
    values = {
        "BLEND": shlex.quote(manifest.blend),
        "ALL_FRAMES": ",".join(frame_chunks(manifest.frames, len(manifest.frames))),
    }
    return {
        _SCRIPT: (data / _SCRIPT).read_text(encoding="utf-8"),
        "render.sh": _filled((data / "render.sh").read_text(encoding="utf-8"), values),
        "flamenco_spacetimepilot.js": (data / "flamenco_spacetimepilot.js").read_text(encoding="utf-8"),
        "template.json": _written(_open_job(manifest, chunks, with_worker=True)),
        "template_render_only.json": _written(_open_job(manifest, chunks, with_worker=False)),
    }


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _open_job(manifest: Manifest, chunks: list[str], *, with_worker: bool) -> dict[str, Any]:
    """A job template of Open Job Description, version 2023-09."""
    parameters = [
        _path("Folder", ".", "INOUT", "The prepared shot"),
        _path("OutputDir", FRAMES, "OUT", "Where the pictures go"),
        _text("Blender", "blender", "Blender's program"),
    ]
    steps = [_render_step(manifest, chunks, after="Evaluate" if with_worker else "")]
    if with_worker:
        parameters += [
            _text("WorkerPython", _interpreter(), "Python of the worker, with PyTorch"),
            _text("Extension", str(ROOT), "Folder in which the extension is installed"),
        ]
        steps = [_worker_step("Evaluate", "plates", chunks), *steps, _worker_step("Verify", "verify", chunks, "Render")]
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "name": Path(manifest.blend).stem,
        "parameterDefinitions": parameters,
        "steps": steps,
    }


def _path(name: str, default: str, flow: str, description: str) -> dict[str, Any]:
    kind = {"type": "PATH", "objectType": "DIRECTORY", "dataFlow": flow}
    return {"name": name, **kind, "default": default, "description": description}


def _text(name: str, default: str, description: str) -> dict[str, Any]:
    return {"name": name, "type": "STRING", "default": default, "description": description}


def _render_step(manifest: Manifest, chunks: list[str], after: str) -> dict[str, Any]:
    words = ["-b", f"{_FOLDER}/{manifest.blend}", "--python-exit-code", "1", "--python", f"{_FOLDER}/{_SCRIPT}"]
    words += ["--", "--frames", _FRAMES, "--output", "{{Param.OutputDir}}"]
    return _step("Render", "{{Param.Blender}}", words, chunks, after)


def _worker_step(name: str, act: str, chunks: list[str], after: str = "") -> dict[str, Any]:
    words = ["-m", "bake", act, _FOLDER, "--frames", _FRAMES]
    step = _step(name, "{{Param.WorkerPython}}", words, chunks, after)
    step["stepEnvironments"] = [{"name": "Worker", "variables": {"PYTHONPATH": "{{Param.Extension}}"}}]
    return step


def _step(name: str, command: str, words: list[str], chunks: list[str], after: str) -> dict[str, Any]:
    frames = {"name": "Frames", "type": "STRING", "range": chunks}
    step: dict[str, Any] = {
        "name": name,
        "parameterSpace": {"taskParameterDefinitions": [frames]},
        "script": {"actions": {"onRun": {"command": command, "args": words}}},
    }
    return {**step, "dependencies": [{"dependsOn": after}]} if after else step


def _interpreter() -> str:
    try:
        return str(find_interpreter())
    except UserError:
        return "python3"
