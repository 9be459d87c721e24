"""A file of weights as the teacher, from the command line."""

import json

import safetensors.torch
import torch

from kdlab import models

QUICK = ("--student", "mlp-4", "--epochs", "1", "--seeds", "2", "--json")


def written(path, name="mlp-8-8", prefix="module.", head="out"):
    """The network as other code saves it, its last layer under another name."""
    module = models.build(name, (1, 8, 8), 10, seed=5)
    last = f"{2 * name.count('-') + 1}."
    state = {
        prefix + (k.replace(last, f"{head}.") if k.startswith(last) else k): t
        for k, t in module.state_dict().items()
    }
    path.write_bytes(safetensors.torch.save(state))
    return path


def test_a_file_is_the_teacher_and_is_told(kdlab, tmp_path):
    path = written(tmp_path / "elsewhere.safetensors")
    code, out, err = kdlab("distill", "--teacher-weights", path, *QUICK)
    assert code == 0, err
    config = json.loads(out)["config"]
    assert config["teacher"] == "mlp-8-8"
    assert len(config["teacher_weights"]) == 16
    for part in (
        "elsewhere.safetensors is the teacher: mlp-8-8.",
        "it is mlp-8-8, of which every tensor fits, and not mlp-512-512, which was asked for",
        "began with 'module.', which was left out",
        "'out' in the file and '5' here",
    ):
        assert part in err
    again = ("--teacher-weights", config["teacher_weights"], "--teacher", "mlp-8-8")
    assert json.loads(kdlab("distill", *again, *QUICK)[1])["config"] == config
    code, out, err = kdlab("sweep", "--teacher-weights", path, *QUICK, "--temperatures", "2,4")
    assert code == 0, err
    assert "is the teacher: mlp-8-8" in err


def test_what_does_not_fit_is_refused_in_words(kdlab, tmp_path):
    state = safetensors.torch.load_file(written(tmp_path / "right.safetensors"))
    state["more"] = torch.zeros(3)
    safetensors.torch.save_file(state, tmp_path / "other.safetensors")
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pth")
    for name, parts in {
        "other.safetensors": ("6 of the 6 tensors of mlp-512-512 are missing", "7 in the file are"),
        "other.pth": ("is a pickle", "torch.load(", "weights_only=True"),
        "nothing.safetensors": ("cannot be read (No such file",),
    }.items():
        code, out, err = kdlab("distill", "--teacher-weights", tmp_path / name, *QUICK)
        assert code != 0
        assert out == ""
        assert [part for part in parts if part not in err] == []


def test_a_word_that_is_no_file_is_a_setting(kdlab):
    code, _, err = kdlab("distill", "--teacher-weights", "XYZ", *QUICK)
    assert code != 0
    assert "digits 0-9 and letters a-f" in err
