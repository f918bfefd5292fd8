"""What acts that make files from a field have in common."""

from __future__ import annotations

import bpy

from ..bake.contract.errors import UserError
from .following import WorkOperator, nothing_under_way
from .on_field import FieldOperator


class FilesOperator(WorkOperator, FieldOperator):
    """Mixin for operators that make files of the active field and put them into the scene."""

    what = "File"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field of a saved .blend is active; if not, the button says why."""
        if not super().poll(context):
            return False
        if not bpy.data.filepath:
            cls.poll_message_set("Save the .blend first: the files go beside it")
            return False
        return nothing_under_way(cls)

    def field(self, name: str) -> bpy.types.Object:
        """The field of that name, by which it is known: Undo and scripts may replace objects while the work goes on.

        Raises
        ------
        UserError
            If it was removed meanwhile.
        """
        thing: bpy.types.Object | None = bpy.data.objects.get(name)
        if thing is None:
            raise UserError(f"The field {name} was removed or renamed meanwhile.", "Select it and try again.")
        return thing
