"""A field that goes on with new footage: what to ask the worker for, and showing what came of it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...bake.contract.adaptation import adaptations
from ...bake.contract.bake_folder import read_bake
from ...bake.contract.errors import UserError
from ...bake.contract.field_file import SUFFIX, read_header
from ..field.field_object import field_file, fields_of, fields_with_file, take_header
from ..paths import relative
from ..preferences import device
from .bake_job import BakeOrder


def adapt_order(
    thing: bpy.types.Object, footage: Path, output: Path, budget: float, first_frame: int | None
) -> BakeOrder:
    """What the worker is to do so that a field goes on with footage.

    Parameters
    ----------
    budget : float
        Milliseconds of steps for each instant.
    first_frame : int or None
        Shot frame at which the footage begins; None for what it states.

    Raises
    ------
    UserError
        If a file is missing, or the output cannot be used.
    """
    base = field_file(thing)
    read_header(base)
    if not footage.exists():
        raise UserError(f"There is no footage {footage}.", "Choose a transforms.json, or the folder that holds one.")
    if output.suffix != SUFFIX:
        raise UserError(f"The field file {output} does not end in {SUFFIX}.", f"Name it {output.name}{SUFFIX}.")
    if output == base:
        raise UserError(f"{output} is the field itself, which is never written over.", "Name another file.")
    settings = {"adapt": str(base), "budget": budget, "first_frame": first_frame, "device": device()}
    return BakeOrder(footage, output, settings, blend=bpy.data.filepath)


def use_version(new: Path) -> list[bpy.types.Object]:
    """Let all field objects that show the file from which another was made show that one; returns them.

    Raises
    ------
    UserError
        If it is no field that was adapted, or no field here shows the old file.
    """
    header = read_header(new)
    told = adaptations(header.training)
    if not told:
        raise UserError(f"{new} was not adapted from another field.", "Add it as a field of its own.")
    record = read_bake(new)
    base = None if record is None else record.settings.get("adapt")
    things = fields_with_file(Path(str(base))) if base else []
    # The old file may have moved, but its content has a name.
    things = things or [
        thing
        for thing in fields_of(bpy.context.scene)
        if not thing.library and thing.spacetimepilot.content_hash == told[-1].of
    ]
    if not things:
        raise UserError(
            f"No field in this .blend shows the one that {new.name} was made from.", "Add it as a field of its own."
        )
    for thing in things:
        thing.spacetimepilot.file = relative(new)
        take_header(thing, header)
    return things
