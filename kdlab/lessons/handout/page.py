"""The file: steps with boxes to tick and lines to write on, and for whoever teaches what is right.

No script, nothing that is fetched, dark on white, as wide as the paper: A4 and Letter alike. The
learners' file has no answer in it, neither seen nor hidden: answers, reasons, measured values and
what is told after a step are written only for whoever asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import segno

from kdlab.lessons.handout.words import blocks, text
from kdlab.lessons.lesson import Lesson, Prediction, Question, Step
from kdlab.lessons.outcome import answers as offered_by
from kdlab.lessons.outcome import in_words
from kdlab.translation import say, speaking

CSS = Path(__file__).with_name("handout.css")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"
"""What a browser lets the file do: show its own images and its own style."""
LINES = '<div class="line"></div>'


def written(
    lesson: Lesson,
    address: str,
    *,
    answers: bool = False,
    measured: Mapping[int, str] | None = None,
) -> str:
    """The whole file, in the language of the ``lesson``. ``address`` is where it is opened, as text
    and QR code at the top; empty where there is none. With ``answers`` it is for whoever teaches;
    ``measured`` are then sentences, by the number of their step from 0, on what was measured."""
    with speaking(lesson.language):
        return "\n".join(_written(lesson, address, answers, measured or {})) + "\n"


def code(address: str) -> str:
    """A QR code of ``address`` as the address of an image, dark on white."""
    made = segno.make(address, error="m")
    return str(made.svg_data_uri(scale=4, border=2, light="#fff", dark="#000", encode_minimal=True))


def _written(
    lesson: Lesson, address: str, answers: bool, measured: Mapping[int, str]
) -> Iterator[str]:
    title = text(lesson.title)
    yield "<!DOCTYPE html>"
    yield f'<html lang="{text(lesson.language)}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title>"
    yield f"<style>\n{CSS.read_text(encoding='utf-8')}</style>"
    yield "</head>"
    yield "<body>"
    yield from _head(lesson, title, address, answers)
    yield "<main>"
    if lesson.intro:
        yield blocks(lesson.intro)
    for number, step in enumerate(lesson.steps):
        yield from _step(number, step, answers, measured.get(number, ""))
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _head(lesson: Lesson, title: str, address: str, answers: bool) -> Iterator[str]:
    yield "<header>"
    if address:
        words = text(say("QR code of the address"))
        yield f'<img class="code" src="{text(code(address))}" alt="{words}">'
    if answers:
        yield f'<p class="kind">{text(say("With answers, for the instructor"))}</p>'
    yield f"<h1>{title}</h1>"
    if lesson.about:
        yield f"<p>{text(lesson.about)}</p>"
    facts = [say("About {count} min", count=lesson.minutes)] if lesson.minutes else []
    if lesson.needs:
        facts.append(lesson.needs)
    yield f'<p class="facts">{" · ".join(map(text, facts))}</p>'
    if address:
        yield f'<p class="address">{text(address)}</p>'
    if not answers:
        yield f'<p class="name">{text(say("Name"))}<span class="line"></span></p>'
    yield "</header>"


def _step(number: int, step: Step, answers: bool, measured: str) -> Iterator[str]:
    yield '<section class="step">'
    yield f"<h2>{number + 1}. {text(step.heading)}</h2>"
    if step.text:
        yield blocks(step.text)
    if step.predict is not None:
        yield from _predicted(step.predict, answers, measured)
    if step.question is not None:
        yield from _asked(step.question, answers)
    if answers and step.after:
        yield f'<div class="answer">{blocks(step.after)}</div>'
    elif step.after and step.predict is None and step.question is None:
        yield f'<p class="ask">{text(say("What do you see?"))}</p>{LINES}{LINES}'
    yield "</section>"


def _predicted(what: Prediction, answers: bool, measured: str) -> Iterator[str]:
    yield f'<p class="ask">{text(what.ask)}</p>'
    if what.kind == "number":
        unit = say(what.unit, about="measure")
        span = f"{what.low:g} – {what.high:g} {unit}".strip().replace("-", "−")
        words = f"{text(say('Your prediction'))} ({text(span)})"
        yield f'<p class="name">{words}<span class="line"></span></p>'
    else:
        yield _boxes([(in_words(what, each), False) for each in offered_by(what)])
    if not answers:
        yield f'<p class="ask">{text(say("What was measured?"))}</p>{LINES}'
        return
    told = measured or say("Not measured here yet: run this step once, then print again.")
    yield f'<p class="answer">{text(told)}</p>'


def _asked(what: Question, answers: bool) -> Iterator[str]:
    yield f'<p class="ask">{text(what.ask)}</p>'
    offered = offered_by(what)  # as on the page: the right one stands in no place of its own
    yield _boxes([(each, answers and each == what.right) for each in offered])
    if not answers:
        return
    reasons = {what.right: what.because} | {each.say: each.because for each in what.wrong}
    rows = [f"<li><b>{text(e)}</b> {text(reasons[e])}</li>" for e in offered if reasons[e]]
    if rows:
        yield f'<ul class="answer">{"".join(rows)}</ul>'


def _boxes(offered: list[tuple[str, bool]]) -> str:
    """Boxes to tick, of which some are ticked."""
    rows = "".join(
        f'<li><span class="box">{"✓" if ticked else ""}</span> {text(words)}</li>'
        for words, ticked in offered
    )
    return f'<ul class="boxes">{rows}</ul>'
