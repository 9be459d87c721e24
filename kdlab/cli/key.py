"""``python -m kdlab key``: the owner's address of this home's server, again."""

from __future__ import annotations

import argparse
import json
from typing import Any

from kdlab.errors import StoreError
from kdlab.hosting import key

USUAL = "http://localhost:8501/"


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``key``."""
    parser = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
    parser.add_argument(
        "--new", action="store_true", help="make a new key; whoever has shown the old one must "
        "show the new one",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    trust = key.trust()
    secret = key.renew() if arguments.new else key.secret()
    if not key.kept():
        raise StoreError(
            "this home keeps no key that this user can read",
            "the folder of the server, and the user who started it",
            "Set KDLAB_HOME as the server has it",
        )
    address = f"{USUAL}?{key.PARAMETER}={secret}"
    if arguments.json:
        print(json.dumps({"address": address, "key": secret, "trust": trust}))
        return 0
    print(address)
    if trust != key.KEY:
        print(f"{key.VARIABLE}={trust}: a server with this setting asks for no key.")
        return 0
    print(
        "Anyone who opens this owns the lab's server on this home: keep it to yourself.\n"
        f"At another address or port, put ?{key.PARAMETER}=... behind that one."
    )
    return 0
