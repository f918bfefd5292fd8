"""How well the footage knows what the scene's camera sees of a field."""

from __future__ import annotations

import math

import bpy
import numpy as np

from ...bake.contract.coverage import Known, Verdict, known
from ...bake.contract.errors import UserError
from ..field.field_object import capture_to_scene, shot_time_of
from ..field.footage_looks import Footage, footage_of

_AT_ONCE = 0.05
"""Seconds below which two instants are called the same."""


def known_view(camera: bpy.types.Object, thing: bpy.types.Object, scene_frame: float) -> Known | None:
    """How well a camera's view of a field is known at a scene frame; None where the field is behind the camera.

    Parameters
    ----------
    camera, thing : Object
        Evaluated, or as they are at the scene's present frame.

    Raises
    ------
    UserError
        If the field's file, its place or its time settings cannot be used.
    """
    footage = footage_of(thing)
    if not _ahead(camera, thing):
        return None
    return known(footage.looks, view_direction(camera, thing, footage), shot_time_of(thing, scene_frame))


def view_direction(camera: bpy.types.Object, thing: bpy.types.Object, footage: Footage) -> np.ndarray:
    """Direction from the middle of a field to a camera's eye, (3,) float64, a unit vector in capture space.

    Raises
    ------
    UserError
        If the field is scaled to nothing, or the camera stands in its very middle.
    """
    place = capture_to_scene(thing)
    if abs(np.linalg.det(place[:3, :3])) < 1e-12:
        raise UserError(f"{thing.name} is scaled to nothing.", "Clear its scale.")
    back = np.linalg.inv(place)
    pose = np.array(camera.matrix_world, dtype=np.float64)
    data = camera.data
    if isinstance(data, bpy.types.Camera) and data.type == "ORTHO":
        away = back[:3, :3] @ pose[:3, 2]
    else:
        away = back[:3, :3] @ pose[:3, 3] + back[:3, 3] - footage.looks.centre
    length = float(np.linalg.norm(away))
    if length < 1e-9:
        raise UserError(f"The camera {camera.name} stands in the very middle of {thing.name}.", "Move it.")
    return np.asarray(away / length)


def sentence(view: Known | None, still: Known | None = None) -> str:
    """What to say of a view: whether it holds, and how far the footage is from it.

    Parameters
    ----------
    still : Known or None
        How well what stands still is known from there; told where that is better.
    """
    if view is None:
        return "The scene's camera has this field behind it"
    told = f"{view.verdict.capitalize()}: {distance(view)}"
    if still is not None and still.verdict is not view.verdict:
        told += f"; what stands still {'holds' if still.verdict is Verdict.HOLDS else 'is doubtful'}"
    return told


def distance(view: Known) -> str:
    """How far a view is from the footage that knows it best."""
    if math.isinf(view.degrees):
        return "no camera of the footage looked at the middle of this field"
    degrees = f"{view.degrees:.0f} degree{'' if round(view.degrees) == 1 else 's'}"
    if view.seconds < _AT_ONCE:
        return f"{degrees} from the nearest footage at this time"
    return f"{degrees} and {view.seconds:.1f} s from the nearest footage"


def coverage_now(thing: bpy.types.Object, scene: bpy.types.Scene) -> tuple[str, Verdict | None]:
    """A sentence on what the scene's camera sees of a field now, and the verdict; None where there is none.

    Never raises what a person can mend: the sentence says it.
    """
    camera = scene.camera
    if camera is None or camera.type != "CAMERA":
        return "The scene has no camera", None
    try:
        view = known_view(camera, thing, scene.frame_current_final)
        if view is None:
            return sentence(None), None
        footage = footage_of(thing)
        still = known(footage.looks, view_direction(camera, thing, footage), None)
    except UserError as error:
        return str(error), None
    return sentence(view, still), view.verdict


def _ahead(camera: bpy.types.Object, thing: bpy.types.Object) -> bool:
    """Whether any corner of a field's box lies in front of a camera."""
    corners = np.array([(x, y, z, 1.0) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    pose = np.array(camera.matrix_world, dtype=np.float64)
    world = corners @ np.array(thing.matrix_world, dtype=np.float64).T
    return bool(((world[:, :3] - pose[:3, 3]) @ pose[:3, 2] < 0).any())
