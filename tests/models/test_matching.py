"""Layers of other names: taken where each can be one only, else refused; and told."""

import itertools

import pytest
import safetensors.torch
import torch
from elsewhere import examples, trained
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from kdlab import models
from kdlab.errors import ModelError
from kdlab.models import matching, unnamed, weights

FAMILIES = [
    ("mlp-6-5", (1, 8, 8)), ("mlp-16-16-16", (1, 8, 8)), ("mlpbn-6", (1, 8, 8)),
    ("cnn-4-6", (1, 8, 8)), ("resnet8", (3, 16, 16)), ("wrn-16-1", (3, 16, 16)),
    ("vgg8", (3, 32, 32)), ("resnet50", (3, 16, 16)), ("mobilenetv2", (3, 32, 32)),
    ("shufflev1", (3, 16, 16)), ("shufflev2", (3, 16, 16)), ("gru-5", (6, 9)), ("gpt-2-4", (6, 9)),
]  # fmt: skip
HEADS = ("fc", "classifier", "head", "linear", "last_linear", "classifier.1", "heads.head", "out")
KINDS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
PREFIXES = (
    "", "module.", "_orig_mod.", "module._orig_mod.", "model.", "net.", "backbone.", "state_dict.",
    "state_dict.model.", "model_state.", "ema.module.", "student.", "0.",
)  # fmt: skip


def saved(state, told=None):
    return safetensors.torch.save({k: t.contiguous().clone() for k, t in state.items()}, told)


def head_of(name, shape):
    return models.embedding_point(name, shape).partition(":")[0]


def under(state, old, new):
    """With the layer ``old`` called ``new``."""
    return {
        f"{new}.{k.removeprefix(f'{old}.')}" if k.startswith(f"{old}.") else k: t
        for k, t in state.items()
    }


BUILT = {}


def built(name, shape):
    if name not in BUILT:
        BUILT[name] = trained(lambda: models.build(name, shape, 4, seed=1), shape)
    return BUILT[name]


def test_each_family_is_here():
    assert {models.find(name).name for name, _ in FAMILIES} == set(models.MODELS)


DRESSES = (
    st.sampled_from(PREFIXES), st.sampled_from(HEADS), st.sampled_from(KINDS), st.booleans(),
    st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize(("name", "shape"), FAMILIES)
def test_every_family_in_every_dress(name, shape):
    few = settings(max_examples=3 if name == "resnet50" else 12, deadline=None, derandomize=True)

    @few
    @given(st.tuples(*DRESSES))
    def dressed(dress):
        recognised(name, shape, *dress)

    dressed()


@torch.no_grad()
def recognised(name, shape, prefix, head, kind, counted, beside, told, asked):
    module, inputs = built(name, shape), examples(shape, 2)
    state = under(module.state_dict(), head_of(name, shape), head)
    state = {k: t.to(kind) if t.is_floating_point() else t for k, t in state.items()}
    state = {k: t for k, t in state.items() if counted or "num_batches" not in k}
    state = {prefix + k: t for k, t in state.items()}
    state |= {"optimizer.state.0.exp_avg": torch.ones(3)} if beside else {}
    words = {"architecture": name, "input_shape": str(list(shape)), "classes": "4"}
    found = weights.bring(saved(state, words if told else {}), name, shape, 4 if asked else 0)
    assert (found.architecture, found.input_shape, found.classes) == (name, shape, 4)
    network, tolerance = found.network(), 0.0 if kind in (KINDS[0], KINDS[3]) else 0.05
    expected = {k: t.to(kind).float() for k, t in module.named_parameters()}
    assert all(torch.equal(t, expected[k]) for k, t in network.named_parameters())
    if not tolerance:
        assert torch.equal(network(inputs), module(inputs))
    notes = " ".join(found.notes)
    assert ("'module'" in notes or "'_orig_mod'" in notes or "left out" in notes) == bool(
        prefix or beside
    )
    assert ("32 bits" in notes) == (kind != torch.float32)
    assert ("counters" in notes) == (
        not counted and "num_batches" in str(list(module.state_dict()))
    )
    assert ("does not say which network" in notes) == (not told)
    spoken = head == head_of(name, shape)
    assert spoken or repr(head) in notes or "have the names of" in notes


# -- a row of layers, by the numbers in their names -----------------------------------------------


def row(*layers):
    return nn.Sequential(*layers)


class Called(nn.Module):
    """The tutorial's network: each layer an attribute."""

    def __init__(self, *widths, words=("fc1", "fc2", "fc3", "fc4", "fc5")):
        super().__init__()
        self.words = words[: len(widths) - 1]
        for word, (a, b) in zip(self.words, itertools.pairwise(widths), strict=True):
            setattr(self, word, nn.Linear(a, b))

    def forward(self, x):
        x = x.flatten(1)
        for word in self.words[:-1]:
            x = getattr(self, word)(x).relu()
        return getattr(self, self.words[-1])(x)


def dropped(*widths):
    """Linear, ReLU and dropout: the numbers in the Sequential are others than without dropout, and
    some of them those of other layers there."""
    parts = [nn.Flatten()]
    for a, b in itertools.pairwise(widths):
        parts += [nn.Linear(a, b), nn.ReLU(), nn.Dropout()]
    return row(*parts[:-2])


ROWS = {
    "fc1 to fc4": ("mlp-8-8-8", lambda: Called(64, 8, 8, 8, 4)),
    "no flatten": ("mlp-9-8", lambda: nn.Sequential(nn.Flatten(), Called(64, 9, 8, 4))),
    "dropout between": ("mlp-8-8-8-8", lambda: dropped(64, 8, 8, 8, 8, 4)),
    "ten layers off": (
        "mlp-8-8",
        lambda: Called(64, 8, 8, 4, words=("l9", "l10", "l11")),
    ),
    "norms": (
        "mlpbn-8-8",
        lambda: row(
            nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(),
            nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 4),
        ),
    ),
    "conv and fc": (
        "cnn-4-4",
        lambda: nn.Sequential(
            nn.Sequential(
                nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            ),
            nn.Sequential(nn.Dropout(), nn.Linear(16, 4)),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
@torch.no_grad()
def test_a_row_of_layers_is_matched_by_shapes_and_numbers(case):
    name, make = ROWS[case]
    module, inputs = trained(make, (1, 8, 8)), examples((1, 8, 8))
    for classes in (4, 0):
        found = weights.bring(saved(module.state_dict()), name, (1, 8, 8), classes)
        torch.testing.assert_close(found.network()(inputs), module(inputs))
        assert "matched by their shapes" in " ".join(found.notes)
        assert "compare the teacher's accuracy" in " ".join(found.notes)


# -- where nothing is guessed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [("a", "b", "c", "d"), ("one", "fc2", "other3", "fc4"), ("in", "x1_1", "x2_2", "out")],
)
def test_layers_of_one_shape_are_not_guessed_at(words):
    module = Called(64, 8, 8, 8, 4, words=words)
    with pytest.raises(ModelError) as caught:
        weights.bring(saved(module.state_dict(), {}), "mlp-8-8-8", (1, 8, 8), 4).network()
    assert "4 of the 8 tensors of mlp-8-8-8 are missing ('3.weight', '3.bias'," in str(caught.value)
    assert f"4 in the file are left over ('{words[1]}.bias'" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"criterion.weight": torch.ones(4)}, "do not fit: 1 in the file is left over ('criterion"),
        ({"fc3.weight": torch.ones(9, 8)}, "2 of the 6 tensors of mlp-9-8 are missing ('5.weight'"),
        ({"fc1.bias": None}, "2 of the 6 tensors of mlp-9-8 are missing ('1.weight', '1.bias'), 1"),
    ],
)
def test_what_differs_is_told_of_layers_of_other_names_too(change, part):
    state = Called(64, 9, 8, 4).state_dict() | change
    state = {k: t for k, t in state.items() if t is not None}
    with pytest.raises(ModelError) as caught:
        weights.bring(saved(state, {}), "mlp-9-8", (1, 8, 8), 4).network()
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        ({"conv1.0": 1, "conv1.1": 1, "conv2.0": 1, "conv2.1": 1}, "two numbers differ"),
        ({"a.1": 1, "a.2": 1, "b.1": 1, "b.2": 1}, "two series"),
        ({"x1": 1, "x01": 1, "x2": 1, "x3": 1}, "one number twice"),
        ({"x1": 1, "x2": 1, "x3": 1}, "one less"),
        ({"x1": 1, "x2": 1, "x3": 1, "x4": 1, "x5": 1}, "one more"),
        ({"x1": 1, "x2": 1, "x3": 1, "x4": 2}, "another shape"),
    ],
)
def test_no_match(theirs, why):
    own = {f"{n}.weight": (1,) for n in range(4)}
    assert matching.matched({f"{k}.weight": (v,) for k, v in theirs.items()}, own) is None, why


def test_kinds_of_numbers_are_not_mixed_up():
    own = {"fc.weight": (4, 4), "fc.bias": (4,)}
    assert matching.matched({"x.weight": (4, 4), "x.scale": (4,)}, own) is None
    assert matching.matched({"x.weight": (4, 4), "y.bias": (4,)}, own) is None
    assert matching.matched({"x.weight": (4, 4), "x.bias": (4,)}, own) == {"fc": "x"}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.permutations(range(8)), st.integers(0, 20), st.sampled_from(["fc{}", "a.{}", "n.{}.l"]))
def test_numbers_decide_and_never_their_place_in_the_file(order, first, words):
    own = {f"{n}.weight": (4, 4) for n in range(1, 17, 2)}
    theirs = {words.format(first + n) + ".weight": (4, 4) for n in order}
    pairs = matching.matched(theirs, own)
    assert pairs == {str(2 * n + 1): words.format(first + n) for n in range(8)}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_what_is_matched_is_always_one_to_one_and_of_equal_shapes(data):
    layer = st.dictionaries(
        st.sampled_from(["weight", "bias"]), st.sampled_from([(2,), (2, 2), (3, 2)]), min_size=1
    )
    word = st.from_regex(r"\A[ab]?[0-3]?(\.[ab][0-3])?\Z")
    sides = [data.draw(st.dictionaries(word, layer, max_size=6)) for _ in range(2)]
    theirs, own = (
        {f"{n}.{leaf}": shape for n, parts in side.items() for leaf, shape in parts.items()}
        for side in sides
    )
    pairs = matching.matched(theirs, own)
    if pairs is not None:
        assert pairs.keys() == sides[1].keys()
        assert sorted(pairs.values()) == sorted(sides[0])
        assert all(sides[0][b] == sides[1][a] for a, b in pairs.items())


# -- which network it is --------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shape"), FAMILIES)
@torch.no_grad()
def test_a_file_that_fits_another_known_network_is_that(name, shape):
    other = {1: "mlp-3", 2: "mlp-3", 3: "resnet14" if shape[0] == 3 else "mlp-3"}[len(shape)]
    module, inputs = built(name, shape), examples(shape, 2)
    state = {f"net.{k}": t for k, t in module.state_dict().items()}
    for classes in (4, 0):
        found = weights.bring(saved(state), other, shape, classes)
        assert (found.architecture, found.classes) == (name, 4)
        assert torch.equal(found.network()(inputs), module(inputs))
        assert f"it is {name}, of which every tensor fits, and not {other}" in found.notes[0]


def test_a_file_that_says_its_network_is_no_other():
    module = built("mlp-6-5", (1, 8, 8))
    words = {"architecture": "mlp-3", "input_shape": "[1, 8, 8]", "classes": "4"}
    with pytest.raises(ModelError, match="mlp-3"):
        weights.bring(saved(module.state_dict(), words), "mlp-6-5", (1, 8, 8), 4).network()


def test_a_large_header_is_not_tried_on_every_network(monkeypatch):
    monkeypatch.setattr(unnamed, "_candidates", lambda *_: pytest.fail("tried"))
    assert unnamed.suited({str(n): (1,) for n in range(6000)}, (3, 32, 32)) is None


@pytest.mark.parametrize(
    "name", ["9" * 9000, "a." * 9000, "fc" + "7" * 5000, "٣", "²", "x\n*`[", "\ud800"[:0] + "é"]
)
def test_odd_names_are_only_names(name):
    state = {f"{name}.weight": torch.zeros(8, 64), f"{name}1.weight": torch.zeros(8, 64)}
    with pytest.raises(ModelError) as caught:
        weights.bring(saved(state, {}), "mlp-8", (1, 8, 8), 4).network()
    assert len(str(caught.value)) < 1000
