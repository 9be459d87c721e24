from __future__ import annotations

import dataclasses

import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig
from kdlab.events import Measured, TeacherReady
from kdlab.experiments.run.history import fold
from kdlab.experiments.run.stage_costs import break_even, pays, stages

CONFIG = DistilConfig(epochs=4, teacher_epochs=7, seeds=3)
EVENTS = events_of(CONFIG)
TEACHER, STUDENT = 2 * 301_066, 2 * 1210
"""FLOPs of an answer, in the stand-in's events."""


def by_name(history, config=CONFIG):
    return {stage.name: stage for stage in stages(history, config)}


def test_training_counts_three_passes_of_every_image_in_every_epoch():
    found = by_name(fold(EVENTS))
    assert found["Train the teacher"].flops == 3 * 1097 * 7 * TEACHER
    assert found["Train one student"].flops == 3 * 1097 * 4 * STUDENT


def test_the_teacher_answers_every_image_of_all_parts_once():
    stage = by_name(fold(EVENTS))["Ask the teacher"]
    assert stage.flops == (1097 + 200 + 500) * TEACHER
    assert "1,797" in stage.note


def test_seconds_are_those_of_the_run_and_one_student_has_its_share():
    found = by_name(fold(EVENTS))
    assert found["Train the teacher"].seconds == 2.0
    assert found["Train one student"].seconds == pytest.approx(1.0 / 6)
    assert found["One answer of the student"].seconds == pytest.approx(1210 / 1e6 / 1000)


def test_a_teacher_from_the_store_says_so_and_loaded_weights_have_no_known_training():
    ready = TeacherReady(validation_accuracy=0.9, cached=True, seconds=0.0)
    kept = [ready if isinstance(e, TeacherReady) else e for e in EVENTS]
    assert by_name(fold(kept))["Train the teacher"].note == "from the store"
    loaded = CONFIG.model_copy(update={"teacher_weights": "ab"})
    stage = by_name(fold(EVENTS), loaded)["Train the teacher"]
    assert (stage.flops, stage.seconds) == (None, None)


def test_nothing_is_told_before_the_end():
    assert stages(fold(EVENTS[:-1]), CONFIG) == []
    assert break_even(fold(EVENTS[:-1]), CONFIG) is None


def test_a_student_pays_back_what_it_cost_and_one_as_large_never_does():
    extra = (1097 + 200 + 500) * TEACHER + 3 * 1097 * 4 * STUDENT
    count = break_even(fold(EVENTS), CONFIG)
    assert (count - 1) * (TEACHER - STUDENT) < extra <= count * (TEACHER - STUDENT)
    same = [
        dataclasses.replace(e, models=dict.fromkeys(e.models, e.models["teacher"]))
        if isinstance(e, Measured)
        else e
        for e in EVENTS
    ]
    assert break_even(fold(same), CONFIG) is None
    assert pays(fold(EVENTS), CONFIG).startswith("Counted in FLOPs, the student has paid")
    assert "it never pays" in pays(fold(same), CONFIG)


def test_the_tab_shows_the_stages_beside_the_sizes():
    from pages.ui.live import numbers

    table = numbers.effort_table(fold(EVENTS), CONFIG)
    assert table["Stage"].tolist()[:2] == ["Train the teacher", "Ask the teacher"]
    assert table["MFLOPs"].tolist()[0] == f"{3 * 1097 * 7 * TEACHER / 1e6:,.0f}"
    assert table["MFLOPs"].tolist()[-1] == "0.00242"
    assert table["Seconds"][1] == ""
