"""What studies exhibit, checked where it is read: each exhibit has a shape, and fits its study.

Pages draw an exhibit as it is. A study has at most one of each name; a name that is not here
belongs to a study of somebody's own.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.events.fits import counted, pixels, require
from kdlab.events.shapes import Name
from kdlab.experiments.study import exhibit_shapes as shapes
from kdlab.experiments.study import file_shapes
from kdlab.experiments.study.history import StudyHistory
from kdlab.measure.measures import BITS
from kdlab.methods import METHODS

Content = dict[str, Any]
BOTH = (LABELS_ONLY, DISTILLED)
NETWORKS = {"teacher", *BOTH}
QUANTILES = 5
"""As :data:`kdlab.insight.difference.QUANTILES`, which needs torch."""


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


def _classes(history: StudyHistory, places: Iterable[int]) -> None:
    known = len(history.started.classes) if history.started else 0
    require(all(place < known for place in places))


def _pixels(images: Iterable[str], shape: Sequence[int]) -> None:
    size = math.prod(shape)
    require(len(shape) < 3 or shape[0] in (1, 3))
    for image in images:
        pixels(image, size)


def _costs(content: Content, history: StudyHistory) -> None:
    wanted = {str(arm["student"]) for arm in history.arms} | {content["teacher"]}
    require(history.config.teacher == content["teacher"] and wanted <= content["networks"].keys())
    filed = ["files" in network for network in content["networks"].values()]
    require((all(filed) and {"runtime", "judged"} <= content.keys()) or not any(filed))
    for network in content["networks"].values():
        files = network.get("files", {"onnx": {}})
        require("onnx" in files)
        for told in (network, *(file for file in files.values() if file)):
            spread = told["latency"]
            require(0 < spread["low"] <= spread["median"] <= spread["high"] < math.inf)


def _halves(content: Content, history: StudyHistory) -> None:
    require(content.keys() == {"distilled", "tuned", "half"})
    counted(_seeds(history), (part for halves in content.values() for part in halves.values()))


def _seeds(history: StudyHistory) -> int:
    return len(history.started.seeds) if history.started else 0


def _agreement(content: Content, history: StudyHistory) -> None:
    maps = history.exhibits.get("maps", {})
    require(isinstance(maps.get("kinds"), dict) and maps["kinds"].keys() == content["kinds"].keys())
    require("saliency" in content["kinds"])
    for arms in content["kinds"].values():
        require(arms.keys() == set(BOTH))
        counted(_seeds(history), (values for told in arms.values() for values in told.values()))


def _maps(content: Content, history: StudyHistory) -> None:
    require("agreement" in history.exhibits)
    _classes(history, content["labels"])
    _pixels(content["images"], content["shape"])
    told = [maps for kind in content["kinds"].values() for maps in kind.values()]
    require(all(kind.keys() == NETWORKS for kind in content["kinds"].values()))
    counted(len(content["labels"]), (content["images"], *told))
    _pixels((one for maps in told for one in maps), content["shape"][1:])


def _features(content: Content, history: StudyHistory) -> None:
    _classes(history, content["labels"])
    require(content["points"].keys() == NETWORKS)
    counted(len(content["labels"]), content["points"].values())


def _layers(content: Content, history: StudyHistory) -> None:
    require(content["arms"].keys() == set(BOTH))
    for arm in content["arms"].values():
        for grid in (arm["values"], arm["chance"]):
            counted(len(content["rows"]), [grid])
            counted(len(arm["columns"]), grid)
        counted(_seeds(history), [arm["last"]])


def _views(content: Content, history: StudyHistory) -> None:
    views = [view for image in content["images"] for view in image["views"]]
    require(len({len(image["views"]) for image in content["images"]}) <= 1)
    _classes(history, [image["label"] for image in content["images"]])
    _classes(history, [view["answer"] for view in views])
    _pixels((view["pixels"] for view in views), content["shape"])


def _seen(content: Content, history: StudyHistory) -> None:
    factors = [view["factor"] for view in content["images"][0]["seen"]]
    for image in content["images"]:
        require([view["factor"] for view in image["seen"]] == factors)
        answers = [view[kind] for view in image["seen"] for kind in ("labels", "soft", "logits")]
        _classes(history, [image["label"], image["teacher"], *answers])
        for view in image["seen"]:
            _pixels([view["pixels"]], view["shape"])


def _tuning(content: Content, history: StudyHistory) -> None:
    arms = {str(arm["name"]) for arm in history.arms}
    chosen = [trial["arm"] for trial in content["trials"] if trial["chosen"]]
    require(len(set(chosen)) == len(chosen))
    require({trial["arm"] for trial in content["trials"]} == set(chosen) <= arms)
    require(all(arm == LABELS_ONLY or arm in METHODS for arm in chosen))
    require(all(trial["value"] > 0 for trial in content["trials"]))


def _errors(content: Content, history: StudyHistory) -> None:
    counts = [told for arm in content["arms"].values() for told in arm.values()]
    counted(_seeds(history), counts)
    require(content["arms"].keys() == {str(arm["name"]) for arm in history.arms})


def _bias(content: Content, history: StudyHistory) -> None:
    require("errors" in history.exhibits and len(content["arms"]) == 2)
    require(content["arms"].keys() <= {str(arm["name"]) for arm in history.arms})
    for arm in content["arms"].values():
        counted(_seeds(history), arm.values())
        counted(len(content["biases"]), (*arm["errors"], *arm["chosen"]))


def _difference(content: Content, history: StudyHistory) -> None:
    names = [pair["name"] for pair in content["pairs"]]
    require(sorted(names) == sorted({"untrained", *(str(arm["name"]) for arm in history.arms)}))
    _classes(history, content["classes"])
    for pair in content["pairs"]:
        over = (pair["variation"], pair["kl"], pair["signed"], pair["absolute"])
        counted(len(content["temperatures"]), over)
        counted(QUANTILES, pair["variation"])
        counted(len(content["classes"]), (*pair["signed"], *pair["absolute"]))


def _inherited(content: Content, history: StudyHistory) -> None:
    classes = len(history.started.classes) if history.started else 0
    require(content["arms"].keys() <= {str(arm["name"]) for arm in history.arms})
    counted(classes, [content["images"], *content["arms"].values()])
    counted(_seeds(history), (row for rows in content["arms"].values() for row in rows))


def _language(content: Content, history: StudyHistory) -> None:
    require(content["arms"].keys() == {str(arm["name"]) for arm in history.arms})
    everyone = (content["teacher"], *content["arms"].values())
    require(len({len(told["said"]) for told in everyone}) == 1)
    wanted = {"covered", "string_kl", "right"} if content["exact"] else {"novel"}
    beside = {"teacher_bits", "said", "own_kl", "data_kl", "exposure"}
    for told in everyone:
        require(told.keys() - beside == wanted)
        counted(_seeds(history), (values for name, values in told.items() if name != "said"))


def _nothing(content: Content, history: StudyHistory) -> None:
    """Its shape says it all."""


def _device(content: Content, history: StudyHistory) -> None:
    require("teacher" in content["networks"] and content["networks"].keys() <= NETWORKS)
    text = {"bits", "validation_bits"} if history.judged is BITS else set()
    for role, told in content["networks"].items():
        require({"fp32"} <= told.keys() <= {"fp32", "fp16", "int8"})
        for each in told.values():
            require({"bits", "validation_bits"} & each.keys() == text)
            for spread in (each["latency"], each["beside"]):
                require(0 < spread["low"] <= spread["median"] <= spread["high"] < math.inf)
            values = (value for value in each.values() if isinstance(value, list))
            counted(1 if role == "teacher" else _seeds(history), values)


def _rounded(content: Content, history: StudyHistory) -> None:
    require(content.keys() >= {"right", "wrong", "32 bits"})
    counted(_seeds(history), (values for told in content.values() for values in told.values()))


def _heard(content: Content, history: StudyHistory) -> None:
    require(content["teacher"].keys() == {"right", "wrong"})
    require(content["arms"].keys() == {str(arm["name"]) for arm in history.arms})
    if getattr(history.config, "mistake", "") == "padding":
        require(all("padded" in arm for arm in content["arms"].values()))
    counted(_seeds(history), (told for arm in content["arms"].values() for told in arm.values()))


_KNOWN: dict[str, tuple[Any, Callable[[Content, StudyHistory], None]]] = {
    "costs": (file_shapes.Costs, _costs),
    "halves": (dict[Name, shapes.Halves], _halves),
    "halves in bits": (dict[Name, shapes.Halves], _halves),
    "agreement": (shapes.Agreement, _agreement),
    "maps": (shapes.Maps, _maps),
    "features": (shapes.Features, _features),
    "layers": (shapes.Layers, _layers),
    "teachers": (dict[Name, shapes.Taught], _nothing),
    "views": (shapes.Views, _views),
    "seen": (shapes.AllSeen, _seen),
    "tuning": (shapes.Tuning, _tuning),
    "errors": (shapes.Errors, _errors),
    "bias": (shapes.Bias, _bias),
    "language": (shapes.Language, _language),
    "difference": (shapes.Difference, _difference),
    "device": (file_shapes.Device, _device),
    "rounded": (dict[Name, file_shapes.Rounded], _rounded),
    "inherited": (shapes.Inherited, _inherited),
    "latency": (shapes.Latency, _nothing),
    "heard": (shapes.AllHeard, _heard),
}
