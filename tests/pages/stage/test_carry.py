"""From one page to another with the same settings, and what is said of those that stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from told import words

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.search.experiment import SEARCH
from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.studies import EXPERIMENTS
from pages.ui.stage.carry import carried, pages
from tests.patience import PATIENCE

PAGES = Path(__file__).parents[3] / "pages"
MOONS = DistilConfig(
    dataset="moons", noise=0.3, teacher="mlp-64", student="mlp-4", labels=20, seeds=3, epochs=40,
    learning_rate=0.02, temperature=2.0, alpha=0.6, label_noise=0.1,
)  # fmt: skip


def titles(*names):
    fields = [str(DistilConfig.model_fields[name].title) for name in names]
    return tuple(title[:1].lower() + title[1:] for title in fields)


@pytest.mark.parametrize("to", [to for _, to in pages()], ids=lambda to: to.name)
def test_data_networks_and_training_go_along_to_every_page(to):
    given = MOONS if to.name not in ("resolution", "augmentation") else DistilConfig(seeds=3)
    found = carried(given, to)
    if found.config is None:
        assert found.problem
        return
    for name in ("dataset", "noise", "teacher", "teacher_epochs", "labels", "student", "seeds"):
        assert getattr(found.config, name) == getattr(given, name)


def test_a_map_looks_at_the_cell_of_the_run_and_gives_it_back():
    found = carried(MOONS, SWEEP)
    assert found.config is not None
    assert found.left == ()
    assert isinstance(found.config, SweepConfig)
    cell = found.config.row * len(found.config.alphas) + found.config.column
    assert found.config.cell(cell) == MOONS


def test_values_that_a_map_does_not_have_are_said():
    found = carried(MOONS.model_copy(update={"temperature": 3.0}), SWEEP)
    assert found.left == titles("temperature", "alpha")
    assert f"Left behind: {', '.join(found.left)}" in found.sentence()


def test_epochs_that_nobody_changed_are_those_of_the_other_page_and_said():
    found = carried(DistilConfig(), SWEEP)
    assert found.own == (f"{titles('epochs')[0]} 30",)
    assert found.config == SweepConfig(row=3, column=6)
    assert carried(DistilConfig(epochs=90), SWEEP).config.epochs == 90


def test_what_a_search_finds_itself_stays_and_is_said():
    found = carried(MOONS.model_copy(update={"method": "dkd"}), SEARCH)
    assert set(found.left) == set(titles("student", "method", "temperature", "alpha"))
    assert carried(MOONS, EXPERIMENTS["temperature"]).left == titles("temperature")


def test_a_schedule_stays_with_the_run():
    turned = DistilConfig(schedule="10:2:0.5")
    assert titles("schedule")[0] in carried(turned, SWEEP).left


def test_settings_that_a_page_cannot_take_are_said_and_no_link():
    found = carried(MOONS, EXPERIMENTS["resolution"])
    assert found.config is None
    assert "It cannot take these settings" in found.sentence()


def test_axes_and_budgets_stay_as_their_page_was_left():
    own = SweepConfig(x_axis="labels", label_counts=(10, 20), epochs=7).model_dump()
    found = carried(MOONS, SWEEP, own)
    assert found.config.x_axis == "labels"
    assert found.config.epochs == 40, "of what both have, that of this page"
    assert carried(found.config, DISTILL).config.dataset == "moons"


def test_a_map_gives_the_run_of_the_cell_that_was_chosen_and_says_so_where_none_was(manager, store):
    page = AppTest.from_file(PAGES / "distil" / "map.py", default_timeout=PATIENCE)
    for name, value in {"dataset": "moons", "column": "5", "row": "2"}.items():
        page.query_params[name] = value
    page.run()
    page.session_state["map.elsewhere.1"] = True
    page.run()
    assert not page.exception
    live = words(page).split("[Live distillation](?")[1].split(")")[0]
    for part in ("dataset=moons", "temperature=2.0", "alpha=0.6", "epochs=30"):
        assert part in live
    found = carried(SweepConfig(dataset="moons"), DISTILL)
    assert set(found.left) == set(titles("temperature", "alpha"))


def test_the_menu_leads_on_from_every_kind_of_page(manager, store):
    for script, others in (
        ("distil/live.py", ("Map of two settings", "Find me a student", "Which teacher?")),
        ("distil/map.py", ("Live distillation", "Find me a student")),
        ("distil/search.py", ("Live distillation", "Map of two settings")),
        ("teach/temperature.py", ("Live distillation", "Map of two settings", "Several teachers")),
    ):
        page = AppTest.from_file(PAGES / script, default_timeout=PATIENCE)
        page.query_params["dataset"] = "moons"
        page.query_params["labels"] = "20"
        page.run()
        assert not page.exception
        assert "dataset=moons" not in words(page), "nothing is made before it is opened"
        name = "study.temperature" if script.startswith("teach") else Path(script).stem
        page.session_state[f"{name}.elsewhere.1"] = True
        page.run()
        told = words(page)
        for title in others:
            assert f"[{title}](?dataset=moons" in told
        assert f"[{Path(script).stem.title()}](" not in told


def test_a_link_may_hide_the_menu(manager, store):
    page = AppTest.from_file(PAGES / "distil" / "live.py", default_timeout=PATIENCE)
    page.query_params["hide"] = "elsewhere"
    page.session_state["live.elsewhere.1"] = True
    page.run()
    assert "[Map](" not in words(page)
    assert "hides nothing" not in words(page)
