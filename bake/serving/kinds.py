"""The kinds of request, and what makes what each asks for. A new kind is a module beside this one, and a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..contract.messages import (
    EnvironmentRequest,
    MeshRequest,
    PictureRequest,
    PlateRequest,
    Request,
    StandInRequest,
    SurfelsRequest,
    VolumeRequest,
)
from .meshes import make_mesh
from .pictures import make_picture
from .plates import make_plate
from .stand_ins import make_stand_in
from .surfels import make_surfels
from .surroundings import make_surroundings
from .task import Task
from .volumes import make_volume

_FEWER_VOXELS = "Make it of fewer voxels."


@dataclass(frozen=True)
class Kind:
    """What is known of a kind of request.

    `what` is what people call that which it asks for. `make` makes it at the request's path, and imports what it needs
    itself: the worker is there at once. It raises UserError if it cannot, and Cancelled if its task says so. `smaller`
    tells what to do where memory is short. What `gives_way` is stopped by any newer request.
    """

    what: str
    make: Callable[[Task[Any]], None]
    smaller: str = "Render it smaller."
    gives_way: bool = False


KINDS: dict[type[Request], Kind] = {
    PlateRequest: Kind("plate", make_plate),
    PictureRequest: Kind("preview", make_picture, gives_way=True),
    SurfelsRequest: Kind("preview", make_surfels, gives_way=True),
    VolumeRequest: Kind("volume", make_volume, _FEWER_VOXELS),
    MeshRequest: Kind("mesh", make_mesh, _FEWER_VOXELS),
    StandInRequest: Kind("stand-in", make_stand_in, _FEWER_VOXELS),
    EnvironmentRequest: Kind("picture of the surroundings", make_surroundings),
}
