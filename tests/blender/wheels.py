"""Wheels that pip really resolves and installs, made on the spot: each brings the packages of the Python given here."""

from __future__ import annotations

import zipfile
from pathlib import Path

from bake.commands.doctor import requirements


def make_wheels(folder: Path, site: Path, *, without: str = "", broken: str = "") -> Path:
    """One wheel for every package that the worker needs.

    Parameters
    ----------
    site : Path
        A site-packages that has the packages themselves. The wheels lead there, as hundreds of megabytes would take
        minutes to pack and unpack.
    without : str
        A package to leave out.
    broken : str
        The module of a package that cannot be loaded once it is installed.
    """
    folder.mkdir(parents=True)
    for package, oldest in requirements().items():
        if package != without:
            _make_wheel(folder, package, f"{oldest}.0" if oldest.count(".") < 2 else oldest, site, broken)
    return folder


def _make_wheel(folder: Path, package: str, version: str, site: Path, broken: str) -> None:
    name = package.replace("-", "_")
    information = f"{name}-{version}.dist-info"
    files = {
        # Behind the new environment's own packages, as every path of a .pth file.
        f"{name}_leads.pth": f"{site}\n",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if broken == name:
        files[f"{name}/__init__.py"] = "raise ImportError('DLL load failed, on purpose')\n"
    record = "".join(f"{path},,\n" for path in (*files, f"{information}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
        wheel.writestr(f"{information}/RECORD", record)
