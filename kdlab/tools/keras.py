"""Keras: its own keras.distillation, and the older example, in which alpha weighs the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import cross_entropy, forward_kl
from kdlab.tools.phrases import NOT_WRITTEN, SOFTENS_TIMES_T2, decimal, two_weights
from kdlab.tools.record import Answer, Knobs, Source, Tool, Values, number
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

LOGITS = "Both networks have to end in logits, without softmax, hence from_logits=True."


def _says(wish: Wish) -> Answer:
    return two_weights(
        wish,
        lambda temperature, hard, soft: {"temperature": temperature, "student_loss_weight": hard},
        "Give the loss as an object, KLDivergence(). Left at its default, the text "
        '"kl_divergence", it is taken of the bare logits / T, cut off below 0 and above 1: no '
        "softmax and no T², and nothing to do with the lab's loss.",
        LOGITS,
    )


def _snippet(values: Values, wish: Wish) -> str:
    return f"""\
import keras

distiller = keras.distillation.Distiller(
    teacher=teacher,
    student=student,
    distillation_losses=keras.distillation.LogitsDistillation(
        temperature={decimal(number(values, "temperature"))},
        loss=keras.losses.KLDivergence(),  # an object, not its name
    ),
    student_loss_weight={decimal(number(values, "student_loss_weight"))},  # of the labels
)
distiller.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
distiller.fit(x_train, y_train)
"""


def _loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature, hard = number(values, "temperature"), number(values, "student_loss_weight")
    soft = temperature**2 * forward_kl(student, teacher, temperature)
    return hard * cross_entropy(student, labels) + (1 - hard) * soft


def as_by_default(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """What LogitsDistillation computes with ``loss`` at its default: one value an example."""
    given, wanted = ((logits / temperature).clamp(1e-7, 1) for logits in (student, teacher))
    return (wanted * (wanted / given).log()).sum(-1)


TOOL = Tool(
    name="keras",
    label="Keras (keras.distillation)",
    about="The distiller that comes with Keras, for any of its models.",
    defaults='temperature 3.0, loss "kl_divergence", student_loss_weight 0.5',
    texts="none",
    knobs=Knobs(
        temperature=f"{SOFTENS_TIMES_T2}, given KLDivergence()",
        alpha="student_loss_weight weighs the labels",
        beta="–",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="PyPI package keras",
            version="3.15.1",
            dated="2026-07",
            ran=True,
            files=(
                "keras/src/distillation/distillation_loss.py",
                "keras/src/distillation/distiller.py",
                "keras/src/losses/__init__.py",
                "keras/src/losses/losses.py",
            ),
        ),
    ),
    says=_says,
    language="python",
    snippet=_snippet,
    loss=_loss,
)


def _example_says(wish: Wish) -> Answer:
    return two_weights(
        wish,
        lambda temperature, hard, soft: {"temperature": temperature, "alpha": hard},
        "alpha is the weight of the labels there: the lab's 1 − α.",
        "Copies made before T² was added to the example do without it.",
        LOGITS,
    )


def _example_snippet(values: Values, wish: Wish) -> str:
    return f"""\
# with the class Distiller of the example
distiller = Distiller(student=student, teacher=teacher)
distiller.compile(
    optimizer=keras.optimizers.Adam(),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
    student_loss_fn=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    distillation_loss_fn=keras.losses.KLDivergence(),
    alpha={decimal(number(values, "alpha"))},  # of the labels
    temperature={decimal(number(values, "temperature"))},
)
distiller.fit(x_train, y_train)
"""


def _example_loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    temperature, hard = number(values, "temperature"), number(values, "alpha")
    soft = temperature**2 * forward_kl(student, teacher, temperature)
    return hard * cross_entropy(student, labels) + (1 - hard) * soft


EXAMPLE = Tool(
    name="keras-example",
    label="Keras example",
    about="The page “Knowledge Distillation” of Keras' examples, with a class of its own.",
    defaults="alpha 0.1, temperature 3 in the class, 10 in the call",
    texts="none",
    knobs=Knobs(
        temperature=SOFTENS_TIMES_T2,
        alpha="alpha weighs the labels",
        beta="–",
        own=NOT_WRITTEN,
    ),
    sources=(
        Source(
            name="keras-team/keras-io",
            version="501fb4c",
            dated="",
            files=("examples/vision/knowledge_distillation.py",),
        ),
    ),
    says=_example_says,
    language="python",
    snippet=_example_snippet,
    loss=_example_loss,
)
