"""The lab's own source of what a study's arms use: losses, layers compared, views, averages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from kdlab.export.source import imported, source
from kdlab.methods import find
from kdlab.training.arms.arm import Arm, TeacherSpec
from kdlab.training.arms.faults import LOSSES


def plain(file: str, *names: str) -> str:
    """:func:`kdlab.export.source.source` without what only the lab has: its errors, types and
    imports inside of functions."""
    text = source(file, *names)
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        refuses = isinstance(node, ast.If | ast.For) and any(
            isinstance(inner, ast.Raise) for inner in ast.walk(node)
        )
        if refuses or isinstance(node, ast.Import | ast.ImportFrom):
            assert isinstance(node, ast.stmt)
            for n in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[n] = "\0"
    text = "\n".join(line for line in lines if line != "\0")
    text = re.sub(r'(?<=""")\n{2,}(?=    \S)', "\n", text)  # what was between is gone
    text = re.sub(r"\s+ConfigError where[^.]*\.", "", text)
    text = re.sub(r'^(    """.{1,90})\n    """$', r'\1"""', text, flags=re.MULTILINE)
    text = text.replace("Mapping[str, Tensor]", "dict[str, Tensor]")
    text = re.sub(r"\bShape\b", "tuple", text)
    return re.sub(r"Sequence\[([^\[\]]+)\]", r"list[\1]", text)


def loss_name(arm: Arm) -> str:
    """What the loss of ``arm`` is called in the script."""
    return (arm.fault if arm.fault in LOSSES else arm.method).replace("-", "_")


def losses(arms: Iterable[Arm]) -> list[str]:
    """The losses and comparisons of ``arms``, each under its method's name, after what they use."""
    found: dict[str, str] = {}
    helpers: set[str] = set()
    numbers: set[str] = set()
    for arm in arms:
        method = find(arm.method)
        if arm.fault in LOSSES:
            own = LOSSES[arm.fault].loss
            assert own is not None
            name = getattr(own, "__name__", "")
            text = plain("training/arms/faults.py", name)
            if "soft_targets.loss(" in text:
                found["soft-targets"] = _renamed("soft_targets.py", {"loss": "soft_targets"})
            text = text.replace("soft_targets.loss(", "soft_targets(")
            found[arm.fault] = re.sub(rf"\b{name.lstrip('_')}\b", loss_name(arm), text, count=1)
        elif method.loss is not None:
            file = f"{method.loss.__module__.rsplit('.', 1)[1]}.py"
            text = found[method.name] = _renamed(file, {"loss": loss_name(arm)})
            numbers.update(imported(f"methods/{file}", "kdlab.methods.precision", text))
        else:
            file = f"{method.compare.__module__.rsplit('.', 1)[1]}.py"
            names = {"compare": f"compare_{loss_name(arm)}"}
            names |= {"adapter": f"make_{loss_name(arm)}"} if method.adapter else {}
            text = found[method.name] = _renamed(file, names)
            helpers.update(imported(f"methods/{file}", "kdlab.methods.features", text))
    shared = [plain("methods/precision.py", *sorted(numbers))] if numbers else []
    shared += [plain("methods/features.py", *sorted(helpers))] if helpers else []
    return [*shared, *found.values()]


def _renamed(file: str, names: dict[str, str]) -> str:
    text = plain(f"methods/{file}", *names)
    for old, new in names.items():
        text = re.sub(rf"^def {old}\(", f"def {new}(", text, flags=re.MULTILINE)
    return text


def views(arms: Iterable[Arm]) -> list[str]:
    """Augmentations and the lower resolution, as far as ``arms`` have them."""
    arms = list(arms)
    kinds = {a.augmentation for a in arms} - {"none", "mixup"}
    names = [f"_{kind}" for kind in sorted(kinds)]
    names += ["smaller"] if any(a.factor > 1 for a in arms) else []
    if not names:
        return []
    # a data set of points has a constant NOISE of its own
    return [re.sub(r"\bNOISE\b", "VIEW_NOISE", plain("training/arms/views.py", *names))]


ASK_ALL = '''\
def ask_all(teachers, weights, seen):
    """What several teachers say of the images ``seen``, averaged."""
    return average_logits([teacher(seen) for teacher in teachers], weights)
'''
ASK_ALL_AT = '''\
def ask_all_at(temperature, teachers, weights, seen):
    """What several teachers say of the images ``seen``, averaged as probabilities."""
    told = [teacher(seen) for teacher in teachers]
    return average_probabilities(told, weights, temperature)
'''
_LOGITS = '''\
def average_logits(told, weights):
    """The mean of several teachers' logits (N, CLASSES), which is a geometric one of their
    probabilities."""
    return sum(w * z for w, z in zip(weights, told, strict=True)) / sum(weights)
'''
_PROBABILITIES = '''\
def average_probabilities(told, weights, temperature):
    """Logits whose softmax at ``temperature`` is the mean of several teachers' probabilities."""
    pairs = [(w / sum(weights), z) for w, z in zip(weights, told, strict=True) if w > 0]
    each = [(z / temperature).log_softmax(1) + math.log(w) for w, z in pairs]
    return temperature * torch.stack(each).logsumexp(0)
'''


def averages(arms: Iterable[Arm]) -> list[str]:
    """How several teachers are put together."""
    several = [a for a in arms if len(a.teachers) > 1 and not (a.alpha == 0 and a.plain)]
    found = []
    for kind, text, ask in (
        ("logits", _LOGITS, ASK_ALL),
        ("probabilities", _PROBABILITIES, ASK_ALL_AT),
    ):
        own = [a for a in several if a.average == kind]
        found += [text] if own else []
        found += [ask] if any(asked(a) for a in own) else []
    return found


def asked(arm: Arm) -> bool:
    """Whether the teacher of ``arm`` looks at what its student sees."""
    return arm.augmentation != "none" and arm.view == "same" and arm.alpha > 0


EXPERT = '''\
def train_expert(make, classes, x, y, seed, epochs):
    """A teacher that is good at some ``classes``; of the others it learns that they are others."""
    torch.manual_seed(8 * seed + 3)
    expert = make().to(DEVICE)
    targets = expert_targets(y.cpu(), CLASSES, classes).to(DEVICE)

    def batch_loss(index):
        return -(targets[index] * expert(x[index]).log_softmax(1)).sum(1).mean()

    expert.train()
    fit(expert, batch_loss, len(x), 8 * seed + 4, epochs, TEACHER_LEARNING_RATE, 128)
    return expert.requires_grad_(False)
'''
TEACHER = '''\
def train_teacher(make, x, y, seed, epochs):
    """A teacher sees every label."""
    torch.manual_seed(8 * seed + 3)  # first weights
    teacher = make().to(DEVICE)

    def batch_loss(index):
        return F.cross_entropy(teacher(x[index]), y[index])

    teacher.train()
    fit(teacher, batch_loss, len(x), 8 * seed + 4, epochs, TEACHER_LEARNING_RATE, 128)
    return teacher.requires_grad_(False)
'''
LOADED = '''\
def load_teacher(make):
    """The teacher's weights from the file that the lab saved."""
    teacher = make()
    teacher.load_state_dict(load_file(TEACHER_FILE))
    return teacher.to(DEVICE).eval().requires_grad_(False)
'''


def teachers(networks: Iterable[TeacherSpec], loaded: Iterable[TeacherSpec]) -> list[str]:
    """How the teachers come to be; ``loaded`` are read from a file."""
    networks, loaded = list(networks), list(loaded)
    trained = [n for n in networks if n not in loaded]
    found = [LOADED] if loaded else []
    found += [TEACHER] if any(not n.classes for n in trained) else []
    if any(n.classes for n in trained):
        found += [plain("training/arms/experts.py", "expert_targets"), EXPERT]
    return found


TAKE_OVER = '''\
def take_over(student, teacher, kept):
    """The student's layers numbered ``kept`` become the teacher's; the rest stays fresh."""
    for n in kept:
        layers(student)[n].load_state_dict(layers(teacher)[n].state_dict())
    return student
'''
TAKE_ALL = '''\
def take_all(student, teacher):
    """The student begins as its teacher is."""
    student.load_state_dict(teacher.state_dict())
    return student
'''


def starts(arms: Iterable[Arm]) -> list[str]:
    """Students that begin with layers of the teacher."""
    own = [a for a in arms if a.start == "teacher"]
    found = [TAKE_ALL] if any(not a.kept for a in own) else []
    if any(a.kept for a in own):
        found += [plain("training/arms/starts.py", "layers"), TAKE_OVER]
    return found
