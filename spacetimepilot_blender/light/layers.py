"""View layers: the one in which captured surfaces catch shadows, and what others show of them."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

SHADOW_LAYER = "Field Shadows"
"""Renders shadows on captured surfaces, as a pass; nothing else of it is used."""
SHADOW_PASS = "Shadow Catcher"


def shadow_layer(scene: bpy.types.Scene, like: bpy.types.ViewLayer) -> bpy.types.ViewLayer:
    """The scene's layer of shadows, made if there is none, with the same collections as another one."""
    found: bpy.types.ViewLayer | None = scene.view_layers.get(SHADOW_LAYER)
    if found is not None:
        return found
    layer = scene.view_layers.new(SHADOW_LAYER)
    for one, other in zip(_below(like.layer_collection), _below(layer.layer_collection), strict=True):
        other.exclude, other.holdout, other.indirect_only = one.exclude, one.holdout, one.indirect_only
        other.hide_viewport = one.hide_viewport
    layer.use_pass_z = True
    if hasattr(layer, "cycles"):
        layer.cycles.use_pass_shadow_catcher = True
    return layer


def show_only_in(scene: bpy.types.Scene, collection: bpy.types.Collection, shadows: bool) -> None:
    """Let a collection be part of the layer of shadows alone, or of all others."""
    for layer in scene.view_layers:
        for own in _below(layer.layer_collection):
            if own.collection == collection:
                own.exclude = (layer.name == SHADOW_LAYER) != shadows


def _below(layer: bpy.types.LayerCollection) -> Iterator[bpy.types.LayerCollection]:
    for child in layer.children:
        yield child
        yield from _below(child)
