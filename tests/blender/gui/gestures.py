"""What a hand does in Blender's window besides pressing buttons: keys, dragging, choosing from lists and menus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import bpy
import real_blender as rb
from buttons import over_viewport

F12 = "96"
FRAME_SELECTED = "91"
NUMPAD_0 = "90"
DOWN, RETURN = "116", "36"
"""X11's numbers of keys: by their names they would be sent with another key held, Alt or Shift."""
_ROW = 21
"""Height of the outliner's rows, pixels."""
_SCRUB_ROW = 12
"""Where the timeline takes a drag for scrubbing: pixels below its top."""
_SCROLLS = 30
Point = tuple[int, int]


def press_keys(*keys: str) -> Iterator[float]:
    """Press keys, such as "ctrl+z", with the mouse over the 3D viewport."""
    x, y = over_viewport()
    rb.xdo("mousemove", x, y)
    yield 0.3
    for key in keys:
        rb.key(key)
        yield 0.4


def type_keys(*texts: str) -> Iterator[float]:
    """Type over the viewport, Return behind each: "s0.5" scales what is selected to the half."""
    for text in texts:
        yield from press_keys()
        rb.xdo("type", "--delay", 60, text)
        yield 0.4
        rb.key("Return")
        yield 0.6


def drag(points: Sequence[Point], button: int, held: Callable[[int], None] = lambda _: None) -> Iterator[float]:
    """Drag from the first screen position through all others.

    Parameters
    ----------
    button : int
        1 is the left one, 2 the middle one.
    held : callable
        Called at each position, with its number, while the button is held there.
    """
    rb.xdo("mousemove", *points[0])
    yield 0.4
    rb.xdo("mousedown", button)
    try:
        for number, (x, y) in enumerate(points):
            rb.xdo("mousemove", x, y)
            yield 0.8
            held(number)
    finally:
        rb.xdo("mouseup", button)
    yield 0.4


def scrub(frames: Sequence[int], held: Callable[[int], None] = lambda _: None) -> Iterator[float]:
    """Drag the timeline's playhead through frames; `held` is called at each, with its number in `frames`."""
    area = next(area for area in rb.window().screen.areas if area.type == "DOPESHEET_EDITOR")
    region = rb.region(area=area)
    y = rb.window().height - (region.y + region.height) + _SCRUB_ROW
    points = [(region.x + round(region.view2d.view_to_region(frame, 0, clip=False)[0]), y) for frame in frames]
    yield from drag(points, 1, held)


def orbit(across: int, up: int, held: Callable[[int], None] = lambda _: None) -> Iterator[float]:
    """Turn the viewport by dragging with the middle button, in four pulls of so many pixels."""
    x, y = over_viewport()
    yield from drag([(x + across * pull, y - up * pull) for pull in range(5)], 2, held)


def choose_in_outliner(name: str) -> Iterator[float]:
    """Click on an object's row in the outliner; collections must be open, and objects closed.

    Raises
    ------
    AssertionError
        If another object is the active one then.
    """
    area = next(area for area in rb.window().screen.areas if area.type == "OUTLINER")
    region = rb.region(area=area)
    row = _rows(bpy.context.scene.collection).index(name)
    x, top = region.x + region.width // 2, rb.window().height - (region.y + region.height)
    rb.xdo("mousemove", x, top + region.height // 2)
    yield 0.4
    for _ in range(_SCROLLS):
        y = region.height - region.view2d.view_to_region(0, -(row + 0.5) * _ROW, clip=False)[1]
        if _ROW < y < region.height - _ROW // 2:
            break
        rb.xdo("click", 4 if y < _ROW else 5)
        yield 0.4
    rb.click(x, top + y)
    yield 0.6
    active = bpy.context.view_layer.objects.active
    assert active is not None and active.name == name, f"{active and active.name} was clicked instead of {name}"


def choose_below(count: int) -> Iterator[float]:
    """In the menu that a press has opened, whichever way it had room for, take the entry so many below the present."""
    yield 0.5
    # The first press finds the present one.
    for _ in range(count + 1):
        rb.key(DOWN)
        yield 0.4
    rb.key(RETURN)
    yield 1


def _rows(collection: bpy.types.Collection) -> list[str]:
    """What the outliner lists of a collection, from its own name on."""
    inner = [row for child in collection.children for row in _rows(child)]
    return [collection.name, *inner, *sorted((thing.name for thing in collection.objects), key=str.lower)]
