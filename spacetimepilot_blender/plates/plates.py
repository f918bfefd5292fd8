"""Plates of a scene: which ones a frame needs, where they lie, and having them made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import bpy

from ...bake.contract.camera import Projection
from ...bake.contract.errors import Cancelled, UserError
from ...bake.contract.messages import NativeSurfaces, PlateRequest
from ...bake.contract.native_file import SUFFIX, NativeMeshes, write_native
from ...bake.contract.plate import is_whole, plate_name
from ...bake.contract.plate_layers import Layer, PlateLayers, deep_file
from ...bake.contract.plate_receipt import fault_of
from ...bake.contract.shutter import Shutter
from ..cameras.scene_camera import render_aperture, render_camera
from ..field.field_request import demand_same_field, plate_request
from ..stand_ins.switching import fades
from ..worker.worker_client import worker
from .compositing import linked_fields, linked_layer
from .layer_choice import chosen_layers, is_deep
from .native_geometry import native_meshes, pixel_filter
from .neighbours import neighbours
from .open_shutter import SHARP_ENGINES
from .panoramas import demand_panorama

FOLDER = "//spacetimepilot_plates"


def plate_folder() -> Path:
    """Where the plates of this .blend lie; before it is first saved, in Blender's temporary folder."""
    if bpy.data.filepath:
        return Path(bpy.path.abspath(FOLDER))
    return Path(bpy.app.tempdir) / "spacetimepilot_plates"


def needed_plates(
    scene: bpy.types.Scene,
    depsgraph: bpy.types.Depsgraph,
    things: list[bpy.types.Object] | None = None,
    engine: str | None = None,
    shutters: Mapping[bpy.types.Object, Shutter] | None = None,
) -> dict[bpy.types.Object, PlateRequest]:
    """What has to be made for the frame that `depsgraph` is evaluated for; hidden fields need nothing, nor do
    those that are shown by their stand-ins alone.

    Where an exact plate has to be made, the worker is started, and native surfaces are written down for it.

    Parameters
    ----------
    depsgraph : Depsgraph
        Of a render, for exact plates: they show native surfaces as the render has them.
    things : list of Object or None
        The fields to ask for; None for all that the scene's compositing shows.
    engine : str or None
        The render engine, if it is not the scene's.
    shutters : mapping of Object to Shutter or None
        From `open_shutters` at this frame.

    Raises
    ------
    UserError
        If the camera or a field's settings cannot be used.
    """
    linked = linked_fields(scene) if things is None else things
    shown = [thing for thing in linked if not thing.evaluated_get(depsgraph).hide_render]
    if not shown:
        return {}
    camera = render_camera(scene, depsgraph)
    there = fades(scene, depsgraph, camera, {thing: linked_layer(scene, thing) for thing in shown})
    shown = [thing for thing in shown if there[thing] > 0]
    evaluated = {thing: thing.evaluated_get(depsgraph) for thing in shown}
    requests = {thing: plate_request(own, scene.frame_current_final, camera) for thing, own in evaluated.items()}
    requests = _with_layers(requests, scene, depsgraph)
    aperture = None if (engine or scene.render.engine) in SHARP_ENGINES else render_aperture(scene, depsgraph)
    for thing, own in requests.items():
        shutter = (shutters or {}).get(thing)
        requests[thing] = replace(own, shutter=shutter, aperture=aperture, fade=there[thing])
        demand_panorama(requests[thing], engine or scene.render.engine, is_exact(thing))
    exact = [thing for thing in shown if is_exact(thing) and linked_layer(scene, thing) == depsgraph.view_layer.name]
    meshes = native_meshes(depsgraph) if exact else None
    needed = {}
    for thing, own in requests.items():
        if is_exact(thing):
            if thing not in exact:
                # Another view layer's surfaces are not those that it is joined with.
                continue
            assert meshes is not None
            needed[thing] = _exact(own, meshes, scene, engine or scene.render.engine)
        else:
            needed[thing] = replace(own, path=_path(own))
    return needed


def _with_layers(
    requests: dict[bpy.types.Object, PlateRequest], scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph
) -> dict[bpy.types.Object, PlateRequest]:
    """The same requests, for plates that carry the layers that are chosen on their fields."""
    chosen = {thing: chosen_layers(thing) for thing in requests}
    moving = [thing for thing, layers in chosen.items() if Layer.VECTOR in layers]
    around = neighbours(scene, depsgraph, moving) if moving else {}
    found = {}
    for thing, own in requests.items():
        layers = chosen[thing]
        before, after = around.get(thing, (None, None))
        name, deep = thing.name if Layer.MATTES in layers else "", is_deep(thing)
        found[thing] = replace(own, layers=PlateLayers(layers, name, before, after, deep)) if layers or deep else own
    return found


def is_exact(thing: bpy.types.Object) -> bool:
    """Whether a field is split at native surfaces."""
    return bool(thing.spacetimepilot.merge == "exact")


def _exact(request: PlateRequest, meshes: NativeMeshes, scene: bpy.types.Scene, engine: str) -> PlateRequest:
    if request.aperture is not None and request.camera.projection is Projection.ORTHOGRAPHIC:
        raise UserError(
            "Exact merging does not know the depth of field of an orthographic camera.",
            "Set Merge of the field to Fast, or switch Depth of Field off.",
        )
    native = NativeSurfaces("", meshes.content, pixel_filter(scene, engine), world=not scene.render.film_transparent)
    request = replace(request, native=native)
    request = replace(request, path=_path(request))
    if not fault_of(Path(request.path), plate_name(request), request.content_hash) and not _lacks_deep(request):
        return request
    file = worker().folder / f"{native.content}{SUFFIX}"
    if not file.is_file():
        write_native(file, meshes)
    return replace(request, native=replace(native, file=str(file)))


def _path(request: PlateRequest) -> str:
    return str(plate_folder() / plate_name(request))


def forget_native(request: PlateRequest, others: Iterable[PlateRequest] = ()) -> None:
    """Remove the native surfaces that were written down for a plate, unless others still need them."""
    if request.native is None or not request.native.file:
        return
    if not any(other.native is not None and other.native.file == request.native.file for other in others):
        Path(request.native.file).unlink(missing_ok=True)


def ensure_plate(request: PlateRequest) -> Path:
    """The plate that answers `request`, made if it is not there yet.

    Raises
    ------
    UserError
        If it cannot be made, or the field file is not the one the scene was set up with.
    """
    path = Path(request.path)
    return path if is_whole(path) and not _lacks_deep(request) else make_plate(request)


def _lacks_deep(request: PlateRequest) -> bool:
    """Whether a plate's deep picture is wanted, but not there."""
    return request.layers is not None and request.layers.deep and not deep_file(Path(request.path)).is_file()


def make_plate(request: PlateRequest) -> Path:
    """Have a plate made in place of what may be there; raises as `ensure_plate`."""
    path = Path(request.path)
    demand_same_field(request)
    try:
        worker().make(request)
    except Cancelled as error:
        raise UserError("The plate was cancelled.", "Render again.") from error
    if not is_whole(path):
        raise UserError(f"The plate {path} is damaged right after it was made.", "Check the disk it lies on.")
    return path
