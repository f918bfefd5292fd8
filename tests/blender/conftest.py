"""The built zip, installed into each Blender that is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender.harness import VERSIONS, Blender, installed, wheel_python
from tests.blender.package import build_package
from tests.conftest import Once


@pytest.fixture(scope="session")
def package(once: Once) -> Path:
    """The extension's zip, as artists get it."""
    if not wheel_python("4.5").is_file():
        pytest.skip(f"{wheel_python('4.5')} is not here, and with it the packaging tool; make test sets it up")
    (built,) = once("package", build_package).glob("*.zip")
    return built


@pytest.fixture(scope="session", params=VERSIONS)
def blender(request: pytest.FixtureRequest, package: Path, once: Once) -> Blender:
    """Blender of each version with the extension installed; all processes of a run are one user of it."""
    version, python = request.param, wheel_python(request.param)
    if not python.is_file():
        pytest.skip(f"{python} is not here; make .venv-blender-{version} sets it up if its Python is found")
    resources = once(f"blender-{version}", lambda folder: installed(version, package, folder))
    return Blender(version, python, resources)
