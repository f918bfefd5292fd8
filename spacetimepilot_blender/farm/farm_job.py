"""A shot is prepared for a farm: looked over and collected in the main thread, made in any, written in the main one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.farm_folder import FarmField, FarmFile, FarmPlate, Manifest, sha256_of
from ...bake.contract.files import written_aside
from ...bake.contract.messages import PlateRequest
from ...bake.contract.plate import PLATE_VERSION, plate_name
from ...bake.contract.plate_layers import deep_file
from ...bake.contract.plate_receipt import fault_of
from ..field.field_object import field_file
from ..light.checking import light_files
from ..package import extension_version
from ..plates.compositing import linked_fields
from ..plates.frame_plates import each_once
from ..plates.plate_work import PlateWork
from ..plates.plates import make_plate
from ..plates.standing_plates import empty_plate
from .external_files import external_files
from .farm_blend import write_farm_blend
from .placed_plates import clear_former, place_deep, place_field, place_light, place_plates
from .preflight import our_blocks, preflight
from .shot_plates import shot_plates
from .shot_volumes import ShotVolumes
from .templates import farm_templates


@dataclass(frozen=True)
class _Placed:
    """What lies in the folder, as its manifest lists it."""

    fields: dict[str, FarmField]
    plates: list[FarmPlate]
    deep: list[FarmPlate]
    volumes: list[FarmPlate]
    light: list[FarmFile]


class FarmJob(PlateWork):
    """Everything that a farm needs of a shot, in one folder.

    Parameters
    ----------
    frames : iterable of int
        Scene frames. The scene stays as it is.
    chunk : int
        Frames of a farm's task.

    Attributes
    ----------
    warnings : list of str
        What may go wrong on a farm.
    remade : list of str
        Sentences about plates that were there, but not as they should be.

    Raises
    ------
    UserError
        With everything that would break the shot on a farm.
    """

    def __init__(
        self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int], folder: Path, chunk: int
    ) -> None:
        if not bpy.data.filepath:
            raise UserError("This .blend has not been saved yet.", "Save it, then prepare it.")
        self.folder = folder
        self._chunk = chunk
        self._plates = shot_plates(scene, layer, frames)
        troubles = preflight(scene, layer, self._plates, folder)
        breaking = [trouble.sentence for trouble in troubles if trouble.breaks]
        if breaking:
            raise UserError("\n".join(breaking))
        self.warnings = [trouble.sentence for trouble in troubles]
        self._light = light_files(scene)
        self._fields = {thing.name: _described(thing) for thing in linked_fields(scene)}
        self._empty = {thing.name: empty_plate(thing) for thing in linked_fields(scene)}
        self.remade: list[str] = []
        self._volumes = ShotVolumes(scene, layer, self._plates.frames)
        super().__init__(each_once(self._plates.requests), self._make_sound)
        self.total += self._volumes.total
        self._placed: _Placed | None = None

    def make_all(self) -> Iterator[int]:
        """Make plates and volumes one after the other, telling how many there are, then place them.

        Raises
        ------
        UserError
            If one cannot be made or placed.
        """
        yield from super().make_all()
        for _ in self._volumes.make_all():
            self.made += 1
            yield self.made
        if self._stopped:
            return
        self.remade += self._volumes.remade
        clear_former(self.folder)
        fields = {name: place_field(name, *one, self.folder) for name, one in self._fields.items()}
        plates = place_plates(self._plates, self._empty, self.folder)
        light = [
            file for name, made in self._light for file in place_light(made, name, self._plates.frames, self.folder)
        ]
        self._placed = _Placed(
            fields, plates, place_deep(self._plates, self.folder), self._volumes.placed(self.folder), light
        )

    def stop(self) -> None:
        """Stop after the plate or volume that is being made."""
        super().stop()
        self._volumes.stop()

    def demand_unchanged(self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> None:
        """Refuse to go on where somebody has worked on the scene while plates were made.

        Raises
        ------
        UserError
            If the scene needs other plates by now.
        """
        plates, volumes = (kind(scene, layer, self._plates.frames).names for kind in (shot_plates, ShotVolumes))
        if plates != self._plates.names or volumes != self._volumes.names:
            raise UserError("The shot was changed while its plates were made.", "Prepare it again: most are there.")

    def finish(self, scene: bpy.types.Scene) -> Manifest:
        """Write the copy of the .blend, the templates and, last, the manifest.

        Raises
        ------
        UserError
            If a file cannot be written.
        """
        assert self._placed is not None
        manifest = Manifest(
            blend=Path(bpy.data.filepath).name,
            scene=scene.name,
            frames=self._plates.frames,
            **vars(self._placed),
            settings=_settings(scene),
            versions=_versions(),
            files=sorted({file.written for file in external_files(our_blocks())}),
        )
        write_farm_blend(scene, self.folder, manifest)
        manifest = replace(manifest, blend_sha256=sha256_of(self.folder / manifest.blend))
        for name, text in farm_templates(manifest, self._chunk).items():
            with written_aside(self.folder / name) as aside:
                aside.write_text(text, encoding="utf-8", newline="\n")
        manifest.write(self.folder)
        return manifest

    def _make_sound(self, request: PlateRequest) -> None:
        path, name = Path(request.path), plate_name(request)
        files = [path, deep_file(path)] if request.layers is not None and request.layers.deep else [path]
        faults = {file: fault for file in files if (fault := fault_of(file, name, request.content_hash))}
        self.remade += [f"{file.name} {fault}; it was made again" for file, fault in faults.items() if file.exists()]
        if faults:
            make_plate(request)


def default_folder() -> str:
    """Where a shot is prepared unless somebody says otherwise, relative to its .blend."""
    return f"//{Path(bpy.data.filepath).stem or 'shot'}_farm"


def _described(thing: bpy.types.Object) -> tuple[Path, str, str]:
    return field_file(thing), thing.spacetimepilot.content_hash, thing.spacetimepilot.shot


def _settings(scene: bpy.types.Scene) -> dict[str, Any]:
    """What decides the pictures beside the plates, to be read by people and programs."""
    render = scene.render
    return {
        "engine": render.engine,
        "camera": scene.camera.name,
        "resolution": [render.resolution_x, render.resolution_y, render.resolution_percentage],
        "border": bool(render.use_border and render.use_crop_to_border),
        "fps": render.fps / render.fps_base,
        "motion_blur": render.use_motion_blur,
        "film_transparent": render.film_transparent,
        "format": render.image_settings.file_format,
        "view_transform": scene.view_settings.view_transform,
        "frame_map": [render.frame_map_old, render.frame_map_new],
    }


def _versions() -> dict[str, str]:
    return {"blender": bpy.app.version_string, "extension": extension_version(), "plate": str(PLATE_VERSION)}
