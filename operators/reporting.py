"""How operators tell of what the user can mend."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import wraps
from typing import Any

import bpy

from ..bake.contract.errors import UserError

Result = AbstractSet[str]


def reported(act: Callable[..., Result]) -> Callable[..., Result]:
    """Let `execute`, `invoke` or `modal` report a `UserError` and cancel, instead of showing a traceback."""

    def guarded(operator: bpy.types.Operator, *arguments: Any) -> Result:
        try:
            return act(operator, *arguments)
        except UserError as error:
            operator.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    # Blender counts the parameters of an operator's methods, so they have to be spelt out.
    if act.__name__ == "execute":
        return wraps(act)(lambda self, context: guarded(self, context))
    return wraps(act)(lambda self, context, event: guarded(self, context, event))
