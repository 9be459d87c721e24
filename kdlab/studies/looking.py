"""What do they look at? Inside teacher, student on labels only and distilled student.

Articles ask that distillation "keeps the model explainable". Here that is a question with numbers:
do maps of what an answer rests on agree with the teacher's more after distillation than after
labels alone, on the same images, seed by seed, and beside what maps of different images would agree
by chance (:mod:`kdlab.insight.agreement`)? Hidden layers are compared in the same way, by CKA.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from kdlab import models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.events import DISTILLED, LABELS_ONLY, Exhibit
from kdlab.experiments.study import refused
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import doubt, first, surely, together, told
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.measure.gain import paired_gain
from kdlab.measure.wording import signed
from kdlab.studies.common import SmallTeacherConfig, lost, packed
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from torch import Tensor, nn

    from kdlab.training.arms.context import TrainingContext

TEACHER = "teacher"
SHOWN = 8
"""Test images whose maps are shown."""
COMPARED = 200
"""Test images over which agreement is measured, and that are drawn in the plane."""
LARGEST = 32
"""Pixels a side of what is shown: larger images are scaled down for the picture."""
DIGITS = 4
ARMS = (LABELS_ONLY, DISTILLED)


class LookingConfig(SmallTeacherConfig):
    """How features are projected onto the plane."""

    projection: Literal["pca", "tsne"] = setting(
        "pca",
        "Features drawn by",
        "PCA keeps distances as far as it can, t-SNE keeps neighbours and takes some seconds.",
        words={"pca": "PCA", "tsne": "t-SNE"},
    )
    student: str = override_field(StudentConfig, "student", default="mlp-16")


def plan(config: LookingConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only and distilled; ConfigError for text."""
    refused.text(config, "this study compares maps and features of images")
    return Plan((Arm.baseline(config), Arm.of(config, DISTILLED, "Distilled")))


# -- what is shown ------------------------------------------------------------------------------


def exhibits(config: LookingConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """Exhibits of the test images, each for the teacher and for the two arms:

    ``maps``, for images only: shape and images (base64 of uint8, (C, H, W)), labels, and for each
    kind of map, saliency and, between convolutional networks, attention, {name: base64 of uint8
    (H, W) an image}, of the first seed. ``agreement``: images (how many), kinds: kind -> arm ->
    {mean, chance}, rank correlations with the teacher's maps, one per seed. ``features``: labels,
    and points {name: (x, y) an image} of the last hidden layer, of the first seed, in -1 .. 1.
    ``layers``: rows (the teacher's layers), and arms: arm -> {columns, values, chance}, CKA, means
    over seeds, and ``last``, that of the last hidden layers, one per seed.
    """
    if len(context.split.shape) == 3:
        yield from _maps(config, context)
    yield _features(config, context)
    yield _layers(config, context)


def _networks(context: TrainingContext) -> dict[str, list[nn.Module]]:
    """Arm -> students, one per seed; the teacher under TEACHER."""
    return {TEACHER: [context.teacher.module]} | {name: context.done[name].modules for name in ARMS}


def _names(config: LookingConfig, context: TrainingContext) -> dict[str, tuple[str, ...]]:
    """The hidden layers of teacher and students, first to last."""
    shape = context.split.shape
    student = models.hint_points(config.student, shape)
    return {TEACHER: models.hint_points(config.teacher, shape), **dict.fromkeys(ARMS, student)}


def _maps(config: LookingConfig, context: TrainingContext) -> Iterator[Exhibit]:
    from kdlab.insight.agreement import agreement

    test = context.split.test
    inputs, targets = test.inputs[:COMPARED], test.targets[:COMPARED]
    found = {"saliency": _saliency(context, inputs, targets)}
    if all(models.find(n).maps for n in (config.teacher, config.student)):
        found["attention"] = _attention(config, context, inputs)
    agreed = {
        kind: {
            name: _agreed([agreement(maps[TEACHER][0], own) for own in maps[name]]) for name in ARMS
        }
        for kind, maps in found.items()
    }
    yield Exhibit(name="agreement", content={"images": len(inputs), "kinds": agreed})
    pixels = _small(context.split.pixels(inputs[:SHOWN]).float()).round().byte()
    yield Exhibit(
        name="maps",
        content={
            "shape": list(pixels.shape[1:]),
            "images": [packed(image) for image in pixels],
            "labels": targets[:SHOWN].tolist(),
            "kinds": {
                kind: {name: _pictures(own[0][:SHOWN]) for name, own in maps.items()}
                for kind, maps in found.items()
            },
        },
    )


def _agreed(found: list[Any]) -> dict[str, list[float]]:
    return {
        "mean": [round(a.mean, DIGITS) for a in found],
        "chance": [round(a.chance, DIGITS) for a in found],
    }


def _saliency(context: TrainingContext, inputs: Tensor, targets: Tensor) -> dict[str, list[Tensor]]:
    """Of the true class's logit in every network: the same question to all of them."""
    from kdlab.insight.saliency import saliency

    return {
        name: [saliency(module, inputs, targets) for module in modules]
        for name, modules in _networks(context).items()
    }


def _attention(
    config: LookingConfig, context: TrainingContext, inputs: Tensor
) -> dict[str, list[Tensor]]:
    """Of the last hidden layer."""
    from kdlab.insight.attention import attention_maps

    names = _names(config, context)
    return {
        name: [attention_maps(m, names[name][-1:], inputs)[names[name][-1]] for m in modules]
        for name, modules in _networks(context).items()
    }


def _small(images: Tensor) -> Tensor:
    """(N, C, H, W) with no side above LARGEST, by the mean of the pixels."""
    import torch.nn.functional as F

    height, width = images.shape[-2:]
    if max(height, width) <= LARGEST:
        return images
    return F.interpolate(images, size=(min(height, LARGEST), min(width, LARGEST)), mode="area")


def _pictures(maps: Tensor) -> list[str]:
    """Maps (N, H, W) -> each scaled to 0 .. 255 by its own largest value."""
    small = _small(maps[:, None])[:, 0]
    top = small.amax((1, 2), keepdim=True).clamp(min=1e-12)
    return [packed(one) for one in (255 * small / top).round().byte()]


def _features(config: LookingConfig, context: TrainingContext) -> Exhibit:
    """The last hidden layer of each network in the plane, turned to lie as the teacher's does."""
    from kdlab.insight.features import features
    from kdlab.insight.projection import pca, tsne, turned

    names = _names(config, context)
    test = context.split.test
    inputs = test.inputs[:COMPARED]
    seen = {
        name: features(modules[0], names[name][-1:], inputs)[names[name][-1]]
        for name, modules in _networks(context).items()
    }
    project = pca if config.projection == "pca" else tsne
    points = {name: project(values) for name, values in seen.items()}
    # A student's axes have no unit in common with the teacher's: each fills its own square.
    points = {name: p / max(float(abs(p).max()), 1e-12) for name, p in points.items()}
    laid = {name: turned(p, points[TEACHER]).round(3).tolist() for name, p in points.items()}
    content = {"labels": test.targets[:COMPARED].tolist(), "points": laid}
    return Exhibit(name="features", content=content)


def _layers(config: LookingConfig, context: TrainingContext) -> Exhibit:
    from kdlab.insight.cka import similarity
    from kdlab.insight.features import OUTPUT, features

    names = _names(config, context)
    inputs = context.split.test.inputs[:COMPARED]
    networks = _networks(context)
    taught = features(networks[TEACHER][0], (*names[TEACHER], OUTPUT), inputs)
    content: dict[str, Any] = {"rows": _numbered(names[TEACHER]), "arms": {}}
    for arm in ARMS:
        found = [
            similarity(taught, features(module, (*names[arm], OUTPUT), inputs))
            for module in networks[arm]
        ]
        content["arms"][arm] = {
            "columns": _numbered(names[arm]),
            "values": _mean([s.values for s in found]),
            "chance": _mean([s.chance for s in found]),
            "last": [round(s.values[-2][-2], DIGITS) for s in found],
        }
    return Exhibit(name="layers", content=content)


def _numbered(names: tuple[str, ...]) -> list[str]:
    return [*(f"hidden {n}" for n in range(1, len(names) + 1)), "logits"]


def _mean(matrices: list[tuple[tuple[float, ...], ...]]) -> list[list[float]]:
    """Of several matrices, number by number."""
    rows = range(len(matrices[0]))
    return [
        [round(fmean(c), DIGITS) for c in zip(*(m[r] for m in matrices), strict=True)] for r in rows
    ]


# -- what was found -----------------------------------------------------------------------------


def findings(history: StudyHistory) -> list[Finding]:
    """Whether the distilled student looks where the teacher looks more than the other does."""
    found = []
    kinds = history.exhibits.get("agreement", {}).get("kinds", {})
    words = {"saliency": "Saliency maps", "attention": "Attention maps"}
    for kind, arms in kinds.items():
        both = [arms[name]["mean"] for name in ARMS]
        chance = fmean(arms[DISTILLED]["chance"])
        what = f"{words[kind]} (chance {chance:.2f})"
        found.append(_closer(what, both[0], both[1]))
    if "layers" in history.exhibits:
        arms = history.exhibits["layers"]["arms"]
        both = [arms[name]["last"] for name in ARMS]
        chance = fmean([arms[name]["chance"][-2][-2] for name in ARMS])
        what = f"Last hidden layers (CKA, chance {chance:.2f})"
        found.append(_closer(what, both[0], both[1]))
    return found


def _closer(what: str, alone: list[float], taught: list[float]) -> Finding:
    """One comparison, paired by seed."""
    gain = paired_gain(alone, taught)
    told = gain.verdict
    if told == "NaN":
        return lost(f"{what}")
    words = {
        "helped": "agree more with the teacher's",
        "hurt": "agree less with the teacher's",
        "unclear": "agree with the teacher's neither clearly more nor clearly less",
        "one seed": "were compared with one seed only:",
    }[told]
    text = f"{what} {words} after distillation: {fmean(taught):.2f} against {fmean(alone):.2f} on "
    text += "labels only"
    if gain.ci95 is not None:
        low, high = gain.ci95
        text += f", {signed(gain.mean, 2)} (95 % {signed(low, 2)} to {signed(high, 2)})"
    return Finding(text + ".", gain.holds, gain)


def answer(history: StudyHistory) -> Finding | None:
    """Whether what was compared agrees more with the teacher after distillation; None where
    nothing was compared."""
    pairs = [
        (f"its {kind} maps", [arms[name]["mean"] for name in ARMS])
        for kind, arms in history.exhibits.get("agreement", {}).get("kinds", {}).items()
    ]
    if layers := history.exhibits.get("layers"):
        pairs.append(("its last hidden layer", [layers["arms"][name]["last"] for name in ARMS]))
    if not pairs:
        return None
    names = [name for name, _ in pairs]
    gains = [paired_gain(alone, taught) for _, (alone, taught) in pairs]
    found = surely(gains)
    if not any(sign is not None for sign in found):
        text = "It is unclear whether it agrees more with its teacher"
        return Finding(f"{text}: {doubt(gains, names, '')}.")
    amounts = [f"{fmean(b):.2f} instead of {fmean(a):.2f}" for _, (a, b) in pairs]
    ways = ("more in", "less in", "neither clearly more nor less in", "NaN in")
    alike = told(names, gains, ways, amounts)
    text = f"{first(found)}: after distillation it agrees with its teacher {alike}."
    return Finding(text, together(found))


STUDY = Study(
    name="looking",
    title="What do they look at?",
    question="Does a distilled student look where its teacher looks?",
    config=LookingConfig,
    network="show its hidden layers and gradients",
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
)
