"""``python -m kdlab key``: the owner's address of this home's server, again."""

from __future__ import annotations

import argparse
import json
from typing import Any

from kdlab.cli.options import add_json
from kdlab.errors import StoreError
from kdlab.hosting import key

USUAL = "http://localhost:8501/"


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``key``."""
    parser = commands.add_parser(
        name,
        help=about,
        description="Prints the address that makes its visitor the owner of this server.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--new",
        action="store_true",
        help="make a new key; browsers that used the old one need the new address",
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    trust = key.trust()
    secret = key.renew() if arguments.new else key.secret()
    if not key.kept():
        raise StoreError(
            "this user can read no key in this home",
            "the server's home, and the user who started the server",
            "Set KDLAB_HOME to the same folder as for the server",
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
        "Anyone who opens this address owns the server of this home: keep it to yourself.\n"
        f"If the server has another address or port, append ?{key.PARAMETER}=... to that."
    )
    return 0
