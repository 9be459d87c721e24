"""``--teacher-weights FILE``: a file of weights as the teacher, as the page takes one."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import PurePath

from kdlab.cli.options import read_settings
from kdlab.config.base import Settings
from kdlab.config.schema import StudentConfig
from kdlab.system.paths import expanded

_MARK = re.compile("[0-9a-f]{1,64}")


def bring(arguments: argparse.Namespace, model: type[Settings]) -> None:
    """Where ``--teacher-weights`` names a file, keep its network as a teacher, tell what was done
    to read it, and set the options to what the store knows it by.

    ModelError where it cannot be read, fits no known network or not the data; ConfigError as
    :func:`kdlab.cli.options.read_settings`.
    """
    value = str(getattr(arguments, "teacher_weights", ""))
    path = expanded(value)
    if not value or _MARK.fullmatch(value) or not (PurePath(value).suffix or path.is_file()):
        return
    arguments.teacher_weights = ""
    config = read_settings(arguments, model)
    assert isinstance(config, StudentConfig), "it has this option"
    from kdlab.experiments.run.run import bring_weights
    from kdlab.models import weights

    content, _ = weights.contents(path, weights.MAX_BYTES)
    found = bring_weights(config.teacher_config(), content, file_name=path.name)
    arguments.teacher, arguments.teacher_weights = found["teacher"], found["mark"]
    print(f"{path.name} is the teacher: {found['teacher']}.", *found["notes"], file=sys.stderr)
