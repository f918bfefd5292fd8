"""What a field file says of the cameras that filmed it, read once for each state of the file: cheap to ask for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...bake.contract.coverage import Looks, find_looks
from ...bake.contract.errors import UserError
from ...bake.contract.field_file import FieldHeader, FootageCameras, read_cameras, read_header
from .field_object import field_file

Stamp = tuple[str, int, int]
_MOST = 16
_read: OrderedDict[Stamp, Footage | UserError] = OrderedDict()


@dataclass(frozen=True)
class Footage:
    """Cameras and looks of a field's footage, capture space. `stamp` is another one once the file has changed."""

    stamp: Stamp
    header: FieldHeader
    cameras: FootageCameras
    looks: Looks


def footage_of(thing: bpy.types.Object) -> Footage:
    """The footage of a field object.

    Raises
    ------
    UserError
        If its file is missing, not sound, or does not say where the cameras stood.
    """
    path = field_file(thing.original)
    try:
        about = path.stat()
    except OSError:
        read_header(path)
        raise
    stamp = (str(path), about.st_mtime_ns, about.st_size)
    if stamp not in _read:
        _read[stamp] = _answer(path, stamp)
        while len(_read) > _MOST:
            _read.popitem(last=False)
    found = _read[stamp]
    if isinstance(found, UserError):
        raise UserError(found.sentence, found.hint)
    return found


def _answer(path: Path, stamp: Stamp) -> Footage | UserError:
    try:
        header, cameras = read_header(path), read_cameras(path)
    except UserError as error:
        return error
    return Footage(stamp, header, cameras, find_looks(cameras, header.bounds, header.fps))
