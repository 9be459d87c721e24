from __future__ import annotations

import pickle

import pytest

from kdlab import errors


@pytest.mark.parametrize("kind", [*errors.KdlabError.__subclasses__(), errors.ArchiveError])
def test_errors_read_as_three_sentences_and_survive_pickling(kind):
    error = kind("alpha is 1.5", "a number from 0 to 1", "Lower alpha")
    assert str(error) == "alpha is 1.5. Allowed: a number from 0 to 1. Lower alpha."
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.todo) == (kind, str(error), "Lower alpha")
