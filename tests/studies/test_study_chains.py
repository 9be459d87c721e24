from __future__ import annotations

from made_histories import CLASSES, made, said

from kdlab.arms import Graduate, Network, Peer
from kdlab.store import Store
from kdlab.studies import StudyHistory, find, run
from kdlab.studies.chains import ChainsConfig, plan


def test_every_link_learns_from_the_one_before():
    config = ChainsConfig(generations=2, assistant="mlp-64")
    arms = {arm.name: arm for arm in plan(config, CLASSES).arms}
    assert arms["assistant"].student == "mlp-64"
    assert arms["via the assistant"].teachers == (Graduate("assistant"),)
    assert arms["from the middle"].teachers == (Network(architecture="mlp-64"),)
    assert arms["generation 1"].teachers == (Graduate("labels only"),)
    assert arms["generation 2"].teachers == (Graduate("generation 1"),)
    assert "generation 3" not in arms
    peers = arms["peers"]
    assert (peers.teachers, peers.temperature, peers.alpha) == ((Peer(),), 1.0, 0.5)
    judged = [a for a in arms.values() if a.name != "assistant"]
    assert {a.student for a in judged} == {config.student}


def test_findings_compare_the_detour_with_the_direct_way():
    text = said(
        made(
            "chains",
            ChainsConfig(seeds=3),
            {"via the assistant": [0.97, 0.98, 0.97], "direct": [0.9, 0.91, 0.9]},
        ),
        "chains",
    )
    assert "“Through the assistant” is better than “Straight from the teacher”: +7.0" in text
    assert "“Generation 3” cannot be told from “Taught by itself (generation 1)”" in text
    one = made("chains", ChainsConfig(seeds=3, generations=1), {})
    assert "Generation 3" not in said(one, "chains")


def test_a_small_chain_runs_to_its_end(tmp_path):
    config = ChainsConfig(
        teacher="mlp-8", teacher_epochs=1, student="mlp-4", assistant="mlp-6", epochs=2, seeds=2,
        generations=2, train_limit=100,
    )  # fmt: skip
    history = StudyHistory(config, run(find("chains"), config, Store(tmp_path)))
    assert history.finished
    assert len(history.done) == 8
    assert {t["name"] for t in history.finished.teachers} == {"mlp-8", "mlp-6"}
