"""What a reader reads: no phrase that readers stumbled over, one name for alpha, labels instead of
names of settings, and help beside every control."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.experiments.run.language import Language
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.studies import EXPERIMENTS
from pages.ui.shell.refusals import in_labels, sentence
from pages.ui.understand.in_tools import InTools
from pages.ui.understand.modes import ModesSettings
from pages.ui.understand.views import LossSettings

ROOT = Path(__file__).parents[3]
STUMBLED = (
    "brings out", "under one budget", "pulls on", "passes over the", "transfer set",
    "would be a mistake", "their luck", "cell that validation", "validation chooses",
    "validation sees", "does not set how far", "one look at", "kept answers", "right and never",
    "folder is empty", "told from the seeds", "apart from the seeds", "blew up",
    "cannot be told from", "cannot be told here", "came to no number", "is there twice",
    "the page anew", "used for longest, of whoever", "nobody can tell", "surely better",
    "have the same luck", "is told so", "flatter itself", "whoever looks",
    "no difference that can be told", "nothing can be told",
)  # fmt: skip
"""Phrases that a native reader has to puzzle over."""
MODELS = {*(e.config for e in EXPERIMENTS.values()), FullRunConfig, LossSettings}
MODELS |= {InTools, Language, ModesSettings}


def texts() -> Iterator[tuple[str, str]]:
    """(file, text) of whatever a reader may see: Markdown, strings in pages, components and core,
    without comments and docstrings."""
    for path in (ROOT / "assets" / "text").rglob("*.md"):
        yield path.name, path.read_text(encoding="utf-8")
    for path in (ROOT / "pages").rglob("*.js"):
        code = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        yield path.name, code
    for folder in ("pages", "kdlab"):
        for path in (ROOT / folder).rglob("*.py"):
            if "bench" not in path.parts:
                yield f"{path.parent.name}/{path.name}", "\n".join(strings(path))


def strings(path: Path) -> Iterator[str]:
    """The strings of a script that are no docstrings; of one with values in it, the text around
    them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
        for part in node.values
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
        elif isinstance(node, ast.Constant) and id(node) not in said | inside:
            yield str(node.value)


def test_no_reader_meets_a_phrase_that_others_stumbled_over():
    found = [
        (name, phrase)
        for name, text in texts()
        for phrase in STUMBLED
        if phrase in " ".join(text.lower().split())
    ]
    assert found == []


def test_the_strings_that_are_searched_are_those_that_readers_see():
    """The search is no better than its reading: texts of each kind are in it, docstrings not."""
    everything = " ".join(" ".join(text.split()) for _, text in texts())
    assert DistilConfig.model_fields["seeds"].description in everything
    assert "Which settings mattered (PED-ANOVA)" in everything
    assert "all others down" in everything
    assert "GFLOPs to answer all test … once." in everything
    assert "The charts of a run: pure functions" not in everything


def test_alpha_has_one_name_in_the_texts():
    for path in (ROOT / "assets" / "text").rglob("*.md"):
        words = re.sub(
            r"^## .*$|\\alpha|`[^`]*`|\{\{[\w ]+:", "", path.read_text("utf-8"), flags=re.M
        )
        assert not re.search(r"\balpha\b", words), path.name


@pytest.mark.parametrize("model", sorted(MODELS, key=lambda m: m.__name__))
def test_every_setting_has_a_label_and_help_in_whole_sentences(model):
    for name, field in model.model_fields.items():
        assert field.title, name
        assert field.title[0].isupper() or field.title[0] == "α", name
        assert field.description, name
        assert field.description[-1] in ".)", name
        assert "alpha" not in field.title, name


WIDGETS = {
    "slider", "select_slider", "selectbox", "toggle", "checkbox", "radio", "number_input",
    "text_input", "multiselect", "segmented_control", "pills",
}  # fmt: skip


def test_every_control_with_a_label_on_screen_has_help():
    without = [
        f"{path.name}:{call.lineno}"
        for path in (ROOT / "pages").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in WIDGETS
        and not {"help", "label_visibility"} & {keyword.arg for keyword in call.keywords}
    ]
    assert without == []


@pytest.mark.parametrize(
    ("received", "said"),
    [
        ("alpha is 1.5", "“Weight α” is 1.5."),
        (
            "method is 'labels-only' and alpha is 1",
            "“Method” is 'labels-only' and “Weight α” is 1.",
        ),
        ("temperature is 0; seeds is 65", "“Temperature T” is 0; “Seeds” is 65."),
        ("student is 'alpha is'", "“Student” is 'alpha is'."),
        ("mlp-9999 has a layer of size 9,999", "mlp-9999 has a layer of size 9,999."),
        ("the student is larger", "The student is larger."),
        ("labels is 5000", "“Labels the student sees” is 5000."),
    ],
)
def test_a_refusal_is_a_sentence_with_the_labels_beside_the_controls(received, said):
    error = ConfigError(received, "a number", "Change alpha")
    assert sentence(error, DistilConfig) == f"{said} Allowed: a number. Change “Weight α”."


def test_a_refusal_on_the_command_line_names_its_options():
    with pytest.raises(ConfigError) as refused:
        DistilConfig.parse({"alpha": 2})
    assert str(refused.value).startswith("alpha is 2.")
    assert in_labels(str(refused.value), DistilConfig).endswith("Change “Weight α”.")
