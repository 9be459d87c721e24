"""Accuracy and bits: what is shown, and which differences are gains."""

from __future__ import annotations

import math

import pytest
import torch

from kdlab.measure import metrics
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.measures import ACCURACY, BITS, MEASURES


def test_bits_are_the_cross_entropy_to_the_base_two():
    logits = torch.randn(3, 5, 40, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(40) % 5
    expected = [
        float(torch.nn.functional.cross_entropy(z.t(), targets)) / math.log(2) for z in logits
    ]
    assert metrics.bits(logits, targets) == pytest.approx(expected, abs=1e-6)
    even = torch.zeros(1, 8, 4)
    assert metrics.bits(even, torch.tensor([0, 1, 2, 7])) == pytest.approx([3.0])


def test_fewer_bits_are_better():
    saved = paired_gain([3.7, 3.8, 3.6], [3.2, 3.3, 3.15], measure=BITS)
    assert saved.mean == pytest.approx(-0.4833, abs=1e-3)
    assert saved.verdict == "helped"
    assert saved.holds is True
    assert "Distillation helped" in saved.sentence()
    assert "−0.48 bits per character" in saved.told()
    worse = paired_gain([3.2, 3.3, 3.15], [3.7, 3.8, 3.6], measure=BITS)
    assert worse.verdict == "hurt"
    assert paired_gain([3.2, 3.3], [3.3, 3.2], measure=BITS).verdict == "unclear"


def test_a_gain_in_bits_is_read_back_and_one_of_accuracy_is_written_as_ever():
    saved = paired_gain([3.7, 3.8, 3.6], [3.2, 3.3, 3.15], measure=BITS)
    assert Gain.of(saved.as_dict()) == saved
    plain = paired_gain([0.5, 0.6], [0.7, 0.7])
    assert plain.as_dict().keys() == {"mean", "ci95", "seeds"}
    assert Gain.of(plain.as_dict()).measure is ACCURACY
    assert saved.within() == saved, "bits have no end to be cut at"


def test_numbers_are_shown_in_their_units():
    assert ACCURACY.shown(0.9312) == "93.1 %"
    assert BITS.shown(3.4142) == "3.41 bits"
    assert BITS.difference(-0.4242) == "−0.42"
    assert ACCURACY.difference(0.031) == "+3.1"
    assert [m.better(1.0) for m in MEASURES.values()] == [1.0, -1.0]
