"""Networks in a browser, without PyTorch: the same logits, for every family."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.device import plain
from kdlab.device.network import Deployed
from kdlab.device.program import program_of
from kdlab.errors import ModelError
from kdlab.models.family import KINDS
from tests.device import small

EXACT = 1e-4
"""Of the range of the logits."""

NETWORKS = [
    ("mlp-7-6", (2,)),
    ("mlp-16", (1, 8, 8)),
    ("mlp-9", (6, 9)),
    ("mlpbn-9-6", (1, 8, 8)),
    ("mlpbn-5", (2,)),
    ("cnn-5-6", (3, 9, 14)),
    ("resnet8", (3, 16, 12)),
    ("resnet20", (1, 8, 8)),
    ("resnet8x4", (3, 8, 8)),
    ("wrn-16-1", (3, 16, 12)),
    ("vgg8", (3, 16, 16)),
    ("vgg8", (1, 64, 64)),
    ("resnet50", (3, 9, 10)),
    ("mobilenetv2", (3, 32, 32)),
    ("shufflev1", (3, 16, 16)),
    ("shufflev2", (3, 18, 15)),
    ("gru-7-5", (6, 9)),
    ("gpt-2-12", (6, 9)),
    ("gpt-1-8", (3, 9)),
]


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    page.add_script_tag(content=plain.forward_script())
    yield page
    page.close()


def in_browser(page, network, raw):
    """Logits (N, C) of the network's program in the browser."""
    told = page.evaluate(
        """([program, rows]) => {
          const network = createNetwork(program);
          return rows.map((raw) => Array.from(network.logits(raw)));
        }""",
        [json.loads(json.dumps(program_of(network).as_json())), raw.flatten(1).tolist()],
    )
    return np.array(told)


def in_python(network, raw):
    with torch.no_grad():
        return Deployed(network)(raw).double().numpy()


def apart(page, network, raw):
    """The largest difference of a logit, as a share of their range."""
    here, there = in_python(network, raw), in_browser(page, network, raw)
    assert here.shape == there.shape
    return np.abs(here - there).max() / np.ptp(here)


@pytest.mark.parametrize(("name", "shape"), NETWORKS, ids=lambda v: str(v).replace(" ", ""))
def test_a_browser_gives_the_logits_of_pytorch(page, name, shape):
    network = small.network(name, shape)
    assert apart(page, network, small.raw(network, 4)) <= EXACT


@pytest.mark.parametrize(
    ("name", "shape"), [("mlp-7-6", (2,)), ("mlp-16", (1, 8, 8)), ("mlp-12-5", (1, 28, 28))]
)
def test_an_mlp_is_the_same_program_without_pytorch(name, shape):
    network = small.network(name, shape)
    layers = [
        (each.weight.detach().numpy(), each.bias.detach().numpy())
        for each in network.module.modules()
        if isinstance(each, nn.Linear)
    ]
    about = {f: getattr(network, f) for f in ("role", "architecture", "origin", "classes", "shape")}
    about |= {"mean": network.mean, "std": network.std}
    assert plain.mlp(layers, **about) == program_of(network).as_json()


def test_every_family_is_among_them_with_every_kind_of_data_it_reads():
    tried = {(models.find(name).name, KINDS[len(shape)]) for name, shape in NETWORKS}
    assert {family for family, _ in tried} == models.MODELS.keys()
    assert {kind for family, kind in tried if family == "mlp"} == set(KINDS.values())


def test_an_input_does_not_change_what_the_next_one_is_answered(page):
    network = small.network("wrn-16-1", (3, 8, 8))
    raw = small.raw(network, 2)
    there = in_browser(page, network, torch.cat([raw, raw.flip(0)]))
    assert np.array_equal(there[0], there[3])
    assert np.array_equal(there[1], there[2])


def test_a_trained_student_of_real_digits(page, digits_split):
    from kdlab.device.network import Network, raw_inputs

    torch.manual_seed(0)
    module = models.build("mlpbn-16", digits_split.shape, 10, seed=0)
    optimiser = torch.optim.Adam(module.parameters(), 0.01)
    for _ in range(30):
        optimiser.zero_grad()
        train = digits_split.train
        nn.functional.cross_entropy(module(train.inputs), train.targets).backward()
        optimiser.step()
    network = Network(
        "distilled", "mlpbn-16", module.eval(), digits_split.shape, digits_split.classes,
        digits_split.mean, digits_split.std,
    )  # fmt: skip
    raw = raw_inputs(digits_split, digits_split.test.only(slice(100)))
    assert apart(page, network, raw) <= EXACT


class Odd(nn.Module):
    """Networks that are none of the lab's."""

    def __init__(self, what):
        super().__init__()
        self.what = what
        self.layer = nn.Linear(4, 3)

    def forward(self, x):
        return self.what(self.layer(x))


@pytest.mark.parametrize(
    ("what", "named"),
    [
        (torch.tanh, "tanh"),
        (lambda x: x.mean(1, keepdim=True), "mean"),
        (lambda x: x[:, 0:2], "getitem"),
    ],
)
def test_an_unknown_operation_is_named(what, named):
    odd = small.network("mlp-3", (4,))
    odd = replace(odd, module=Odd(what), architecture="odd-3")
    with pytest.raises(ModelError, match=f"odd-3 uses .*{named}"):
        program_of(odd)


def test_windows_of_every_form(page):
    """The lab's own kernels are square and their borders count as zeros: others would, too."""
    layers = nn.Sequential(
        nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), groups=2),
        nn.AvgPool2d((2, 3), 1, (1, 1), count_include_pad=False),
        nn.ReLU(),
        nn.MaxPool2d((3, 2), 2, (1, 0)),
        nn.Conv2d(6, 6, 3, padding=1, groups=6),
        nn.Conv2d(6, 12, 1, groups=6),
        nn.BatchNorm2d(12),
        nn.ReLU(),
        nn.Flatten(),
        nn.LazyLinear(5),
    )
    own = small.network("cnn-2", (4, 9, 8))
    layers(torch.zeros(1, 4, 9, 8))
    network = replace(own, module=small.drawn(layers), architecture="odd-4")
    assert apart(page, network, small.raw(network, 4)) <= EXACT


def test_norms_are_folded_and_the_module_stays_as_it_was():
    network = small.network("resnet8", (3, 8, 8))
    before = {k: v.clone() for k, v in network.module.state_dict().items()}
    program = program_of(network)
    after = network.module.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert not any(each._forward_hooks for each in network.module.modules())
    assert {step["op"] for step in program.steps} == {"conv", "add", "mean", "linear"}
    folded = 2 * sum(m.num_features for m in network.module.modules() if hasattr(m, "running_var"))
    assert program.weights.size < program.parameters
    assert program.weights.size == program.parameters - folded // 2
