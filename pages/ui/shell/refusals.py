"""What cannot be done, in the words of the page: the core names settings as links, files and the
command line do; a reader sees the labels beside the controls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from kdlab.config.base import Settings
from kdlab.errors import KdlabError

NOT_A_NAME = r"(?<![\w'\"“/-])(?<!\bthe )(?<!\bThe )(?<!\ba )(?<!\bA )(?<!\bthis )"
"""Before a word that stands for a thing, not for a setting: "the student is ..."."""
SAYS = r"(?= (?:is|has|turns|and \w+ are both)\b)"
ORDERS = r"(?<=\b[Cc]hange )|(?<=\b[Ll]ower )|(?<=\b[Rr]aise )|(?<=\b[Ss]et )"


def sentence(error: KdlabError, model: type[Settings]) -> str:
    """The three sentences of ``error`` about settings of ``model``, for a page."""
    return in_labels(str(error), model)


def in_labels(text: str, model: type[Settings]) -> str:
    """``text`` with the labels of the settings that it names, and a capital where it begins.

    >>> from kdlab.config.schema import DistilConfig
    >>> in_labels("alpha is 1.5. Allowed: a number from 0 to 1. Change alpha.", DistilConfig)
    '“Weight α” is 1.5. Allowed: a number from 0 to 1. Change “Weight α”.'
    >>> in_labels("No column is in both. Add one, and name it in teacher_id.", DistilConfig)
    'No column is in both. Add one, and name it in “Column that names the rows”.'
    """
    # a network's name, like mlp-16, stays as it is written
    found = labelled(text, model)
    return re.sub(r"^[a-z]+(?![\w./-])", lambda m: m[0][0].upper() + m[0][1:], found)


def labelled(text: str, model: type[Settings]) -> str:
    """The same, of what goes on with a sentence."""
    titles = _titles(model)
    return _pattern(model).sub(lambda m: f"“{titles[m[0]]}”", text)


@cache
def _titles(model: type[Settings]) -> Mapping[str, str]:
    return {name: field.title or name for name, field in model.model_fields.items()}


@cache
def _pattern(model: type[Settings]) -> re.Pattern[str]:
    names = "|".join(sorted(_titles(model), key=len, reverse=True))
    both = rf"(?<=\band )(?:{names})(?= are both\b)"
    # with an underscore it is no word of English: it stands for the setting wherever it stands
    never = "|".join(name for name in names.split("|") if "_" in name) or r"(?!)"
    sure = rf"(?<![\w'\"“/.:=-])(?:{never})(?![\w'\"”/:=-])"
    said = rf"{NOT_A_NAME}\b(?:{names})\b{SAYS}"
    return re.compile(rf"{said}|{both}|(?:{ORDERS})(?:{names})\b|{sure}")
