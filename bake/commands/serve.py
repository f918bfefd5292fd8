"""`serve`: the worker that stays warm beside Blender and makes plates and previews on request."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from ..contract.errors import ExitCode
from ..contract.messages import PROTOCOL, Hello
from ..serving.answering import answer
from ..serving.listening import listen
from ..serving.loaded import FIELD_MEMORY, Loaded
from ..serving.machine import device_name, versions
from ..serving.requests import Requests
from .arguments import add_device, mebibytes
from .console import Console

_DESCRIPTION = """\
What the Blender extension talks to: one JSON message a line on standard input and output (see bake/contract/messages).
The newest request is answered first; a request replaces waiting ones of its channel. Ends when its input ends.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "serve",
        help="what the Blender extension talks to",
        description=_DESCRIPTION,
        epilog="example: python -m bake serve --device auto",
    )
    parser.add_argument(
        "--scratch", type=Path, metavar="DIR", help="folder of previews that nobody needs any more when the input ends"
    )
    parser.add_argument(
        "--field-memory",
        type=mebibytes,
        default=FIELD_MEMORY,
        metavar="MIB",
        help="what each field may hold of what grows with its shot, in mebibytes, from 16 on (default: %(default)s)",
    )
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Answer requests until the input ends."""
    console.as_json = True
    console.message(Hello(PROTOCOL, device_name(arguments.device), versions()))
    requests, say = Requests(console.message), console.message
    threading.Thread(target=listen, args=(requests, say, arguments.scratch), name="requests", daemon=True).start()
    loaded = Loaded(arguments.device, arguments.field_memory)
    while True:
        request = requests.take()
        say(answer(request, loaded, say, requests.running_cancelled))
