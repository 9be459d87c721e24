"""The lines of a script that train the students of one arm."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.export.auxiliary import auxiliary_lines
from kdlab.export.bundle import Where
from kdlab.export.text import call, quoted
from kdlab.export.variables import Variables, maker_name
from kdlab.methods import METHODS, Method, find
from kdlab.training.arms.arm import Arm, Peer
from kdlab.training.arms.faults import BY_HEART, LOSSES, PADDING, method_of

_MISTAKES = {
    "softmax-twice": "the student outputs probabilities, and the loss applies softmax again",
    "temperature-on-probabilities": "probabilities instead of logits",
    "student-in-evaluation-mode": "student.train() was not called",
    "teacher-in-training-mode": "teacher.eval() was not called",
    "teacher-learns": "the gradient reaches the teacher, and the optimiser also has its weights",
    "off-by-one": "the teacher predicts the character after the next",
    "vocabulary-order": "the end comes last in the teacher's order",
    BY_HEART: "the trees answer the rows that they were grown on",
    PADDING: "the teacher's part is a mean over padding as well",
    "other-prompt": "the teacher reads two characters before each string",
}
"""Mistakes that are made in main."""


SCHEDULE = "SCHEDULE"
"""The constant with the turns of T and alpha of the arm that has any."""


def _function(name: str) -> str:
    return name.replace("-", "_")


def losses() -> dict[str, Where]:
    """What each loss and comparison is called in a script -> where the lab has it."""
    found = {}
    for method in [*METHODS.values(), *LOSSES.values()]:
        name = _function(method.name)
        kinds = {
            name: method.loss,
            f"compare_{name}": method.compare,
            f"make_{name}": method.adapter,
        }
        for own, function in kinds.items():
            if function is not None:
                found[own] = (function.__module__, getattr(function, "__name__", ""))
    return found


@dataclass(frozen=True)
class _Loss:
    """The call that gives a loss, the lines before it, what is trained beside the student, and the
    network that is trained."""

    function: str
    arguments: list[str]
    before: str = ""
    beside: str = ""
    trained: str = "student"


def arm_lines(arm: Arm, names: Variables) -> list[str]:
    """A student, its loss, and the loop; all indented as in the loop over seeds."""
    if arm.auxiliary is not None:
        return auxiliary_lines(arm, _soft(arm, "", names), names)
    x = names.images(arm)[0]
    x = x if arm.augmentation != "none" else names.small(x, arm.factor)
    lines = [f"        # The mistake: {_MISTAKES[arm.fault]}."] if arm.fault in _MISTAKES else []
    lines.append(f"        student = {_student(arm, names)}")
    if arm.start == "teacher" and not arm.after:
        lines.append(f"        start_from({names.network()}, [student], {arm.kept!r})")
    loss = _loss(arm, x, names)
    lines += [f"        {loss.before}"] if loss.before else []
    if arm.schedule:
        lines += [
            "        losses = {",
            call("epoch: ", loss.function, loss.arguments, 12),
            f"            for epoch, temperature, alpha in {SCHEDULE}",
            "        }",
            f"        loss = by_schedule(losses, len({x}))",
        ]
    else:
        lines.append(call("loss = ", loss.function, loss.arguments, 8))
    budget = [names.constant(n, getattr(arm, n)) for n in ("epochs", "learning_rate")]
    arguments = [loss.trained, "loss", f"len({x})", "8 * seed + 1", *budget]
    arguments += [f"beside={loss.beside}"] if loss.beside else []
    return [*lines, call("", "fit", arguments, 8)]


def _student(arm: Arm, names: Variables) -> str:
    if arm.after:
        return f"copy.deepcopy(students[{quoted(arm.after)}]).train()"
    fresh = f"fresh(seed, {maker_name(arm.student, arm.factor)})"
    return fresh + ".eval()" * (arm.fault == "student-in-evaluation-mode")


def _loss(arm: Arm, x: str, names: Variables) -> _Loss:
    """The loss by which ``arm`` learns from the images ``x``."""
    given, method = names.given(arm), method_of(arm)
    first = ["student", x, given]
    alpha = "alpha" if arm.schedule else names.constant("alpha", arm.alpha)
    last = [f"alpha={alpha}"] if alpha != "ALPHA" else []
    if Peer() in arm.teachers:
        peer = f"peer = fresh_peer(seed, {maker_name(arm.student, arm.factor)})"
        arguments = ["student", "peer", x, given, _soft(arm, given, names), *last]
        return _Loss("of_two", arguments, peer, trained="nn.ModuleList([student, peer])")
    in_views = arm.augmentation != "none"
    view = "mixup" if arm.augmentation == "mixup" else f"under({arm.augmentation})"
    seen = [view, f"factor={arm.factor}"] if arm.factor > 1 else [view]
    if arm.untaught and in_views:
        return _Loss("of_labels_in_views", ["seed", *first, *seen])
    if arm.untaught and arm.plain:
        return _Loss("of_labels", first)
    if method.compare is not None:
        return _layers(arm, first, method, names, last)
    soft = _soft(arm, given, names)
    if in_views:
        asked = arm.view == "same"
        said = f"asked({names.teacher(arm)})" if asked else f"known({names.told(arm)})"
        return _Loss("of_answers_in_views", ["seed", *first, said, soft, *seen, *last])
    told, before, beside = names.told(arm), "", ""
    whole, _ = names.images(arm)
    if arm.fault == "temperature-on-probabilities":
        told += ".softmax(1)"
    elif arm.fault == "softmax-twice":
        first[0] = "nn.Sequential(student, nn.Softmax(1))"
    elif arm.fault == "off-by-one":
        told += ".roll(-1, 0)"
    elif arm.fault == "vocabulary-order":
        told += ".roll(-1, 1)"
    elif arm.fault == "other-prompt":
        told = f"answers({names.teacher(arm)}, with_prompt({whole}))"
    elif arm.fault == PADDING:
        before = f"pads = padding_of({', '.join(names.images(arm))})"
        said = f"answers({names.teacher(arm)}, pads)"
        arguments = ["seed", *first, told, "pads", said, soft, *last]
        return _Loss("of_answers_and_padding", arguments, before)
    elif arm.fault == "misaligned":
        soft = f"misaligned(seed, {told}, {soft})"
    elif arm.fault == "teacher-learns":
        before = f"learning = copy.deepcopy({names.teacher(arm)}).requires_grad_(True)"
        soft, beside = f"asked_anew(learning, {whole}, {soft})", "learning.parameters()"
    elif arm.fault == "teacher-in-training-mode":
        before = f"noisy = copy.deepcopy({names.teacher(arm)}).train()"
        soft = f"asked_anew(noisy, {whole}, {soft})"
    return _Loss("of_answers", [*first, told, soft, *last], before, beside)


def _layers(arm: Arm, first: list[str], method: Method, names: Variables, last: list[str]) -> _Loss:
    """The loss of a method that compares hidden layers."""
    taught, points = names.layers(arm)
    name = _function(method.name)
    adapters, before, beside = f"[{{}}] * len({taught})", "", ""
    if method.adapter is not None:
        made = ["seed", "student", first[1], taught, points, f"make_{name}"]
        before = call("adapters = ", "first_adapters", made, 8).strip()
        adapters, beside = "adapters", "[w for each in adapters for w in each.values()]"
    compare = _with_numbers(f"compare_{name}", arm)
    arguments = [*first, taught, points, compare, adapters, *_weight(method, names), *last]
    return _Loss("of_layers", arguments, before, beside)


def _soft(arm: Arm, given: str, names: Variables) -> str:
    """How far a student is from what the teacher says."""
    method = method_of(arm)
    arguments = [_with_numbers(_function(method.name), arm)]
    labels = "labels" in method.needs
    arguments += [given] if labels else []
    temperature = names.constant("temperature", arm.temperature)
    if arm.schedule:
        arguments.append("temperature")
    elif temperature != "TEMPERATURE":
        arguments.append(f"temperature={temperature}")
    arguments += _weight(method, names)
    return f"by_answers{'_and_labels' * labels}({', '.join(arguments)})"


def _with_numbers(function: str, arm: Arm) -> str:
    """A loss with the numbers of its own that are not as published."""
    numbers = "".join(f", {name}={value:g}" for name, value in arm.parameters)
    return f"partial({function}{numbers})" if numbers else function


def _weight(method: Method, names: Variables) -> list[str]:
    if method.weight == 1:
        return []
    own = find(names.config.method).weight
    return [f"weight={'WEIGHT' if method.weight == own else f'{method.weight:g}'}"]
