"""How long the worker's pieces take here: a step of a bake, a picture, and each fast kernel beside its definition.

Run from the top folder: python -m tests.bench.speed. Figures of one machine; compare ratios, and only with a quiet
machine. Each figure is the best of several.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from bake.contract.messages import Quality
from bake.device.threads import cores
from bake.field.model import Field, FieldConfig
from bake.footage import read_shot
from bake.footage.shot import Shot
from bake.render.compositing import composite_reference
from bake.render.compositing_numba import composite_numba
from bake.render.frame import render_frame
from bake.render.march import make_rays
from bake.render.sampling import Effort, place_samples_reference
from bake.render.sampling_numba import place_samples_numba
from bake.training.bake import Bake, BakeSettings
from tests.footage.making import make_capture

BOOKS = Path(__file__).resolve().parents[2] / "demo" / "footage" / "hand_books" / "transforms.json"
POINTS = 8192
SWITCHES = ("adaptive", "sensor", "robust")
_STEPS = 120
_TURNS = 30


def best(act: Callable[[], object], times: int = 7) -> float:
    """Milliseconds, best of several, after one run that does not count."""
    act()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


def main() -> None:
    """Measure and print."""
    print(f"{cores()} cores, torch {torch.__version__}, best of several, ms")
    with tempfile.TemporaryDirectory() as folder:
        ball = read_shot(make_capture(Path(folder), count=12, size=(128, 96)))
        shots = [("subject with alpha", ball)]
        if BOOKS.exists():
            shots.append(("opaque footage", read_shot(BOOKS)))
        for name, shot in shots:
            _bake(name, shot, Path(folder) / "speed.stp")
            _switches(shot, Path(folder) / "speed.stp")
    print(f"\n{'kernel, forward + backward':<34}{'fast':>9}{'reference':>11}{'ratio':>8}")
    _kernels()


def _bake(name: str, shot: Shot, output: Path) -> None:
    settings = BakeSettings(device="cpu", steps=10 * _STEPS)
    bake = Bake(shot, output, settings, lambda _: None, lambda: False)
    for _ in range(_STEPS):
        bake.step_once()
    rays = bake.stepper.rays
    print(f"\n{name}: step {best(bake.step_once, 20):.0f}, rays a step {rays}")
    camera = shot.frames[0].camera.resized(256, 192)
    field = bake.field.eval().requires_grad_(False)
    for quality in Quality:
        taken = best(lambda q=quality: render_frame(field, camera, shot.first_frame, quality=q), 3)
        print(f"  256x192, {quality.value:<10}{taken:>8.0f}")
    rays_of = make_rays(
        field,
        torch.randn(1024, 3) * 0.01 + torch.tensor(camera.camera_to_world[:3, 3], dtype=torch.float32),
        -torch.tensor(camera.camera_to_world[:3, 2], dtype=torch.float32) + torch.randn(1024, 3) * 0.2,
        torch.rand(1024),
    )
    effort = Effort(128, 16)
    jitter = torch.rand(1024, 17)
    fast = best(lambda: place_samples_numba(field, rays_of, effort, jitter, None))
    slow = best(lambda: place_samples_reference(field, rays_of, effort, jitter, None))
    print(f"  sampling of 1024 rays{fast:>7.1f}, reference {slow:.1f}, {slow / fast:.1f} times")


def _switches(shot: Shot, output: Path) -> None:
    """What a ray takes with each switch of the bake and without: time of the processor, of steps that take turns."""
    plain = _warm(shot, output, {})
    for switch in SWITCHES:
        chosen = _warm(shot, output, {switch: True})
        ratio = median(_seconds_a_ray(chosen) / _seconds_a_ray(plain) for _ in range(_TURNS))
        print(f"  --{switch:<10} {ratio:.3f} times the time a ray")


def _warm(shot: Shot, output: Path, switches: dict[str, bool]) -> Bake:
    settings = BakeSettings(device="cpu", steps=10 * _STEPS, **switches)  # type: ignore[arg-type]
    bake = Bake(shot, output, settings, lambda _: None, lambda: False)
    for _ in range(_STEPS):
        bake.step_once()
    return bake


def _seconds_a_ray(bake: Bake) -> float:
    began = time.process_time()
    rays = bake.step_once()
    return (time.process_time() - began) / rays


def _kernels() -> None:
    torch.manual_seed(0)
    low, high = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
    field = Field(FieldConfig(low, high, opaque=False, first_frame=0, last_frame=59, near=0.1, far=10))
    points, times = torch.rand(POINTS, 3), torch.rand(POINTS)
    towards = torch.nn.functional.normalize(torch.randn(POINTS, 3), dim=-1)
    _compare("field", lambda e: e(points, times, towards)[1].sum().backward(), field.forward, field.reference)
    counts = torch.full((POINTS // 16,), 16)
    optical, colour = torch.rand(POINTS, requires_grad=True), torch.rand(POINTS, 3, requires_grad=True)
    middles, widths = torch.rand(POINTS), torch.rand(POINTS)

    def fast(*given: torch.Tensor) -> torch.Tensor:
        return composite_numba(*given)[0]

    def reference(*given: torch.Tensor) -> torch.Tensor:
        return composite_reference(*given).colour

    _compare("compositing", lambda e: e(optical, colour, middles, widths, counts).sum().backward(), fast, reference)


def _compare(name: str, use: Callable[[Callable], object], fast: Callable, reference: Callable) -> None:
    quick, slow = best(lambda: use(fast)), best(lambda: use(reference))
    print(f"{name:<34}{quick:>9.1f}{slow:>11.1f}{slow / quick:>8.1f}")


if __name__ == "__main__":
    main()
