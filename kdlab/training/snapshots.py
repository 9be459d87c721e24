"""Pictures of a run in progress: decision regions in 2-D, confusion and disagreement for images,
rows of a table and text.

All are of the validation set and of the run's first seed, as plain numbers for an event.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlab.data.split import DataSplit, is_text
from kdlab.data.text.windows import shown as text_of
from kdlab.data.text.windows import whole_strings
from kdlab.events import Confusion, Event, Regions, Sampled
from kdlab.events.single import MANY_CLASSES
from kdlab.insight.language import Answer, answer_of, sample_strings
from kdlab.measure import metrics
from kdlab.training.evaluator import Look
from kdlab.training.teachers import Teacher

GRID = 56
"""Points a side of the regions' grid."""
SHOWN = 12
"""Images shown on which the students differ."""
SHOWN_COLUMNS = 12
"""Of a row of a table on which they differ."""
SAMPLES, LONGEST = 10, 24
"""Strings that each model makes up, and after how many characters one is cut off."""
LUCK_SEED = 0
"""Of the numbers that decide what is made up, the same in every epoch and for all."""
PICTURES = 25
"""Pictures a run: evenly spread epochs, so that the same configuration gives the same events."""


class SnapshotRecorder:
    """Paints what the students do in some of ``epochs``, as the pictures of a policy; the teacher,
    which stands still, is painted once."""

    def __init__(
        self, names: Sequence[str], split: DataSplit, teacher: Teacher, epochs: int
    ) -> None:
        """``names`` of the two arms."""
        self._names, self._split = names, split
        self._shown = {round(n * epochs / PICTURES) for n in range(PICTURES + 1)}
        self._classes = len(split.classes)
        self._points = split.shape == (2,) and split.encoding is None
        self._text = is_text(split.validation)
        if self._text:
            strings = set(whole_strings(split.train))
            # of one that is cut off it is known whether a string begins like this
            self._known = strings | {s[:LONGEST] for s in strings if len(s) >= LONGEST}
            luck = torch.Generator().manual_seed(LUCK_SEED)
            self._luck = torch.rand(SAMPLES, LONGEST, generator=luck)
            self._by_teacher = self._made(answer_of(teacher.module, self._classes))
        if self._points:
            self._extent = _extent(split.train.inputs)
            self._grid = _grid(self._extent)
            with torch.inference_mode():
                self._teacher = teacher.module(self._grid).t()
        else:
            self._teacher = teacher.validation_logits.t()

    def record(self, look: Look) -> Iterator[Event]:
        """Pictures of the first seed's students, where this epoch has some."""
        if look.epoch not in self._shown:
            return
        logits = look.logits["validation"]
        if self._points:
            engine = look.evaluator.cohort.engine
            logits = engine.predict(self._grid.to(engine.parameters()[0].device))
        students = {name: logits[k].cpu() for k, name in enumerate(self._names)}
        models = {"teacher": self._teacher} | students
        if self._points:
            yield self._regions(look.epoch, models)
        else:
            answers = {name: z.argmax(0).cpu() for name, z in models.items()}
            yield self._confusion(look.epoch, answers)
        if self._text:
            yield self._sampled(look)

    def _sampled(self, look: Look) -> Sampled:
        """What teacher and students make up."""
        engine = look.evaluator.cohort.engine
        where = engine.parameters()[0].device

        def student(k: int) -> Answer:
            def answer(windows: Tensor) -> Tensor:
                inputs = F.one_hot(windows, self._classes).float().to(where)
                return engine.predict(inputs)[k].t().cpu()

            return answer

        made = {name: self._made(student(k)) for k, name in enumerate(self._names)}
        return Sampled(epoch=look.epoch, samples={"teacher": self._by_teacher} | made)

    def _made(self, answer: Answer) -> list[dict[str, Any]]:
        """Strings by one model."""
        classes, width = self._split.classes, self._split.shape[0]
        found = sample_strings(answer, SAMPLES, width, self._luck, LONGEST)
        return [
            {
                "text": text_of(codes, classes) + "…" * (not ended),
                "known": codes in self._known,
            }
            for codes, ended in zip(found.strings(), found.ended.tolist(), strict=True)
        ]

    def _regions(self, epoch: int, models: dict[str, Tensor]) -> Regions:
        answers, confidence = {}, {}
        for name, logits in models.items():
            p, label = logits.softmax(0).max(0)
            answers[name] = "".join(map(str, label.tolist()))
            confidence[name] = "".join(map(str, (p * 10).long().clamp(0, 9).tolist()))
        return Regions(
            epoch=epoch, size=GRID, extent=self._extent, answers=answers, confidence=confidence
        )

    def _confusion(self, epoch: int, answers: dict[str, Tensor]) -> Confusion:
        targets = self._split.validation.targets
        first, second = (answers[name] for name in self._names)
        differ = (first != second).nonzero().squeeze(1)
        matrices = {}
        if self._classes <= MANY_CLASSES and not is_text(self._split.validation):
            matrices = {n: metrics.confusion(a, targets, self._classes) for n, a in answers.items()}
        return Confusion(
            epoch=epoch,
            matrices=matrices,
            differ=[self._example(int(i), answers) for i in differ[:SHOWN]],
            differ_count=len(differ),
        )

    def _example(self, index: int, answers: dict[str, Tensor]) -> dict[str, object]:
        """One validation example with everybody's answer."""
        validation = self._split.validation
        shown: dict[str, object] = {
            "index": index,
            "label": int(validation.targets[index]),
            **{name: int(answer[index]) for name, answer in answers.items()},
        }
        if is_text(validation):
            return shown | {"before": validation.inputs[index].argmax(1).tolist()}
        if self._split.encoding is not None and validation.rows is not None:
            told = self._split.encoding.told(validation.inputs[index].tolist(), SHOWN_COLUMNS)
            return shown | {"row": int(validation.rows[index]), "values": [list(t) for t in told]}
        pixels = self._split.pixels(validation.inputs[index : index + 1])[0]
        return shown | {"image": base64.b64encode(pixels.numpy().tobytes()).decode()}


def _extent(points: Tensor) -> tuple[float, float, float, float]:
    """x from, x to, y from, y to: the training points and a tenth more on each side."""
    low, high = points.min(0).values, points.max(0).values
    margin = (high - low) / 10
    (x0, y0), (x1, y1) = (low - margin).tolist(), (high + margin).tolist()
    return x0, x1, y0, y1


def _grid(extent: tuple[float, float, float, float]) -> Tensor:
    """(GRID * GRID, 2) points, row by row from the lowest y."""
    x0, x1, y0, y1 = extent
    y, x = torch.meshgrid(torch.linspace(y0, y1, GRID), torch.linspace(x0, x1, GRID), indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)
