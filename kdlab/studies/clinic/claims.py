"""CLAIMS: statements of five articles that an experiment can test, word for word.

The articles are in Chinese; they are named by their number and topic, and each quotation is a
sentence or part of one. How a claim is tested: :data:`kdlab.studies.claims.trials.TRIALS`, by the
same name.
"""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.studies.claims.records import ClaimName

ARTICLES: dict[str, str] = {
    "000": "000_83102a5b9d7d2468.txt",
    "001": "001_ed475db6b74a6dd9.txt",
    "002": "002_9881b42c5b867a09.txt",
    "003": "003_585f808a10227791.txt",
    "004": "004_cdd0568f548385f0.txt",
}
"""Number -> file."""
TOPICS: dict[str, str] = {
    "000": "model distillation with a temperature",
    "001": "a small model from a large one's weights",
    "002": "hot and cold models",
    "003": "deep distillation",
    "004": "teacher, student and soft labels",
}
"""Number -> what it is about, in a few words: the files bear no titles."""


def article(number: str) -> str:
    """How a reader is told of an article: ``002, on hot and cold models``."""
    return f"{number}, on {TOPICS[number]}"


@dataclass(frozen=True)
class Claim:
    """One statement. ``article`` is its number; ``reading`` says what was made of it in the test,
    and what the test leaves open."""

    name: ClaimName
    article: str
    section: str
    quote: str
    translation: str
    reading: str


_RECORDS = (
    Claim(
        "temperature-generalises",
        "000",
        "2.3",
        "较高的温度参数会生成更平滑的软目标，从而提高学生模型的泛化能力。",
        "A higher temperature gives smoother soft targets and so improves the generalisation of "
        "the student.",
        "If it were so, each step from T = 1 to 4, 16 and 64 would raise the test accuracy.",
    ),
    Claim(
        "temperature-compresses",
        "002",
        "2",
        "当温度较高时，模型的压缩程度较低，模型的性能较高；当温度较低时，模型的压缩程度较高，模型的性能较低。",
        "At a higher temperature the model is compressed less and performs better; at a lower one "
        "it is compressed more and performs worse.",
        "Parameters are counted at T = 1 and T = 16, and the accuracies compared.",
    ),
    Claim(
        "keeps-the-accuracy",
        "003",
        "1",
        "它可以在保持模型准确性的同时，显著减小模型的大小。",
        "It can shrink the model considerably while its accuracy is kept.",
        "Three students of growing size; kept means at most one point below the teacher. All "
        "articles say it, article 002 with the reserve that some performance may be lost.",
    ),
    Claim(
        "never-reaches-the-teacher",
        "004",
        "3.3",
        "对于某些任务来说，蒸馏后的模型性能仍然无法完全达到教师模型的水平。",
        "For some tasks the distilled model still cannot quite reach the level of its teacher.",
        "Three students, the largest as large as the teacher. The claim speaks of some tasks: one "
        "student that stays below bears it out, and none here could refute it.",
    ),
    Claim(
        "improves-the-student",
        "000",
        "6.3",
        "模型蒸馏可以将教师模型的知识迁移到学生模型，从而提高学生模型的性能。",
        "Distillation moves the teacher's knowledge to the student and so improves the student.",
        "With 50, 200 and all labels, each beside the same student on these labels alone. The "
        "teacher answers on every training image.",
    ),
    Claim(
        "dark-knowledge",
        "004",
        "3.1",
        "即使是错误分类的输出也包含了有关数据的有用信息。",
        "Even the outputs for wrong classes carry useful information about the data.",
        "No image of a 3 is shown: what a student on soft targets alone knows of it, it has from "
        "the teacher's wrong classes (Hinton, Vinyals and Dean 2015, section 3). All labels.",
    ),
    Claim(
        "alpha-trades-off",
        "004",
        "4.2",
        "α 是一个权衡因子。",
        "Alpha is a factor that balances the two.",
        "If there is something to balance, a value between is better than both ends: 0.5, which "
        "article 000 takes, beside 0 and 1. The student sees 100 labels, all of them right.",
    ),
    Claim(
        "good-teacher",
        "000",
        "3.1",
        "首先，需要训练一个高性能的教师模型。",
        "First a teacher of high performance has to be trained.",
        "Teachers after 0, 1, 3 and 20 epochs; if the claim is to matter, each step helps. The "
        "student sees 100 labels.",
    ),
    Claim(
        "most-models",
        "002",
        "8",
        "知识蒸馏技术适用于大多数模型。",
        "Knowledge distillation suits most models.",
        "An MLP, one with batch norm, and a small CNN, each beside itself on labels only. They see "
        "100 labels; what more labels change is tested under another claim (Distillation improves "
        "the student).",
    ),
    Claim(
        "squared-error",
        "003",
        "3",
        "优化小型模型的参数，使其在低分辨率图像上的输出尽可能接近大型模型的输出，从而最小化损失函数。",
        "The parameters of the small model are optimised so that its outputs come as near as "
        "possible to those of the large one, which minimises the loss.",
        "The squared error of logits beside labels only, and beside soft targets.",
    ),
    Claim(
        "layer-by-layer",
        "002",
        "8",
        "对于一些深度神经网络模型，可能需要进行层次化的知识蒸馏，以实现更好的压缩和加速效果。",
        "Some deep networks may have to be distilled layer by layer, to compress and accelerate "
        "them better.",
        "A student of three layers learns by hints, layer from layer, for half of its epochs and "
        "then by soft targets (Romero et al. 2015), or by soft targets all the time. The claim "
        "says some and may: one network cannot refute it. More is on Layer by layer.",
    ),
    Claim(
        "weights-of-the-teacher",
        "001",
        "3",
        "首先，加载大型模型的权重，并将其加载到较小模型中。",
        "First the weights of the large model are loaded and put into the smaller one.",
        "All weights fit only into a network of the same shape. What can be tried is one layer of "
        "the same shape as a start.",
    ),
    Claim(
        "tuned-on-validation",
        "001",
        "3",
        "在验证集上进行微调。这个过程包括调整较小模型的参数，以确保其性能与大型模型相当。",
        "Fine-tune on the validation set: adjust the parameters of the smaller model to assure "
        "that it performs like the large one.",
        "The distilled student goes on with the labels of the validation images, as article 001 "
        "does. What was for judging is then used up.",
    ),
    Claim(
        "low-resolution",
        "003",
        "2",
        "它通过在低分辨率图像上训练一个大型模型来生成高分辨率图像，从而实现模型压缩。",
        "By training a large model on images of low resolution to make images of high resolution "
        "it compresses the model.",
        "Making images is a different task, not compression. What its code hints at can be tried: "
        "a student that sees half the resolution, taught by a teacher that sees all of it.",
    ),
    Claim(
        "little-data",
        "003",
        "6, Q2",
        "深度蒸馏可能会导致模型的泛化能力受到限制，尤其是在有限的训练数据集下。",
        "Distillation may limit the generalisation of the model, above all with little training "
        "data.",
        "100 training images for teacher and student alike, and enough steps for both, with all "
        "labels and with 30 of them. The claim says may: one case in which the distilled student "
        "is worse bears it out.",
    ),
    Claim(
        "bigger-is-better",
        "004",
        "1.1",
        "模型的复杂性与其性能往往成正比。",
        "The complexity of a model is often in proportion to its performance.",
        "Networks of 4, 16, 64 and 256 units on all labels. The claim says often: one step that "
        "helps bears it out, and steps that bring nothing do not refute it.",
    ),
    Claim(
        "faster",
        "000",
        "6.2",
        "模型蒸馏可以降低模型的计算复杂度，从而提高模型的推理速度。",
        "Distillation lowers the computational cost of the model and so makes inference faster.",
        "Operations and time of an image with teacher and student, and with the same student on "
        "labels only: is it distillation that makes it faster?",
    ),
)

CLAIMS: dict[str, Claim] = {claim.name: claim for claim in _RECORDS}
"""Name -> record, in the order of the page."""
