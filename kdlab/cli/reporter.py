"""Progress in words, for a terminal or a log.

A terminal gets one line a stage, written over while it goes on; anything else gets a line at each
tenth of a stage, so that the log of a long run stays short.
"""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Self, TextIO

from kdlab.events import (
    LABELS_ONLY,
    DataRead,
    Event,
    FullEpoch,
    FullPart,
    Progress,
    Remark,
    RunStarted,
    SearchStarted,
    StageDone,
    StageStarted,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
)


class Reporter:
    """Tells a run's events on ``stream``; leaving the context ends the last line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._started: RunStarted | None = None
        self._epochs = 0
        self._searching = False
        self._last: tuple[str, int] | None = None
        self._open_line = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_line()

    def tell(self, event: Event) -> None:
        """Say what ``event`` means, if it is news."""
        match event:
            case Progress():
                share = event.done / event.total if event.total else 0
                shown = f": {100 * share:.0f} %" if event.total else ""
                self._say(event.stage, share, shown)
            case Remark():
                self._end_line()  # and all of it, however wide the terminal is
                print(event.text, file=self._stream, flush=True)
            case DataRead():
                self._end_line()
                for line in event.lines:
                    print(line, file=self._stream, flush=True)
            case TeacherEpoch():
                share = event.epoch / max(1, event.epochs)
                self._say("training the teacher", share, f": epoch {event.epoch} of {event.epochs}")
            case TeacherReady():
                accuracy, bits = 100 * event.validation_accuracy, event.validation_bits
                told = f": {accuracy:.1f} % of the validation set"
                if bits is not None:
                    told = f": {bits:.2f} bits per validation character"
                self._say("teacher ready", 1, told)
            case RunStarted():
                self._started = event
            case SearchStarted() if not self._searching:  # each who takes part tells it
                self._searching = True
                resumed = f", {event.resumed} of them done before" if event.resumed else ""
                budget = f"{event.candidates} students fit the budget; {event.trials} trials"
                self._say(budget + resumed, 0, "")
            case StudentsEpoch():
                self._say("training the students", *self._students(event))
            case StageStarted():
                self._epochs = event.epochs
            case FullPart() if self._terminal:  # a log has a line an epoch
                share = event.done / max(1, event.total)
                doing = "teacher answers" if event.what == "teacher" else "training"
                self._say(
                    f"{event.stage}, seed {event.seed}, epoch {event.epoch} of {self._epochs}",
                    share,
                    f": {doing}, {100 * share:.0f} %",
                )
            case FullEpoch():
                self._say(
                    f"{event.stage}, seed {event.seed}",
                    event.epoch / max(1, self._epochs),
                    f": epoch {event.epoch} of {self._epochs}, {100 * event.accuracy:.1f} %, "
                    f"{event.images_per_second:,.0f} images/s",
                )
            case StageDone():
                self._say(
                    f"{event.stage}, seed {event.seed}: {100 * event.accuracy:.2f} % of the test "
                    "images",
                    1,
                    " (trained before)" if event.reused else "",
                )
            case _:
                pass

    def share(self, stage: str, share: float) -> None:
        """Say that a ``share`` (0 to 1) of ``stage`` is done, if it is news."""
        self._say(stage, share, f": {100 * share:.0f} %")

    def _students(self, event: StudentsEpoch) -> tuple[float, str]:
        """Share of the epochs, and the groups' mean validation accuracies."""
        assert self._started is not None, "RunStarted comes before the first epoch"
        means: dict[str, list[float]] = {LABELS_ONLY: []}
        for (group, _), value in zip(self._started.students, event.accuracy, strict=True):
            means.setdefault(group, []).append(value)
        found = ", ".join(f"{name} {100 * sum(v) / len(v):.1f} %" for name, v in means.items())
        epochs = self._started.epochs
        return event.epoch / epochs, f": epoch {event.epoch} of {epochs}, {found}"

    def _say(self, stage: str, share: float, rest: str) -> None:
        if self._terminal:
            if self._last and self._last[0] != stage:
                self._end_line()
            width = shutil.get_terminal_size().columns - 1
            text = (stage + rest)[:width]
            print(f"\r{text:<{width}}", end="", file=self._stream, flush=True)
            self._open_line = True
        elif (stage, int(10 * share)) != self._last:
            print(stage + rest, file=self._stream, flush=True)
        self._last = (stage, int(10 * share))

    def _end_line(self) -> None:
        if self._open_line:
            self._open_line = False
            print(file=self._stream, flush=True)
