"""``kdlab distill`` on a text of one's own."""

from __future__ import annotations

import json
import random

import pytest


@pytest.fixture
def poem(tmp_path):
    draw = random.Random(11)
    lines = (f"{n} {' '.join(draw.choices(['ka', 'to', 'mi', 're'], k=8))}" for n in range(40))
    path = tmp_path / "poem.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


SMALL = ("--teacher", "mlp-16", "--teacher-epochs", "2", "--student", "mlp-4", "--epochs", "2",
         "--seeds", "2")  # fmt: skip


def test_a_text_is_distilled_on_and_judged_by_bits(kdlab, poem):
    code, out, err = kdlab("distill", "--dataset", "text", "--folder", str(poem), *SMALL, "--json")
    assert code == 0, err
    assert "Read 40 lines of" in err
    told = json.loads(out)
    assert told["gain"]["measure"] == "bits"
    assert [len(group["bits"]) for group in told["groups"]] == [2, 2]
    assert told["data"]["splits"]["test"]["strings"] == 8
    assert told["config"]["labels"] == 300, "what the data set brings"


def test_what_is_wrong_with_a_text_is_said_before_anything_is_made(kdlab, tmp_path):
    for content, words in ((b"", "is empty"), (b"one", "1 line"), (b"\0" * 900, "value 0")):
        path = tmp_path / "bad.txt"
        path.write_bytes(content)
        code, out, err = kdlab("distill", "--dataset", "text", "--folder", str(path), *SMALL)
        assert code in (1, 2)
        assert not out
        assert words in err
        assert "Traceback" not in err
    code, out, err = kdlab("distill", "--dataset", "text")
    assert code == 2
    assert "no text is chosen yet" in err
