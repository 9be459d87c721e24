"""Whether the events of one piece of work fit together: whoever folds them relies on it.

The shape of each event is checked where it is read; here are the numbers that a chart, a table or a
format needs, and that depend on other events. Only what was kept is checked so: work that goes on
tells its events one by one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from kdlab.config.schedule import T_MAX, T_MIN
from kdlab.events.base import DISTILLED, LABELS_ONLY, DataRead, Event, StartedOnData
from kdlab.events.fits import LARGE, counted, finite, losses, pixels, plain, require, shares, sizes
from kdlab.events.search import SearchStarted
from kdlab.events.single import (
    Confusion,
    Measured,
    Regions,
    RunFinished,
    RunStarted,
    Sampled,
    StudentsEpoch,
    TeacherEpoch,
    TeacherJudged,
    TeacherReady,
    Turned,
)
from kdlab.events.study import ArmDone, ArmEpoch, StudyFinished, StudyStarted
from kdlab.events.sweep import SweepEpoch, SweepStarted

GROUPS = (LABELS_ONLY, DISTILLED)
MODELS = {"teacher", *GROUPS}
PARTS_OF_A_RUN = {"teacher", "students", "total"}
"""What the seconds of a run are told of."""
OF_A_TEACHER = ("flops_per_image", "training_flops", "seconds")
Told = dict[int, list[tuple[int, ...]]]
"""Of an arm, by teacher: the epochs that were told, and how many numbers of what came later. All
teachers tell the same, so that their students can stand beside each other."""


def check(events: Iterable[Event]) -> None:
    """ValueError where they contradict each other: so many students, so many numbers of each."""
    run: RunStarted | None = None
    study: StudyStarted | None = None
    arms: dict[str, Told] = {}
    turned = -1
    for event in events:
        if isinstance(event, StartedOnData):
            sizes(event.validation_size, event.test_size)
        match event:
            case RunStarted():
                require(run is None)
                run = event
                require(all(group in GROUPS for group, _ in run.students))
            case StudyStarted():
                require(study is None)
                study = event
                _study(study)
                arms = {str(arm["name"]): {} for arm in event.arms}
            case StudentsEpoch() | Regions() | Confusion() | Sampled() | Measured() | RunFinished():
                require(run is not None)
                assert run is not None
                _of_a_run(event, run)
            case Turned():
                require(run is not None and turned < event.epoch)
                assert run is not None
                require(event.epoch < run.epochs and T_MIN <= event.temperature <= T_MAX)
                shares([event.alpha], measured=True)
                turned = event.epoch
            case ArmEpoch() | ArmDone():
                require(study is not None and event.arm in arms)
                assert study is not None
                _arm(event, study, arms[event.arm])
            case TeacherJudged():
                for each in (event.accuracy, event.confidence, event.ece):
                    shares(each.values(), measured=True)
                shares([event.relative, event.sure], measured=True)
                finite([event.entropy])
            case TeacherEpoch() | TeacherReady():
                _teacher(event)
            case StudyFinished():
                require(study is not None)
                finite(event.seconds.values())
                for taught in event.teachers:
                    shares([taught["accuracy"]], measured=True)
                    finite(taught[name] for name in OF_A_TEACHER)
            case DataRead():
                plain(event.account)
            case SweepStarted():
                shares([event.teacher_accuracy])
            case SweepEpoch():
                finite([event.seconds])
                for rows in (event.validation, event.test, event.fidelity, event.ece):
                    shares(value for row in rows for value in row)
                for rows in (event.validation_bits, event.test_bits):
                    losses(value for row in rows for value in row)
            case SearchStarted():
                sizes(event.trials)
    for told in arms.values():
        require(len({tuple(each) for each in told.values()}) <= 1)


def _teacher(event: TeacherEpoch | TeacherReady) -> None:
    if isinstance(event, TeacherEpoch):
        require(event.epoch <= event.epochs)
        finite([event.loss], -LARGE)
        shares([event.accuracy], measured=True)
    else:
        finite([event.seconds])
        shares([event.validation_accuracy], measured=True)
        for share in (event.train_accuracy, event.by_heart):
            if share is not None:
                shares([share], measured=True)
    bits = event.bits if isinstance(event, TeacherEpoch) else event.validation_bits
    finite([] if bits is None else [bits])


def _of_a_run(event: Event, run: RunStarted) -> None:
    if isinstance(event, StudentsEpoch):
        _epoch(event, run)
    elif isinstance(event, Regions):
        _regions(event, len(run.classes))
    elif isinstance(event, Confusion):
        classes = len(run.classes)
        require(event.matrices.keys() <= MODELS)
        for matrix in event.matrices.values():
            counted(classes, (matrix, *matrix))
            require(all(0 <= count <= run.validation_size for row in matrix for count in row))
        for item in event.differ:
            _example(item, classes, math.prod(run.input_shape))
    elif isinstance(event, Sampled):
        require(event.samples.keys() <= MODELS)
    elif isinstance(event, Measured):
        _costs(event)
    elif isinstance(event, RunFinished):
        _result(event, run)
        _per_class(event, run)
        _confused(event, run)
        _calibrated(event, run)


def _of_text(run: RunStarted) -> bool:
    """Whether its inputs are windows of text, (W, V), and its students judged by bits."""
    return len(run.input_shape) == 2


def _epoch(event: StudentsEpoch, run: RunStarted) -> None:
    require(event.epoch <= run.epochs)
    losses = (event.hard, event.soft, event.loss)
    counted(len(run.students), (event.accuracy, event.fidelity, *losses))
    shares((*event.accuracy, *event.fidelity), measured=True)
    finite((value for values in losses for value in values), -LARGE)
    finite([event.learning_rate, event.seconds, *event.bits])
    counted(len(run.students) if _of_text(run) else 0, [event.bits])


def _regions(event: Regions, classes: int) -> None:
    grids = (event.answers, event.confidence)
    require(event.answers.keys() == event.confidence.keys() <= MODELS and event.size > 1)
    counted(event.size**2, (text for grid in grids for text in grid.values()))
    require(all(text.isascii() and text.isdecimal() for grid in grids for text in grid.values()))
    require(all(int(max(text)) < classes for text in event.answers.values()))
    left, right, low, high = event.extent
    require(-LARGE < left < right < LARGE and -LARGE < low < high < LARGE)


def _per_class(event: RunFinished, run: RunStarted) -> None:
    """So many numbers for each network, and none right more often than it was said."""
    if event.per_class is None:
        return
    images, answered, right = (event.per_class[part] for part in ("images", "answered", "right"))
    require(answered.keys() == right.keys() == MODELS)
    counted(len(run.classes), [images, event.per_class.get("training", images)])
    for name in MODELS:
        students = sum(group == name for group, _ in run.students) or 1
        counted(students, (answered[name], right[name]))
        counted(len(run.classes), (*answered[name], *right[name]))
        for told, hits in zip(answered[name], right[name], strict=True):
            each = zip(hits, told, images, strict=True)
            require(all(hit <= min(most) for hit, *most in each))


def _confused(event: RunFinished, run: RunStarted) -> None:
    """Each test example is in the row of its class as often as there are networks to answer it."""
    if event.confusion is None:
        return
    require(event.confusion.keys() == MODELS)
    for name, matrix in event.confusion.items():
        counted(len(run.classes), (matrix, *matrix))
        asked = run.test_size * (sum(group == name for group, _ in run.students) or 1)
        require(sum(count for row in matrix for count in row) == asked)


def _calibrated(event: RunFinished, run: RunStarted) -> None:
    if event.calibration is None:
        return
    require(event.calibration.keys() == MODELS)
    for name, told in event.calibration.items():
        parts = (told["temperature"], told["before"], told["after"])
        counted(sum(group == name for group, _ in run.students) or 1, parts)
        require(all(0 < value < LARGE for value in told["temperature"]))
        shares((*told["before"], *told["after"]), measured=True)


def _costs(event: Measured) -> None:
    require({"teacher", "student"} == event.models.keys())
    teacher, student = event.models["teacher"], event.models["student"]
    # a teacher that is a file has none: nobody can ask it
    require(teacher["latency_ms"].keys() in (student["latency_ms"].keys(), set()))
    require(all(size.isascii() and size.isdecimal() for size in teacher["latency_ms"]))
    for model in (teacher, student):
        counts = (model["parameters"], model["bytes"], model["flops_per_image"])
        if model["latency_ms"]:
            sizes(*counts)
        else:
            finite(counts)  # a file has no parameters, and nothing computes its answers
        for spread in model["latency_ms"].values():
            require(0 < spread["low"] <= spread["median"] <= spread["high"] < LARGE)


def _result(event: RunFinished, run: RunStarted) -> None:
    seeds = Counter(group for group, _ in run.students)
    require(Counter(str(g["name"]) for g in event.groups) == Counter(list(seeds)))
    for group in event.groups:
        told = (group["accuracy"], group["fidelity"], group["ece"])
        counted(seeds[group["name"]], told)
        shares((value for values in told for value in values), measured=True)
        require(("bits" in group) is _of_text(run))
        counted(seeds[group["name"]], [group.get("bits", group["ece"])])
        finite(group.get("bits", ()))
    shares([event.teacher_accuracy], measured=True)
    require((event.teacher_bits is not None) is _of_text(run))
    if event.truth is not None:
        require(event.truth.keys() == MODELS)
        for name, told in event.truth.items():
            counted(seeds.get(name, 1), (told["kl"], told["coverage"]))
            finite(told["kl"], -1e-6)
            shares(told["coverage"], measured=True)
    require((event.gain.get("measure") == "bits") is _of_text(run))
    finite([] if event.teacher_bits is None else [event.teacher_bits])
    finite([event.gain["mean"], *(event.gain["ci95"] or ())], -LARGE)
    plain([event.groups, event.gain])
    require(event.seconds.keys() >= PARTS_OF_A_RUN)
    finite(event.seconds.values())


def _example(item: Mapping[str, object], classes: int, size: int) -> None:
    """An example on which two students differ: who answers what, and all bytes of an image, all
    characters of a window or some columns of a row."""
    beside = ("index", "image", "before", "row", "values")
    names = [v for name, v in item.items() if name not in beside]
    require(all(isinstance(value, int) and 0 <= value < classes for value in names))
    before = item.get("before")
    if "row" in item:
        values = item.get("values")
        require(isinstance(values, list) and all(len(each) == 2 for each in values))
    elif before is None:
        pixels(str(item["image"]), size)
    else:
        codes = before if isinstance(before, list) else []
        require(len(codes) * classes == size)
        require(all(isinstance(code, int) and 0 <= code < classes for code in codes))


def _study(study: StudyStarted) -> None:
    """Its arms have names of their own, and its teachers students of their own, equally many."""
    names = Counter(str(arm["name"]) for arm in study.arms)
    require(bool(names) and max(names.values()) == 1)
    require(all(arm["against"] in names for arm in study.arms))
    sizes(study.teachers, len(study.seeds))
    require(len(study.seeds) % study.teachers == 0)
    require(len(study.teacher_accuracies) in (0, study.teachers))
    shares((study.teacher_accuracy, *study.teacher_accuracies), measured=True)


def _arm(event: ArmEpoch | ArmDone, study: StudyStarted, told_of: Told) -> None:
    """A number for each student of one teacher."""
    students = len(study.seeds) // study.teachers
    require(event.teacher < study.teachers)
    told = [event.validation, event.fidelity]
    told += [event.test] if isinstance(event, ArmEpoch) else [event.accuracy, event.ece]
    counted(students, told)
    shares(value for values in told for value in values)
    if isinstance(event, ArmEpoch):
        require(event.epoch <= event.epochs)
        require(all(len(part) in (0, students) for part in (event.hard, event.soft)))
        losses((*event.hard, *event.soft, *event.layers))
        losses((*event.validation_bits, *event.test_bits))
        bits = (event.validation_bits, event.test_bits)
        require(all(len(part) in (0, students) for part in bits))
        counts = (len(event.hard), len(event.soft), len(event.layers), *map(len, bits))
        told_of.setdefault(event.teacher, []).append((event.epoch, *counts))
    else:
        cost = event.cost
        names = ("flops_per_image", "training_flops", "teacher_flops", "seconds")
        finite(cost[name] for name in names)
