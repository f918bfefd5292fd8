"""What pip says, as it has been heard from its versions 23 to 26, in words for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from bake.environment.pip_words import at_work, failure, packages

RETRYING = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None)) after connection broken by "
    "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new "
    "connection: [Errno -2] Name or service not known')': /simple/torch/"
)
MISSING = "ERROR: Could not find a version that satisfies the requirement torch>=2.4 (from versions: none)"
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
LONG = (
    "HINT: This error might have occurred since this system does not have Windows Long Path support enabled. You can "
    "find information on how to enable this at https://pip.pypa.io/warnings/enable-long-paths"
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Collecting torch>=2.4 (from -r requirements.txt (line 4))", "Looking for torch"),
        ("Downloading torch-2.14.1-cp311-cp311-manylinux_2_28_x86_64.whl (554.6 MB)", "Downloading torch, 554.6 MB"),
        ("Using cached numpy-2.4.6-cp311-cp311-win_amd64.whl (12.3 MB)", "Looking for numpy"),
        ("Processing /a folder/safetensors-0.8.0-cp38-abi3-win_amd64.whl", "Looking for safetensors"),
        ("Processing ./wheels/Pillow-10.0-py3-none-any.whl (from -r x)", "Looking for Pillow"),
        ("Installing collected packages: mpmath, torch", "Installing 2 packages"),
        ("Requirement already satisfied: torch in x", ""),
    ],
)
def test_what_it_is_at(line: str, words: str) -> None:
    assert at_work(line) == words
    assert packages(line) == (2 if "Installing" in line else 0)


@pytest.mark.parametrize(
    ("said", "wheels", "words"),
    [
        ([RETRYING, MISSING], None, "there is no connection to the package index. Check network and proxy"),
        ([MISSING], None, "There is no wheel of torch for Python 3.15"),
        ([MISSING], Path("wheels"), "The folder wheels has no wheel of torch for Python 3.15"),
        ([FULL], None, "The disk is full."),
        ([FULL, LONG], None, "The disk is full."),
        ([LONG], None, "longer than 260 letters"),
        (["ERROR: Something else", "notice"], None, "pip failed: Something else"),
        ([], None, "pip failed"),
    ],
)
def test_why_it_gave_up(said: list[str], wheels: Path | None, words: str) -> None:
    assert words in str(failure(said, "Python 3.15", wheels))
