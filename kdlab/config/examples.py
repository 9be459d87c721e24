"""Which data, and how much of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from kdlab.config.base import widget
from kdlab.config.brought import BroughtSettings


def count_or_word(value: Any) -> Any:
    """Accept "100" from a link as 100, keep a word, like "all"."""
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


Count = Annotated[
    Annotated[int, Field(ge=1, le=1_000_000)] | Literal["all"], BeforeValidator(count_or_word)
]


class Examples(BroughtSettings):
    """Which data, and how much of it."""

    dataset: str = Field(
        "digits",
        max_length=40,
        title="Data set",
        description="What is classified. digits (1,797 real 8x8 images) and the 2-D toys need no "
        "download; in text, each character is predicted from those before it.",
        json_schema_extra=widget("data"),
    )
    noise: float = Field(
        0.2,
        ge=0,
        le=1,
        title="Noise",
        description="2-D toys only: standard deviation of the Gaussian noise added to each point.",
        json_schema_extra=widget("data", unit="sd", high=0.6, step=0.05),
    )
    points: int = Field(
        1000,
        ge=60,
        le=20_000,
        title="Points",
        description="2-D toys only: how many points are made, before the split into training, "
        "validation and test.",
        json_schema_extra=widget("data", unit="points", low=200, high=4000, step=100),
    )
    train_limit: Count = Field(
        "all",
        title="Training examples used",
        description="Use at most this many training examples, in proportion to the classes: makes "
        "a large set quick to try.",
        json_schema_extra=widget("data", unit="examples"),
    )
    folder: str = Field(
        "",
        max_length=1000,
        title="Image folder, archive, table or text file",
        description="Data set 'images': a folder, zip or tar with <split>/<class>/*.png|jpg. Data "
        "set 'table': a .csv, .tsv, .parquet or .npz file. Data set 'text': a .txt file with one "
        "string per line. upload:... is a file that was loaded through the page.",
        json_schema_extra=widget("data"),
    )
    image_size: int = Field(
        32,
        ge=8,
        le=96,
        title="Image size",
        description="Data set 'images' only: side length to which the images are resized.",
        json_schema_extra=widget("data", unit="px"),
    )
    window: int = Field(
        6,
        ge=1,
        le=32,
        title="Window",
        description="Text only: how many characters a network sees to predict the next one.",
        json_schema_extra=widget("data", unit="characters", high=16, later=True),
    )
    grammar: str = Field(
        "",
        max_length=1000,
        title="Grammar",
        description="Data set 'grammar' only: its rules, like S -> 2 aB | b; B -> a | 3 bc. "
        "Empty: the lab's own, words with vowel harmony.",
        json_schema_extra=widget("data", later=True),
    )
    symbols: Literal["characters", "bytes"] = Field(
        "characters",
        title="Symbols",
        description="Data set 'text' only: what is predicted one after another. A text with many "
        "different characters, as in Chinese, has at most 256 different bytes (in UTF-8).",
        json_schema_extra=widget("data", later=True),
    )
