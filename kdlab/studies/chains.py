"""Chains: students that teach students, with and without a large teacher at the beginning.

A teacher assistant stands between a large teacher and a small student (Mirzadeh et al. 2020,
arXiv:1902.03393). Born-again networks teach the next generation of the same network (Furlanello et
al. 2018, arXiv:1805.04770); the first generation is self-distillation. In deep mutual learning two
students teach each other as they go (Zhang et al. 2018, arXiv:1706.00384). Every seed has a chain
of its own.
"""

from __future__ import annotations

from kdlab import checks
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, alike, doubt, effects, known, surely
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, ArmStudents, Peer, Plan

ALONE, DIRECT, ASSISTANT, VIA, MIDDLE, FROM_MIDDLE, PEERS = (
    "labels only", "direct", "assistant", "via the assistant", "middle", "from the middle", "peers",
)  # fmt: skip
MUTUAL = {"temperature": 1.0, "alpha": 0.5}
"""Mutual learning weighs CE and KL(peer || student) the same and does not soften."""


class ChainsConfig(SmallTeacherConfig):
    """Which network is the assistant, and how many generations follow one another."""

    student: str = override_field(StudentConfig, "student", default="mlp-8")
    epochs: int = override_field(StudentConfig, "epochs", default=40)
    assistant: str = setting(
        "mlp-32",
        "Assistant",
        "The network in the middle: taught by the teacher, it teaches the student.",
        max_length=40,
        pattern=r"^[a-z0-9-]+$",
        network=True,
    )
    generations: int = setting(
        3,
        "Generations",
        "How many students of the same size follow the one on labels only, each taught by the one "
        "before.",
        ge=1,
        le=8,
        high=5,
        unit="generations",
    )


def plan(config: ChainsConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, straight from the teacher, through an assistant, from a network of the
    assistant's size that learned from all labels, generations, and two peers. ConfigError or
    ModelError where the assistant does not suit the data.

    The network in the middle has the assistant's epochs, learning rate and seeds, and the teacher's
    labels: all of them, and the right ones. What teaches is judged beside no student on labels
    only: there is none of its size that saw the same labels.
    """
    checks.possible(config.model_copy(update={"student": config.assistant}))
    steps = [
        Arm.of(
            config,
            generation(n),
            "Taught by itself (generation 1)" if n == 1 else f"Generation {n}",
            teachers=(ArmStudents(generation(n - 1)),),
        )
        for n in range(1, config.generations + 1)
    ]
    middle = Arm.baseline(
        config,
        MIDDLE,
        f"{config.assistant} on all labels",
        student=config.assistant,
        labels="all",
        label_noise=0.0,
    )
    return Plan(
        (
            Arm.baseline(config),
            Arm.of(config, DIRECT, "Straight from the teacher"),
            Arm.of(
                config, ASSISTANT, f"The assistant, {config.assistant}", student=config.assistant
            ),
            Arm.of(config, VIA, "Through the assistant", teachers=(ArmStudents(ASSISTANT),)),
            middle,
            Arm.of(config, FROM_MIDDLE, f"From {middle.label}", teachers=(ArmStudents(MIDDLE),)),
            *steps,
            Arm.of(config, PEERS, "Two students teach each other", teachers=(Peer(),), **MUTUAL),
        ),
        against={name: name for name in (ASSISTANT, MIDDLE)},
    )


def generation(n: int) -> str:
    """The arm of generation ``n``; 0 is the student on labels only."""
    return ALONE if n == 0 else f"generation {n}"


def findings(history: StudyHistory) -> list[Finding]:
    """Whether a detour is better than the straight way, and what can be had without a teacher."""
    config = history.config
    assert isinstance(config, ChainsConfig)
    last = generation(config.generations)
    return [
        compared(history, VIA, DIRECT),
        compared(history, VIA, FROM_MIDDLE),
        compared(history, generation(1), ALONE),
        *([compared(history, last, generation(1))] if config.generations > 1 else []),
        compared(history, PEERS, ALONE),
        compared(history, last, DIRECT),
    ]


def answer(history: StudyHistory) -> Finding:
    """What the detour brings, and what a network can teach itself."""
    both = [known(history, VIA, DIRECT), known(history, generation(1), ALONE)]
    if alike(both):
        return Finding(
            "The detour through an assistant teaches about as well as the direct way, and a "
            f"network that teaches itself learns about as much as from labels only; {doubt(both)}."
        )
    if surely(both) == [None, None]:
        return Finding(
            f"{OPEN}: neither the detour through an assistant nor teaching itself is clearly "
            f"better or worse than the direct way and labels only; "
            f"{doubt(both, ('the detour', 'itself'))}."
        )
    detour, itself = effects(both)
    return Finding(
        f"Compared with being taught directly, the detour through an assistant {detour}; compared "
        f"with labels only, teaching itself {itself}."
    )


STUDY = Study(
    name="chains",
    title="Chains of teachers",
    question="Does knowledge survive a chain, and can a network teach itself?",
    config=ChainsConfig,
    plan=plan,
    findings=findings,
    answer=answer,
)
