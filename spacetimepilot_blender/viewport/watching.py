"""The viewports of this Blender: what each was last seen to show, what is fetched for them, and what is drawn."""

from __future__ import annotations

import time
from dataclasses import dataclass

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.messages import PictureRequest, SurfelsRequest
from ...bake.contract.preview_file import PreviewPicture, Surfels
from ..preferences import preview_memory
from ..redraw import redraw_areas
from .choosing import ALMOST_WHOLE, Pace, Watched, Wish, in_time, next_preview
from .depth import mend_depth
from .display import Display, display_of
from .drawing import Drawing, matrix_of
from .fetching import Fetcher
from .looking import Look, look, surfels_around
from .previews import PreviewRequest, Previews
from .timeline import cached_frames

_BUSY_SECONDS = 0.02
"""How often what has come is looked for while something is being fetched or about to rest."""
_SHOWN_SECONDS = 0.08
"""How long what has come waits for its viewport to be drawn anyway: while somebody scrubs, draws follow each other."""
_MARKED_SECONDS = 0.25
"""How often the timeline marks what has come."""
_FORGOTTEN_SECONDS = 5.0
"""After which a viewport that was not drawn is not served any more, unless it is still there."""
_LONG_SECONDS = 15.0
"""After which it is said how long a preview takes; drawing that once a second is enough."""
_AGAIN_SECONDS = 4.0
"""After which what could not be had is asked for again."""
_SAME_INSTANT = 0.01
"""Shot frames; nobody sees less."""
_PATIENCE = 2.0
"""In budgets: how long a viewport waits for a picture within one."""
_COMPARED = 16
"""Pictures of which it is remembered that they were compared with surfels."""


@dataclass
class _Viewport:
    look: Look
    changed: float
    drawn: float
    playing: bool


class Watch:
    """All of it. Only the main thread may touch it, and `draw` only where a viewport is being drawn."""

    def __init__(self) -> None:
        self.previews = Previews(preview_memory())
        self.pace = Pace()
        self.failures: dict[tuple[str, str], tuple[str, float]] = {}
        """By file and content: why a field cannot be shown, and since when that is known."""
        self._fetcher = Fetcher()
        self._drawing: Drawing | None = None
        self.distances: dict[str, float] = {}
        """By content: PSNR, dB, of the last preview that could be compared with its picture."""
        self._loaded: set[str] = set()
        """Contents that the worker has at hand: before, no picture comes in time."""
        self._compared: dict[PictureRequest, tuple[PreviewPicture, Surfels]] = {}
        self._viewports: dict[int, _Viewport] = {}
        # Blender knows a timer by its very object, and every look at a method makes another one.
        self._timer = self.tick
        self._told_seconds = _LONG_SECONDS - 1
        self._unshown_since = self._unmarked_since = float("inf")
        """Since when something that has come may not have been drawn, by viewports and by the timeline."""

    def draw(self) -> None:
        """Draw the fields of the viewport that is being drawn, with what is there by now."""
        context = bpy.context
        now, key = time.monotonic(), context.region.as_pointer()
        seen = look(context)
        if seen is None:
            self._viewports.pop(key, None)
            return
        known = self._viewports.get(key)
        changed = now if known is None or known.look != seen else known.changed
        self._viewports[key] = _Viewport(seen, changed, now, context.screen.is_animation_playing)
        if self._drawing is None:
            self._drawing = Drawing()
        if known is not None and changed == now:
            self._hurry(seen, now)
        if seen.wishes:
            mend_depth(context)
        for wish in seen.wishes:
            self._draw(wish, seen, display_of(context.scene, context.space_data.shading))
        self.wake()

    def _hurry(self, seen: Look, now: float) -> None:
        """Have what has just changed in time, where a budget says how long that may take."""
        for wish in seen.wishes:
            timely = wish.timely
            if timely is None or timely.budget is None or timely.content_hash not in self._loaded:
                continue
            if in_time(wish, self.previews) or bpy.app.is_job_running("RENDER"):
                continue
            self._fetcher.hurry(timely, _PATIENCE * timely.budget.seconds)
            self._take(now)

    def wake(self) -> None:
        """See to it that somebody looks after the viewports."""
        if not bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.register(self._timer, first_interval=_BUSY_SECONDS)

    def tick(self) -> float | None:
        """Take what has come, and send for what is wanted next; ends when all is there."""
        now = time.monotonic()
        self.previews.most = preview_memory()
        if self._take(now) or self._fetcher.seconds > self._told_seconds + 1:
            self._told_seconds = max(self._fetcher.seconds, _LONG_SECONDS - 1)
            self._compare()
            self._unshown_since, self._unmarked_since = min(self._unshown_since, now), min(self._unmarked_since, now)
        self._show(now)
        if bpy.app.is_job_running("RENDER"):
            # A render's plates come first.
            self._fetcher.drop()
            return 10 * _BUSY_SECONDS
        self._forget(now)
        running = self._fetcher.running
        # What comes soon is worth waiting for: overtaken again and again, none would ever come.
        if not _comes_soon(running):
            wanted = next_preview(self._watched(now), self.previews, self.pace, _ahead)
            if wanted is not None:
                self._fetcher.fetch(wanted)
            else:
                self._fetcher.drop()
        busy = any(not view.at_rest for view in self._watched(now)) or self._fetcher.running is not None
        return _BUSY_SECONDS if busy or self._unmarked_since <= now else self._retry(now)

    def _show(self, now: float) -> None:
        """Have what has come drawn by whatever is not being drawn anyway."""
        if all(own.drawn > self._unshown_since for own in self._viewports.values()):
            self._unshown_since = float("inf")
        if now - self._unshown_since >= _SHOWN_SECONDS:
            self._unshown_since = float("inf")
            redraw_areas("VIEW_3D")
        if now - self._unmarked_since >= _MARKED_SECONDS:
            self._unmarked_since = float("inf")
            redraw_areas("DOPESHEET_EDITOR")

    def forget(self) -> None:
        """Forget everything that is known and kept."""
        self.failures.clear()
        self.previews.clear()
        self._viewports.clear()
        self.distances.clear()
        self._compared.clear()
        self._loaded.clear()
        if self._drawing is not None:
            self._drawing.forget()

    def end(self) -> None:
        """Let everything go."""
        self._fetcher.end()
        self.forget()
        self._drawing = None
        if bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)

    def lines(self) -> list[str]:
        """What the viewport that is being drawn says of its fields."""
        own = self._viewports.get(bpy.context.region.as_pointer())
        return [] if own is None else self._lines(own)

    def lines_of_all(self) -> list[str]:
        """What all viewports say."""
        return [line for own in self._viewports.values() for line in self._lines(own)]

    def _lines(self, own: _Viewport) -> list[str]:
        told = [f"{name}: {sentence}" for name, sentence in own.look.failures]
        return told + [f"{wish.field}: {self._told(wish)}" for wish in own.look.wishes]

    def cached_frames(self, scene: bpy.types.Scene) -> set[int]:
        """Frames of a scene that every field in its viewports has surfels for."""
        wishes = {wish.field: wish for own in self._viewports.values() for wish in own.look.wishes}
        frames = [set(cached_frames(scene, wish, self.previews)) for wish in wishes.values()]
        return set.intersection(*frames) if frames else set()

    def shown(self) -> list[str]:
        """What each viewport shows of each field: "nothing", "surfels" or "picture 1/N", N the pixels' coarseness."""
        return [self._shown(wish) for own in self._viewports.values() for wish in own.look.wishes]

    def _shown(self, wish: Wish) -> str:
        picture, surfels = self._best(wish)
        if picture is not None:
            return f"picture 1/{picture[1]:g}"
        return "nothing" if surfels is None else "surfels"

    def _told(self, wish: Wish) -> str:
        failure = self.failures.get((wish.picture.field_file, wish.picture.content_hash))
        if failure is not None:
            return failure[0]
        picture, surfels = self._best(wish)
        if picture is not None:
            return "picture" if picture[1] == 1 else f"picture, 1 pixel in {picture[1] ** 2:.0f}"
        waited = self._fetcher.seconds
        waiting = f", the worker has not answered for {waited:.0f} s" if waited > _LONG_SECONDS else ""
        if surfels is None:
            return f"waiting for the worker{waiting}"
        told = f"preview of shot frame {surfels[0].shot_frame:.1f}" if _late(surfels, wish) else "preview"
        known = self.distances.get(wish.picture.content_hash)
        return (told if known is None else f"{told}, {known:.0f} dB from the picture") + waiting

    def _draw(self, wish: Wish, seen: Look, display: Display) -> None:
        drawing, view, projection = self._drawing, matrix_of(seen.view), matrix_of(seen.projection)
        picture, surfels = self._best(wish)
        if picture is not None:
            drawing.picture(picture[0], wish.picture, projection, display)
        elif surfels is not None:
            drawing.surfels(surfels[1], wish.picture, view, projection, seen.height, display)

    def _compare(self) -> None:
        """Find out, once for each picture, how far surfels of its instant are from it.

        Not where a viewport is being drawn: what Blender draws into it later would be lost with the GPU's other screen.
        """
        for own in self._viewports.values():
            for wish in own.look.wishes:
                picture, surfels = self._best(wish)
                if picture is None or surfels is None or picture[1] > ALMOST_WHOLE or _late(surfels, wish):
                    continue
                if self._compared.get(wish.picture) == (picture[0], surfels[1]):
                    continue
                while len(self._compared) >= _COMPARED:
                    del self._compared[next(iter(self._compared))]
                self._compared[wish.picture] = (picture[0], surfels[1])
                view, projection = matrix_of(own.look.view), matrix_of(own.look.projection)
                distance = self._drawing.distance(surfels[1], picture[0], wish.picture, view, projection)
                self.distances[wish.picture.content_hash] = distance

    def _best(self, wish: Wish) -> tuple[tuple[PreviewPicture, float] | None, tuple[SurfelsRequest, Surfels] | None]:
        """The picture that is better than any surfels, if there is one, and the nearest surfels."""
        picture = self.previews.picture(wish.picture)
        surfels = self.previews.surfels(wish.surfels, float("inf"))
        timely = None if wish.timely is None else self.previews.timely(wish.timely)
        if timely is not None:
            coarseness = wish.picture.camera.width / timely.depth.shape[1]
            if picture is None or coarseness < picture[1]:
                return (timely, coarseness), surfels
        best = picture is not None and (surfels is None or _late(surfels, wish) or picture[1] <= ALMOST_WHOLE)
        return (picture if best else None), surfels

    def _take(self, now: float) -> bool:
        came = False
        for fetched in self._fetcher.finished():
            came = True
            key = (fetched.request.field_file, fetched.request.content_hash)
            if fetched.preview is None:
                self.failures[key] = (fetched.failure, now)
                self._loaded.discard(fetched.request.content_hash)
                continue
            self.failures.pop(key, None)
            self.previews.keep(fetched.request, fetched.preview)
            self.pace.learn(fetched.request, fetched.seconds)
            self._loaded.add(fetched.request.content_hash)
        return came

    def _watched(self, now: float) -> list[Watched]:
        failing = {key for key, (_, since) in self.failures.items() if now - since < _AGAIN_SECONDS}
        return [
            Watched(
                tuple(w for w in own.look.wishes if (w.picture.field_file, w.picture.content_hash) not in failing),
                now - own.changed,
                own.playing,
            )
            for own in self._viewports.values()
        ]

    def _forget(self, now: float) -> None:
        there = {region.as_pointer() for region in _regions()}
        for key, own in list(self._viewports.items()):
            if key not in there and now - own.drawn > _FORGOTTEN_SECONDS:
                del self._viewports[key]
        pictures = [wish.picture for own in self._viewports.values() for wish in own.look.wishes]
        wished = {(picture.field_file, picture.content_hash) for picture in pictures}
        self.failures = {key: known for key, known in self.failures.items() if key in wished}

    def _retry(self, now: float) -> float | None:
        if not self.failures or not self._viewports:
            return None
        return max(min(since for _, since in self.failures.values()) + _AGAIN_SECONDS - now, 0.5)


def _comes_soon(request: PreviewRequest | None) -> bool:
    return isinstance(request, SurfelsRequest) or (request is not None and request.budget is not None)


def _late(surfels: tuple[SurfelsRequest, Surfels], wish: Wish) -> bool:
    """Whether surfels are of another instant than is wished for."""
    return abs(surfels[0].shot_frame - wish.surfels.shot_frame) > _SAME_INSTANT


def _ahead(wish: Wish) -> list[SurfelsRequest]:
    try:
        return surfels_around(wish, bpy.context.scene)
    except UserError:
        # The viewport says what is wrong with this field's time.
        return []


def redraw() -> None:
    """Draw all viewports and timelines again."""
    redraw_areas("VIEW_3D", "DOPESHEET_EDITOR")


def _regions() -> list[bpy.types.Region]:
    return [
        region
        for window in bpy.context.window_manager.windows
        for area in window.screen.areas
        if area.type == "VIEW_3D"
        for region in area.regions
        if region.type == "WINDOW"
    ]
