"""What operators on one bake of the list share: which bake is meant, and whether it is in a state for the act."""

import bpy
from bpy.props import StringProperty

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bakes.bake_standing import chosen, standing

ENDED = frozenset({"paused", "stopped", "killed", "failed", "done", "lost"})
LIVE = frozenset({"running", "queued"})


class BakeOperator:
    """Mix-in of operators that act on the bake that is chosen in the list, or on the one that `output` names."""

    states: frozenset[str] = LIVE | ENDED
    refusal = ""

    output: StringProperty(
        name="Field File",
        description="Field file of the bake; empty for the bake that is chosen in the list",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        """A bake is chosen whose state allows it. In the background nothing is chosen: a script names the output."""
        if bpy.app.background:
            return True
        row = chosen()
        if row is None or row.state not in cls.states:
            cls.poll_message_set("Choose a bake in the list" if row is None else cls.refusal)
            return False
        return True

    def meant(self) -> str:
        """The field file of the bake that is meant.

        Raises
        ------
        UserError
            If none is chosen and none is named.
        """
        row = chosen()
        named = self.output or (row.output if row is not None else standing().output)
        if not named:
            raise UserError("No bake is chosen.", "Choose one in the list of bakes.")
        return str(named)
