"""What students of a language say when they have learned: sampled, and held against their teacher,
against the truth where it is known, and against what they have read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kdlab import data
from kdlab.data.text import grammar
from kdlab.data.text.windows import codes_of
from kdlab.events import Exhibit

if TYPE_CHECKING:
    from torch import Tensor

    from kdlab.insight.language import Answer, Sampled
    from kdlab.studies.language.study import LanguageConfig
    from kdlab.training.arms.context import TrainedStudents, TrainingContext

SHOWN = 8
"""Strings of each kind of student that are shown: the first of the first seed."""
LONGER = 2
"""Strings may be so many times as long as the longest one that was learned from."""


def exhibits(config: LanguageConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """ "language": what every arm and the teacher say, and what that is worth, a number a seed."""
    judge = Judge(config, context)
    samples = context.samples
    yield Exhibit(
        name="language",
        content={
            "samples": config.samples,
            "exact": judge.exact,
            "teacher": judge.of_teacher(),
            "arms": {name: judge.of_arm(done) for name, done in context.done.items()},
            "teacher_seconds": None if samples is None else round(samples.seconds, 6),
        },
    )


class Judge:
    """Lets models say strings, all models of a seed with the same luck, and judges them."""

    def __init__(self, config: LanguageConfig, context: TrainingContext) -> None:
        import torch

        from kdlab.insight import language
        from kdlab.training.arms.prefixes import places_of

        self.width, self.context = config.window, context
        self.classes = context.split.classes
        self.teacher = language.Remembered(self._answer(context.teacher.module))
        longest = LONGER * int(places_of(context.split.train).max())
        self.luck = [_luck(seed, config.samples, longest) for seed in context.seeds]
        self.exact = config.dataset == "grammar"
        truth = grammar.strings(config.grammar) if self.exact else {}
        self.truth = torch.tensor(list(truth.values()), dtype=torch.float64)
        self.strings = [tuple(codes_of(text, self.classes)) for text in truth]
        self.right = set(self.strings)
        read = data.text_parts(config).train
        self.read = {tuple(codes_of(text, self.classes)) for text in read}

    def of_teacher(self) -> dict[str, Any]:
        """What the teacher says itself, with the luck of each seed."""
        said = [self._said(self.teacher, n) for n in range(len(self.luck))]
        return self._together([self._worth(self.teacher, one) for one in said], said[0])

    def of_arm(self, students: TrainedStudents) -> dict[str, Any]:
        """What the students of an arm say, and how far from their teacher they are there and on
        the prefixes of the test strings; the difference is their exposure bias."""
        from kdlab.insight import language

        split, on_data = self.context.split, self.context.teacher.test_logits
        tested = students.logits(split.test).transpose(1, 2).cpu()
        rows, said = [], []
        for n, module in enumerate(students.modules):
            answer = self._answer(module)
            said.append(self._said(answer, n))
            windows, _ = said[n].places
            own = language.divergence(self.teacher(windows), answer(windows))
            known = language.divergence(on_data, tested[n])
            row = self._worth(answer, said[n])
            rows.append(row | {"own_kl": own, "data_kl": known, "exposure": own - known})
            if not bool(tested[n].isfinite().all()):  # what it says is no answer
                rows[n] = dict.fromkeys(rows[n], math.nan)
        return self._together(rows, said[0])

    def _answer(self, module: Any) -> Answer:
        from kdlab.insight.language import answer_of

        return answer_of(module, len(self.classes))

    def _said(self, answer: Answer, seed: int) -> Sampled:
        from kdlab.insight.language import sampled

        return sampled(answer, self.luck[seed], self.width)

    def _worth(self, answer: Answer, said: Sampled) -> dict[str, float]:
        """What the teacher thinks of what was said; of a grammar which of its strings a model
        covers, how far from the truth it is and how much of what it said is right; of other text
        how much is new."""
        from kdlab.insight import language

        found = {"teacher_bits": language.bits_of(self.teacher, said)}
        strings = said.strings()
        if not self.exact:
            return found | {"novel": language.novelty(strings, self.read)}
        log_p = language.log_probabilities(answer, self.strings, self.width)
        return found | {
            "covered": language.coverage(log_p, self.truth),
            "string_kl": language.string_divergence(log_p, self.truth),
            "right": sum(one in self.right for one in strings) / len(strings),
        }

    def _together(self, rows: Sequence[dict[str, float]], said: Sampled) -> dict[str, Any]:
        texts = ["".join(self.classes[code] for code in one) for one in said.strings()[:SHOWN]]
        return {name: [round(row[name], 6) for row in rows] for name in rows[0]} | {"said": texts}


def _luck(seed: int, count: int, longest: int) -> Tensor:
    """The numbers that decide what is sampled."""
    import torch

    from kdlab.training.seeds import Role, stream

    generator = torch.Generator().manual_seed(stream(seed, Role.SAMPLES))
    return torch.rand(count, longest, generator=generator)
