"""What the serving worker keeps from one request to the next: open fields, native surfaces, how long pictures take."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, read_header

if TYPE_CHECKING:
    from ..render.controllers import Controllers
    from ..render.native_scene import NativeScenes

FIELD_MEMORY = 128
"""Mebibytes of what grows with its shot that a field holds: some minutes of it."""
_FIELDS_KEPT = 3


class Loaded:
    """What is kept from one request to the next."""

    def __init__(self, device: str, field_memory: int = FIELD_MEMORY) -> None:
        self.fields = Fields(device, field_memory * 2**20)

    @cached_property
    def controllers(self) -> Controllers:
        """What is known of how long pictures take here."""
        from ..render.controllers import Controllers

        return Controllers()

    @cached_property
    def scenes(self) -> NativeScenes:
        """The native surfaces at which fields are split."""
        from ..render.native_scene import NativeScenes

        return NativeScenes()


class Fields:
    """The last few fields that were asked for, open; a file that changes is opened again.

    `room` is how many bytes of each field's codes over time are held.
    """

    def __init__(self, device: str, room: int) -> None:
        self._device, self._room = device, room
        self._loaded: OrderedDict[tuple[Path, int, int], tuple[FieldHeader, Any]] = OrderedDict()

    def get(self, path: Path, content_hash: str) -> tuple[FieldHeader, Any]:
        """Header and field of a file.

        Raises
        ------
        UserError
            If the file cannot be read, or holds another field than `content_hash` says.
        """
        from ..field.storage import open_field

        try:
            stamp = path.stat()
        except OSError:
            read_header(path)
            raise
        key = (path.resolve(), stamp.st_size, stamp.st_mtime_ns)
        if key not in self._loaded:
            header = read_header(path)
            self._check(path, header, content_hash)
            for stale in [other for other in self._loaded if other[0] == key[0]]:
                del self._loaded[stale]
            while len(self._loaded) >= _FIELDS_KEPT:
                self._loaded.popitem(last=False)
            self._loaded[key] = header, open_field(path, self._device, self._room)
        self._loaded.move_to_end(key)
        header, field = self._loaded[key]
        self._check(path, header, content_hash)
        return header, field

    @staticmethod
    def _check(path: Path, header: FieldHeader, content_hash: str) -> None:
        if header.content_hash != content_hash:
            raise UserError(
                f"{path} holds another field than the scene expects: it was baked again or replaced.",
                "Reload the field in the scene.",
            )
