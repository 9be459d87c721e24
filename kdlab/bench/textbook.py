"""The loop that tutorials teach, as the reference for speed: one student, one batch at a time.

DataLoader over the training set, a teacher forward in every step, Adam, ``.item()`` for the log, an
evaluation after each epoch. Nothing in it is slow on purpose.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from kdlab import models
from kdlab.data.split import DataSplit


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
) -> float:
    """Train one student on all labels and the teacher; returns its validation accuracy."""
    student = models.build(student_name, split.shape, len(split.classes), seed)
    loader = DataLoader(
        TensorDataset(split.train.inputs, split.train.targets),
        batch_size=batch_size,
        shuffle=True,
        generator=torch.Generator().manual_seed(seed),
    )
    optimiser = torch.optim.Adam(student.parameters(), lr=learning_rate)
    teacher.eval()
    total, accuracy = 0.0, 0.0
    for _ in range(epochs):
        student.train()
        for inputs, targets in loader:
            with torch.no_grad():
                teacher_logits = teacher(inputs)
            logits = student(inputs)
            soft = F.kl_div(
                F.log_softmax(logits / temperature, dim=1),
                F.log_softmax(teacher_logits / temperature, dim=1),
                reduction="batchmean",
                log_target=True,
            )
            loss = (1 - alpha) * F.cross_entropy(logits, targets) + alpha * temperature**2 * soft
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item()
        student.eval()
        with torch.no_grad():
            right = student(split.validation.inputs).argmax(1) == split.validation.targets
        accuracy = right.double().mean().item()
    return accuracy
