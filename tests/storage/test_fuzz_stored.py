"""What else lies in the lab's folders, damaged: a value, or an error of the lab."""

from __future__ import annotations

import json
import platform
import shutil

import pytest
from hypothesis import given

from kdlab.config.schema import TeacherConfig
from kdlab.errors import KdlabError, StoreError
from kdlab.experiments.search import costs, folder
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.status import STATES
from kdlab.models import weights
from kdlab.storage.store import BUNDLED, Store
from tests.fuzzing import damaged, fuzz, harmed, told

pytestmark = pytest.mark.attack

TEACHER = next(BUNDLED.glob("teachers/*/outputs.json")).parent


def test_the_status_of_a_full_run(tmp_path):
    run = RunFolder.create(tmp_path / "run", FullRunConfig())
    run.say("running")
    path = run.path / "status.json"

    @fuzz(400)
    @given(damaged(json.loads(path.read_text())))
    def read(text):
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        status = run.status()
        assert status.state in STATES
        f"{status.reason}{status.host}{status.pid}".encode()

    read()


@pytest.mark.parametrize("pid", ["7", -1, 0, 1e30, None, 10**30, True, [7]])
def test_a_process_number_that_is_none(tmp_path, pid):
    run = RunFolder.create(tmp_path / "run", FullRunConfig())
    known = {"state": "running", "reason": "", "failure": "", "host": platform.node(), "pid": pid}
    (run.path / "status.json").write_text(json.dumps(known))
    assert not run.status().alive


def test_the_shares_and_costs_of_a_search(tmp_path):
    share = folder.join(tmp_path)
    known = json.loads(share.path.read_text())
    latency = {"median": 1.0, "low": 0.5, "high": 2.0}
    student = {"parameters": 9, "bytes": 36, "flops_per_image": 18, "latency_ms": latency}
    student |= {"int8_bytes": 30, "int8_latency_ms": latency}
    measured = {"machine": "m", "data": "", "students": {"mlp-4": student}}

    @fuzz()
    @given(damaged(known), damaged(measured))
    def read(text, found):
        share.path.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert set(folder.living(tmp_path)) <= {0}
        for on_device in (False, True):
            content = found.encode("utf-8", "surrogatepass")
            try:
                costs._read(share.path, content, ["mlp-4"], on_device=on_device)
            except StoreError as error:
                told(error)

    read()


@pytest.mark.parametrize("name", ["outputs.json", "outputs.safetensors"])
def test_what_a_teacher_said(tmp_path, name):
    config = TeacherConfig.from_json((TEACHER / "config.json").read_text())
    keeper = Store(tmp_path, bundled=None)
    copied = tmp_path / "teachers" / TEACHER.name
    shutil.copytree(TEACHER, copied)
    assert keeper.teacher_outputs(config) is not None
    content = (copied / name).read_bytes()
    facts = json.loads(content) if name.endswith("json") else None

    @fuzz()
    @given(harmed(content) if facts is None else damaged(facts))
    def read(text):
        (copied / name).write_bytes(
            text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        )
        try:
            found = keeper.teacher_outputs(config)
        except StoreError as error:
            told(error)
        else:
            assert found.logits.shape == (len(found.inputs), len(found.classes))
            "".join(found.classes).encode()

    read()


def test_a_file_of_weights(tmp_path):
    """Through the doors that a visitor's file and a run's own files come in by."""
    from kdlab import models
    from kdlab.config.schema import TeacherConfig
    from kdlab.experiments.run import run as work

    config = TeacherConfig(teacher="mlp-4")
    keeper = Store(tmp_path, bundled=None)
    names = tuple("0123456789")
    network = models.build("mlp-4", (1, 8, 8), 10, 0)
    whole = weights.dump_weights(network, "mlp-4", (1, 8, 8), 10, names=names)
    work.bring_weights(config, whole, keeper)
    doors = (
        lambda content: weights.bring(content).network(),
        lambda content: weights.bring(content, "mlp-4", (1, 8, 8), 10).network(),
        lambda content: work.bring_weights(config, content, keeper, "a.safetensors"),
    )

    @fuzz()
    @given(harmed(whole))
    def read(content):
        for door in doors:
            try:
                door(content)
            except KdlabError as error:
                told(error)

    read()


def test_the_texts_in_a_file_of_weights(tmp_path):
    """What its metadata say, names of classes among it, comes from anybody."""
    from kdlab import models

    network = models.build("mlp-4", (1, 8, 8), 10, 0)
    whole = weights.dump_weights(network, "mlp-4", (1, 8, 8), 10, names=tuple("0123456789"))
    end = 8 + int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8:end])

    @fuzz()
    @given(damaged(header))
    def read(text):
        content = text.encode("utf-8", "surrogatepass")
        try:
            found = weights.bring(
                len(content).to_bytes(8, "little") + content + whole[end:], "mlp-4", (1, 8, 8), 10
            )
            found.network()
        except KdlabError as error:
            told(error)
        else:
            json.dumps([found.names, found.dataset, found.notes]).encode()

    read()
