"""Who and what an experiment names: networks, images, answers, labels, each by one variable."""

from __future__ import annotations

from dataclasses import replace

from kdlab.config.schema import StudentConfig
from kdlab.data import measure_of
from kdlab.export.text import call, quoted
from kdlab.measure.measures import BITS
from kdlab.methods import find
from kdlab.methods.pairing import pair_layers
from kdlab.models import black_box, embedding_point, hint_points
from kdlab.training.arms.arm import DEFAULT_TEACHER, Arm, ArmStudents, Peer, TeacherSpec
from kdlab.training.arms.faults import BY_HEART

_BY_NAME = {
    "images": ("_by_name", ["class_names()"]),
    "table": ("_by_name", ["CLASS_NAMES"]),
}
"""Data sets of one's own, whose classes a file of weights may have in another order."""


def maker_name(architecture: str, factor: int) -> str:
    """The function that makes a network for images that are scaled down by ``factor``."""
    by = f"_by_{factor}" if factor > 1 else ""
    return f"make_{architecture.replace('-', '_')}{by}"


class Variables:
    """Variables of the script of ``arms``: ``before`` are the lines that make those which are the
    same for all seeds, ``within`` those of the seed at hand, to be taken with :meth:`taken`.

    ``shape`` is that of the images at their full size; ``unlabelled``: of some training examples
    nobody knows the class; ``groups`` says, as Python text, to which group each belongs.
    """

    def __init__(
        self,
        config: StudentConfig,
        arms: tuple[Arm, ...],
        shape: tuple[int, ...],
        *,
        unlabelled: bool = False,
        groups: str = "",
    ) -> None:
        self.config, self.arms, self.shape = config, arms, shape
        self.unlabelled, self.groups = unlabelled, groups
        self.in_bits = measure_of(config.dataset) is BITS
        self.networks: dict[TeacherSpec, str] = {}
        self.before: list[str] = []
        self.within: list[str] = []
        self._known: dict[tuple[object, ...], str] = {}
        self._counts: dict[str, int] = {}

    def taken(self) -> list[str]:
        """The lines that came to ``within`` since the last call."""
        found, self.within = self.within, []
        return found

    def constant(self, name: str, value: object) -> str:
        """``name``, in capitals, where ``value`` is the configuration's own, else the number
        itself, without the last digits that a subtraction leaves."""
        if value == getattr(self.config, name):
            return name.upper()
        return repr(round(value, 12) if isinstance(value, float) else value)

    def _new(self, base: str) -> str:
        self._counts[base] = count = self._counts.get(base, 0) + 1
        return base if count == 1 else f"{base}_{count}"

    def once(self, base: str, line: str, *, within: bool = False) -> str:
        """The variable, called after ``base``, that ``line`` makes where its {} are; with
        ``within`` once for each seed."""
        if ("once", line) not in self._known:
            self._known["once", line] = name = self._new(base)
            (self.within if within else self.before).append(line.format(name))
        return self._known["once", line]

    # -- networks -------------------------------------------------------------------------------

    def key(self, network: TeacherSpec) -> TeacherSpec:
        """What is the configuration's own, or a weight in an average, makes no other network."""
        own = self.config
        return replace(
            network,
            weight=1.0,
            architecture=network.architecture or own.teacher,
            epochs=own.teacher_epochs if network.epochs is None else network.epochs,
            seed=own.teacher_seed if network.seed is None else network.seed,
        )

    def network(self, network: TeacherSpec = DEFAULT_TEACHER) -> str:
        """The variable of a teacher; the first call for it writes the lines that make it."""
        key = self.key(network)
        if key in self.networks:
            return self.networks[key]
        name = self.networks[key] = self._new("teacher")
        seed = self.constant("teacher_seed", key.seed)
        epochs = self.constant("teacher_epochs", key.epochs)
        parts = [key.architecture]
        parts += [f"{key.epochs} epochs"] if epochs != "TEACHER_EPOCHS" else []
        parts += [f"seed {key.seed}"] if seed != "TEACHER_SEED" else []
        parts += [f"expert on {', '.join(map(str, key.classes))}"] if key.classes else []
        make, data = maker_name(key.architecture, 1), ["train_x", "train_y"]
        if key.classes:
            known = "[known]" * self.unlabelled
            if self.unlabelled and ("known",) not in self._known:
                self._known["known",] = "known"
                self.before.append("    known = train_y >= 0")
            targets = f"expert_targets(train_y{known}.cpu(), CLASSES, {key.classes!r}).to(DEVICE)"
            self.before.append(f"    {name}_targets = {targets}")
            data = [f"train_x{known}", f"{name}_targets"]
        if self.config.teacher_weights and key == self.key(DEFAULT_TEACHER):
            by_name, own = _BY_NAME.get(self.config.dataset, ("", []))
            line = call(f"{name} = ", f"load_teacher{by_name}", [make, *own])
        elif self.is_trees(network):
            by_folds = "_by_folds" * (self.unlabelled or bool(self.groups))
            arguments = [make, *data, seed, *([self.groups] if self.groups else [])]
            line = call(f"{name}, {name}_said = ", "grow_teacher" + by_folds, arguments)
        elif key.epochs == 0:
            line = f"    {name} = untrained_teacher({make}, {seed})"
        else:
            function = "train_teacher" + "_on_known" * (self.unlabelled and not key.classes)
            line = call(f"{name} = ", function, [make, *data, seed, epochs])
        tell = "tell_in_bits" if self.in_bits else "tell"
        told = [quoted(", ".join(parts)), self.judged(name, "test_x")]
        self.before += [line, call("", tell, told)]
        return name

    def judged(self, network: str, x: str) -> str:
        """What a network comes to on the test examples ``x``: an accuracy, of text bits as well."""
        return f"{'bits_and_accuracy' if self.in_bits else 'accuracy'}({network}, {x}, test_y)"

    # -- images and labels ----------------------------------------------------------------------

    def images(self, arm: Arm) -> tuple[str, str]:
        """The images that ``arm`` learns from as its teacher sees them, and their classes."""
        part = "train" if arm.learns_from == "train" else "validation"
        x, y = f"{part}_x", f"{part}_y"
        if arm.learns_from == "half of validation":
            if ("half",) not in self._known:
                self._known["half",] = "half"
                self.before.append(f"    half = len({y}) // 2")
                self.before.append(f"    half_x, half_y = {x}[:half], {y}[:half]")
            x, y = "half_x", "half_y"
        if not arm.unseen:
            return x, y
        mark = ("shown", arm.learns_from, arm.unseen)
        if mark not in self._known:
            own = self._known[mark] = self._new("shown")
            self.before.append(f"    {own}_x, {own}_y = without({arm.unseen!r}, {x}, {y})")
        return f"{self._known[mark]}_x", f"{self._known[mark]}_y"

    def small(self, x: str, factor: int) -> str:
        """The images ``x`` scaled down."""
        if factor == 1:
            return x
        mark = ("small", x, factor)
        if mark not in self._known:
            self._known[mark] = f"{x}_by_{factor}"
            self.before.append(f"    {x}_by_{factor} = smaller({x}, {factor})")
        return self._known[mark]

    def given(self, arm: Arm) -> str:
        """The labels that the students of ``arm`` see."""
        _, y = self.images(arm)
        if arm.labels == "all" and not arm.label_noise:
            return y
        mark = ("given", y, arm.labels, arm.label_noise)
        if mark not in self._known:
            self._known[mark] = name = self._new("given")
            labels = f"len({y})" if arm.labels == "all" else self.constant("labels", arm.labels)
            noise = self.constant("label_noise", arm.label_noise)
            function = "mistaken_labels" if arm.label_noise else "given_labels"
            of, strings = ("_of_strings", [self.strings(arm)]) if self.in_bits else ("", [])
            arguments = ["seed", y, *strings, labels, *([noise] if arm.label_noise else [])]
            self.within.append(call(f"{name} = ", function + of, arguments, 8))
        return self._known[mark]

    def strings(self, arm: Arm) -> str:
        """Of text, the numbers of the strings that the characters of ``arm`` are in."""
        _, whole = self.images(replace(arm, unseen=()))
        _, y = self.images(arm)
        numbers = f"strings_of({whole})"
        if ("strings", y) not in self._known:
            self._known["strings", y] = name = f"{y.removesuffix('_y')}_strings"
            if arm.unseen:
                self.before.append(f"    {name}, _ = without({arm.unseen!r}, {numbers}, {whole})")
            else:
                self.before.append(f"    {name} = {numbers}")
        return self._known["strings", y]

    def layers(self, arm: Arm) -> tuple[str, str]:
        """The teacher's layers that ``arm`` compares, and the names of the student's."""
        whole, _ = self.images(arm)
        seen = self.seen_by(arm)
        mine, theirs = hint_points(arm.student, seen), hint_points(self.config.teacher, self.shape)
        pairs = pair_layers(arm.layers, find(arm.method).layers, len(mine), len(theirs))
        mine = (*mine, embedding_point(arm.student, seen))
        theirs = (*theirs, embedding_point(self.config.teacher, self.shape))
        points = repr(tuple(theirs[t] for _, t in pairs)).replace("'", '"')
        arguments = [self.network(), points, whole]
        if ("taught", *arguments) not in self._known:
            self._known["taught", *arguments] = name = self._new("taught")
            self.before.append(call(f"{name} = ", "layers_of", arguments))
        own = repr(tuple(mine[s] for s, _ in pairs)).replace("'", '"')
        return self._known["taught", *arguments], own

    def seen_by(self, arm: Arm) -> tuple[int, ...]:
        """The shape of what the students of ``arm`` see."""
        if arm.factor == 1:
            return self.shape
        return (*self.shape[:-2], *(side // arm.factor for side in self.shape[-2:]))

    # -- what teachers say ----------------------------------------------------------------------

    def told(self, arm: Arm) -> str:
        """The logits of the teachers of ``arm`` on its images."""
        x, _ = self.images(arm)
        several = len(arm.teachers) > 1
        how = tuple(self._how(arm)) if several else ()
        marks = (self.key(t) if isinstance(t, TeacherSpec) else t for t in arm.teachers)
        mark = ("told", tuple(marks), how, x, arm.fault == BY_HEART)
        if mark in self._known:
            return self._known[mark]
        each = [self._said(t, arm, x) for t in arm.teachers]
        name = self._known[mark] = self._new("told")
        of_students = any(isinstance(t, ArmStudents) for t in arm.teachers)
        lines, indent = (self.within, 8) if of_students else (self.before, 4)
        if not several:
            lines.append(f"{' ' * indent}{name} = {each[0]}")
            return name
        space = " " * indent
        lines += [f"{space}each = [", *(f"{space}    {one}," for one in each), f"{space}]"]
        lines.append(call(f"{name} = ", "average", ["each", *self._how(arm), "dim=1"], indent))
        return name

    def _said(self, teacher: object, arm: Arm, x: str) -> str:
        """What one teacher says of ``x``; trees of their training rows what they have kept."""
        trees = isinstance(teacher, TeacherSpec) and self.is_trees(teacher)
        if not trees or arm.learns_from != "train" or arm.fault == BY_HEART:
            return f"answers({self._one(teacher)}, {self.small(x, self._factor(teacher))})"
        said = f"{self._one(teacher)}_said"
        if not arm.unseen:
            return said
        return f"without({arm.unseen!r}, {said}, train_y)[0]"

    def is_trees(self, network: TeacherSpec) -> bool:
        """Whether a teacher is no network."""
        return black_box.find(self.key(network).architecture) is not None

    def _how(self, arm: Arm) -> list[str]:
        """How several teachers are averaged."""
        weights = tuple(t.weight for t in arm.teachers if not isinstance(t, Peer))
        temperature = self.constant("temperature", arm.temperature)
        return [repr(weights), quoted(arm.average), temperature]

    def teacher(self, arm: Arm) -> str:
        """What is asked of images that only come up in training."""
        each = [
            one if (f := self._factor(t)) == 1 else f"nn.Sequential(nn.AvgPool2d({f}), {one})"
            for t, one in ((t, self._one(t)) for t in arm.teachers)
        ]
        if len(each) == 1:
            return each[0]
        return f"partial(ask_all, [{', '.join(each)}], {', '.join(self._how(arm))})"

    def _one(self, teacher: object) -> str:
        if isinstance(teacher, ArmStudents):
            return f"students[{quoted(teacher.arm)}]"
        assert isinstance(teacher, TeacherSpec)
        return self.network(teacher)

    def _factor(self, teacher: object) -> int:
        named = {a.name: a for a in self.arms}
        return named[teacher.arm].factor if isinstance(teacher, ArmStudents) else 1
