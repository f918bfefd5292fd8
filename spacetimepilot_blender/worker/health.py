"""What the doctor looks at from inside Blender, with what the worker finds on its side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_header
from ...bake.contract.finding import Finding
from ..field.field_object import field_file, fields_of
from ..plates.plates import plate_folder

_OLDEST = (4, 5, 0)


def findings_here(scene: bpy.types.Scene) -> list[Finding]:
    """What rendering this scene needs on Blender's side."""
    return [*_blender(), *_places(), *_fields(scene)]


def findings_of_worker(answer: dict[str, Any]) -> list[Finding]:
    """What the worker's own doctor has found."""
    return [Finding(found["name"], found["good"], found["found"], found["mend"]) for found in answer["findings"]]


def _blender() -> Iterator[Finding]:
    good = bpy.app.version >= _OLDEST
    yield Finding("Blender", good, bpy.app.version_string, "" if good else "Use Blender 4.5 or newer.")


def _places() -> Iterator[Finding]:
    if not bpy.data.filepath:
        yield Finding("Plates", True, f"{plate_folder()}, until the .blend is saved")
        return
    folder = plate_folder()
    beside = folder if folder.is_dir() else folder.parent
    good = os.access(beside, os.W_OK)
    yield Finding("Plates", good, str(folder), "" if good else f"Make {beside} writable, or save the .blend elsewhere.")


def _fields(scene: bpy.types.Scene) -> Iterator[Finding]:
    for thing in fields_of(scene):
        try:
            header = read_header(field_file(thing))
        except UserError as error:
            yield Finding(f"Field {thing.name}", False, error.sentence, error.hint)
            continue
        same = header.content_hash == thing.spacetimepilot.content_hash
        mend = "" if same else "Reload the field."
        yield Finding(f"Field {thing.name}", same, _state(field_file(thing), same), mend)


def _state(path: Path, same: bool) -> str:
    return str(path) if same else f"{path} was baked again since it was put into this scene"
