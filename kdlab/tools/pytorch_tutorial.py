"""PyTorch's tutorial on knowledge distillation: a function with two weights."""

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
            "T": temperature,
            "soft_target_loss_weight": soft,
            "ce_loss_weight": hard,
        },
        "Other versions have the cross-entropy with the soft targets in place of KL: the same "
        "gradient, and a larger number in the log.",
    )


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
# with the function of the tutorial
train_knowledge_distillation(
    teacher=nn_deep,
    student=new_nn_light,
    train_loader=train_loader,
    epochs=10,
    learning_rate=0.001,
    T={decimal(number(values, "T"))},
    soft_target_loss_weight={decimal(number(values, "soft_target_loss_weight"))},
    ce_loss_weight={decimal(number(values, "ce_loss_weight"))},
    device=device,
)
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature = number(values, "T")
    soft = temperature**2 * forward_kl(student, teacher, temperature)
    hard = number(values, "ce_loss_weight") * cross_entropy(student, labels)
    return number(values, "soft_target_loss_weight") * soft + hard


TOOL = Tool(
    name="pytorch-tutorial",
    label="PyTorch's tutorial",
    about="“Knowledge Distillation Tutorial” of PyTorch, on CIFAR-10.",
    defaults="T 2, soft_target_loss_weight 0.25, ce_loss_weight 0.75 in the call",
    texts="none",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="one weight each, soft_target_… and ce_…",
        beta="–",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="pytorch/tutorials",
            version="c53e7d4",
            dated="",
            files=("beginner_source/knowledge_distillation_tutorial.py",),
        ),
        Source(
            name="pytorch/tutorials",
            version="035c541",
            dated="",
            files=("beginner_source/knowledge_distillation_tutorial.py",),
        ),
    ),
    says=_says,
    language="python",
    snippet=_snippet,
    loss=_loss,
)
