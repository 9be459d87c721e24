"""Two finished runs beside each other: what each came to and cost, B minus A, and one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.compared.rows import GAIN, Row, costs, machine, results
from kdlab.experiments.run.compared.settings import Differing, differing
from kdlab.experiments.run.compared.side import Side
from kdlab.experiments.run.compared.terms import (
    Terms,
    may_have_changed,
    other_data,
    other_lessons,
    terms,
    title,
)
from kdlab.experiments.run.history import History
from kdlab.measure.difference import Difference, difference
from kdlab.measure.measures import Measure
from kdlab.translation import say


@dataclass(frozen=True)
class Comparison:
    """Runs ``a`` and ``b``: the ``settings`` that differ, the ``terms``, the ``differences`` of the
    students and of the gain by name, the table's ``results`` and ``costs``."""

    a: Side
    b: Side
    settings: tuple[Differing, ...]
    terms: Terms
    differences: Mapping[str, Difference]
    results: tuple[Row, ...]
    costs: tuple[Row, ...]

    @property
    def measure(self) -> Measure:
        """By what both are judged, where that is the same."""
        return self.a.measure

    @property
    def sentence(self) -> str:
        """What may be said of the two, in words."""
        if self.terms.why:
            return self.terms.why
        found = self.differences[DISTILLED]
        verdict, who = found.gain.verdict, say("the distilled student")
        if verdict == "NaN":
            return say("A student's loss became NaN, so there is no difference to report.")
        given = (
            say("With this teacher") if self.terms.same_teacher else say("With these two teachers")
        )
        if verdict in ("helped", "hurt"):
            told = {"given": given, "who": who, "told": found.told()}
            if verdict == "helped":
                said = say("{given}, {who} is better in B than in A: {told}", **told)
            else:
                said = say("{given}, {who} is worse in B than in A: {told}", **told)
        elif found.same:
            seeds = len(found.pairs)
            said = say(
                "{given}, {who} does exactly as well in A as in B, in each of {seeds} seeds",
                given=given,
                who=who,
                seeds=seeds,
            )
        else:
            said = say(
                "{given}, it is unclear whether {who} is better in A or in B: {told}",
                given=given,
                who=who,
                told=found.told(),
            )
        return f"{said}{self._of_gains()}{say('.')}"

    def _of_gains(self) -> str:
        """By how much the gains surely differ, where that is more than what the distilled students
        say: their baselines differ, too."""
        found, students = self.differences[GAIN].gain, self.differences[DISTILLED].gain
        if found.holds is None or math.isclose(found.mean, students.mean, abs_tol=1e-9):
            return ""
        told = {"amount": found.amount(), "between": found.between()}
        if found.holds:
            return say(
                "; distillation adds more to labels alone in B than in A: {amount}, 95 % interval "
                "{between}",
                **told,
            )
        return say(
            "; distillation adds less to labels alone in B than in A: {amount}, 95 % interval "
            "{between}",
            **told,
        )

    @property
    def notes(self) -> list[str]:
        """What has to be known to read the differences, in sentences."""
        found = [] if self.terms.why else [self._pairing(), self._teachers()]
        if may_have_changed(self.a, self.b):
            found.append(
                say("The data are known only by name: the two runs may have read different data.")
            )
        if not self.same_machine and self.costs:
            one, other = (machine(side) for side in (self.a, self.b))
            found.append(
                say(
                    "Times were measured on different machines, so their difference is not shown: "
                    "A on {one}, B on {other}.",
                    one=one,
                    other=other,
                )
            )
        return found

    @property
    def same_machine(self) -> bool:
        """Whether times of both were measured on one machine."""
        return machine(self.a) == machine(self.b)

    def _pairing(self) -> str:
        found, seeds = self.differences[DISTILLED], self.a.seeds
        if found.paired and seeds == self.b.seeds:
            if other_lessons(self.a, self.b):
                return say(
                    "Differences are paired by seed, although a seed has different labels or "
                    "batches in A and B."
                )
            return say(
                "Differences are paired: a seed has the same labels and batches in both runs."
            )
        if found.paired:
            pairs = ", ".join(map(str, found.pairs))
            return say(
                "Differences are paired over the seeds that both runs have ({pairs}), while A and "
                "B are averaged over all of theirs: a difference need not be B minus A.",
                pairs=pairs,
            )
        why = say("they have fewer than two seeds in common")
        if not self.terms.same_test:
            names = say(" and ").join(map(title, other_data(self.a.config, self.b.config)))
            why = say("their test examples are not the same ({names})", names=names)
        return say("The runs are not paired, because {why}: the intervals are Welch's.", why=why)

    def _teachers(self) -> str:
        if self.terms.same_teacher:
            return say("Both have the same teacher; another teacher might give another answer.")
        return say(
            "Each run has its own teacher, which was trained once: part of the difference may be "
            "chance in training the teachers, which no interval covers."
        )


def compare(a: DistilConfig, first: History, b: DistilConfig, second: History) -> Comparison:
    """The finished runs ``first`` of ``a`` and ``second`` of ``b``; ValueError where one is not
    finished."""
    one, other = Side.of(a, first), Side.of(b, second)
    on = terms(one, other)
    differences = {} if on.why else dict(_differences(one, other, on))
    return Comparison(
        one,
        other,
        tuple(differing(a, b)),
        on,
        differences,
        tuple(results(one, other, on, differences)),
        tuple(costs(one, other)),
    )


def _differences(a: Side, b: Side, on: Terms) -> Iterator[tuple[str, Difference]]:
    """Of both kinds of student, and of what the teacher added."""
    values = {name: (a.results(name), b.results(name)) for name in (LABELS_ONLY, DISTILLED)}
    for name, (before, after) in (values | {GAIN: (a.gains(), b.gains())}).items():
        found = difference(
            before,
            after,
            same_data=on.same_test,
            resolutions=(a.resolution, b.resolution),
            measure=a.measure,
        )
        assert found is not None, "both have several seeds"
        yield name, found
