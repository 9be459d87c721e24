"""What studies exhibit, checked where it is read: each exhibit has a shape, and fits its study.

Pages draw an exhibit as it is. A study has at most one of each name; a name that is not here
belongs to a study of somebody's own.
"""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter
from typing_extensions import TypedDict

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.events.shapes import Count, Name, Spread, Text
from kdlab.methods import METHODS
from kdlab.studies.history import StudyHistory

Content = dict[str, Any]


def _small(value: float) -> float:
    if abs(value) > 100:
        raise ValueError("it is too large")
    return value


Share = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(gt=-1e12, lt=1e12)]
Small = Annotated[float, AfterValidator(_small)]
"""A correlation, a place in the plane: NaN where a student's numbers were none."""
Positive = Annotated[int, Field(ge=1, le=2**53)]
Side = Annotated[int, Field(ge=1, le=10_000)]
Shape = Annotated[list[Side], Field(min_length=3, max_length=3)]
Kind = Literal["saliency", "attention"]
BOTH = (LABELS_ONLY, DISTILLED)
NETWORKS = {"teacher", *BOTH}
QUANTILES = 5
"""As :data:`kdlab.insight.difference.QUANTILES`, which needs torch."""


class _Network(TypedDict):
    parameters: Positive
    flops_per_image: Positive
    latency: Spread


class _Costs(TypedDict):
    networks: dict[Name, _Network]
    teacher: Name
    validation: float


class _Halves(TypedDict):
    first: list[Small]
    second: list[Small]


class _Agreed(TypedDict):
    mean: list[Small]
    chance: list[Small]


class _Agreement(TypedDict):
    images: Positive
    kinds: dict[Kind, dict[Name, _Agreed]]


class _Maps(TypedDict):
    shape: Shape
    images: list[str]
    labels: list[Count]
    kinds: dict[Kind, dict[Name, list[str]]]


class _Features(TypedDict):
    labels: list[Count]
    points: dict[Name, list[Annotated[list[Small], Field(min_length=2, max_length=2)]]]


class _Compared(TypedDict):
    columns: list[Name]
    values: list[list[Small]]
    chance: list[list[Small]]
    last: list[Small]


class _Layers(TypedDict):
    rows: list[Name]
    arms: dict[Name, _Compared]


class _Taught(TypedDict):
    validation: Share
    test: Share


class _View(TypedDict):
    pixels: str
    answer: Count
    share: Share


class _Viewed(TypedDict):
    label: Count
    views: list[_View]


class _Views(TypedDict):
    shape: Shape
    images: list[_Viewed]


class _Sight(TypedDict):
    factor: Positive
    shape: Shape
    pixels: str
    labels: Count
    soft: Count
    logits: Count


class _Seen(TypedDict):
    label: Count
    teacher: Count
    seen: list[_Sight]


class _AllSeen(TypedDict):
    images: Annotated[list[_Seen], Field(min_length=1)]


class _Tried(TypedDict):
    arm: Name
    what: Name
    value: Finite
    validation: Finite
    chosen: bool


class _Tuning(TypedDict):
    trials: list[_Tried]
    seeds: list[Count]


class _Counted(TypedDict):
    errors: list[Count]
    chosen: list[Count]


class _Errors(TypedDict):
    arms: dict[Name, _Counted]
    total: Positive
    chosen_total: Positive


class _OverBias(TypedDict):
    errors: list[list[Count]]
    chosen: list[list[Count]]
    automatic: list[Finite]
    automatic_errors: list[Count]
    automatic_chosen: list[Count]


class _Bias(TypedDict):
    biases: Annotated[list[Finite], Field(min_length=1)]
    arms: dict[Name, _OverBias]


class _Pair(TypedDict):
    name: Name
    agreement: Share
    variation: list[list[Finite]]
    kl: list[Finite]
    signed: list[list[Finite]]
    absolute: list[list[Finite]]


class _Difference(TypedDict):
    temperatures: Annotated[list[Annotated[float, Field(gt=0, lt=math.inf)]], Field(min_length=1)]
    classes: list[Count]
    pairs: list[_Pair]


class _Latency(TypedDict):
    teacher: Finite
    student: Finite
    machine: Text


def check(history: StudyHistory) -> None:
    """ValueError where an exhibit of a study that is done is not what the lab wrote."""
    for name, content in history.exhibits.items():
        if name in _KNOWN:
            shape, fits = _KNOWN[name]
            _reader(shape).validate_python(content, strict=True)
            fits(content, history)


@functools.cache
def _reader(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


# -- what must fit --------------------------------------------------------------------------------


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("the exhibit does not fit its study")


def _all(count: int, told: Iterable[Sequence[object]]) -> None:
    _require(all(len(values) == count for values in told))


def _classes(history: StudyHistory, places: Iterable[int]) -> None:
    known = len(history.started.classes) if history.started else 0
    _require(all(place < known for place in places))


def _pixels(images: Iterable[str], shape: Sequence[int]) -> None:
    size = math.prod(shape)
    _require(len(shape) < 3 or shape[0] in (1, 3))
    _require(all(len(base64.b64decode(image, validate=True)) == size for image in images))


def _costs(content: Content, history: StudyHistory) -> None:
    wanted = {str(arm["student"]) for arm in history.arms} | {content["teacher"]}
    _require(history.config.teacher == content["teacher"] and wanted <= content["networks"].keys())
    for network in content["networks"].values():
        spread = network["latency"]
        _require(0 < spread["low"] <= spread["median"] <= spread["high"] < math.inf)


def _halves(content: Content, history: StudyHistory) -> None:
    _require(content.keys() == {"distilled", "tuned", "half"})
    _all(_seeds(history), (part for halves in content.values() for part in halves.values()))


def _seeds(history: StudyHistory) -> int:
    return len(history.started.seeds) if history.started else 0


def _agreement(content: Content, history: StudyHistory) -> None:
    maps = history.exhibits.get("maps", {})
    _require(
        isinstance(maps.get("kinds"), dict) and maps["kinds"].keys() == content["kinds"].keys()
    )
    _require("saliency" in content["kinds"])
    for arms in content["kinds"].values():
        _require(arms.keys() == set(BOTH))
        _all(_seeds(history), (values for told in arms.values() for values in told.values()))


def _maps(content: Content, history: StudyHistory) -> None:
    _require("agreement" in history.exhibits)
    _classes(history, content["labels"])
    _pixels(content["images"], content["shape"])
    told = [maps for kind in content["kinds"].values() for maps in kind.values()]
    _require(all(kind.keys() == NETWORKS for kind in content["kinds"].values()))
    _all(len(content["labels"]), (content["images"], *told))
    _pixels((one for maps in told for one in maps), content["shape"][1:])


def _features(content: Content, history: StudyHistory) -> None:
    _classes(history, content["labels"])
    _require(content["points"].keys() == NETWORKS)
    _all(len(content["labels"]), content["points"].values())


def _layers(content: Content, history: StudyHistory) -> None:
    _require(content["arms"].keys() == set(BOTH))
    for arm in content["arms"].values():
        for grid in (arm["values"], arm["chance"]):
            _all(len(content["rows"]), [grid])
            _all(len(arm["columns"]), grid)
        _all(_seeds(history), [arm["last"]])


def _views(content: Content, history: StudyHistory) -> None:
    views = [view for image in content["images"] for view in image["views"]]
    _require(len({len(image["views"]) for image in content["images"]}) <= 1)
    _classes(history, [image["label"] for image in content["images"]])
    _classes(history, [view["answer"] for view in views])
    _pixels((view["pixels"] for view in views), content["shape"])


def _seen(content: Content, history: StudyHistory) -> None:
    factors = [view["factor"] for view in content["images"][0]["seen"]]
    for image in content["images"]:
        _require([view["factor"] for view in image["seen"]] == factors)
        answers = [view[kind] for view in image["seen"] for kind in ("labels", "soft", "logits")]
        _classes(history, [image["label"], image["teacher"], *answers])
        for view in image["seen"]:
            _pixels([view["pixels"]], view["shape"])


def _tuning(content: Content, history: StudyHistory) -> None:
    arms = {str(arm["name"]) for arm in history.arms}
    chosen = [trial["arm"] for trial in content["trials"] if trial["chosen"]]
    _require(len(set(chosen)) == len(chosen))
    _require({trial["arm"] for trial in content["trials"]} == set(chosen) <= arms)
    _require(all(arm == LABELS_ONLY or arm in METHODS for arm in chosen))
    _require(all(trial["value"] > 0 for trial in content["trials"]))


def _errors(content: Content, history: StudyHistory) -> None:
    counts = [told for arm in content["arms"].values() for told in arm.values()]
    _all(_seeds(history), counts)
    _require(content["arms"].keys() == {str(arm["name"]) for arm in history.arms})


def _bias(content: Content, history: StudyHistory) -> None:
    _require("errors" in history.exhibits and len(content["arms"]) == 2)
    _require(content["arms"].keys() <= {str(arm["name"]) for arm in history.arms})
    for arm in content["arms"].values():
        _all(_seeds(history), arm.values())
        _all(len(content["biases"]), (*arm["errors"], *arm["chosen"]))


def _difference(content: Content, history: StudyHistory) -> None:
    names = [pair["name"] for pair in content["pairs"]]
    _require(sorted(names) == sorted({"untrained", *(str(arm["name"]) for arm in history.arms)}))
    _classes(history, content["classes"])
    for pair in content["pairs"]:
        over = (pair["variation"], pair["kl"], pair["signed"], pair["absolute"])
        _all(len(content["temperatures"]), over)
        _all(QUANTILES, pair["variation"])
        _all(len(content["classes"]), (*pair["signed"], *pair["absolute"]))


def _nothing(content: Content, history: StudyHistory) -> None:
    """Its shape says it all."""


_KNOWN: dict[str, tuple[Any, Callable[[Content, StudyHistory], None]]] = {
    "costs": (_Costs, _costs),
    "halves": (dict[Name, _Halves], _halves),
    "agreement": (_Agreement, _agreement),
    "maps": (_Maps, _maps),
    "features": (_Features, _features),
    "layers": (_Layers, _layers),
    "teachers": (dict[Name, _Taught], _nothing),
    "views": (_Views, _views),
    "seen": (_AllSeen, _seen),
    "tuning": (_Tuning, _tuning),
    "errors": (_Errors, _errors),
    "bias": (_Bias, _bias),
    "difference": (_Difference, _difference),
    "latency": (_Latency, _nothing),
}
