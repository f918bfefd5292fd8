"""The built zip, installed into each Blender that is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender.harness import VERSIONS, Blender, wheel_python
from tests.blender.package import build_package


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension's zip, as artists get it."""
    if not wheel_python("4.5").is_file():
        pytest.skip(f"{wheel_python('4.5')} is not here, and with it the packaging tool; make test sets it up")
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session", params=VERSIONS)
def blender(request: pytest.FixtureRequest, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Blender:
    """Blender of each version with the extension installed, in a user folder of its own."""
    version = request.param
    python = wheel_python(version)
    if not python.is_file():
        pytest.skip(f"{python} is not here; make .venv-blender-{version} sets it up if its Python is found")
    installed = Blender(version, python, tmp_path_factory.mktemp(f"blender-{version}"))
    done = installed.drive("install", str(package), timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return installed
