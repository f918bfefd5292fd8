"""What all tests share: a user's folder of their own, cores, and what is made once for all processes of a run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bake.contract.bake_folder import take_lock
from bake.contract.own_folder import VARIABLE
from bake.contract.torch_build import driver_cuda
from bake.device.threads import cores
from tests.analytic_field import make_analytic_field

# Triton reads this once, when it is first imported.
if driver_cuda() is None:
    os.environ.setdefault("TRITON_INTERPRET", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: tests wait for programs that start, and for files, half of their time."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, so that no process works on it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


@pytest.fixture(scope="session", autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of this process's own in place of the user's: its bakes wait for nobody else's."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(tmp_path_factory.mktemp("own"))
    yield
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before


@pytest.fixture(scope="session", autouse=True)
def shared_out_cores() -> None:
    """Cores shared out as the worker does: threads that meet in every operation spin while others hold a core."""
    cores()


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Gives a folder by its name, filled by the first process of the run that asks for it; all others only read it."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "once"

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder.mkdir(exist_ok=True)
        made, filled = folder / name, folder / f"{name}.filled"
        with (folder / f"{name}.lock").open("wb") as lock:
            while not take_lock(lock):
                time.sleep(0.1)
            if not filled.exists():
                shutil.rmtree(made, ignore_errors=True)
                made.mkdir()
                fill(made)
                filled.touch()
        return made

    return make


@pytest.fixture(scope="session")
def ball_field(once: Once) -> Path:
    """A field file of `analytic_field.BALL`, which takes long to fit."""
    return once("ball", lambda folder: make_analytic_field(folder / "ball.stp")) / "ball.stp"
