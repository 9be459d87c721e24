"""Strings of a small stochastic grammar, whose probabilities are known exactly.

A rule is ``B -> 3 CV | 1 CVn``: what a capital letter may become, each choice with its weight (1
where none is written). Small letters stay as they are. Rules are separated by semicolons or lines;
the first one says where a string begins.

All strings are found by expanding the likeliest unfinished one, until less than LEFT_OUT of all
probability is left. A grammar that does not come to an end, or whose strings are too long or too
many, is refused.
"""

from __future__ import annotations

import heapq
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data.split import SPLIT_SEED, DataSplit
from kdlab.data.text.strings import Parts, cut_positions
from kdlab.data.text.windows import alphabet_of, split_of_strings
from kdlab.errors import ConfigError

HARMONY = (
    "S -> 4 BB | 3 BBB | 2 FF | 1 FFF; B -> CV; F -> CW; "
    "C -> 4 t | 3 k | 2 n | 1 s | 1 m; V -> 3 a | 2 o | 1 u; W -> 2 e | 1 i"
)
"""The lab's own: words of two or three syllables with vowel harmony, as in Finnish or Turkish. A
word has back vowels (a, o, u) or front vowels (e, i), never both: the first vowel decides what may
come five letters later, and the words fall into two groups that a small model can mix up."""

FORM = (
    "rules like S -> 2 aB | b; B -> a | 3 bc, where capital letters are replaced, small letters, "
    "digits and spaces stay, numbers before a choice are its weight, and every rule comes to an end"
)
MOST_WEIGHT = 1e9
MOST_STRINGS = 20_000
MOST_STEPS = 200_000
ROUNDS = 500
LONGEST = 60
LEFT_OUT = 1e-6
"""Of all probability, less than this; what is there is then made to sum to 1."""
TRAIN = 3000
"""Strings that are drawn: independently, so that a likely one is there more than once."""
VALIDATION = 1000
TEST = 2000

_RULE = re.compile(r"\s*([A-Z])\s*->(.*)", re.DOTALL)
_CHOICE = re.compile(r"\s*(?:(\d+(?:\.\d+)?)\s+)?([A-Za-z0-9 ]*?)\s*")
Rules = Mapping[str, tuple[tuple[float, str], ...]]
"""Capital letter -> its choices, with probabilities."""


def parsed(text: str) -> tuple[str, Rules]:
    """Where strings begin, and the rules. ConfigError where ``text`` is not of FORM."""
    rules: dict[str, tuple[tuple[float, str], ...]] = {}
    for line in filter(str.strip, re.split(r"[;\n]", text)):
        match = _RULE.fullmatch(line)
        if match is None:
            raise _refused(f"has the rule {line.strip()[:60]!r}")
        name, right = match.groups()
        choices = [_CHOICE.fullmatch(part) for part in right.split("|")]
        if not all(choices):
            raise _refused(f"has the rule {line.strip()[:60]!r}")
        # a number that stands alone is what is said, not the weight of nothing
        told = [(c[1], c[2]) if c[2] or not c[1] else (None, c[1]) for c in choices if c]
        found = [(float(weight or 1), choice) for weight, choice in told]
        total = sum(weight for weight, _ in found)
        if not 0 < total < MOST_WEIGHT:
            raise _refused(f"gives {name} weights that add up to {total:g}")
        if name in rules:
            raise _refused(f"says twice what {name} becomes")
        rules[name] = tuple((w / total, choice) for w, choice in found if w > 0)
    missing = {s for c in rules.values() for _, t in c for s in t if s.isupper()} - rules.keys()
    if missing or not rules:
        raise _refused(f"does not say what {', '.join(sorted(missing))} becomes" if missing else "")
    return next(iter(rules)), rules


def strings(text: str) -> dict[str, float]:
    """Every string of the grammar ``text`` ("": the lab's own), as :func:`expanded`."""
    found = _expanded(text)
    if isinstance(found, ConfigError):
        raise ConfigError(found.received, found.allowed, found.todo)
    return found


@lru_cache(maxsize=16)
def _expanded(text: str) -> dict[str, float] | ConfigError:
    """A refusal is kept, too: a page asks again with every click."""
    try:
        return expanded(*parsed(text or HARMONY))
    except ConfigError as error:
        return error


def ends(start: str, rules: Rules) -> float:
    """How probable it is that what begins with ``start`` comes to an end, from below."""
    share = dict.fromkeys(rules, 0.0)
    for _ in range(ROUNDS):
        share = {
            name: sum(w * math.prod(share[s] for s in text if s.isupper()) for w, text in choices)
            for name, choices in rules.items()
        }
        if share[start] > 1 - LEFT_OUT:
            break
    return share[start]


def expanded(start: str, rules: Rules) -> dict[str, float]:
    """Every string that ``start`` may become and its probability, the likeliest first.
    ConfigError where it never ends or has too many."""
    if ends(start, rules) <= 1 - LEFT_OUT:
        raise _refused("never comes to an end")
    found: dict[str, float] = defaultdict(float)
    left, order = 1.0, itertools.count()
    waiting = [(-1.0, next(order), start)]
    for _ in range(MOST_STEPS):
        if not waiting or left < LEFT_OUT:
            break
        negative, _, form = heapq.heappop(waiting)
        place = next((n for n, symbol in enumerate(form) if symbol.isupper()), None)
        if place is None:
            found[form] += -negative
            left += negative
            if len(found) > MOST_STRINGS:
                raise _refused(f"has more than {MOST_STRINGS:,} strings")
            continue
        for share, choice in rules[form[place]]:
            grown = form[:place] + choice + form[place + 1 :]
            if sum(not symbol.isupper() for symbol in grown) <= LONGEST and len(grown) < 200:
                heapq.heappush(waiting, (negative * share, next(order), grown))
    if left >= LEFT_OUT:
        raise _refused(f"has strings of more than {LONGEST} characters, or too many")
    if set(found) == {""}:
        raise _refused("says nothing: its only string is empty")
    total = sum(found.values())
    return {s: p / total for s, p in sorted(found.items(), key=lambda item: (-item[1], item[0]))}


def classes(text: str) -> tuple[str, ...]:
    """The end, and the characters of the grammar's strings."""
    return alphabet_of(strings(text))


def load(config: DataConfig) -> Iterator[DataSplit]:
    """Yield the split of strings that were drawn from the grammar of ``config``."""
    known = classes(config.grammar)
    yield split_of_strings(known, *cut_positions(parts(config.grammar), known, config))


@lru_cache(maxsize=8)
def parts(text: str) -> Parts:
    """Strings drawn from the grammar, the same ones whenever it is the same."""
    return drawn(strings(text))


def drawn(truth: Mapping[str, float]) -> Parts:
    """Strings drawn by their probabilities."""
    draws = np.random.default_rng(SPLIT_SEED).choice(
        len(truth), TRAIN + VALIDATION + TEST, p=list(truth.values())
    )
    known = list(truth)
    found = tuple(known[place] for place in draws)
    return Parts(found[:TRAIN], found[TRAIN : TRAIN + VALIDATION], found[TRAIN + VALIDATION :])


@lru_cache(maxsize=4)
def next_characters(text: str) -> dict[str, dict[str, float]]:
    """Of every beginning of a string how probable what comes next is, "" for the end: the truth
    that a model of the language is after."""
    mass: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for string, probability in strings(text).items():
        for place in range(len(string) + 1):
            mass[string[:place]][string[place : place + 1]] += probability
    return {
        prefix: {c: p / total for c, p in following.items()}
        for prefix, following in mass.items()
        if (total := sum(following.values())) > 0
    }


def _refused(what: str) -> ConfigError:
    return ConfigError(
        f"the grammar {what}" if what else "the grammar is empty",
        FORM,
        "Change the grammar, or leave it empty for the lab's own",
    )
