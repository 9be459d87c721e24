"""Who and what an experiment names: networks, images, answers, labels, each by one variable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kdlab.config.schema import DistilConfig
from kdlab.export.text import quoted
from kdlab.training.arms.arm import Arm, ArmStudents, TeacherSpec


def call(start: str, function: str, arguments: Iterable[str], indent: int = 4) -> str:
    """``start function(arguments)`` in at most 100 characters a line, as a formatter breaks it."""
    arguments, space = list(arguments), " " * indent
    whole = f"{space}{start}{function}({', '.join(arguments)})"
    if len(whole) <= 100:
        return whole
    inner = f"{space}    {', '.join(arguments)}"
    if len(inner) <= 100:
        return f"{space}{start}{function}(\n{inner}\n{space})"
    lines = "".join(f"{space}    {argument},\n" for argument in arguments)
    return f"{space}{start}{function}(\n{lines}{space})"


def constant(value: object, name: str, own: object) -> str:
    """``name`` where ``value`` is the configuration's ``own``, else the number itself, without the
    last digits that a subtraction leaves."""
    if value == own:
        return name
    return repr(round(value, 12) if isinstance(value, float) else value)


class Cast:
    """Variables of the script of ``arms``: ``before`` are the lines that make those which are the
    same for all seeds, ``within`` those of the seed at hand, to be taken with :meth:`taken`."""

    def __init__(self, config: DistilConfig, arms: tuple[Arm, ...]) -> None:
        self.config, self.arms = config, arms
        self.networks: dict[TeacherSpec, str] = {}
        self.before: list[str] = []
        self.within: list[str] = []
        self._known: dict[tuple[object, ...], str] = {}
        self._counts: dict[str, int] = {}
        self.gives = has_few(arms) or any(a.label_noise for a in arms)

    def taken(self) -> list[str]:
        """The lines that came to ``within`` since the last call."""
        found, self.within = self.within, []
        return found

    def _new(self, base: str) -> str:
        self._counts[base] = count = self._counts.get(base, 0) + 1
        return base if count == 1 else f"{base}_{count}"

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

    def loaded(self, network: TeacherSpec) -> bool:
        """Whether the teacher ``network`` is read from a file."""
        alike = self.key(network) == self.key(TeacherSpec())
        return bool(self.config.teacher_weights) and alike

    def network(self, network: TeacherSpec) -> str:
        """The variable of a teacher; the first call for it writes the lines that make it."""
        key = self.key(network)
        if key in self.networks:
            return self.networks[key]
        name = self.networks[key] = self._new("teacher")
        make = maker_name(key.architecture, 1)
        seed = constant(key.seed, "TEACHER_SEED", self.config.teacher_seed)
        epochs = constant(key.epochs, "TEACHER_EPOCHS", self.config.teacher_epochs)
        parts = [key.architecture]
        parts += [f"{key.epochs} epochs"] if epochs != "TEACHER_EPOCHS" else []
        parts += [f"seed {key.seed}"] if seed != "TEACHER_SEED" else []
        parts += [f"expert on {', '.join(map(str, key.classes))}"] if key.classes else []
        if self.loaded(network):
            self.before.append(f"    {name} = load_teacher({make})")
        elif key.classes:
            known = [make, repr(key.classes), "train_x", "train_y", seed, epochs]
            self.before.append(call(f"{name} = ", "train_expert", known))
        else:
            known = [make, "train_x", "train_y", seed, epochs]
            self.before.append(call(f"{name} = ", "train_teacher", known))
        self.before.append(f"    tell({quoted(', '.join(parts))}, {name}, test_x, test_y)")
        return name

    # -- images ---------------------------------------------------------------------------------

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
            own = self._new("shown")
            self._known[mark] = own
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
        if not self.gives or (arm.labels == "all" and not arm.label_noise):
            return y
        mark = ("given", y, arm.labels, arm.label_noise)
        if mark not in self._known:
            self._known[mark] = name = self._new("given")
            arguments = ["seed", y]
            if has_few(self.arms):
                every = f"len({y})" if arm.labels == "all" else ""
                arguments.append(every or constant(arm.labels, "LABELS", self.config.labels))
            if any(a.label_noise for a in self.arms):
                own = constant(arm.label_noise, "LABEL_NOISE", self.config.label_noise)
                arguments.append(own)
            self.within.append(call(f"{name} = ", "given_labels", arguments, 8))
        return self._known[mark]

    def once(self, base: str, function: str, arguments: list[str]) -> str:
        """The variable of a call that is the same for all seeds."""
        mark = (base, function, *arguments)
        if mark not in self._known:
            self._known[mark] = self._new(base)
            self.before.append(call(f"{self._known[mark]} = ", function, arguments))
        return self._known[mark]

    # -- what teachers say ----------------------------------------------------------------------

    def told(self, arm: Arm) -> str:
        """The logits of the teachers of ``arm`` on its images."""
        x, _ = self.images(arm)
        several = len(arm.teachers) > 1
        graduates = any(isinstance(t, ArmStudents) for t in arm.teachers)
        at = arm.temperature if several and arm.average == "probabilities" else 0
        how = (arm.average, at, _weights(arm)) if several else ()
        mark = ("told", tuple(map(self._mark, arm.teachers)), how, x)
        if mark in self._known:
            return self._known[mark]
        each = [f"answers({self._one(t)}, {self._seen(t, x)})" for t in arm.teachers]
        name = self._known[mark] = self._new("told")
        lines, indent = (self.within, 8) if graduates else (self.before, 4)
        if not several:
            lines.append(f"{' ' * indent}{name} = {each[0]}")
            return name
        space = " " * indent
        lines += [f"{space}each = [", *(f"{space}    {one}," for one in each), f"{space}]"]
        lines.append(call(f"{name} = ", *self._average(arm, "each"), indent))
        return name

    def teacher(self, arm: Arm) -> str:
        """What is asked of images that only come up in training."""
        each = [self._one(t) for t in arm.teachers]
        factors = [self._factor(t) for t in arm.teachers]
        each = [
            one if f == 1 else f"nn.Sequential(nn.AvgPool2d({f}), {one})"
            for one, f in zip(each, factors, strict=True)
        ]
        if len(each) == 1:
            return each[0]
        weights = _weights(arm)
        listed = f"[{', '.join(each)}]"
        if arm.average == "logits":
            return f"partial(ask_all, {listed}, {weights})"
        own = constant(arm.temperature, "TEMPERATURE", self.config.temperature)
        return f"partial(ask_all_at, {own}, {listed}, {weights})"

    def _average(self, arm: Arm, each: str) -> tuple[str, list[str]]:
        weights = _weights(arm)
        if arm.average == "logits":
            return "average_logits", [each, weights]
        own = constant(arm.temperature, "TEMPERATURE", self.config.temperature)
        return "average_probabilities", [each, weights, own]

    def _mark(self, teacher: object) -> object:
        return self.key(teacher) if isinstance(teacher, TeacherSpec) else teacher

    def _one(self, teacher: object) -> str:
        if isinstance(teacher, ArmStudents):
            return f"students[{quoted(teacher.arm)}]"
        assert isinstance(teacher, TeacherSpec)
        return self.network(teacher)

    def _factor(self, teacher: object) -> int:
        named = {a.name: a for a in self.arms}
        return named[teacher.arm].factor if isinstance(teacher, ArmStudents) else 1

    def _seen(self, teacher: object, x: str) -> str:
        return self.small(x, self._factor(teacher))


def _weights(arm: Arm) -> str:
    return repr(tuple(t.weight for t in arm.teachers if isinstance(t, TeacherSpec | ArmStudents)))


def maker_name(architecture: str, factor: int) -> str:
    """The function that makes a network for images that are scaled down by ``factor``."""
    by = f"_by_{factor}" if factor > 1 else ""
    return f"make_{architecture.replace('-', '_')}{by}"


def has_few(arms: Iterable[Arm]) -> bool:
    """Whether some students are not given every label."""
    return any(a.labels != "all" for a in arms)
