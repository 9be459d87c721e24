import pytest

from kdlab.errors import StoreError
from kdlab.events import Progress
from kdlab.storage import stored


def test_the_same_file_read_twice_is_parsed_once_and_each_reader_has_a_list_of_his_own():
    content = Progress(stage="remembered").to_json().encode()
    first, second = stored.events(content), stored.events(bytes(bytearray(content)))
    assert first[0] is second[0]
    first.clear()
    assert len(second) == len(stored.events(content)) == 1


def test_a_large_file_does_not_stay_in_memory(monkeypatch):
    content = Progress(stage="large").to_json().encode()
    monkeypatch.setattr(stored, "REMEMBERED_BYTES", len(content))
    assert stored.events(content) == stored.events(content)
    assert stored.events(content)[0] is not stored.events(content)[0]


def test_what_is_damaged_is_damaged_each_time():
    for _ in range(2):
        with pytest.raises((ValueError, StoreError)):
            stored.events(b"no event")
