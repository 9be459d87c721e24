"""What is searched: the students that fit the budget, and the ranges of T, alpha and the rest.

Students are grouped by depth, each depth a ladder of widths from narrow to wide that fit. A trial
picks a depth and a place from 0 to 1 on its ladder. So a width has the same meaning under every
budget, neighbours on a ladder differ by a fifth, and the ranges never change during a search, as
Optuna's samplers and importances want it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kdlab import checks, data, models
from kdlab.device.formats import LEAST_CALIBRATION
from kdlab.errors import ConfigError, ModelError
from kdlab.experiments.search.config import GROUP, SearchConfig
from kdlab.models import black_box
from kdlab.models.family import Family

WIDTHS = (
    2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64,
    80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
)  # fmt: skip
"""Of the first layer, about four to each doubling."""
GROWTH = {"mlp": 1, "mlpbn": 1, "cnn": 2, "gru": 1, "gpt": 1}
"""From one layer to the next: a CNN halves the image and doubles its channels."""
DEPTHS = (1, 2, 3)
TEMPERATURES = (0.5, 20.0)
TEACHERS: dict[str, tuple[str, ...]] = {
    "mlp": ("mlp-64", "mlp-256", "mlp-512-512"),
    "mlpbn": ("mlpbn-64", "mlpbn-256", "mlpbn-512-512"),
    "cnn": ("cnn-8-16", "cnn-16-32", "cnn-32-64"),
    "resnet": ("resnet8", "resnet20", "resnet8x4"),
    "wrn": ("wrn-16-1", "wrn-16-2", "wrn-40-2"),
    "vgg": ("vgg8", "vgg13"),
    "bottleneck": ("resnet20", "resnet50"),
    "mobilenet": ("mobilenetv2", "resnet20"),
    "shufflenet": ("shufflev1", "shufflev2", "resnet20"),
    "gru": ("gru-64", "gru-128", "gru-256"),
    "gpt": ("gpt-1-32", "gpt-2-64", "gpt-2-96"),
}
"""Tried beside the one that is set, by its family."""

LIMITS = {
    "max_parameters": "parameters",
    "max_bytes": "bytes",
    "max_flops": "flops_per_image",
    "max_milliseconds": "latency_ms",
    "max_int8_bytes": "int8_bytes",
    "max_int8_milliseconds": "int8_latency_ms",
}
"""Setting -> key of a student's costs."""

Costs = dict[str, dict[str, Any]]
"""Student -> {parameters, bytes, flops_per_image, latency_ms}; where a limit asks for them also
{int8_bytes, int8_latency_ms}."""


@dataclass(frozen=True)
class Space:
    """Where a search looks. ``ladders``: depth -> students that fit, from narrow to wide."""

    ladders: dict[int, tuple[str, ...]]
    costs: Costs
    methods: tuple[str, ...]
    teachers: tuple[str, ...]
    machine: str

    @property
    def students(self) -> tuple[str, ...]:
        """All students that fit."""
        return tuple(name for ladder in self.ladders.values() for name in ladder)

    def student(self, depth: int, place: float) -> str:
        """The student of ``depth`` at ``place`` (0 narrow .. 1 wide) on its ladder."""
        ladder = self.ladders[depth]
        return ladder[min(int(place * len(ladder)), len(ladder) - 1)]


def normal(config: SearchConfig) -> SearchConfig:
    """``config`` with all that plays no part in the search at its default, except the number of
    trials: that is not part of a search's name, so that it can be continued with more of them."""
    fields = type(config).model_fields
    idle = {name: fields[name].default for name in ("method", "temperature", "alpha")}
    family = models.find(config.student)
    first = "mlp-16" if family.name == "mlp" else family.examples[-1]
    return checks.normal(config.model_copy(update={**idle, "student": first}))


def fingerprint(config: SearchConfig) -> str:
    """The fingerprint that names the search, whatever the number of trials."""
    trials = SearchConfig.model_fields["trials"].default
    return normal(config).model_copy(update={"trials": trials}).fingerprint()


def possible(config: SearchConfig) -> None:
    """ConfigError or ModelError for a search that cannot be run; FLOPs, milliseconds and bytes as
    int8 are only known once they are measured (:func:`within`)."""
    config = normal(config)
    checks.possible(config)
    _calibrated(config)
    if known := data.known_inputs(config):
        ladders(config, known.shape, len(known.classes))


def _calibrated(config: SearchConfig) -> None:
    """ConfigError for a limit of what a student costs as int8 where there are too few training
    examples to write such files, as far as their number is known without loading."""
    count = data.train_size(config)
    if not config.on_device or count is None or count >= LEAST_CALIBRATION:
        return
    limit = "max_int8_bytes" if config.max_int8_bytes else "max_int8_milliseconds"
    raise ConfigError(
        f"{limit} is {getattr(config, limit):,}, and there are {count} training examples",
        f"at least {LEAST_CALIBRATION}, on which the ranges of int8 are measured",
        "Set the limit to 0, or take more training examples",
    )


def ladders(
    config: SearchConfig, shape: tuple[int, ...], classes: int
) -> dict[int, tuple[str, ...]]:
    """Students of the family that fit the limits which need no measuring: depth -> ladder.

    Left out are also those of which a cohort would not fit into memory. ConfigError names the
    smallest student where none fits.
    """
    family = models.find(config.student)
    found: dict[int, list[str]] = {}
    count: dict[str, int] = {}
    for depth, student in _students(family):
        try:
            count[student] = models.parameters(student, shape, classes)
        except ModelError:
            continue  # a layer or the whole is larger than the lab allows
        found.setdefault(depth, []).append(student)
    allowed = {  # an int8 file has at least a byte a parameter: what cannot fit is not written
        "max_parameters": config.max_parameters or models.MAX_PARAMETERS,
        "max_bytes": config.max_bytes // 4 if config.max_bytes else models.MAX_PARAMETERS,
        "max_int8_bytes": config.max_int8_bytes or models.MAX_PARAMETERS,
    }
    most = min(
        checks.MAX_COHORT_BYTES // (checks.BYTES_A_WEIGHT * GROUP * config.seeds),
        *allowed.values(),
    )
    fitting = {
        depth: tuple(sorted((s for s in names if count[s] <= most), key=count.__getitem__))
        for depth, names in found.items()
    }
    fitting = {depth: names for depth, names in fitting.items() if names}
    if not fitting:
        smallest = min(count, key=count.__getitem__)
        limit = next((n for n, most in allowed.items() if count[smallest] > most), "max_bytes")
        least = (4 if limit == "max_bytes" else 1) * count[smallest]
        more = "" if limit == "max_parameters" else "more than "
        raise _too_small(config, limit, smallest, f"{more}{least:,}")
    return fitting


def within(config: SearchConfig, fitting: dict[int, tuple[str, ...]], costs: Costs) -> dict[
    int, tuple[str, ...]
]:  # fmt: skip
    """The students whose measured ``costs`` keep every limit; ConfigError where there is none."""

    def excess(student: str) -> list[str]:
        return [
            limit
            for limit, key in LIMITS.items()
            if getattr(config, limit) and costs[student][key] > getattr(config, limit)
        ]

    kept = {depth: tuple(s for s in names if not excess(s)) for depth, names in fitting.items()}
    kept = {depth: names for depth, names in kept.items() if names}
    if not kept:
        students = [s for names in fitting.values() for s in names]
        closest = min(students, key=lambda s: (len(excess(s)), costs[s]["parameters"]))
        limit = excess(closest)[0]
        least = costs[closest][LIMITS[limit]]
        shown = f"{least:,}" if isinstance(least, int) else f"{least:.3g}"
        raise _too_small(config, limit, closest, shown)
    return kept


def teachers(config: SearchConfig, shape: tuple[int, ...], classes: int) -> tuple[str, ...]:
    """The teacher that is set, and with ``search_teacher`` the others that can read the data."""
    found = [config.teacher]
    if config.search_teacher:
        if black_box.find(config.teacher) is not None:
            raise ConfigError(
                f"teacher is {config.teacher!r}, and search_teacher is on",
                "search_teacher with a network as the teacher, whose size is then searched as well",
                "Turn search_teacher off, or choose a network as the teacher",
            )
        for teacher in TEACHERS[models.find(config.teacher).name]:
            try:
                models.check(teacher, shape, classes)
            except ModelError:
                continue
            found.append(teacher)
    return tuple(dict.fromkeys(found))


def searched_methods() -> tuple[str, ...]:
    """The methods that are tried. Fixed: stored searches are read with the same choices."""
    return ("soft-targets", "logit-regression")


def _students(family: Family) -> list[tuple[int, str]]:
    """(depth, name) of all students that could be tried; depth 0 where a family has no free one."""
    if not family.sizes:
        return [(0, student) for student in family.choices]
    growth = GROWTH[family.name]
    return [
        (depth, family.name_of(tuple(width * growth**layer for layer in range(depth))))
        for depth in DEPTHS
        for width in WIDTHS
    ]


def _too_small(config: SearchConfig, limit: str, student: str, least: str) -> ConfigError:
    extra = SearchConfig.model_fields[limit].json_schema_extra
    assert isinstance(extra, dict)
    return ConfigError(
        f"{limit} is {getattr(config, limit):,}, and no student here is that small",
        f"{least} {extra['unit']}, what {student} has, and above, or 0 for no limit",
        f"Raise {limit}, or choose another kind of student",
    )
