"""Networks that read text, as a stand-alone script has them: their own source, plainly."""

from __future__ import annotations

import pytest
import torch

from kdlab import models
from kdlab.export.bundle import Bundle
from kdlab.export.networks import KNOWN, maker
from kdlab.export.recipe import Recipe

SHAPE = (6, 9)


@pytest.mark.parametrize("name", ["mlp-5-4", "mlpbn-5", "gru-5", "gru-6-4", "gpt-1-8", "gpt-2-32"])
def test_the_script_makes_the_same_network(name):
    data = Recipe("", SHAPE, str(SHAPE[0]), "7", "")
    text = maker("student", name, data)
    bundle = Bundle(KNOWN, {}, {"nn": ("torch", "nn")})
    bundle.follow(text)
    modules = [module for module in bundle.modules if module.startswith("kdlab.models")]
    assert modules == bundle.modules, "nothing but what makes networks"
    lines = [*bundle.import_lines(), "CLASSES = 7", bundle.written(modules, {"CLASSES"}), text]
    script = "\n".join(lines)
    assert "kdlab" not in script
    assert bundle.packages == ["torch"]
    names: dict = {}
    exec(compile(script, name, "exec"), names)
    torch.manual_seed(3)
    theirs = names["student"]()
    ours = models.build(name, SHAPE, 7, seed=3)
    assert theirs.state_dict().keys() == ours.state_dict().keys()
    for key, value in ours.state_dict().items():
        assert torch.equal(theirs.state_dict()[key], value)
    x = torch.rand(4, *SHAPE, generator=torch.Generator().manual_seed(0))
    assert torch.equal(theirs(x), ours(x))
