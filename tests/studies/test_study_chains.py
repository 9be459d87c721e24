from __future__ import annotations

import pytest
from made_histories import CLASSES, made, said

from kdlab.errors import KdlabError
from kdlab.experiments.study.run import run
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies.chains import ChainsConfig, plan
from kdlab.training.arms import ArmStudents, Peer


def test_every_link_learns_from_the_one_before():
    config = ChainsConfig(generations=2, assistant="mlp-64")
    arms = {arm.name: arm for arm in plan(config, CLASSES).arms}
    assert arms["assistant"].student == "mlp-64"
    assert arms["via the assistant"].teachers == (ArmStudents("assistant"),)
    assert arms["from the middle"].teachers == (ArmStudents("middle"),)
    assert arms["generation 1"].teachers == (ArmStudents("labels only"),)
    assert arms["generation 2"].teachers == (ArmStudents("generation 1"),)
    assert "generation 3" not in arms
    peers = arms["peers"]
    assert (peers.teachers, peers.temperature, peers.alpha) == ((Peer(),), 1.0, 0.5)
    judged = [a for a in arms.values() if a.name not in ("assistant", "middle")]
    assert {a.student for a in judged} == {config.student}


def test_the_middle_has_the_budget_of_the_assistant_and_the_labels_of_the_teacher():
    config = ChainsConfig(labels=50, label_noise=0.4, epochs=7, learning_rate=0.02)
    arms = {arm.name: arm for arm in plan(config, CLASSES).arms}
    middle, assistant = arms["middle"], arms["assistant"]
    for what in ("student", "epochs", "learning_rate"):
        assert getattr(middle, what) == getattr(assistant, what)
    assert (middle.labels, middle.label_noise, middle.alpha) == ("all", 0.0, 0.0)
    assert (assistant.labels, assistant.label_noise) == (50, 0.4)


def test_no_gain_over_a_student_of_another_size_is_told():
    config = ChainsConfig(seeds=3)
    found = plan(config, CLASSES)
    sizes = {arm.name: arm.student for arm in found.arms}
    assert all(sizes[found.reference(name)] == sizes[name] for name in sizes)
    history = made("chains", config, {"assistant": [0.99] * 3})
    gains = history.table().set_index("arm")["gain"]
    assert gains[["assistant", "middle"]].isna().all()
    assert gains["via the assistant"] == 0


def test_an_assistant_that_cannot_read_the_data_is_refused_before_anything_is_trained():
    with pytest.raises(KdlabError, match="cnn-8"):
        plan(ChainsConfig(dataset="moons", assistant="cnn-8"), CLASSES[:2])


def test_findings_compare_the_detour_with_the_direct_way():
    text = said(
        made(
            "chains",
            ChainsConfig(seeds=3),
            {"via the assistant": [0.97, 0.98, 0.97], "direct": [0.9, 0.91, 0.9]},
        ),
        "chains",
    )
    assert (
        "“Through the assistant” is better than “Straight from the teacher” with this teacher: +7.0"
        in text
    )
    assert "“Generation 3” cannot be told apart from “Taught by itself (generation 1)”" in text
    one = made("chains", ChainsConfig(seeds=3, generations=1), {})
    assert "Generation 3" not in said(one, "chains")


def test_a_small_chain_runs_to_its_end(tmp_path):
    config = ChainsConfig(
        teacher="mlp-8", teacher_epochs=1, student="mlp-4", assistant="mlp-6", epochs=2, seeds=2,
        generations=2, train_limit=100,
    )  # fmt: skip
    history = StudyHistory(config, run(find("chains"), config, Store(tmp_path)))
    assert history.finished
    assert len(history.done) == 9
    assert {t["name"] for t in history.finished.teachers} == {"mlp-8"}
