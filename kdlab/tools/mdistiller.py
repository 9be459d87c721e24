"""mdistiller: two weights and a temperature that has to be a whole number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import cross_entropy, forward_kl
from kdlab.tools.phrases import NOT_WRITTEN, SOFTENS_TIMES_T2, decimal, two_weights
from kdlab.tools.record import Answer, Knobs, Source, Tool, Values, number
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor


def _says(wish: Wish) -> Answer:
    whole = max(1, round(wish.temperature))
    found = two_weights(
        wish,
        lambda temperature, hard, soft: {
            "KD.TEMPERATURE": whole,
            "KD.LOSS.CE_WEIGHT": hard,
            "KD.LOSS.KD_WEIGHT": soft,
        },
    )
    if whole == wish.temperature or wish.alpha == 0:
        return found
    why = (
        "Its configuration takes whole numbers for T, since the default is one: "
        f"{wish.temperature:g} is refused, and the snippet has {whole}."
    )
    return Answer(fit="no", values=found.values, notes=(why, *found.notes))


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
python tools/train.py --cfg configs/cifar100/kd.yaml \\
    KD.TEMPERATURE {int(number(values, "KD.TEMPERATURE"))} \\
    KD.LOSS.CE_WEIGHT {decimal(number(values, "KD.LOSS.CE_WEIGHT"))} \\
    KD.LOSS.KD_WEIGHT {decimal(number(values, "KD.LOSS.KD_WEIGHT"))}
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature = number(values, "KD.TEMPERATURE")
    soft = temperature**2 * forward_kl(student, teacher, temperature)
    hard = number(values, "KD.LOSS.CE_WEIGHT") * cross_entropy(student, labels)
    return hard + number(values, "KD.LOSS.KD_WEIGHT") * soft


TOOL = Tool(
    name="mdistiller",
    label="mdistiller (KD)",
    about="Methods for image classifiers on CIFAR-100 and ImageNet, DKD among them.",
    defaults="T 4, CE_WEIGHT 0.1, KD_WEIGHT 0.9",
    texts="none",
    knobs=Knobs(
        temperature=f"{SOFTENS_TIMES_T2}; whole numbers",
        alpha="KD_WEIGHT weighs the teacher",
        beta="β: of DKD, the other classes",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="megvii-research/mdistiller",
            version="e8c5bb3",
            dated="",
            files=("mdistiller/distillers/KD.py", "configs/cifar100/kd.yaml"),
        ),
        Source(
            name="megvii-research/mdistiller",
            version="a08d46f",
            dated="2023-11",
            files=("mdistiller/engine/cfg.py", "tools/train.py"),
        ),
        Source(
            name="PyPI package yacs",
            version="0.1.8",
            dated="",
            files=("yacs/config.py",),
        ),
    ),
    says=_says,
    language="bash",
    snippet=_snippet,
    loss=_loss,
)
