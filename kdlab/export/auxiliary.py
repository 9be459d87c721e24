"""The lines of a script that train students by their auxiliary outputs."""

from __future__ import annotations

from kdlab.export.text import call
from kdlab.export.variables import Variables, maker_name
from kdlab.training.arms.arm import Arm, Auxiliary


def auxiliary_lines(arm: Arm, soft: str, names: Variables) -> list[str]:
    """A student of ``arm``, its loss, which compares outputs by ``soft``, and the loop; all
    indented as in the loop over seeds. What is left of it at the end has the classes alone."""
    auxiliary = arm.auxiliary
    assert auxiliary is not None, "the arm has no auxiliary outputs"
    begun, own = _begun(arm, names), _own(arm, names)
    heads = {"teacher": _head(auxiliary, begun, names), "own": _own_head(auxiliary, own, names)}
    networks = {"teacher": begun, "own": own}
    begins = [networks[auxiliary.hidden], networks[auxiliary.classes], heads[auxiliary.head]]
    lines = [call("student = ", "begins", begins, 8)]
    if arm.epochs:
        x = _inputs(auxiliary, names)
        told = _told(heads["teacher"], x, names)
        budget = [names.constant(n, getattr(arm, n)) for n in ("epochs", "learning_rate")]
        lines += [
            call("loss = ", "of_auxiliary", ["student", x, told, soft], 8),
            call("", "fit", ["student", "loss", f"len({x})", "8 * seed + 1", *budget], 8),
        ]
    return [*lines, "        student = first_rows(student, CLASSES).eval()"]


def _begun(arm: Arm, names: Variables) -> str:
    """The teacher as it was before it learned."""
    seed = names.constant("teacher_seed", names.config.teacher_seed)
    return names.once("begun", call("{} = ", "untrained_teacher", [_make(arm), seed]))


def _own(arm: Arm, names: Variables) -> str:
    return names.once("own", call("{} = ", "fresh", ["seed", _make(arm)], 8), within=True)


def _make(arm: Arm) -> str:
    return maker_name(arm.student, 1)


def _head(auxiliary: Auxiliary, begun: str, names: Variables) -> str:
    seed = names.constant("teacher_seed", names.config.teacher_seed)
    arguments = [begun, str(auxiliary.outputs), f"8 * {seed} + 5"]
    return names.once("teacher_head", call("{} = ", "head_for", arguments))


def _own_head(auxiliary: Auxiliary, own: str, names: Variables) -> str:
    arguments = [own, str(auxiliary.outputs), "8 * seed + 6"]
    return names.once("own_head", call("{} = ", "head_for", arguments, 8), within=True)


def _inputs(auxiliary: Auxiliary, names: Variables) -> str:
    if auxiliary.inputs == "images":
        return "train_x"
    return names.once("noise_x", call("{} = ", "noise_for", ["SEEDS[0]", "train_x"]))


def _told(head: str, x: str, names: Variables) -> str:
    """The teacher's auxiliary outputs on ``x``."""
    asked = f"with_heads({names.network()}, [{head}])"
    return names.once("told", call("{} = ", "answers", [asked, x]))
