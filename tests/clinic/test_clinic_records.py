"""What the articles say: every claim has its quotation, and the code does what is said of it."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kdlab.studies.claims.study import of_claim
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.clinic.claims import ARTICLES, CLAIMS, TOPICS, article
from kdlab.studies.clinic.code import DEFECTS


def hot(inputs=64 * 64 * 64):
    """The network that article 002 prints twice."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1), nn.Flatten(),
        nn.Linear(inputs, 10),
    )  # fmt: skip


def pooled(channels, side, x):
    """A network of article 003, with what it takes to run: F, and the function's right name."""
    first, second = (
        nn.Conv2d(3, channels // 2, 3, padding=1),
        nn.Conv2d(channels // 2, channels, 3, padding=1),
    )
    x = F.avg_pool2d(F.relu(second(F.relu(first(x)))), 2)
    return nn.Linear(channels * side * side, 10)(torch.flatten(x, 1))


def test_every_claim_has_a_trial_a_quotation_and_a_translation():
    assert list(CLAIMS) == list(TRIALS)
    for claim in CLAIMS.values():
        assert claim.article in ARTICLES
        assert any("\u4e00" <= sign <= "\u9fff" for sign in claim.quote)
        assert claim.translation.isascii()
        assert claim.reading.endswith((".", "?"))
    assert {claim.article for claim in CLAIMS.values()} == set(ARTICLES) == set(TOPICS)


def test_texts_name_an_article_by_its_number_and_its_topic():
    texts = Path(__file__).parents[2] / "assets" / "text" / "en"
    told = set()
    for path in texts.rglob("*.md"):
        text = " ".join(path.read_text(encoding="utf-8").split())
        assert not re.search(r"articles/\d", text), f"{path.name}: the name of a folder"
        for number in set(re.findall(r"[Aa]rticle (\d{3})", text)):
            words = article(number).removeprefix(f"{number}, ")
            assert re.search(rf"[Aa]rticle {number}(, | \(){words}", text), path.name
            told.add(number)
    assert told == set(TOPICS)


@pytest.mark.parametrize("name", ["most-models", "good-teacher", "alpha-trades-off"])
def test_a_reading_says_how_many_labels_the_student_sees(name):
    assert f" {of_claim(name).labels} labels" in CLAIMS[name].reading


def test_every_article_that_prints_code_has_its_places():
    assert {defect.article for defect in DEFECTS} == {"000", "001", "002", "003"}
    for defect in DEFECTS:
        tensorflow = defect.article in ("000", "001")
        assert not (tensorflow and defect.how == "executed"), "the lab has no TensorFlow"


def test_000_a_second_softmax_over_a_thousand_classes_says_nothing():
    surest = torch.zeros(1000, dtype=torch.float64)
    surest[0] = 1
    softened = (surest / 5).softmax(0)
    (said,) = [d.happens for d in DEFECTS if d.how == "computed" and d.article == "000"]
    assert f"{100 * softened[0]:.2f} %" in said
    assert f"{100 * softened[1]:.2f} %" in said


def test_002_only_images_of_one_size_fit():
    model = hot()
    assert model(torch.zeros(1, 3, 64, 64)).shape == (1, 10)
    assert model[3].in_features == 262_144
    for side in (32, 65, 224):
        with pytest.raises(RuntimeError):
            model(torch.zeros(1, 3, side, side))


def test_002_two_convolutions_without_activation_are_one_affine_map():
    both = hot()[:2].double()
    x, y = torch.randn(2, 1, 3, 8, 8, dtype=torch.float64)
    assert torch.allclose(both(0.3 * x + 0.7 * y), 0.3 * both(x) + 0.7 * both(y))


def test_002_the_cold_model_never_learns():
    torch.manual_seed(0)
    warm, cold = hot(64 * 8 * 8), hot(64 * 8 * 8)
    before = [p.clone() for p in cold.parameters()], [p.clone() for p in warm.parameters()]
    optimiser = torch.optim.Adam([*warm.parameters(), *cold.parameters()])
    for _ in range(3):
        optimiser.zero_grad()
        F.cross_entropy(warm(torch.randn(4, 3, 8, 8)), torch.arange(4)).backward()
        optimiser.step()
    assert all(torch.equal(a, b) for a, b in zip(before[0], cold.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(before[1], warm.parameters(), strict=True))
    count = [sum(p.numel() for p in net.parameters()) for net in (warm, cold)]
    assert count[0] == count[1]


def test_003_names_that_are_not_there():
    assert not hasattr(F, "avgpool2d")
    printed = "import torch\nimport torch.nn as nn\nimport torch.optim as optim\nF.relu"
    with pytest.raises(NameError, match="'F'"):
        exec(printed, {})


def test_003_no_image_fits_both_networks():
    fits = {}
    for name, channels, side in (("large", 64, 16), ("small", 32, 8)):
        for size in (8, 16, 32, 64):
            try:
                pooled(channels, side, torch.zeros(1, 3, size, size))
            except RuntimeError:
                continue
            fits.setdefault(name, []).append(size)
    assert fits == {"large": [32], "small": [16]}


def test_003_logits_are_taken_for_probabilities_and_the_loss_falls_without_end():
    targets = torch.tensor([[4.0, -3.0, -6.0]])
    losses = [
        nn.CrossEntropyLoss()(torch.tensor([[far, 0.0, 0.0]]), targets).item()
        for far in (10.0, 100.0, 1000.0)
    ]
    assert 0 > losses[0] > losses[1] > losses[2], "no distribution could give a negative one"
    assert losses[2] == pytest.approx(-9000)


def test_003_a_loss_without_backward_trains_nothing():
    large, small = nn.Linear(4, 3), nn.Linear(4, 3)
    before = large.weight.clone()
    optimiser = torch.optim.SGD(small.parameters(), lr=0.01)
    x, criterion = torch.randn(5, 4), nn.CrossEntropyLoss()
    criterion(large(x), torch.tensor([0, 1, 2, 0, 1]))
    optimiser.zero_grad()
    with torch.no_grad():
        target = large(x)
    criterion(small(x), target).backward()
    optimiser.step()
    assert torch.equal(large.weight, before)
    assert large.weight.grad is None


def test_003_the_printed_gradient_points_away():
    large, small = torch.tensor(3.0), torch.tensor(1.0, requires_grad=True)
    (0.5 * (large - small) ** 2).backward()
    assert small.grad.item() == (small - large).item()
    stepped = small.item() - 0.1 * (large - small).item()
    assert math.dist([stepped], [3.0]) > math.dist([1.0], [3.0])
