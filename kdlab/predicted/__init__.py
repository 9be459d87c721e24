"""What work will cost, before it begins: in operations, without torch and without its data.

``counting`` counts a network's training and its answers, ``images`` knows how many images are read,
``limit`` holds what a visitor of a server asks for to what the server allows. A single run is
counted here; a map, a search and a study are where their configurations live, each in a file
``predicted``. All of them rather count too much than too little.
"""

from __future__ import annotations

from kdlab.config.schema import DistilConfig
from kdlab.predicted.counting import Work, answered, judged, teacher, trained
from kdlab.predicted.images import Sizes, sizes
from kdlab.predicted.limit import check, refusal

GROUPS = 2
"""Of students in a run: on labels alone, and distilled."""

__all__ = [
    "Sizes", "Work", "answered", "check", "judged", "of_run", "refusal", "sizes", "teacher",
    "trained",
]  # fmt: skip


def of_run(config: DistilConfig) -> Work:
    """A single run: its teacher, unless it is stored, and students judged after every epoch."""
    known, students = sizes(config), GROUPS * config.seeds
    network = (config.student, known.shape, known.classes)
    learnt = trained(*network, students, known.train, config.epochs, config.batch_size)
    asked = judged(*network, students, config.epochs * known.validation + known.test)
    return Work(teachers=teacher(config.teacher_config(), known), students=learnt + asked)
