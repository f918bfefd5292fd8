"""Makes an environment for the worker: whole, tried and marked, or not at all."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..contract.environment import Environment, mark_whole, python_in, read_mark
from ..contract.errors import UserError
from ..contract.torch_build import BUILDS, TorchBuild
from .pip_words import at_work, failure, packages
from .programs import Programs

_OLDEST_PYTHON = (3, 11)
_WORKER = Path(__file__).resolve().parent.parent
_FOREIGN = re.compile(r"PYTHON(HOME|PATH|STARTUP|EXECUTABLE)|__PYVENV_LAUNCHER__|PIP_(TARGET|PREFIX|USER|ROOT)")
_PIP = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
_BARE, _INSTALLED = 0.05, 0.96
"""Shares of the whole at which the environment stands without packages, and with all of them."""
_TORCH = 0.6
"""Which share of getting packages is PyTorch."""
_DOWNLOAD, _FIND = 0.75, 0.1
"""Which share of getting packages is the download, or finding them in a folder; the rest is unpacking."""
_UNPACKED = 4.0
"""How many times the size of its wheel a package takes, at most on average."""
_REMOVE_TRIES, _REMOVE_SECONDS = 20, 0.25


@dataclass(frozen=True)
class Order:
    """What shall be made.

    `folder` must be new or empty. Packages come from the folder `wheels` alone, or are downloaded; then `build` says
    which PyTorch. `needed` maps each package to its oldest version, as `requirements` lists them.
    """

    folder: Path
    requirements: Path
    needed: Mapping[str, str]
    build: TorchBuild
    wheels: Path | None = None


def make_environment(order: Order, programs: Programs, tell: Callable[[str, float], None]) -> Path:
    """Make it with the Python that runs this, and return its Python.

    `tell` hears what is being done, in a few words, and which share of the whole is done, 0 to 1.

    Raises
    ------
    UserError
        If it cannot be made; then nothing of it is left.
    Cancelled
        If `programs` were stopped; nothing is left either.
    """
    _check(order)
    try:
        return _made(order, programs, tell)
    except OSError as error:
        raise UserError(
            f"Cannot make {order.folder}: {error.strerror or error}.", "Free some disk space, then try again."
        ) from error
    finally:
        if read_mark(order.folder) is None:
            _remove(order.folder)


def _made(order: Order, programs: Programs, tell: Callable[[str, float], None]) -> Path:
    tell("Making an environment", 0.0)
    environment = _environment(order)
    status = programs.run([sys.executable, "-m", "venv", order.folder], Path.cwd(), environment)
    python = python_in(order.folder)
    if status or not python.is_file():
        raise UserError(
            f"{_this_python()} cannot make environments.", "Choose another Python: Made With, or setup --python."
        )
    temporary = order.folder / "tmp"
    temporary.mkdir()
    pip = _Pip(order, programs, tell, environment | {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")})
    for words, start, end in _installs(order):
        pip.install(words, start, end)
    shutil.rmtree(temporary, ignore_errors=True)
    tell("Trying everything once", _INSTALLED)
    _try(order, programs, python, environment)
    build = "wheels" if order.wheels is not None else order.build.name
    mark_whole(order.folder, Environment(platform.python_version(), build))
    return python


def _environment(order: Order) -> dict[str, str]:
    """This process's environment without what would lead Python or pip astray."""
    environment = {key: value for key, value in os.environ.items() if not _FOREIGN.fullmatch(key)}
    if order.wheels is None:
        return environment
    # A folder of wheels is to be all there is, so that it holds or lacks the same for everybody.
    environment = {key: value for key, value in environment.items() if not key.startswith("PIP_")}
    return environment | {"PIP_CONFIG_FILE": os.devnull}


def _installs(order: Order) -> Iterator[tuple[list[str], float, float]]:
    """What pip is asked for, with the shares of the whole at its start and its end."""
    every = ["-r", str(order.requirements)]
    if order.wheels is not None:
        yield ["--no-index", "--find-links", str(order.wheels), *every], _BARE, _INSTALLED
        return
    after = _BARE
    if order.build.index:
        # First and alone: the index has nothing but PyTorch, and its build has to be there before another is chosen.
        after += _TORCH * (_INSTALLED - _BARE)
        yield [f"torch>={order.needed['torch']}", "--index-url", order.build.index], _BARE, after
    yield every, after, _INSTALLED


def _check(order: Order) -> None:
    """What can be known beforehand."""
    if sys.version_info < _OLDEST_PYTHON:
        wanted = ".".join(map(str, _OLDEST_PYTHON))
        raise UserError(f"{_this_python()} is too old for the worker.", f"Use Python {wanted} or newer.")
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise UserError(
            f"{_this_python()} cannot make environments: it comes without venv or ensurepip.",
            f"Install them (on Debian and Ubuntu: the package {package}), or choose another Python: Made With, or"
            " setup --python.",
        )
    if order.folder.exists() and (not order.folder.is_dir() or any(order.folder.iterdir())):
        raise UserError(f"{order.folder} is there already.", "Name a folder that is new or empty.")
    if order.wheels is not None and not any(order.wheels.glob("*.whl")):
        raise UserError(f"There are no wheels (*.whl) in {order.wheels}.", "Choose the folder again.")
    _check_room(order)


def _check_room(order: Order) -> None:
    there = next(path for path in (order.folder, *order.folder.parents) if path.is_dir())
    wheels = 0 if order.wheels is None else sum(path.stat().st_size for path in order.wheels.glob("*.whl"))
    # A folder may hold wheels for other systems and Pythons too.
    most = max(build.disk_gb for build in BUILDS.values()) * 1e9
    wanted = order.build.disk_gb * 1e9 if order.wheels is None else min(_UNPACKED * wheels, most)
    free = shutil.disk_usage(there).free
    if free < wanted:
        raise UserError(
            f"{there} has {free / 1e9:.1f} GB of free space, and the environment takes {wanted / 1e9:.1f} GB.",
            "Free some space, then try again.",
        )


class _Pip:
    """pip, in the new environment."""

    def __init__(
        self, order: Order, programs: Programs, tell: Callable[[str, float], None], environment: Mapping[str, str]
    ) -> None:
        self._order, self._programs, self._tell, self._environment = order, programs, tell, environment
        self._temporary = Path(environment["TMPDIR"])

    def install(self, words: list[str], start: float, end: float) -> None:
        """Install what `words` say, while the share of the whole that is done goes from `start` to `end`."""
        said = list[str]()
        doing, installing, before = "Looking for packages", 0, self._present()
        first = _DOWNLOAD if self._order.wheels is None else _FIND
        expected = self._order.build.download_gb * 1e9 * (end - start) / (_INSTALLED - _BARE)

        def heard(line: str) -> None:
            nonlocal doing, installing
            if line:
                said.append(line)
                doing = at_work(line) or doing
                installing = installing or packages(line)
            if installing:
                share = first + (1 - first) * min((self._present() - before) / installing, 1.0)
            else:
                share = first * min(_size(self._temporary) / expected, 1.0)
            self._tell(doing, start + (end - start) * share)

        # From sources some packages would be built for an hour, and most machines lack a compiler.
        command = [str(python_in(self._order.folder)), *_PIP, "--only-binary", ":all:", "--retries", "2", *words]
        if self._programs.run(command, _WORKER.parent, self._environment, heard):
            raise failure(said, f"Python {platform.python_version()} on {_machine()}", self._order.wheels)

    def _present(self) -> int:
        """How many packages are installed."""
        folder = self._order.folder
        sites = [folder / "Lib/site-packages"] if os.name == "nt" else folder.glob("lib/python*/site-packages")
        return sum(1 for site in sites for _ in site.glob("*.dist-info"))


def _try(order: Order, programs: Programs, python: Path, environment: Mapping[str, str]) -> None:
    """Have the new environment's own doctor look at its packages."""
    said = list[str]()
    programs.run([python, "-m", "bake", "doctor", "--json"], _WORKER.parent, environment, said.append)
    answers = [json.loads(line) for line in said if line.startswith('{"well"')]
    if not answers:
        raise UserError("The new environment cannot run the worker.", "The log has more.")
    bad = [found for found in answers[-1]["findings"] if found["name"] in order.needed and not found["good"]]
    if bad:
        told = "; ".join(f"{found['name']}: {found['found']}" for found in bad)
        raise UserError(f"The packages were installed, but cannot be used. {told}.", "The log has more.")


def _size(folder: Path) -> int:
    """Bytes in the files of a folder; what vanishes meanwhile does not count."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(path) / name).stat().st_size
            except OSError:
                continue
    return total


def _remove(folder: Path) -> None:
    """Remove it, again and again: on Windows what a killed program had open stays open for a moment."""
    for _ in range(_REMOVE_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(_REMOVE_SECONDS)


def _this_python() -> str:
    return f"Python {platform.python_version()} ({sys.executable})"


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}"
