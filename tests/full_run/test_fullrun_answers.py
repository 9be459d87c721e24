"""The teacher's answers: those of exactly these views, kept or not."""

import numpy as np
import pytest
import torch
from small_runs import CPU, config, noise, ran, tensors

from kdlab import models
from kdlab.events import FullEpoch, StageStarted
from kdlab.full_run.engine.answers import FREE_SHARE, PAYS, Answers, plan_cache
from kdlab.full_run.engine.images import Views

SIZE, CLASSES = 300, 5


@pytest.fixture(scope="module")
def views():
    return Views(noise(SIZE, (1, 8, 8), CLASSES), 1, True, CPU)


def teacher():
    """With running statistics that are not those of any batch."""
    module = models.build("resnet8", (1, 8, 8), CLASSES, 3)
    rng = torch.Generator().manual_seed(1)
    for name, tensor in module.state_dict().items():
        if "running" in name:
            tensor.uniform_(0.5, 1.5, generator=rng)
    return module


def drawn(seed, views):
    rng = np.random.default_rng(seed)
    return rng.permutation(views.size), rng.integers(0, views.count, views.size)


def told(answers, view, own):
    """(table, how many had to be computed)"""
    *_, (done, total) = answers.prepare(view, own)
    assert done == total
    return answers.table.clone(), total


@torch.no_grad()
def one_by_one(module, views, view):
    return torch.cat(
        [
            module(views.batch(torch.tensor([n]), torch.tensor([int(view[n])])))
            for n in range(len(view))
        ]
    )


@pytest.mark.parametrize("keep", [False, True])
def test_the_table_holds_the_logits_of_these_views(views, keep):
    module = teacher().train()
    before = {name: t.clone() for name, t in module.state_dict().items()}
    answers = Answers(module, views, CLASSES, "fp32", keep=keep)
    for epoch in (1, 2, 3):
        order, view = drawn(epoch, views)
        table, _ = told(answers, view, order)
        torch.testing.assert_close(
            table, one_by_one(module.eval(), views, view), rtol=1e-4, atol=1e-4
        )
        assert not table.requires_grad
        assert not table.is_inference()
    assert not any(part.training for part in module.modules())
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(p.grad is None for p in module.parameters())


def test_only_views_that_are_new_are_computed(views):
    kept = Answers(teacher(), views, CLASSES, "fp32", keep=True)
    fresh = Answers(teacher(), views, CLASSES, "fp32", keep=False)
    seen = np.zeros((views.size, views.count), dtype=bool)
    for epoch in range(6):
        order, view = drawn(epoch, views)
        unseen = int((~seen[np.arange(views.size), view]).sum())
        seen[np.arange(views.size), view] = True
        assert unseen == views.size if epoch == 0 else 0 < unseen < views.size
        table, computed = told(kept, view, order)
        assert computed == unseen
        again, all_of_them = told(fresh, view, order)
        assert all_of_them == views.size
        # batches were put together in another way: the numbers are the same to the last bit
        assert torch.equal(table, again)
    order, view = drawn(0, views)
    assert told(kept, view, order)[1] == 0
    assert torch.equal(told(kept, view, order)[0], told(fresh, view, order)[0])


def test_an_answer_is_the_same_after_a_resume(views):
    """Whoever goes on has no answers kept, and sees the images of the next epoch only."""
    kept = Answers(teacher(), views, CLASSES, "fp32", keep=True)
    for epoch in (1, 2, 3):
        order, view = drawn(epoch, views)
        through, _ = told(kept, view, order)
    resumed, computed = told(Answers(teacher(), views, CLASSES, "fp32", keep=True), view, order)
    assert computed == views.size
    assert torch.equal(through, resumed)


def test_a_share_of_the_images_is_answered_for_alone(views):
    order, view = drawn(5, views)
    whole, _ = told(Answers(teacher(), views, CLASSES, "fp32", keep=False), view, order)
    for keep in (False, True):
        part, computed = told(
            Answers(teacher(), views, CLASSES, "fp32", keep=keep), view, order[:7]
        )
        assert computed == 7
        assert torch.equal(part[order[:7]], whole[order[:7]])
        assert not part[order[7:]].any()


def test_answers_of_16_bits_are_kept_as_they_are(views):
    order, view = drawn(2, views)
    tables = [
        told(Answers(teacher(), views, CLASSES, "bf16", keep=keep), view, order)[0]
        for keep in (False, True)
    ]
    assert torch.equal(*tables)
    exact, _ = told(Answers(teacher(), views, CLASSES, "fp32", keep=False), view, order)
    assert not torch.equal(exact, tables[0])
    torch.testing.assert_close(exact, tables[0], rtol=0.1, atol=0.1)


# -- whether they are kept --------------------------------------------------------------------


def plan(asked="auto", images=1000, views=162, classes=100, precision="fp32", draws=480, free=1e12):
    return plan_cache(asked, images, views, classes, precision, draws, int(free))


def test_the_cache_takes_what_the_plan_says(views):
    for precision in ("fp32", "bf16"):
        size = plan("on", views.size, views.count, CLASSES, precision).bytes
        assert Answers(teacher(), views, CLASSES, precision, keep=True).bytes == size
    assert Answers(teacher(), views, CLASSES, "fp32", keep=False).bytes == 0
    # the published case: 50,000 images of CIFAR-100, 162 views
    assert plan(images=50_000).bytes == 50_000 * 162 * 100 * 4


def test_auto_keeps_answers_that_fit_and_pay():
    size = plan().bytes
    assert plan().on
    assert "saves" in plan().reason
    assert plan(free=size / FREE_SHARE + 10).on
    full = plan(free=size / FREE_SHARE - 10)
    assert (full.on, full.reason) == (False, "it does not fit")
    once = plan(draws=1)
    assert (once.on, once.saved) == (False, 0.0)
    assert "save 0 %" in once.reason
    few = next(draws for draws in range(1, 480) if plan(draws=draws).on)
    assert plan(draws=few - 1).saved < PAYS <= plan(draws=few).saved


def test_on_and_off_are_obeyed():
    assert plan("on", free=0).on
    assert plan("on", draws=1).on
    assert not plan("off").on
    assert plan("off").saved == plan("on").saved == plan().saved > 0.5


@pytest.mark.parametrize(("views", "draws"), [(9, 4), (18, 60), (162, 240), (1, 5)])
def test_the_share_that_is_saved_is_that_of_a_simulation(views, draws):
    rng = np.random.default_rng(0)
    shown = rng.integers(0, views, (2000, draws))
    different = np.mean([len(set(row.tolist())) for row in shown])
    assert plan(views=views, draws=draws).saved == pytest.approx(1 - different / draws, abs=0.01)


def test_a_run_tells_of_the_cache_and_its_students_do_not_feel_it(tmp_path):
    runs = {
        asked: ran(tmp_path / asked, view_cache=asked, seeds=2, epochs=3) for asked in ("on", "off")
    }
    for asked, folder in runs.items():
        events, _ = folder.read()
        cache = next(
            e.cache for e in events if isinstance(e, StageStarted) and e.stage == "distilled"
        )
        assert cache["on"] is (asked == "on")
        assert cache["views"] == 9
        assert cache["bytes"] == 300 * 9 * 10 * 4
        answered = [(e.stage, e.seed, e.answered) for e in events if isinstance(e, FullEpoch)]
        assert all(share == 0 for stage, _, share in answered if stage != "distilled")
        shares = [share for stage, _, share in answered if stage == "distilled"]
        if asked == "off":
            assert shares == [1.0] * 6
        else:
            # six draws among nine views; the second seed profits from the first one's answers
            assert shares[0] == 1.0
            assert shares == sorted(shares, reverse=True)
            assert shares[-1] == pytest.approx((8 / 9) ** 5, abs=0.1)
    ours, theirs = (tensors(folder) for folder in runs.values())
    for name, state in ours.items():
        for key, tensor in state.items():
            assert torch.equal(tensor, theirs[name][key]), (name, key)


def test_auto_is_told_with_its_reason(tmp_path):
    folder = ran(tmp_path / "run", epochs=1)
    caches = [e.cache for e in folder.read()[0] if isinstance(e, StageStarted)]
    assert caches[:2] == [{}, {}]
    assert caches[2]["on"] is False
    assert "save 0 %" in caches[2]["reason"]
    assert config(epochs=1).view_cache == "auto"
