"""MISTAKES: what people get wrong when they distil, as code beside the code that is right.

The pieces of code are the reader's own, in plain PyTorch: ``z_s`` and ``z_t`` are logits of student
and teacher, ``T`` and ``alpha`` as everywhere. What to look for, and in whose code each was found,
stands in ``assets/text/<language>/studies/mistakes.md``, one section a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

MistakeName = Literal[
    "misaligned",
    "teacher-learns",
    "softmax-twice",
    "temperature-on-probabilities",
    "logits-as-targets",
    "no-square",
    "mean-reduction",
    "alpha-swapped",
    "reversed-kl",
    "teacher-in-training-mode",
    "student-in-evaluation-mode",
    "untrained-teacher",
    "untrained-student",
    "same-size",
    "best-on-test",
    "int8-ranges",
    "by-heart",
]


@dataclass(frozen=True)
class Mistake:
    """One mistake. ``settings`` are those under which it shows best, where the study's own are not;
    ``fault`` says that a step or a loss goes wrong (:data:`kdlab.training.arms.faults.FAULTS`),
    otherwise the arms differ in what they are made of."""

    name: MistakeName
    title: str
    wrong: str
    right: str
    fault: bool = True
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


NOISY = MappingProxyType(
    {"labels": "all", "label_noise": 0.5, "alpha": 0.8, "temperature": 6.0, "student": "mlp-64"}
)
"""Half of the labels are wrong: it matters how much the student listens to its teacher."""

_RECORDS = (
    Mistake(
        "misaligned",
        "Stored answers of other images",
        "cache = [teacher(x) for x, _ in shuffled]\n"
        "for (x, y), z_t in zip(shuffled, cache):  # shuffled anew\n"
        "    loss = kd(student(x), z_t)",
        "cache = teacher(x_train)  # in the order of the data\n"
        "for index in batches(len(x_train)):\n"
        "    loss = kd(student(x_train[index]), cache[index])",
    ),
    Mistake(
        "teacher-learns",
        "A gradient reaches the teacher",
        "z_t = teacher(x)\n"
        "params = [*student.parameters(), *teacher.parameters()]\n"
        "kd(z_s, z_t).backward(); Adam(params).step()",
        "with torch.no_grad():\n"
        "    z_t = teacher(x)\n"
        "kd(z_s, z_t).backward(); Adam(student.parameters()).step()",
    ),
    Mistake(
        "softmax-twice",
        "Softmax applied twice",
        "student = Sequential(..., Linear(64, 10), Softmax(1))\n"
        "z_s = student(x)\n"
        "loss = kl(log_softmax(z_s / T, 1), softmax(z_t / T, 1))",
        "student = Sequential(..., Linear(64, 10))  # logits\n"
        "z_s = student(x)\n"
        "loss = kl(log_softmax(z_s / T, 1), softmax(z_t / T, 1))",
    ),
    Mistake(
        "temperature-on-probabilities",
        "Temperature on probabilities",
        "p_t = teacher(x).softmax(1)\ntarget = softmax(p_t / T, 1)",
        "z_t = teacher(x)\ntarget = softmax(z_t / T, 1)",
        settings=NOISY,
    ),
    Mistake(
        "logits-as-targets",
        "Raw logits as targets of a cross-entropy",
        "z_t = teacher(x)\nloss = F.cross_entropy(z_s, z_t)  # accepted, and no distribution",
        "p_t = softmax(teacher(x) / T, 1)\nloss = T**2 * F.cross_entropy(z_s / T, p_t)",
    ),
    Mistake(
        "no-square",
        "The factor T² is missing",
        "soft = kl(log_softmax(z_s / T, 1), softmax(z_t / T, 1))\n"
        "loss = (1 - alpha) * hard + alpha * soft",
        "soft = kl(log_softmax(z_s / T, 1), softmax(z_t / T, 1))\n"
        "loss = (1 - alpha) * hard + alpha * T**2 * soft",
        settings=NOISY,
    ),
    Mistake(
        "mean-reduction",
        "KLDivLoss as it comes",
        "kl = nn.KLDivLoss()  # mean over examples and classes\n"
        "soft = T**2 * kl(log_softmax(z_s / T, 1), softmax(z_t / T, 1))",
        'kl = nn.KLDivLoss(reduction="batchmean")\n'
        "soft = T**2 * kl(log_softmax(z_s / T, 1), softmax(z_t / T, 1))",
        settings=NOISY,
    ),
    Mistake(
        "alpha-swapped",
        "α of the other convention",
        "alpha = 0.9  # of a paper that weighs the labels with it\n"
        "loss = alpha * hard + (1 - alpha) * soft",
        "alpha = 0.9  # weighs the distillation term\nloss = (1 - alpha) * hard + alpha * soft",
        fault=False,
        settings=NOISY,
    ),
    Mistake(
        "reversed-kl",
        "KL in the wrong direction",
        "p_s, log_p_t = softmax(z_s / T, 1), log_softmax(z_t / T, 1)\n"
        'soft = F.kl_div(log_p_t, p_s, reduction="batchmean")  # KL(s || t)',
        "log_p_s, p_t = log_softmax(z_s / T, 1), softmax(z_t / T, 1)\n"
        'soft = F.kl_div(log_p_s, p_t, reduction="batchmean")  # KL(t || s)',
    ),
    Mistake(
        "teacher-in-training-mode",
        "Teacher in training mode",
        "teacher.train()  # or eval() was never called\n"
        "with torch.no_grad():\n"
        "    z_t = teacher(x)  # batch norm looks at the batch, and moves",
        "teacher.eval()\nwith torch.no_grad():\n    z_t = teacher(x)",
    ),
    Mistake(
        "student-in-evaluation-mode",
        "Student left in evaluation mode",
        "student.train()\nfor epoch in range(epochs):\n    learn(); student.eval(); validate()",
        "for epoch in range(epochs):\n    student.train(); learn()\n    student.eval(); validate()",
    ),
    Mistake(
        "untrained-teacher",
        "A teacher that was never trained",
        "teacher = resnet18(num_classes=10)  # first weights\nteacher.eval()",
        "teacher = resnet18(num_classes=10)\n"
        "teacher.load_state_dict(trained)\n"
        "assert accuracy(teacher, validation) > 0.9",
        fault=False,
    ),
    Mistake(
        "untrained-student",
        "A student that is never trained",
        "optimiser = Adam(teacher.parameters())\nloss.backward(); optimiser.step()",
        "optimiser = Adam(student.parameters())\nloss.backward(); optimiser.step()",
        fault=False,
    ),
    Mistake(
        "same-size",
        "A student as big as the teacher",
        "teacher, student = make(128, 128), make(128, 128)\n# nothing became smaller",
        "teacher, student = make(128, 128), make(32)\n"
        "print(count(student) / count(teacher))  # 0.09 on 8x8 digits",
        fault=False,
    ),
    Mistake(
        "best-on-test",
        "The best epoch on test images is reported",
        "best = max(accuracy(student, test) for each epoch)\nprint(best)",
        "# the last epoch, or the best on validation images\nprint(accuracy(student, test))",
        fault=False,
    ),
    Mistake(
        "int8-ranges",
        "int8 with ranges of images on another scale",
        "images = (train / 255).astype(uint8)  # the file takes 0 to 255\n"
        'quantize_static("student.onnx", "int8.onnx", reader(images))',
        "images = train  # as the file will get them, 0 to 255\n"
        'quantize_static("student.onnx", "int8.onnx", reader(images))',
        fault=False,
        settings=MappingProxyType({"student": "cnn-8-16"}),
    ),
    Mistake(
        "by-heart",
        "Trees are asked of the rows they grew on",
        "forest.fit(X_train, y_train)\np_t = forest.predict_proba(X_train)  # the labels, by heart",
        "folds = partial(cross_val_predict, cv=5, method='predict_proba')\n"
        "p_t = folds(forest, X_train, y_train)  # each row by the others\n"
        "forest.fit(X_train, y_train)  # for all other rows",
        settings=MappingProxyType({"teacher": "forest-30", "labels": 20}),
    ),
)

MISTAKES: dict[str, Mistake] = {mistake.name: mistake for mistake in _RECORDS}
"""Name -> record, in the order of the page."""
