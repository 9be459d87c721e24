"""What the size of somebody's own table brings, as the page has it: how long is learned, and from
how many labels."""

from __future__ import annotations

import argparse
import sys

from kdlab.cli.options import option_of
from kdlab.config.base import Settings
from kdlab.config.brought import BUDGET, budget_of_rows
from kdlab.config.schema import DataConfig
from kdlab.data.table import own
from kdlab.errors import KdlabError


def bring(arguments: argparse.Namespace, model: type[Settings]) -> None:
    """Set those options of the budget that the command line does not name, and tell so. Settings
    from a file stand as they are; a table that cannot be read is refused by whoever reads it."""
    given = vars(arguments)
    missing = [name for name in BUDGET if name in model.model_fields and name not in given]
    if given.get("dataset") != "table" or arguments.config is not None or not missing:
        return
    try:
        data = {name: given[name] for name in DataConfig.model_fields if name in given}
        found = own.found(DataConfig.parse(data))
    except KdlabError:
        return
    rows = found.sizes[0]
    suits = budget_of_rows(rows, len(found.classes))
    told = []
    for name in missing:
        setattr(arguments, name, str(suits[name]))
        told.append(f"{option_of(name)} {suits[name]}")
    print(f"Set for {rows:,} training rows, as on the page: {', '.join(told)}.", file=sys.stderr)
