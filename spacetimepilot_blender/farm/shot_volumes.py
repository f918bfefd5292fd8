"""The volumes that a shot needs, and their place in a farm's folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy

from ...bake.contract.farm_folder import VOLUMES, FarmPlate
from ...bake.contract.messages import encode
from ...bake.contract.volume_file import without_places
from ..field.field_object import fields_of
from ..placing import clean, numbered
from ..volumes.volume_object import volume_object
from ..volumes.volume_request import volume_requests
from ..volumes.volume_work import VolumeWork
from .placed_plates import place_made


class ShotVolumes:
    """Of each field of a scene that is traced as a volume, in some frames.

    Attributes
    ----------
    works : by the field object's name.

    Raises
    ------
    UserError
        If a field's settings make no sense, or the scene's time is stretched.
    """

    def __init__(self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Sequence[int]) -> None:
        traced = [thing for thing in fields_of(scene) if volume_object(thing) is not None]
        self.works = {
            thing.name: VolumeWork(volume_requests(scene, layer, thing, frames), thing.name) for thing in traced
        }

    @property
    def total(self) -> int:
        """Volumes to be made, or to be there."""
        return sum(work.total for work in self.works.values())

    @property
    def names(self) -> dict[str, list[str]]:
        """Paths, which say what volumes show."""
        return {name: [one.path for one in work.requests.values()] for name, work in self.works.items()}

    @property
    def remade(self) -> list[str]:
        """Sentences about volumes that were not as they should be."""
        return [told for work in self.works.values() for told in work.remade]

    def make_all(self) -> Iterator[None]:
        """Make what is missing, one after the other; raises as `VolumeWork.make_all`."""
        for work in self.works.values():
            for _ in work.make_all():
                yield

    def stop(self) -> None:
        """Stop after the volume that is being made."""
        for work in self.works.values():
            work.stop()

    def placed(self, folder: Path) -> list[FarmPlate]:
        """Put the volumes of all frames into the folder.

        Raises
        ------
        UserError
            If a file cannot be written.
        """
        return [
            _place_one(name, frame, work, folder)
            for name, work in self.works.items()
            for frame in sorted(work.requests)
        ]


def volume_sequence_file(field: str, frame: int) -> str:
    """Where the volume of a field for a scene frame lies in the folder."""
    name = clean(field)
    return f"{VOLUMES}/{name}/{numbered(name, frame, '.vdb')}"


def _place_one(field: str, frame: int, work: VolumeWork, folder: Path) -> FarmPlate:
    request, file = work.requests[frame], volume_sequence_file(field, frame)
    return place_made(frame, field, file, request, encode(without_places(request)), folder)
