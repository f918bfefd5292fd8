"""Short questions to the worker: commands that end by themselves and answer with one JSON object."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from ..bake.contract.errors import UserError
from .worker_process import start_worker

_SECONDS = 300


def ask_worker(*words: str) -> dict[str, Any]:
    """Run `python -m bake WORDS --json` and return what it found, whether or not it is good.

    Raises
    ------
    UserError
        If it found nothing to say, or said why it failed.
    """
    process = start_worker([*words, "--json"], output=subprocess.PIPE, errors=subprocess.PIPE)
    try:
        said, complained = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise UserError(f"The worker did not answer within {_SECONDS} seconds.", "Run Doctor to see why.") from error
    answers = said.decode("utf-8", errors="replace").strip().splitlines()
    try:
        answer = json.loads(answers[-1])
    except (IndexError, ValueError) as error:
        last = complained.decode("utf-8", errors="replace").strip().splitlines()[-1:]
        raise UserError(f"The worker ended (exit code {process.returncode}). {' '.join(last)}") from error
    if answer.get("type") == "failed":
        raise UserError(answer.get("message", ""), answer.get("hint", ""))
    return answer
