"""Batches on the graphics card, kept as long as what they show is the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import gpu
from gpu_extras.batch import batch_for_shader

from .geometry import Drawn

_MOST = 48
_kept: OrderedDict[Hashable, Any] = OrderedDict()


def batch_of(key: Hashable, make: Callable[[], Drawn], shader: gpu.types.GPUShader) -> Any:
    """The batch of a key, made if it is not there; None if there is nothing in it."""
    if key in _kept:
        _kept.move_to_end(key)
    else:
        drawn = make()
        content: Any = {"pos": drawn.positions, "color": drawn.colours}
        kind: Any = "LINES" if drawn.triangles is None else "TRIS"
        indices: Any = {} if drawn.triangles is None else {"indices": drawn.triangles}
        _kept[key] = batch_for_shader(shader, kind, content, **indices) if len(drawn.positions) else None
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return _kept[key]


def forget() -> None:
    """Let them all go."""
    _kept.clear()
