"""The part of a script that is about its data: how they are read, and what networks meet."""

from __future__ import annotations

import re
import textwrap

from kdlab.config.schema import DataConfig
from kdlab.data import find, known_inputs, text_sizes, uploads
from kdlab.data.text import grammar, names
from kdlab.data.vision import TORCHVISION
from kdlab.export.recipe import LOAD, Recipe, loaded, path_of
from kdlab.export.tables import own_table, sklearn_table
from kdlab.export.text import WIDTH, quoted

_OWN = """\
IMAGES = read_images()
CHANNELS = IMAGES[0][0].shape[1]
CLASSES = int(IMAGES[0][1].max()) + 1
"""
_NAMES = '''\
ALPHABET = ("end", *"abcdefghijklmnopqrstuvwxyz")


{load}

# The surnames, the most frequent first.
SURNAMES = """
{names}
"""
'''
_GRAMMAR = """\
STRINGS = expanded(*parsed(GRAMMAR))
ALPHABET = alphabet_of(STRINGS)
CLASSES = len(ALPHABET)
"""
_OWN_TEXT = """\
STRINGS = read_strings()
ALPHABET = alphabet_of(STRINGS)
CLASSES = len(ALPHABET)
"""


def recipe(config: DataConfig) -> Recipe:
    """How the data of ``config`` are read without the lab; ConfigError for an unknown data set."""
    dataset = find(config.dataset)
    classes = str(len(dataset.classes or ()))
    if dataset.kind == "points":
        cut = f"cut({config.dataset}, POINTS, NOISE, TRAIN_LIMIT)"
        constants = {
            "POINTS": repr(config.points),
            "NOISE": f"{config.noise!r}  # standard deviation",
        }
        about = f"points in the plane ({config.dataset})"
        text = LOAD.format(f"standard_points(*{cut})")
        return Recipe(text, (2,), "2", classes, about, constants)
    if dataset.name == "digits":
        about = "handwritten digits, 8x8 pixels, which come with scikit-learn"
        text = LOAD.format("standard_images(*digits())")
        return Recipe(text, (1, 8, 8), "1", classes, about)
    if dataset.name in TORCHVISION:
        assert dataset.shape is not None
        kind = TORCHVISION[dataset.name]
        text = LOAD.format(f"standard_images(*published(torchvision.datasets.{kind}))")
        folder = 'os.environ.get("KDLAB_DATA", "data")  # downloaded once'
        about = f"{kind} as torchvision downloads it"
        shape = dataset.shape
        return Recipe(text, shape, str(shape[0]), classes, about, {"DATA_FOLDER": folder})
    if dataset.kind == "text":
        return _text(config)
    if dataset.kind == "table":
        return own_table(config) if dataset.classes is None else sklearn_table(config)
    return _own_images(config)


def _own_images(config: DataConfig) -> Recipe:
    """The classes and channels of one's own images are known when they have been read."""
    note = (
        "# With <split>/<class>/*.png|jpg, or <class>/*.png|jpg in it; unpack an archive first.\n"
        "# What the lab reads beyond that, like classes two folders deep, is refused here.\n"
    )
    name = config.folder
    if name.startswith("upload:"):
        title = uploads.title(name)
        name = "images"
        note += f"# Here {quoted(title)}, as the lab had it, unpacked into this folder.\n"
    constants = {"DATA_FOLDER": path_of("DATA_FOLDER", name), "IMAGE_SIZE": f"{config.image_size}"}
    shape = (3, config.image_size, config.image_size)
    about = "your own images, a folder for each class"
    text = _OWN + "\n\n" + LOAD.format("standard_images(*IMAGES)")
    return Recipe(text, shape, "CHANNELS", "", about, constants, {"DATA_FOLDER": note})


def _text(config: DataConfig) -> Recipe:
    """The strings of a text data set: in the script themselves, drawn by it, or in a file.
    DataError where that cannot be read."""
    known = known_inputs(config)
    if known is None:
        text_sizes(config)  # says why it cannot be read
    assert known is not None, "what has a size has classes"
    constants = {"WINDOW": f"{config.window}  # characters that a network is shown"}
    load = LOAD.format("text_tensors({}, ALPHABET)")
    if config.dataset == "names":
        about = "12,000 surnames of the U.S. census of 1990, at the end of the section Data"
        surnames = textwrap.fill(" ".join(names.surnames()), WIDTH)
        text = _NAMES.format(load=load.format("divided(SURNAMES.split())"), names=surnames)
        return Recipe(text, known.shape, "WINDOW", str(len(known.classes)), about, constants)
    if config.dataset == "grammar":
        about = "strings that are drawn from a small grammar, whose rules are GRAMMAR"
        constants["GRAMMAR"] = _rules(config.grammar or grammar.HARMONY)
        notes = {"GRAMMAR": _comment(grammar.FORM)}
        text = f"{_GRAMMAR}\n\n{load.format('drawn(STRINGS)')}"
        return Recipe(text, known.shape, "WINDOW", "", about, constants, notes, "CLASSES")
    title = uploads.title(config.folder)
    name, note = config.folder.strip(), "# Each line is one string.\n"
    if name.startswith(uploads.PREFIX):
        name = "text.txt"
        note += loaded(title)
    constants["TEXT_FILE"] = path_of("TEXT_FILE", name)
    constants["SYMBOLS"] = f"{quoted(config.symbols)}  # characters or bytes"
    text = f"{_OWN_TEXT}\n\n{load.format('own_parts(STRINGS, ALPHABET)')}"
    about, notes = "a text of your own, line by line", {"TEXT_FILE": note}
    return Recipe(text, known.shape, "WINDOW", "", about, constants, notes, "CLASSES")


def _rules(text: str) -> str:
    """The rules of a grammar as Python text, one a line where there are too many for one line."""
    whole = "; ".join(
        re.sub(r"\s", " ", rule).strip() for rule in re.split(r"[;\n]", text) if rule.strip()
    )
    if len(f"GRAMMAR = {quoted(whole)}") <= WIDTH:
        return quoted(whole)
    rules = re.split(r"(?<=; )", whole)
    lines = [line for r in rules for line in textwrap.wrap(r, WIDTH - 6, drop_whitespace=False)]
    return "(\n" + "".join(f"    {quoted(line)}\n" for line in lines) + ")"


def _comment(text: str) -> str:
    text = f"{text[0].upper()}{text[1:]}."
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ") + "\n"
