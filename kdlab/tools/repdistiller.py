"""RepDistiller: one weight each for labels, KL and the method's own part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import cross_entropy, forward_kl
from kdlab.tools.phrases import NOT_WRITTEN, SOFTENS_TIMES_T2, text, two_weights
from kdlab.tools.record import Answer, Knobs, Source, Tool, Values, number
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor


def _says(wish: Wish) -> Answer:
    return two_weights(
        wish,
        lambda temperature, hard, soft: {"kd_T": temperature, "gamma": hard, "alpha": soft},
        "Give -r, -a and -b all three: -r is 1 unless it is given, and without -a or -b the script "
        "stops with a TypeError. β there weighs the features of other methods.",
    )


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
python train_student.py --distill kd --model_s resnet8x4 \\
    --path_t ./save/models/resnet32x4_vanilla/ckpt_epoch_240.pth \\
    --kd_T {text(number(values, "kd_T"))} \\
    -r {text(number(values, "gamma"))} -a {text(number(values, "alpha"))} -b 0
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature = number(values, "kd_T")
    soft = number(values, "alpha") * temperature**2 * forward_kl(student, teacher, temperature)
    return number(values, "gamma") * cross_entropy(student, labels) + soft


TOOL = Tool(
    name="repdistiller",
    label="RepDistiller",
    about="Fourteen methods for image classifiers on CIFAR-100, in plain scripts.",
    defaults="kd_T 4, -r 1; its scripts have -r 0.1 -a 0.9 -b 0",
    texts="none",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="-a weighs the teacher, -r the labels",
        beta="-b weighs features",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="HobbitLong/RepDistiller",
            version="5237c1f",
            dated="",
            files=("distiller_zoo/KD.py",),
        ),
        Source(
            name="HobbitLong/RepDistiller",
            version="1fb2343",
            dated="",
            files=("helper/loops.py",),
        ),
        Source(
            name="HobbitLong/RepDistiller",
            version="1143dfe",
            dated="",
            files=("train_student.py",),
        ),
    ),
    says=_says,
    language="bash",
    snippet=_snippet,
    loss=_loss,
)
