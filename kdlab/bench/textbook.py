"""The loop that tutorials teach, as the reference for speed: one student, one batch at a time.

DataLoader over the training set, a teacher forward in every step, Adam, ``.item()`` for the log, an
evaluation after each epoch. Nothing in it is slow on purpose.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from kdlab import models
from kdlab.bench.reference import distilled
from kdlab.data.split import DataSplit
from kdlab.training.loop import device, to_device


def distil(
    split: DataSplit,
    teacher: nn.Module,
    student_name: str,
    *,
    epochs: int,
    temperature: float,
    alpha: float,
    seed: int,
    batch_size: int = 128,
    learning_rate: float = 0.01,
    as_in_the_lab: bool = False,
) -> float:
    """Train one student on all labels and the teacher; returns its validation accuracy.

    ``as_in_the_lab`` gives it the schedule of the lab instead of a constant learning rate, and an
    evaluation on test images beside the one on validation images.
    """
    where = device()  # where the lab trains, too
    student = models.build(student_name, split.shape, len(split.classes), seed).to(where)
    teacher = copy.deepcopy(teacher).to(where).eval()
    validation, test = to_device(split.validation, where), to_device(split.test, where)
    loader = DataLoader(
        TensorDataset(split.train.inputs, split.train.targets),
        batch_size=batch_size,
        shuffle=True,
        generator=torch.Generator().manual_seed(seed),
    )
    optimiser = torch.optim.Adam(student.parameters(), lr=learning_rate)
    schedule = None
    if as_in_the_lab:
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            max_lr=learning_rate,
            total_steps=epochs * len(loader) + 1,
            cycle_momentum=False,
        )
    total, accuracy = 0.0, 0.0
    for _ in range(epochs):
        student.train()
        for batch in loader:
            inputs, targets = (part.to(where) for part in batch)
            with torch.no_grad():
                teacher_logits = teacher(inputs)
            loss = distilled(student(inputs), teacher_logits, targets, temperature, alpha)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if schedule is not None:
                schedule.step()
            total += loss.item()
        student.eval()
        with torch.no_grad():
            right = student(validation.inputs).argmax(1) == validation.targets
            if as_in_the_lab:
                student(test.inputs).argmax(1)
        accuracy = right.double().mean().item()
    return accuracy
