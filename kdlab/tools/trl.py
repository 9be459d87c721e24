"""TRL: three trainers, in which temperature means three things.

GKD and MiniLLM follow Agarwal et al. 2024 (arXiv:2306.13649) and Gu et al. 2024 (arXiv:2306.08543).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab.tools.formulas import generalised
from kdlab.tools.phrases import OWN_ONLY, SOFTENS_ALONE, decimal, has_only, no_labels
from kdlab.tools.record import Answer, Fit, Knobs, Source, Tool, Values, number, tidy
from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

DIRECTIONS = ("soft-targets", "reverse-kl", "jsd")
LABELS_FIRST = "Labels alone are its SFTTrainer; train with that first, or add a loss of your own."


def direction(wish: Wish) -> float:
    """beta as TRL and ms-swift write it: 0 is forward KL, 1 reverse KL."""
    return {"reverse-kl": 1.0, "jsd": wish.beta}.get(wish.divergence, 0.0)


def jump(wish: Wish) -> str:
    """A sentence on what beta does near its ends; nothing where it is not near one."""
    if wish.divergence != "jsd" or 0.1 <= wish.beta <= 0.9:
        return ""
    return (
        "Near its ends beta is no knob between the two directions: the divergence goes to 0 there, "
        "and with it the gradient, and at 0 and 1 themselves it jumps to the whole KL."
    )


def _gkd_says(wish: Wish) -> Answer:
    values: Values = {"beta": direction(wish), "lmbda": wish.own, "temperature": 1.0}
    missing = has_only(wish, *DIRECTIONS)
    soft = (
        ""
        if wish.temperature == 1
        else "Its temperature is for sampling texts only: the loss is always taken at T = 1."
    )
    labels = no_labels(wish, LABELS_FIRST)
    fit: Fit = "no" if missing or soft or labels else "exactly"
    return Answer(fit=fit, values=values).with_notes(missing, soft, labels, jump(wish))


def _gkd_snippet(values: Values, wish: Wish) -> str:
    return f"""\
from trl.experimental.gkd import GKDConfig, GKDTrainer

args = GKDConfig(
    output_dir="distilled",
    beta={decimal(number(values, "beta"))},  # 0: forward KL, 1: reverse KL
    lmbda={decimal(number(values, "lmbda"))},  # chance that the student writes a batch's texts
    temperature={decimal(number(values, "temperature"))},  # of that sampling, not of the loss
)
trainer = GKDTrainer(
    model=student,
    teacher_model=teacher,
    args=args,
    train_dataset=dataset,
    processing_class=tokenizer,
)
trainer.train()
"""


def _gkd_loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    return generalised(student, teacher, 1.0, number(values, "beta"))


GKD = Tool(
    name="trl-gkd",
    label="TRL GKDTrainer",
    about="Distils language models on texts of the data, of the student, or both.",
    defaults="beta 0.5, lmbda 0.5, temperature 0.9",
    texts="any",
    knobs=Knobs(
        temperature="sampling only; the loss is at T = 1",
        alpha="–",
        beta="β: 0 is forward KL, 1 reverse KL",
        own="lmbda: chance that a batch is the student's",
    ),
    sources=(
        Source(
            name="PyPI package trl",
            version="1.16.0",
            dated="2026-10",
            ran=True,
            files=(
                "trl/experimental/gkd/gkd_trainer.py",
                "trl/experimental/gkd/gkd_config.py",
            ),
        ),
    ),
    says=_gkd_says,
    language="python",
    snippet=_gkd_snippet,
    loss=_gkd_loss,
)


def _distillation_says(wish: Wish) -> Answer:
    values: Values = {"beta": direction(wish), "temperature": wish.temperature}
    missing, labels = has_only(wish, *DIRECTIONS), no_labels(wish, LABELS_FIRST)
    fit: Fit = "no" if missing or labels else "exactly" if wish.temperature == 1 else "factor"
    return Answer(fit=fit, values=values, factor=tidy(wish.temperature**-2)).with_notes(
        missing,
        labels,
        "" if wish.temperature == 1 else
        "The same temperature is used when the student writes, which makes its texts wilder or "
        "tamer.",
        jump(wish),
    )  # fmt: skip


def _distillation_snippet(values: Values, wish: Wish) -> str:
    return f"""\
from trl import DistillationConfig, DistillationTrainer

args = DistillationConfig(
    output_dir="distilled",
    beta={decimal(number(values, "beta"))},  # 0: forward KL, 1: reverse KL
    temperature={decimal(number(values, "temperature"))},  # of the loss and of the sampling
)
trainer = DistillationTrainer(
    model=student,
    teacher_model=teacher,
    args=args,
    train_dataset=prompts,
    processing_class=tokenizer,
)
trainer.train()
"""


def _distillation_loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    return generalised(student, teacher, number(values, "temperature"), number(values, "beta"))


DISTILLATION = Tool(
    name="trl-distillation",
    label="TRL DistillationTrainer",
    about="Distils language models on the student's own texts.",
    defaults="beta 1.0, temperature 1.0, learning rate 1e-6",
    texts="own",
    knobs=Knobs(
        temperature=f"{SOFTENS_ALONE}; sampling too",
        alpha="–",
        beta="β: 0 is forward KL, 1 reverse KL",
        own=OWN_ONLY,
    ),
    sources=(
        Source(
            name="PyPI package trl",
            version="1.16.0",
            dated="2026-10",
            ran=True,
            files=(
                "trl/trainer/distillation_trainer.py",
                "trl/trainer/distillation_config.py",
                "trl/kernels/chunked_divergence.py",
            ),
        ),
    ),
    says=_distillation_says,
    language="python",
    snippet=_distillation_snippet,
    loss=_distillation_loss,
)


def _minillm_says(wish: Wish) -> Answer:
    values: Values = {
        "kd_temperature": wish.temperature,
        "single_step_decomposition": True,
        "rkl_advantage": False,
    }
    missing, labels = has_only(wish, "reverse-kl"), no_labels(wish, LABELS_FIRST)
    fit: Fit = "no" if missing or labels else "exactly" if wish.temperature == 1 else "factor"
    return Answer(fit=fit, values=values, factor=tidy(wish.temperature**-2)).with_notes(
        missing,
        labels,
        "Left on, as it is by default, rkl_advantage adds the same divergence once more, estimated "
        "from the sampled tokens.",
        "Padding counts in the mean: its mask is made of token numbers, which are never −100.",
        "The trainer left TRL with version 1.15.0: this is for trl<1.15.",
    )


def _minillm_snippet(values: Values, wish: Wish) -> str:
    return f"""\
from trl.experimental.minillm import MiniLLMConfig, MiniLLMTrainer  # trl<1.15

args = MiniLLMConfig(
    output_dir="distilled",
    kd_temperature={decimal(number(values, "kd_temperature"))},  # of the loss
    temperature=1.0,  # of the sampling
    single_step_decomposition={values["single_step_decomposition"]},  # the whole reverse KL
    rkl_advantage={values["rkl_advantage"]},  # not its estimate from sampled tokens besides
)
trainer = MiniLLMTrainer(
    model=student, teacher_model=teacher, args=args, train_dataset=prompts
)
trainer.train()
"""


def _minillm_loss(values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    return generalised(student, teacher, number(values, "kd_temperature"), 1.0)


MINILLM = Tool(
    name="trl-minillm",
    label="TRL MiniLLMTrainer",
    about="Distils language models by reverse KL on the student's own texts.",
    defaults="kd_temperature 1.0, single_step_decomposition on, rkl_advantage on, gamma 0",
    texts="own",
    knobs=Knobs(
        temperature=f"kd_temperature {SOFTENS_ALONE}; temperature is for sampling",
        alpha="–",
        beta="β: penalty of GRPO, no mixture",
        own=OWN_ONLY,
    ),
    sources=(
        Source(
            name="PyPI package trl",
            version="1.14.2",
            dated="2026-10",
            ran=True,
            files=(
                "trl/experimental/minillm/minillm_trainer.py",
                "trl/experimental/minillm/minillm_config.py",
            ),
        ),
    ),
    says=_minillm_says,
    language="python",
    snippet=_minillm_snippet,
    loss=_minillm_loss,
)
