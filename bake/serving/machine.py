"""What computes here: the device, and the versions of what it runs."""

from __future__ import annotations

import sys
from importlib import metadata

from ..contract.errors import UserError


def device_name(wanted: str) -> str:
    """What will compute, as people call it.

    Parameters
    ----------
    wanted : str
        auto, cpu or cuda.

    Raises
    ------
    UserError
        If a GPU is asked for that torch cannot use.
    """
    import torch

    usable = torch.cuda.is_available()
    if wanted == "cuda" and not usable:
        raise UserError("torch cannot use a GPU here.", "Choose --device cpu, or run doctor to see why.")
    return torch.cuda.get_device_name() if usable and wanted != "cpu" else "CPU"


def versions() -> dict[str, str]:
    """Versions of Python and of what decides pixels, as far as it is installed."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in ("torch", "numba", "numpy", "OpenEXR"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
