"""Errors that a person can act on, and the exit codes that pipelines can act on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the worker's process tells the shell; kept stable, because pipelines branch on it."""

    DONE = 0
    FAILED = 1
    """Something in the input or on the machine is wrong; the message says what and how to mend it."""
    USAGE = 2
    """The command line itself is wrong."""
    BUG = 70
    """An error nobody foresaw; the log holds the traceback."""
    CANCELLED = 130
    """Cancelled or paused; what was saved so far is kept."""


class UserError(Exception):
    """Something the user can mend.

    Parameters
    ----------
    sentence : str
        What is wrong and where, in the user's words, without a trailing hint.
    hint : str
        The next step. May be empty.
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class Cancelled(Exception):
    """The user asked to stop; the last good state is kept."""
