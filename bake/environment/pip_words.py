"""What pip says, understood: what it is at, and why it gave up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..contract.errors import UserError

_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|ProxyError|Connection aborted"
    r"|Connection broken|ConnectionResetError|SSLError|CERTIFICATE_VERIFY_FAILED|Network is unreachable"
)
_NOT_FOUND = re.compile(r"(?:No matching distribution found for|satisfies the requirement) ([A-Za-z0-9_.-]+)")
_FULL = re.compile(r"No space left on device|\[Errno 28\]|not enough space on the disk")
_LONG = re.compile(r"Windows Long Path support")
_AT = re.compile(r"(Downloading|Using cached|Collecting|Processing) (.+?)(?: \((.*)\))?$")


def at_work(line: str) -> str:
    """What a line of pip's says it is at, in words for people; "" if it says nothing of that kind."""
    if packages(line):
        return f"Installing {packages(line)} packages"
    match = _AT.match(line)
    if match is None:
        return ""
    act, what, size = match.groups()
    package = re.split(r"[-<>=!~\[;]", re.split(r"[/\\]", what)[-1])[0]
    if act == "Downloading":
        return f"Downloading {package}" + (f", {size}" if size else "")
    return f"Looking for {package}"


def packages(line: str) -> int:
    """How many packages pip says it installs now; 0 if it says something else."""
    head, _, names = line.partition(":")
    return len(names.split(",")) if head == "Installing collected packages" else 0


def failure(said: Sequence[str], python: str, wheels: Path | None) -> UserError:
    """Why pip gave up, with the next step.

    Parameters
    ----------
    said : sequence of str
        Its lines.
    python : str
        Which Python the packages are for, in words.
    wheels : Path or None
        The folder that packages come from, None where they are downloaded.
    """
    text = "\n".join(said)
    if _FULL.search(text):
        return UserError("The disk is full.", "Free some space, then try again.")
    if _LONG.search(text):
        return UserError(
            "Windows refuses a path that is longer than 260 letters.", "Enable long paths in Windows, then try again."
        )
    if wheels is None and _UNREACHABLE.search(text):
        return UserError(
            "The packages cannot be downloaded: there is no connection to the package index.",
            "Check network and proxy and try again, or name a folder of wheels.",
        )
    missing = _NOT_FOUND.search(text)
    if missing is not None and wheels is not None:
        return UserError(
            f"The folder {wheels} has no wheel of {missing[1]} for {python}.",
            f"Put one there: python -m pip download {missing[1]} -d FOLDER, on a machine of the same kind.",
        )
    if missing is not None:
        return UserError(
            f"There is no wheel of {missing[1]} for {python}.", "Choose another Python: Made With, or setup --python."
        )
    last = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1] if said else "")
    return UserError(f"pip failed: {last.removeprefix('ERROR:').strip()}", "The log has more.")
