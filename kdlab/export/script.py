"""A plan -> one plain PyTorch file: constants, the functions it needs, and a main that trains.

The lines of main and of what makes the networks are written here; all other code is copied from the
lab, most of it from :mod:`kdlab.export.parts` (see ``bundle.py``). Random numbers are drawn in the
same order as in the lab, so that script and lab agree but for rounding, which over many steps can
turn single test images. Two differences are left: the lab trains cohorts as one stack, with a fused
optimiser, and the script one student after the other.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kdlab import checks, models
from kdlab.config.schema import DistilConfig, StudentConfig
from kdlab.data import noun_of
from kdlab.data.toys import FIGURES
from kdlab.errors import ConfigError
from kdlab.export.arm import SCHEDULE, losses
from kdlab.export.bundle import CONSTANTS, ROOT, Bundle, Where, definitions
from kdlab.export.data import recipe
from kdlab.export.experiment import experiment
from kdlab.export.networks import KNOWN, maker
from kdlab.export.recipe import Recipe
from kdlab.export.text import WIDTH, spaced, titled
from kdlab.export.variables import Variables, maker_name
from kdlab.methods import find
from kdlab.training.arms.arm import Arm, Plan

PARTS = "kdlab.export.parts"
_SECTIONS = {
    "Usage": (f"{PARTS}.usage",),
    "Data": (
        "kdlab.data",
        f"{PARTS}.data",
        f"{PARTS}.own_images",
        f"{PARTS}.own_table",
        f"{PARTS}.own_text",
        f"{PARTS}.table",
        f"{PARTS}.text",
    ),
    "Networks": ("kdlab.models",),
    "Losses": ("kdlab.methods", "kdlab.training.arms.faults"),
    "Training": ("kdlab.training", PARTS),
    "The experiment": (f"{PARTS}.report", "kdlab.measure"),
}
"""Title -> the modules of which the code stands under it."""
_OUTSIDE: dict[str, Where] = {
    "ClassifierMixin": ("sklearn.base", "ClassifierMixin"),
    "HistGradientBoostingClassifier": ("sklearn.ensemble", "HistGradientBoostingClassifier"),
    "Path": ("pathlib", "Path"),
    "RandomForestClassifier": ("sklearn.ensemble", "RandomForestClassifier"),
    "Tensor": ("torch", "Tensor"),
    "copy": ("copy", ""),
    "load_breast_cancer": ("sklearn.datasets", "load_breast_cancer"),
    "load_wine": ("sklearn.datasets", "load_wine"),
    "nn": ("torch", "nn"),
    "os": ("os", ""),
    "partial": ("functools", "partial"),
    "torch": ("torch", ""),
    "torchvision": ("torchvision", ""),
}
"""What the lines that are written here import."""
_PACKAGES = {"PIL": "pillow", "sklearn": "scikit-learn"}
_ROUNDING = (
    "First weights, batches and labels are drawn as in the lab, so its numbers come out except "
    "for rounding: the lab computes all students' gradients at once. "
)
_OF_CLASSES = (
    "Over many steps that can change the answers of distilled students to single test {}; with 60 "
    "of them a mean gain over 5 seeds may differ by about a point."
)
_OF_TEXT = "Over many steps that can move distilled students by a few thousandths of a bit."
_USAGE = 'if __name__ == "__main__":\n    usage()  # before anything is read'
_USAGE_WITH_FILE = (
    'if __name__ == "__main__":\n    {0} = file_named({0})  # before anything is read'
)
_DEVICE = 'DEVICE = "cuda" if torch.cuda.is_available() else "cpu"'


@dataclass(frozen=True)
class Words:
    """What a script says of itself; without ``file`` it does not say how to run it. With ``pair``
    it is that of a run, whose lines of results are of two students a seed."""

    title: str
    story: str
    file: str = ""
    pair: bool = False


def compose(config: StudentConfig, plan: Plan, words: Words, teachers: int = 1) -> str:
    """The text of a script that trains the arms of ``plan`` for each seed, and prints what it
    finds; with several ``teachers``, for each of them.

    ConfigError or ModelError where it cannot be run.
    """
    if config.teacher == checks.ANSWERS:
        raise ConfigError(
            f"teacher is {config.teacher!r}, which is a file",
            "for a script: a teacher that it can make, a network or trees",
            "Choose one, or take this run's settings and its file to another lab",
        )
    data = recipe(config)
    for arm in plan.arms:
        models.check(arm.student, data.shape, int(data.classes or 2))
        if arm.fault and arm.augmentation != "none":
            raise ConfigError(
                f"the arm {arm.name!r} has the mistake {arm.fault} and augments its images",
                "for a script: one of the two",
                "Leave one of them out",
            )
        if arm.prefixes != "data":
            raise ConfigError(
                f"the arm {arm.name!r} learns on prefixes of the {arm.prefixes}, which are sampled",
                "for a script: arms that learn on the data as they are",
                "Leave these arms out",
            )
    names = Variables(config, plan.arms, data.shape, unlabelled=data.unlabelled, groups=data.groups)
    main = experiment(plan, names, teachers, pair=words.pair)
    written = {
        "Usage": _USAGE_WITH_FILE.format(data.file) if data.file else _USAGE,
        "Data": data.text,
        "Networks": _makers(names, data),
        "The experiment": main,
    }
    constants = _constants(config, teachers) | data.constants
    bundle = Bundle(*_known(plan.arms, unlabelled=data.unlabelled), _OUTSIDE)
    bundle.follow("\n".join(written.values()))
    sections = []
    for title in _SECTIONS:
        modules = [m for m in bundle.modules if _section(m) == title]
        parts = [bundle.written(modules, {*constants, "CLASSES"}), written.get(title, "")]
        text = "\n\n\n".join(part for part in parts if part)
        sections += [titled(title, text)] if text else []
    body = "\n\n".join(sections)
    constants = {n: text for n, text in constants.items() if re.search(rf"\b{n}\b", body)}
    used = [data.notes.get(n, "") + f"{n} = {text}" for n, text in constants.items()]
    classes = [f"CLASSES = {data.classes}"] if data.classes else []
    top = "\n".join([*used, "", *classes, _DEVICE])
    bundle.follow(top)
    imports = bundle.import_lines()
    body = "\n\n".join([titled("What to change", top), body])
    head = _head(words, data, noun_of(config.dataset), bundle.packages)
    return spaced("\n".join([head, *imports, "", body]))


def _section(module: str) -> str:
    """The title under which the code of a module stands: that of its longest prefix."""
    fits = {p: t for t, prefixes in _SECTIONS.items() for p in prefixes if module.startswith(p)}
    return fits[max(fits, key=len)]


def _known(arms: Iterable[Arm], *, unlabelled: bool) -> tuple[dict[str, Where], dict[Where, Where]]:
    """What each name stands for that a script may be written with; and which definitions take the
    place of which: where no label is missing, and where the lab would refuse a grammar."""
    parts = (ROOT / PARTS.replace(".", "/")).glob("[!_]*.py")
    modules = [f"{PARTS}.{path.stem}" for path in sorted(parts)]
    known = {name: (m, name) for m in modules if m != CONSTANTS for name in definitions(m)}
    known |= {**losses(), **KNOWN}
    known |= {name: ("kdlab.data.toys", name) for name in ("cut", *FIGURES)}
    known |= {n: ("kdlab.training.arms.views", f"_{n}") for n in ("shift", "flip", "noise")}
    known |= {
        "alphabet_of": ("kdlab.data.text.windows", "alphabet_of"),
        "divided": ("kdlab.data.text.names", "divided"),
        **{n: ("kdlab.data.text.grammar", n) for n in ("parsed", "expanded", "drawn")},
        "average": ("kdlab.training.arms.averages", "average"),
        "first_rows": ("kdlab.training.arms.heads", "first_rows"),
        "with_heads": ("kdlab.training.arms.heads", "with_heads"),
        "expert_targets": ("kdlab.training.arms.experts", "expert_targets"),
        "smaller": ("kdlab.training.arms.views", "smaller"),
        "start_from": ("kdlab.training.arms.starts", "start_from"),
        **{n: ("kdlab.training.arms.text_faults", n) for n in ("padding_of", "with_prompt")},
    }
    every, few = (f"{PARTS}.{file}" for file in ("every_label", "labels"))
    all_given = not unlabelled and all(a.labels == "all" and not a.label_noise for a in arms)
    chosen = known["label_loss"] = (every if all_given else few, "label_loss")
    return known, {
        (few, "label_loss"): chosen,
        ("kdlab.data.text.grammar", "_refused"): (f"{PARTS}.text", "refused"),
    }


def _makers(names: Variables, data: Recipe) -> str:
    """A function for each network, for images of each size that it sees."""
    wanted = {(n.architecture, 1): data.shape for n in names.networks}
    wanted |= {(a.student, a.factor): names.seen_by(a) for a in names.arms if not a.after}
    return "\n\n\n".join(
        maker(maker_name(name, factor), name, replace(data, shape=shape))
        for (name, factor), shape in wanted.items()
    )


def _constants(config: StudentConfig, teachers: int) -> dict[str, str]:
    """What a reader may want to change; a script has those that it uses."""
    of_each = "  # those of each teacher's students after the other" if teachers > 1 else ""
    last = config.first_seed + config.seeds * teachers
    method = find(config.method)
    limit = '"all"' if config.train_limit == "all" else repr(config.train_limit)
    use = "softmax(logits / T)" if method.uses_temperature else "not used by this method"
    return {
        "THREADS": "1  # of the CPU, as in the lab: more of them round sums differently",
        "TEACHERS": f"{teachers}  # the same except for their seeds, each with its own students",
        "STUDENTS": f"{config.seeds}  # of each arm and teacher",
        "SEEDS": f"range({config.first_seed}, {last}){of_each}",
        "TRAIN_LIMIT": f"{limit}  # training examples, at most",
        "LABELS": f"{config.labels!r}  # training examples with a label",
        "LABEL_NOISE": f"{config.label_noise!r}  # share of these that name a wrong class",
        "TEMPERATURE": f"{config.temperature!r}  # T: {use}",
        "ALPHA": f"{config.alpha!r}  # weight of the teacher: (1 - alpha) * hard + alpha * soft",
        "WEIGHT": f"{method.weight:g}  # published with this method, with weight 1 for the labels",
        SCHEDULE: _schedule(config),
        "EPOCHS": repr(config.epochs),
        "BATCH_SIZE": repr(config.batch_size),
        "LEARNING_RATE": f"{config.learning_rate!r}  # peak of the one-cycle schedule",
        "TEACHER_FILE": '"teacher.safetensors"  # as the lab saves it',
        "TEACHER_SEED": repr(config.teacher_seed),
        "TEACHER_EPOCHS": repr(config.teacher_epochs),
        "TEACHER_LEARNING_RATE": repr(config.teacher_learning_rate),
    }


def _schedule(config: StudentConfig) -> str:
    """The turns of T and alpha, those that hold from the start among them."""
    if not isinstance(config, DistilConfig):
        return "[]"
    first, *others = checks.course(config)
    own = (first.temperature, first.alpha) == (config.temperature, config.alpha)
    rows = [f"({first.epoch}, TEMPERATURE, ALPHA)" if own else repr(tuple(first))]
    lines = "".join(f"    {row},\n" for row in [*rows, *(repr(tuple(turn)) for turn in others)])
    return f"[  # the end of an epoch, and T and alpha from there on\n{lines}]"


def _head(words: Words, data: Recipe, noun: str, packages: Iterable[str]) -> str:
    names = [_PACKAGES.get(package, package) for package in packages]
    rounding = _ROUNDING + (_OF_TEXT if len(data.shape) == 2 else _OF_CLASSES.format(noun))
    run = f"\nRun:     python {words.file}" if words.file else ""
    return f'''\
"""{words.title}.

Knowledge distillation (Hinton, Vinyals and Dean 2015, arXiv:1503.02531) in plain PyTorch.
Data: {data.about}.
{textwrap.fill(words.story, WIDTH - 1)}

{textwrap.fill(rounding, WIDTH - 1)}

Install: pip install {" ".join(names)}{run}
"""
'''
