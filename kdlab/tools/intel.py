"""Intel's Neural Network Distiller: one weight for the teacher's part, one for the labels'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import cross_entropy, forward_kl
from kdlab.tools.phrases import NOT_WRITTEN, SOFTENS_TIMES_T2, decimal, two_weights
from kdlab.tools.record import Answer, Knobs, Source, Tool, Values, number
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor


def _says(wish: Wish) -> Answer:
    return two_weights(
        wish,
        lambda temperature, hard, soft: {
            "temperature": temperature,
            "distill": soft,
            "student": hard,
        },
        "Versions before T² was put in (Intel Distiller, issue 122) have the teacher's part T² "
        "times too small; two of them that were read copy the student's logits first, so that no "
        "gradient of that part reaches the student at all.",
        "What its log calls distillation loss is without T².",
        "The weights need not add up to 1. Those of the command line are --kd-dw and --kd-sw, and "
        "T is --kd-temp.",
        "The project has been discontinued.",
    )


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
from distiller import DistillationLossWeights, KnowledgeDistillationPolicy

policy = KnowledgeDistillationPolicy(
    student,
    teacher.eval(),
    temperature={decimal(number(values, "temperature"))},
    loss_weights=DistillationLossWeights(
        distill={decimal(number(values, "distill"))},
        student={decimal(number(values, "student"))},
        teacher=0,
    ),
)
compression_scheduler.add_policy(policy, starting_epoch=0, ending_epoch=epochs, frequency=1)
outputs = policy.forward(inputs)  # instead of student(inputs)
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature = number(values, "temperature")
    soft = number(values, "distill") * temperature**2 * forward_kl(student, teacher, temperature)
    return number(values, "student") * cross_entropy(student, labels) + soft


TOOL = Tool(
    name="intel-distiller",
    label="Intel Distiller",
    about="Neural Network Distiller: pruning and quantisation, with distillation beside them.",
    defaults="temperature 1.0, distill 0.5, student 0.5",
    texts="none",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="--kd-dw weighs the teacher, --kd-sw the labels",
        beta="–",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="IntelLabs/distiller",
            version="d859fc8",
            dated="2023-04",
            files=("distiller/knowledge_distillation.py",),
        ),
        Source(
            name="IntelLabs/distiller",
            version="f416cc8 and 06faf4c",
            dated="",
            files=("distiller/knowledge_distillation.py",),
        ),
    ),
    says=_says,
    language="python",
    snippet=_snippet,
    loss=_loss,
)
