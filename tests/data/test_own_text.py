"""Somebody's own text: what it is cut into, what is said of it, and what is refused in words."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from kdlab import checks, data, models, predicted
from kdlab.config.brought import BROUGHT, LABELS, budget
from kdlab.config.schema import DataConfig, DistilConfig
from kdlab.data import uploads
from kdlab.data.accepted import TEXT
from kdlab.data.split import DataSplit
from kdlab.data.text import own, reading
from kdlab.data.text.windows import END_NAME, shown
from kdlab.errors import ArchiveError, ConfigError, DataError
from kdlab.events import DataRead
from kdlab.hosting import kept, visitor
from kdlab.hosting.visitor import Visitor
from kdlab.system.paths import default_home
from tests.fuzzing import fuzz
from tests.fuzzing import told as in_words

SYLLABLES = ("ka", "to", "mi", "re", "su", "na", "lo", "hi")


def poem(lines: int = 60) -> list[str]:
    """Different lines of some thirty characters."""
    draw = random.Random(7)
    return [f"{n} " + " ".join(draw.choices(SYLLABLES, k=9)) for n in range(lines)]


@pytest.fixture
def told(tmp_path):
    """Writes a text and returns its settings."""

    def write(text: str | bytes, **settings) -> DataConfig:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.txt"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return DataConfig(dataset="text", folder=str(path), **settings)

    return write


def split_of(config: DataConfig) -> DataSplit:
    *_, split = data.load(config)
    return split


def refused(config: DataConfig, kind: type[Exception] = DataError) -> str:
    with pytest.raises(kind) as caught:
        split_of(config)
    error = caught.value
    assert error.received
    assert error.allowed
    assert error.todo
    assert data.known_inputs(config) is None
    assert data.train_size(config) is None
    with pytest.raises(DataError):
        predicted.sizes(config)
    return str(error)


def sentences(config: DataConfig) -> str:
    events = []
    reading_it = data.read(config)
    while True:
        try:
            events.append(next(reading_it))
        except StopIteration:
            break
    (event,) = [e for e in events if isinstance(e, DataRead)]
    return " ".join(event.lines)


def strings_of(part, classes) -> list[str]:
    """The strings of a part, from its targets."""
    found: dict[int, str] = {}
    for number, target in zip(part.strings.tolist(), part.targets.tolist(), strict=True):
        found[number] = found.get(number, "") + ("" if target == 0 else classes[target])
    return list(found.values())


# -- what it becomes ------------------------------------------------------------------------------


def test_each_line_is_one_string_and_each_of_its_characters_an_example(told):
    lines = poem()
    config = told("\n".join(lines))
    split = split_of(config)
    parts = [strings_of(p, split.classes) for p in (split.train, split.validation, split.test)]
    assert sorted(line for part in parts for line in part) == sorted(lines)
    assert [len(part) for part in parts] == [42, 6, 12]
    assert split.classes == (END_NAME, *sorted(set("".join(lines))))
    assert split.shape == (6, len(split.classes)) == data.known_inputs(config).shape
    sizes = [len(p.targets) for p in (split.train, split.validation, split.test)]
    assert tuple(sizes) == data.text_sizes(config)
    assert sum(sizes) == sum(len(line) + 1 for line in lines)
    assert data.train_size(config) == sizes[0]
    known = predicted.sizes(config)
    assert (known.train, known.validation, known.test) == tuple(sizes)
    assert (known.shape, known.classes) == (split.shape, len(split.classes))
    first = split.train.inputs[0].argmax(-1).tolist()
    assert first == [0] * 6, "before the beginning there is the end symbol"


def test_the_cut_depends_on_nothing_but_the_text(told):
    lines = "\n".join(poem())
    a, b = split_of(told(lines)), split_of(told(lines))
    assert torch.equal(a.train.targets, b.train.targets)
    assert torch.equal(a.test.inputs, b.test.inputs)


def test_no_test_line_has_been_seen_and_copies_are_asked_once(told):
    lines = poem()
    repeated = [line for line in lines for _ in range(1 + len(line) % 3)]
    config = told("\n".join(repeated))
    train, validation, test = data.text_parts(config)
    assert not set(train) & {*validation, *test}
    assert not set(validation) & set(test)
    assert len(test) == len(set(test)) == 12
    assert len(validation) == len(set(validation)) == 6
    counts = Counter(repeated)
    assert Counter(train) == {line: counts[line] for line in set(train)}
    assert "there more than once" in sentences(config)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_lines_end_as_any_system_ends_them(told, end):
    lines = poem()
    assert split_of(told(end.join(lines))).classes == split_of(told("\n".join(lines))).classes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_at_the_beginning_say_the_encoding_and_are_no_characters(told, encoding):
    lines = [f"{line} žluťoučký" for line in poem()]
    config = told("\n".join(lines).encode(encoding))
    assert set(split_of(config).classes[1:]) == set("".join(lines))
    assert ("UTF-16" in sentences(config)) is (encoding == "utf-16")


def test_empty_lines_are_passed_over_and_counted_and_all_others_stay_as_they_are(told):
    lines = [f"  {line} " for line in poem()]
    config = told("\n \n\t\n".join(lines))
    assert sorted(line for part in data.text_parts(config) for line in part) == sorted(lines)
    assert "118 empty lines are skipped" in sentences(config)


def test_long_lines_are_cut_at_spaces_and_it_is_said(told):
    words, letters = " ".join(f"word{n:04}" for n in range(300)), "x" * 2500
    config = told("\n".join([*poem(), words, letters]))
    strings = [line for part in data.text_parts(config) for line in part]
    long = [line for line in strings if line not in poem()]
    assert max(map(len, strings)) <= reading.LONGEST
    assert {len(line) for line in long if "x" in line} == {1000, 500}
    assert all(line == line.strip() for line in long), "no word is cut, no space is kept"
    assert sum(line.count("word") for line in long) == 300
    assert "2 lines are longer than 1,000 characters" in sentences(config)


def test_emoji_other_scripts_and_marks_are_characters_like_any_other(told):
    lines = [f"{line} שלום 👩\u200d🔬 e\u0301 ไก่ ❤\ufe0f `<b>` $x$ %{{y}}" for line in poem()]
    config = told("\n".join(lines))
    split = split_of(config)
    assert {"ש", "👩", "\u200d", "\u0301", "\ufe0f", "`", "<", "$", "%"} <= set(split.classes)
    assert strings_of(split.test, split.classes)[0] in lines


def test_bytes_are_those_of_utf_8_and_read_as_text_again(told):
    lines = [f"{line} né 漢字 👩" for line in poem()]
    config = told("\n".join(lines).encode("utf-16"), symbols="bytes")
    split = split_of(config)
    values = {byte for line in lines for byte in line.encode()}
    names = {f"0x{v:02X}" if v > 127 else chr(v) for v in values}
    assert set(split.classes) == {END_NAME, *names}
    assert sum(data.text_sizes(config)) == sum(len(line.encode()) + 1 for line in lines)
    assert data.text_parts(config).test[0] in lines
    codes = split.test.targets[split.test.strings == split.test.strings[0]].tolist()
    assert shown(codes[:-1], split.classes) in lines
    assert "Its bytes are those of UTF-8" in sentences(config)


def test_of_a_large_text_so_much_is_used_as_there_is_memory_for(told, monkeypatch):
    config = told("\n".join(poem(300)), window=8)
    whole = data.text_sizes(config)
    assert "fill" not in sentences(config)
    each = own.FLOAT * 8 * len(data.known_inputs(config).classes)
    monkeypatch.setattr(own, "MOST_MEMORY", each * sum(whole) // 3)
    own._used.cache_clear()
    split = split_of(config)
    used = [part.inputs.numel() * 4 for part in (split.train, split.validation, split.test)]
    assert sum(used) <= own.MOST_MEMORY
    assert sum(used) > 0.9 * own.MOST_MEMORY, "whole lines, and nearly all that there is room for"
    for had, has in zip(whole, data.text_sizes(config), strict=True):
        assert has / had == pytest.approx(1 / 3, abs=0.05), "of each part the same share"
    assert "the first whole lines in a drawn order are used" in sentences(config)
    assert predicted.sizes(config).train == len(split.train.targets)
    own._used.cache_clear()


def test_a_limit_on_training_keeps_whole_lines(told):
    config = told("\n".join(poem()), train_limit=200)
    train = data.text_parts(config).train
    assert 100 < sum(len(line) + 1 for line in train) <= 200 == config.train_limit
    assert len(split_of(config).train.targets) == data.train_size(config) <= 200


def test_the_account_says_what_was_understood_and_nothing_of_the_files_name(told):
    config = told("\n".join(poem()))
    said = sentences(config)
    assert "Read 60 lines of" in said
    assert "␣ 0 1 2" in said, "a space can be seen"
    assert "Each line is one string" in said
    assert "0.txt" not in said
    account = own.account(config).as_dict()
    assert account["splits"]["train"]["characters"] == data.train_size(config)
    assert account["symbols"] == "characters"


def test_what_is_named_may_change_and_what_was_loaded_may_not(told):
    config = told("\n".join(poem()))
    before = data.known_inputs(config).classes
    assert checks.may_change(config)
    path = Path(config.folder)
    path.write_text(path.read_text().replace("k", "x"))
    os.utime(path, ns=(1, 1))
    assert {*data.known_inputs(config).classes} == {*before} - {"k"} | {"x"}, "as large as before"
    assert not checks.may_change(config.model_copy(update={"folder": f"upload:{'0' * 16}.txt"}))


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the text is empty"),
        (b"\xef\xbb\xbf", "0 lines that are not empty"),
        (b" \n\n\t\r\n" * 400, "0 lines that are not empty"),
        ("a" * 5000, "1 line that is not empty"),
        ("one short line", "1 line that is not empty, of 14 characters"),
        ("the same line\n" * 500, "1 line that is not empty, each counted once"),
        ("\n".join("abcdefghijklmnopqrstuvwxyz"), "26 lines that are not empty, of 26 characters"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "from byte 1 on it is not UTF-8"),
        (b"line\n" * 99 + b"\0" * 3, "3 bytes of value 0"),
        ("\n".join(poem()).encode("utf-16-le"), "of value 0, as binary files and UTF-16"),
        ("\n".join(poem()).encode("utf-32"), "value 0"),
        ("ž\n".join(poem()).encode("iso8859-2"), "is not UTF-8"),
        (b"\xff\xfe\x00\xd8", "is not UTF-16"),
        ("\n".join("a" * 1000 * n for n in range(1, 25)), "1 line that is not empty, each counted"),
        ("".join(f"{chr(0x4E00 + n)} {n}\n" for n in range(201)), "different characters"),
    ],
)
def test_what_is_no_text_of_lines_is_refused_in_words(told, content, words):
    assert words in refused(told(content))


def test_too_many_characters_can_be_told_as_bytes(told):
    text = "".join(f"{chr(0x4E00 + n)} {n}\n" for n in range(400))
    assert "Set symbols to bytes" in refused(told(text))
    split = split_of(told(text, symbols="bytes"))
    assert len(split.classes) < 200


def test_every_byte_that_utf_8_has_can_be_a_class(told):
    every = "".join(map(chr, [*range(1, 0xD800), *range(0xE000, 0x110000, 997)]))
    lines = [every[n : n + 50] for n in range(0, len(every), 50)]
    split = split_of(told("\n".join(lines), symbols="bytes", train_limit=1000))
    assert 230 < len(split.classes) <= 256, "codes are kept in a byte"


def test_a_file_of_a_hundred_megabytes_is_refused_before_it_is_read(told, monkeypatch):
    config = told("x")
    os.truncate(config.folder, 100_000_000)
    monkeypatch.setattr(reading, "regular", lambda *_: pytest.fail("opened"))
    said = refused(config)
    assert "100.0 MB" in said
    assert "at most 5 MB" in said


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for typed, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "nowhere.txt", "cannot be read (No such file"),
        (tmp_path / "pipe", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("a\0b", "cannot be read"),
        ("~nobody-at-all/x.txt", "cannot be read"),
        ("//host/share/x.txt", "may lie on another machine"),
        ("", "no text was named"),
    ):
        assert words in refused(DataConfig(dataset="text", folder=str(typed)))


def test_a_text_is_asked_for_where_none_is_named_yet():
    with pytest.raises(ConfigError, match=r"no text is chosen yet.*name a file"):
        checks.possible(DistilConfig(dataset="text"))


def test_labels_are_no_more_than_there_are_characters(told):
    config = told("\n".join(poem(25)))
    asked = DistilConfig(dataset="text", folder=config.folder)
    assert asked.labels == BROUGHT["text"]["labels"] == 300
    checks.possible(asked)
    with pytest.raises(ConfigError, match=f"1 to {data.train_size(config)}"):
        checks.possible(asked.model_copy(update={"labels": 5000}))


@fuzz(200)
@given(
    st.binary(max_size=400)
    | st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=80).map(
        lambda lines: "\n".join(lines).encode()
    ),
    st.sampled_from(["characters", "bytes"]),
)
@example("\n".join(poem()).encode(), "bytes")
def test_any_bytes_are_a_text_or_a_sentence(content, symbols):
    try:
        read = reading.lines(content)
    except DataError as error:
        in_words(error)
        return
    assert all(0 < len(line) <= reading.LONGEST for line in read.strings)
    encode = (lambda t: t.encode().decode("latin-1")) if symbols == "bytes" else str
    parts = own.cut(Counter(map(encode, read.strings)))
    assert all(parts), "no part is empty"
    assert not set(parts.train) & {*parts.validation, *parts.test}


# -- through the page -----------------------------------------------------------------------------


def loaded(text: str | bytes, name: str = "poem.txt") -> str:
    return uploads.keep(text if isinstance(text, bytes) else text.encode(), name, TEXT)


def test_a_text_that_was_loaded_is_named_by_its_content_and_read_once(told):
    lines = "\n".join(poem())
    value = loaded(lines, "My Poem.TXT")
    assert value.startswith("upload:")
    assert value.endswith(".txt")
    assert uploads.title(value) == "My Poem.TXT"
    config = DataConfig(dataset="text", folder=value)
    split = split_of(config)
    assert split.classes == split_of(told(lines)).classes
    assert own.found(config) is own.found(config)
    other = f"upload:{'0' * 16}.txt"
    assert uploads.title(other) == "the text 00000000"
    assert "is not on this machine" in refused(DataConfig(dataset="text", folder=other))


@pytest.mark.parametrize("name", ["poem.docx", "poem", "poem.zip", "", "poem.txt/x"])
def test_only_txt_is_a_text(name):
    with pytest.raises(ArchiveError, match=r"a text file that ends in \.txt") as caught:
        loaded("x", name)
    assert name in caught.value.received


def test_a_text_is_no_archive_and_an_archive_no_text():
    with pytest.raises(ArchiveError, match=r"\.zip, \.tar"):
        uploads.keep(b"x", "poem.txt")
    text = loaded("\n".join(poem()))
    with pytest.raises(ArchiveError, match=r"16 hexadecimal digits and \.zip"):
        list(data.load(DataConfig(dataset="images", folder=text)))
    archive = uploads.keep(b"PK\x05\x06" + bytes(18), "set.zip")
    assert "16 hexadecimal digits and .txt" in refused(DataConfig(dataset="text", folder=archive))


def test_what_is_too_large_or_empty_is_not_kept():
    folder = default_home() / "uploads"
    for content, words in ((bytes(5_000_001), "more than 5 MB"), (b"", "is empty")):
        with pytest.raises(ArchiveError, match=words):
            loaded(content)
        assert not folder.exists() or not list(folder.iterdir())


def test_a_visitor_names_no_file_and_loads_what_is_small_enough(told, monkeypatch):
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    config = told("\n".join(poem()))
    asked = DistilConfig(dataset="text", folder=config.folder)
    checks.possible(asked)
    with visitor.acting_for(Visitor("anna")):
        with pytest.raises(ArchiveError, match=r"only text files loaded through the page: \.txt"):
            checks.possible(asked)
        assert "the file" in refused(config)
        value = loaded("\n".join(poem()))
        assert data.known_inputs(config.model_copy(update={"folder": value}))
        monkeypatch.setenv("KDLAB_UPLOAD_MB", "0.001")
        with pytest.raises(ArchiveError, match=r"more than 0\.001 MB"):
            loaded("\n".join(poem()))
    with visitor.acting_for(Visitor("bob")):
        assert uploads.title(value).startswith("the text ")


def test_a_text_makes_room_for_others_as_archives_do(monkeypatch):
    monkeypatch.setenv("KDLAB_HOME_GB", f"{2.5 * kept.BLOCK / 1e9:.9f}")
    first, second = (loaded(bytes([65 + n]) * 1000) for n in range(2))
    path = default_home() / "uploads" / first.removeprefix(uploads.PREFIX)
    os.utime(path, (1, 1))
    third = loaded(b"C" * 1000)
    assert {entry.name for entry in kept.entries(default_home())} == {
        value.removeprefix(uploads.PREFIX) for value in (second, third)
    }


# -- what suits it --------------------------------------------------------------------------------


def test_a_small_text_is_looked_at_often_and_a_large_one_from_more_labels():
    sizes = [10, 350, 3000, 20_000, 90_000, 10**7]
    found = [budget(size) for size in sizes]
    assert found[0]["epochs"] == 100
    assert found[-1]["epochs"] == 4
    for name, down in (("epochs", True), ("labels", False)):
        values = [each[name] for each in found]
        assert values == sorted(values, reverse=down)
    assert all(each["labels"] in LABELS for each in found)
    least = budget(round(0.7 * reading.LEAST_CHARACTERS))
    assert least["labels"] < 0.7 * reading.LEAST_CHARACTERS


def test_the_pair_that_it_brings_can_be_built_for_any_text():
    for name in ("teacher", "student"):
        models.check(BROUGHT["text"][name], (32, own.MOST_DIFFERENT + 1), own.MOST_DIFFERENT + 1)


def test_windows_are_those_of_the_string_alone(told):
    """No window reaches into another string: where the end symbol is in it, all before is end."""
    split = split_of(told("\n".join(poem()), window=4))
    codes = split.train.inputs.argmax(-1).numpy()
    begun = np.maximum.accumulate(codes != 0, axis=1)
    assert ((codes != 0) == begun).all()
