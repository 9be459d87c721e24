"""What stands at the top of a script. A configuration gives the values; those here are only so that
the parts can be imported. This file is never copied."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch

STUDENTS = 5
THREADS = 1
TRAIN_LIMIT: int | Literal["all"] = "all"
TEMPERATURE = 4.0
ALPHA = 0.9
EPOCHS = 100
BATCH_SIZE = 128
LEARNING_RATE = 0.01
TEACHERS = 1
TEACHER_FILE = "teacher.safetensors"
TEACHER_LEARNING_RATE = 0.003
DATA_FOLDER = Path("images")
IMAGE_SIZE = 32
WINDOW = 6
TEXT_FILE = Path("text.txt")
SYMBOLS: Literal["characters", "bytes"] = "characters"
TABLE_FILE = Path("table.csv")
SEPARATOR = ","
ENCODING = "utf-8-sig"
DECIMAL: Literal["point", "comma"] = "point"
TARGET = "class"
CLASS_NAMES = ["no", "yes"]
INPUTS: dict[str, str | list[str]] = {"age": "number", "colour": ["blue", "red"]}
GROUP_COLUMN = "patient"
SPLIT_COLUMN = "split"
CLASSES = 10
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
