"""A lesson's file -> the lesson, or all of its mistakes.

::

    +++                      front matter, TOML: title, about, minutes, needs
    title = "Soft targets"
    +++
    Text before the first step: the intro.

    ## Heading of a step
    ```step                  where it takes place, what is pointed at, what ends it
    page = "soft-targets?temperature=1"
    control = "temperature"
    until = ["temperature >= 8"]
    ```
    ```predict               or ``question``; at most one in a step
    ```
    Markdown: bold, italics, code, lists, links to pages of the lab.

    ### After
    What is told once the step has ended.

Files may come from anybody: nothing in them reaches a browser but what
:mod:`kdlab.lessons.markdown` lets through, and every value of a link is checked by its page's own
settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kdlab.errors import LessonError
from kdlab.lessons import asked, links, markdown, reachable
from kdlab.lessons.keys import Keys
from kdlab.lessons.lesson import Condition, Event, Lesson, Link, Setting, Step
from kdlab.lessons.mistakes import Mistakes, Spot
from kdlab.lessons.parts import Part, Parts, Words, take_apart
from kdlab.lessons.places import HIDE, Place, Places, meant, quoted
from kdlab.translation import ENGLISH

LARGEST = 200_000
"""Bytes of a file."""
MOST_STEPS = 60
MOST_CHARACTERS = 2_000
"""Of the text of a step, and of an intro."""
LONGEST_LINE = 200
"""Characters of a title, a heading, a label."""
MOST_MINUTES = 600
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
SIGNS = {"zh": re.compile(r"[\u3400-\u9fff]")}
"""Language -> signs that no title in another language of the lab has."""


def read(name: str, text: str, places: Places, language: str = "") -> Lesson:
    """The lesson ``name`` that ``text`` is; LessonError with every mistake. ``places`` are the
    pages that it may lead to. ``language``: what it is written in; empty where nobody has said so,
    then its title tells."""
    mistakes = Mistakes()
    if not NAME.fullmatch(name):
        mistakes.add(
            0,
            f"the lesson is called {quoted(name)}; a name has at most 60 small letters, digits and "
            "hyphens, like soft-targets, since it appears in links",
        )
    if (size := len(text.encode("utf-8", "replace"))) > LARGEST:
        mistakes.add(0, f"the file has {size:,} bytes; a lesson has at most {LARGEST:,}")
        raise _error(name, mistakes)
    parts = take_apart(text, mistakes)
    lesson = _lesson(name, parts, _Reader(mistakes, places), language)
    if mistakes.found:
        raise _error(name, mistakes)
    return lesson


def written_in(title: str) -> str:
    """Which of the lab's languages a lesson is in that somebody has written.

    >>> written_in("软目标 and more"), written_in("Soft targets")
    ('zh', 'en')
    """
    return next((name for name, signs in SIGNS.items() if signs.search(title)), ENGLISH)


def _error(name: str, mistakes: Mistakes) -> LessonError:
    told = mistakes.told()
    count = len(mistakes.found)
    many = "one mistake" if count == 1 else f"{count} mistakes"
    return LessonError(
        f"the lesson {quoted(name)} has {many}. {told[0].rstrip('.')}",
        "a lesson written like the lab's own, in assets/lessons/en",
        "Correct the file and load it again",
        told,
    )


@dataclass
class _Reader:
    """What is known while steps are read one after the other."""

    mistakes: Mistakes
    places: Places
    here: Link | None = None
    """Where the learner is: of the last step that said so."""
    stands: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Page -> the settings of the last link to it that had some: one without leaves them alone."""
    hidden: tuple[str, ...] = ()
    """Settings whose controls the last link that hides any has hidden."""

    @property
    def place(self) -> Place | None:
        return None if self.here is None else self.places.get(self.here.path)

    def go(self, to: Link | None) -> None:
        """The learner is taken there."""
        self.here = to
        if to is not None and to.query:
            self.stands[to.path] = {n: value for n, value in to.query.items() if n != HIDE}
        if to is not None and HIDE in to.query:
            self.hidden = tuple(each.strip() for each in to.query[HIDE].split(","))

    def link(self, text: str, spot: Spot, key: str) -> Link | None:
        found, problems = links.link(text, self.places)
        for problem in problems:
            spot.add(f"{key}: {problem}", key)
        return found

    def words(self, words: Words, spot: Spot, most: int = MOST_CHARACTERS) -> str:
        """Its Markdown, made safe."""
        text = words.text.strip("\n")
        first = len(words.text) - len(words.text.lstrip("\n"))
        if len(text) > most:
            spot.add(f"its text has {len(text):,} characters; at most {most:,} are read at a time")
            text = text[:most]
        cleaned = markdown.clean(text, self.sound)
        for line, problem in cleaned.problems:
            at = min(first + line, len(words.numbers) - 1)
            spot.at(words.numbers[at]).add(problem)
        return cleaned.text

    def sound(self, target: str) -> str:
        """What is wrong with the target of a link in a text; empty where nothing is."""
        problems = links.link(target, self.places)[1]
        return f"a link leads to {quoted(target)}: {problems[0]}" if problems else ""


def _lesson(name: str, parts: Parts, reader: _Reader, language: str) -> Lesson:
    head = Keys(parts.head.spot, "the front matter", parts.head.values)
    lesson: dict[str, str] = {}
    minutes = 1
    if not parts.head.broken:
        lesson = {
            "title": head.line("title", LONGEST_LINE),
            "about": head.line("about", 2 * LONGEST_LINE),
            "needs": head.line("needs", 2 * LONGEST_LINE),
        }
        minutes = int(head.number("minutes", 1, MOST_MINUTES, whole=True))
        head.rest()
    intro = reader.words(parts.intro, Spot(reader.mistakes, parts.head.spot.line))
    if not parts.steps:
        reader.mistakes.add(0, "the lesson has no step; each begins with a line “## Heading”")
    if len(parts.steps) > MOST_STEPS:
        reader.mistakes.add(
            0, f"the lesson has {len(parts.steps)} steps; at most {MOST_STEPS} are read"
        )
    steps = tuple(_step(part, reader) for part in parts.steps[:MOST_STEPS])
    return Lesson(
        name=name,
        title=lesson.get("title", ""),
        about=lesson.get("about", ""),
        minutes=minutes,
        needs=lesson.get("needs", ""),
        intro=intro,
        steps=steps,
        language=language or written_in(lesson.get("title", "")),
    )


def _step(part: Part, reader: _Reader) -> Step:
    spot = part.spot
    if not part.heading:
        spot.add("a step has a heading: ## Heading")
    if len(part.heading) > LONGEST_LINE:
        spot.add(f"its heading has {len(part.heading)} characters; at most {LONGEST_LINE} fit")
    page, control, until = _block(part, reader)
    both = {"predict", "question"} & part.blocks.keys()
    if len(both) > 1:
        spot.add("it has a predict and a question; a step asks one thing")
    predict = question = None
    if "predict" in part.blocks and not part.blocks["predict"].broken:
        block = part.blocks["predict"]
        keys = Keys(block.spot, "the block “predict”", block.values)
        predict = asked.prediction(keys, reader.link, reader.places, reader.here)
        until = until or ("answered", "run ended")
    elif "question" in part.blocks and not part.blocks["question"].broken:
        block = part.blocks["question"]
        keys = Keys(block.spot, "the block “question”", block.values)
        question = asked.question(keys, reader.link)
        until = until or ("answered",)
    conditions = _conditions(part, until, reader, asks=bool(both))
    text = reader.words(part.words, spot)
    after = reader.words(part.after, spot, MOST_CHARACTERS)
    if len(part.words.text) + len(part.after.text) > MOST_CHARACTERS and text and after:
        total = len(part.words.text.strip()) + len(part.after.text.strip())
        if total > MOST_CHARACTERS:
            spot.add(f"its texts have {total:,} characters; at most {MOST_CHARACTERS:,} are read")
    if not (text or predict or question or both):
        spot.add("it says nothing; a step has a few sentences")
    return Step(
        heading=part.heading,
        text=text,
        page=page,
        control=control,
        until=conditions,
        predict=predict,
        question=question,
        after=after,
    )


def _block(part: Part, reader: _Reader) -> tuple[Link | None, str, tuple[str, ...]]:
    """What the block ``step`` says: page, control, until. The reader moves on to that page."""
    block = part.blocks.get("step")
    if block is None or block.broken:
        return None, "", ()
    keys = Keys(block.spot, "the block “step”", block.values)
    page = None
    if "page" in block.values and (said := keys.line("page", links.LONGEST)):
        page = reader.link(said, block.spot, "page")
        reader.go(page)
    control = keys.line("control", LONGEST_LINE) if "control" in block.values else ""
    if control and (place := reader.place) is not None:
        known = [*place.controls, *place.fields]
        if control not in known:
            block.spot.add(
                f"control names {quoted(control)}, which nothing on the page "
                f"{place.path or 'Home'} is called{meant(control, known)}",
                "control",
            )
    elif control and "page" not in block.values:
        block.spot.add(f"control names {quoted(control)}, and no step so far names a page")
    until = keys.lines("until", 8) if "until" in block.values else ()
    keys.rest("page", "control", "until")
    return page, control, until


def _conditions(
    part: Part, until: tuple[str, ...], reader: _Reader, *, asks: bool
) -> tuple[Condition, ...]:
    block = part.blocks.get("step")
    spot = block.spot if block is not None else part.spot
    found = []
    lost = block is not None and "page" in block.values and reader.here is None
    for each in until:
        condition, problems = links.condition(each, reader.place)
        if not lost:  # else the page's own mistake says it
            for problem in problems:
                spot.add(problem, "until")
        if condition == Event("answered") and not asks:
            spot.add("until says “answered”, and the step asks nothing", "until")
        if condition is not None:
            found.append(condition)
        lost = lost or bool(problems)
    if not lost:
        _reachable(found, reader, spot)
    return tuple(found)


def _reachable(conditions: list[Condition], reader: _Reader, spot: Spot) -> None:
    """Tell what the page of the step can never be set to."""
    settings = [each for each in conditions if isinstance(each, Setting)]
    if reader.here is None or reader.place is None or not settings:
        return
    stands = reader.stands.get(reader.here.path, {})
    for problem in reachable.never(settings, reader.place, stands, reader.hidden):
        spot.add(problem, "until")
