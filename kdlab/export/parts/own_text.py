"""Reading your own text, by the lab's rules: a file that is not text is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kdlab.data.text.own import cut, encoded, fitting
from kdlab.data.text.reading import LEAST_LINES, MARKS, pieces
from kdlab.data.text.strings import Parts, limited
from kdlab.export.parts.constants import SYMBOLS, TEXT_FILE, TRAIN_LIMIT, WINDOW


def read_strings() -> tuple[str, ...]:
    """The strings of TEXT_FILE, in order: one for each line that is not empty, long ones cut."""
    try:
        data = TEXT_FILE.read_bytes()
        encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
        text = data.decode(encoding)
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"TEXT_FILE cannot be read as UTF-8 or UTF-16: {error}") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(set(lines)) < LEAST_LINES:
        raise SystemExit(f"TEXT_FILE has fewer than {LEAST_LINES} different lines")
    return encoded([part for line in lines for part in pieces(line)], SYMBOLS)


def own_parts(strings: Sequence[str], alphabet: Sequence[str]) -> Parts:
    """Strings for training, validation and test, as many as fit into memory."""
    return fitting(limited(cut(Counter(strings)), TRAIN_LIMIT), WINDOW, len(alphabet))
