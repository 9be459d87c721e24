"""The families that read text, and the sizes of their networks, without building one: no torch.

An input is a window of W characters, (W, symbols): one-hots, the oldest character first. Both
networks read it character by character and answer at the last one with the logits of the next.
"""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.models.family import Family, Layer, linear

GATES = 3
"""Of a GRU, each as wide as its state: reset, update, and the new state."""

WIDER = 4
"""Times the width: the hidden layer behind the attention of a transformer."""

HEAD = 16
"""Numbers of each character that one head of attention reads."""


def heads_of(width: int) -> int:
    """Heads of attention: ``width`` / 16 of them, or the next smaller number that divides it.

    >>> [heads_of(width) for width in (8, 16, 64, 96, 40, 50)]
    [1, 1, 4, 6, 2, 2]
    """
    return next(n for n in range(max(1, width // HEAD), 0, -1) if width % n == 0)


def gru_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """For each layer the products of what it reads and of its state, at every character."""
    characters, inputs = input_shape[-2:]
    for width in GRU.sizes_in(name):
        for each in (inputs, width):
            yield linear(each, GATES * width)._replace(sides=(characters, 1))
        inputs = width
    yield linear(inputs, classes)


def gpt_layers(name: str, input_shape: tuple[int, ...], classes: int) -> Iterator[Layer]:
    """An embedding of characters and of their places, then for each block queries, keys and values,
    the attention's outputs, and two layers of an MLP. Only the last character is asked what comes
    next: all of the last block but its keys and values is computed for it alone."""
    characters, symbols = input_shape[-2:]
    widths = GPT.sizes_in(name)
    width, norm = widths[0], 2 * widths[0]
    yield Layer(symbols, width, sides=(characters, 1), beside=characters * width)
    for block in range(1, len(widths) + 1):
        asked = characters if block < len(widths) else 1
        scores = asked * characters * width
        at, everywhere = (asked, 1), (characters, 1)
        yield Layer(width, width, sides=at, beside=width + norm, between=2 * scores)
        yield Layer(width, 2 * width, sides=everywhere)
        yield Layer(width, width, sides=at, beside=width + norm)
        yield Layer(width, WIDER * width, sides=at, beside=WIDER * width)
        yield Layer(WIDER * width, width, sides=at, beside=width)
    last = linear(width, classes)
    yield last._replace(beside=last.beside + norm)


def layer_ends(name: str, input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The end of each layer at the last character."""
    family = GRU if name.startswith("gru-") else GPT
    return tuple(f"layers.{n}.last" for n in range(len(family.sizes_in(name))))


GRU = Family(
    name="gru",
    label="GRU",
    about="A recurrent network: reads a text character by character, and gates decide what it "
    "keeps of what it has read.",
    unit="states",
    examples=("gru-256", "gru-32"),
    paper="Cho et al. 2014, arXiv:1406.1078",
    accepts=("text",),
    layers=gru_layers,
    hints=layer_ends,
    sizes=(2, 4, 8, 16, 32, 64, 128, 256, 512),
    max_size=1024,
    stacks=True,
    keeps=1.5,
)

GPT = Family(
    name="gpt",
    label="Small transformer",
    about="A causal transformer, as large language models are: each character looks back at the "
    "ones before it. The first number is how many layers, the second their width.",
    unit="width",
    examples=("gpt-2-96", "gpt-1-32"),
    paper="Vaswani et al. 2017, arXiv:1706.03762; norms first and learned places: Radford et al. "
    "2019, Language models are unsupervised multitask learners (GPT-2)",
    accepts=("text",),
    layers=gpt_layers,
    hints=layer_ends,
    sizes=(4, 8, 16, 32, 48, 64, 96, 128, 192, 256),
    max_size=512,
    uniform=True,
    stacks=True,
    keeps=4.0,
)
