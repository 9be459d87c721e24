"""The lessons that come with the lab: each is read without a mistake and ends with three questions,
and every figure in its words stands in what the stored results say to which it leads."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from kdlab.config.presets import TWENTY_SEEDS
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.events.history import EventHistory
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.language import LANGUAGE
from kdlab.lessons import links, shelf
from kdlab.lessons.lesson import Lesson, Link, Setting
from kdlab.lessons.measured import measured
from kdlab.lessons.outcome import outcome
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import EXPERIMENTS
from kdlab.studies.device.budget import File, cost
from kdlab.studies.device.found import EXACT, WHOLE
from kdlab.studies.device.names import ROUNDED, TEACHER
from pages.ui.guide.places import PLACES

FIGURE = re.compile(r"\d+(?:,\d{3})+|\d+\.\d+|\d+(?= (?:%|points|bits per|times|kB|parameters))")
"""What is held against results: numbers with a point or a comma, and whole ones of a unit."""
TRAINED = {"live?labels=all&seeds=1", "live?alpha=0.1"}
"""Runs of a few seconds that a learner trains himself: no figure of them stands in a text."""
SETTINGS = {"0.1", "0.5", "0.8", "0.9", "0.10", "0.90"}
"""Of α, as the lessons set it."""


@cache
def _shelf() -> shelf.Shelf:
    return shelf.shelf(PLACES())


NAMES = [path.stem for path in sorted((shelf.BUNDLED / "en").glob("*.md"))]


def _lesson(name: str) -> Lesson:
    return _shelf().lessons[name]


def _as_text(link: Link) -> str:
    query = "&".join(f"{name}={value}" for name, value in link.query.items())
    return link.path + ("?" + query if query else "")


def _links(lesson: Lesson) -> dict[str, Link]:
    """All that a lesson leads to, and that it predicts."""
    found = []
    for step in lesson.steps:
        found += [step.page] if step.page else []
        found += [step.predict.link] if step.predict else []
        found += [w.see for w in step.question.wrong if w.see] if step.question else []
    return {_as_text(link): link for link in found}


def _words(lesson: Lesson) -> Iterator[str]:
    """All that a learner reads."""
    yield lesson.intro
    for step in lesson.steps:
        yield from (step.text, step.after)
        if step.predict:
            yield step.predict.ask
        if step.question:
            yield from (step.question.ask, step.question.right, step.question.because)
            for wrong in step.question.wrong:
                yield from (wrong.say, wrong.because)


@cache
def _result(text: str) -> tuple[Experiment, EventHistory] | None:
    """The stored result of a link; None where nothing is trained on its page."""
    path, _, query = text.partition("?")
    place = PLACES()[path]
    if not place.work:
        return None
    kinds = {"run": DISTILL, "text": LANGUAGE, "map": EXPERIMENTS["sweep"]}
    experiment = kinds.get(place.work) or EXPERIMENTS[place.study]
    config = place.values(Link(path, dict(part.split("=") for part in query.split("&") if part)))
    return experiment, _history(experiment, config)


def _history(experiment: Experiment, config) -> EventHistory:
    events = experiment.load_result(experiment.normal(config), Store(bundled=BUNDLED), bundled=True)
    history = experiment.history(config)
    history.take(events)
    return history


def _said(lesson: Lesson) -> set[str]:
    """The figures in what the lab itself says of the results that a lesson leads to."""
    found: set[str] = set()
    for text in _links(lesson):
        result = _result(text)
        if result is not None and text not in TRAINED:
            experiment, history = result
            assert history.complete, f"{text} does not come with the lab"
            found |= set(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", experiment.summary(history)))
    return found


# -- what no summary says, computed anew ----------------------------------------------------------


@cache
def _teacher() -> tuple[np.ndarray, np.ndarray]:
    outputs = Store(bundled=BUNDLED).teacher_outputs(TeacherConfig())
    assert outputs is not None, "the default teacher comes with the lab"
    return outputs.logits.astype(float), outputs.labels


def _softened(row: int, temperature: float) -> np.ndarray:
    logits = _teacher()[0][row] / temperature
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def _in_percent(row: int, temperature: float, *classes: int) -> set[str]:
    shares = _softened(row, temperature)
    return {f"{100 * shares[each]:.0f}" for each in classes}


def _soft_targets() -> set[str]:
    """Of the first example, a 0, and of the mistake, example 126."""
    zero, seven = 43, 126
    logits, labels = _teacher()
    assert labels[zero] == 0
    assert labels[seven] == 7
    assert logits[seven].argmax() == 8
    ratio = math.exp((logits[zero][6] - logits[zero][3]) / 4)
    return (
        _in_percent(zero, 1, 0, 6)
        | _in_percent(zero, 8, 0, 6, 8, 1, 3)
        | _in_percent(seven, 1, 8, 7)
        | _in_percent(seven, 8, 8, 7)
        | {f"{ratio:.0f}", f"{ratio**0.2:.1f}", "100"}
        | _sizes()
        | _means()
    )


def _means() -> set[str]:
    """To two decimals, with all labels: each student's accuracy, that of a hasty teacher's student,
    and by how much the first two differ."""
    found = set()
    for epochs in (DistilConfig().teacher_epochs, 1):
        config = DistilConfig(labels="all", teacher_epochs=epochs)
        table = _history(DISTILL, config).results()
        found |= {f"{100 * each:.2f}" for each in table.groupby("group").test_accuracy.mean()}
    return found | {f"{_by_seed(DistilConfig(labels='all')).mean():.2f}"}


def _sizes() -> set[str]:
    """Training images, and α · T² at α = 0.1 and T = 4."""
    return {f"{_history(DISTILL, DistilConfig()).started.train_size:,}", f"{0.1 * 16:.1f}"}


def _gradients() -> set[str]:
    """Norms of the teacher's part for a student of equal logits, with and without T², and of the
    label's part: what the page on the loss draws."""
    equal = np.full(10, 0.1)
    found = {f"{np.linalg.norm(equal - np.eye(10)[0]):.2f}"}
    for temperature in (4, 50):
        norm = temperature * float(np.linalg.norm(equal - _softened(43, temperature)))
        found |= {f"{norm:.1f}", f"{norm / temperature**2:.2f}", f"{norm / temperature**2:.3f}"}
    return found | {f"{6**2}"} | _sizes()


def _by_seed(config: DistilConfig) -> np.ndarray:
    """The gain of each seed in points."""
    table = _history(DISTILL, config).results()
    wide = table.pivot(index="seed", columns="group", values="test_accuracy")
    return 100 * (wide["distilled"] - wide["labels only"]).to_numpy()


def _seeds() -> set[str]:
    found = set()
    for config in (DistilConfig(), DistilConfig(labels="all")):
        found |= {f"{abs(gain):.1f}" for gain in _by_seed(config)}
    for config in (DistilConfig(), TWENTY_SEEDS):
        low, high = _history(DISTILL, config).finished.gain["ci95"]
        found |= {f"{100 * (high - low):.1f}", f"{_by_seed(config).std(ddof=1):.1f}"}
    return found


def _letters() -> set[str]:
    told = _history(LANGUAGE, LANGUAGE.config(labels="all")).started.labelled
    few = _history(LANGUAGE, LANGUAGE.config()).started.labelled
    return {f"{math.log2(27):.2f}", f"{told:,}", f"{few:,}"}


def _phone() -> set[str]:
    """Fidelity; what the smaller network takes off the file, and off the parameters; the teacher's
    file in int8."""
    fidelity = _history(DISTILL, DistilConfig()).results().groupby("group").fidelity.mean()
    device = _history(EXPERIMENTS["device"], EXPERIMENTS["device"].config())
    teacher, student = (cost(device, file, "bytes") for file in (WHOLE, EXACT))
    rounded = cost(device, File(TEACHER, ROUNDED), "bytes")
    study = EXPERIMENTS["compression"].config()
    small = _history(EXPERIMENTS["compression"], study).done["mlp-16, distilled"].cost["parameters"]
    sizes = (64, 256, 256, 10)
    assert study.teacher == "mlp-256-256"
    large = sum((before + 1) * after for before, after in itertools.pairwise(sizes))
    found = {f"{100 * value:.1f}" for value in fidelity}
    budget = {"12"}  # that the learner sets
    return (
        found
        | budget
        | {f"{teacher / student:.1f}", f"{rounded:.0f}", f"{teacher:.0f}", f"{large / small:.0f}"}
    )


COMPUTED = {
    "five-ways-to-do-it-wrong": _gradients,
    "soft-targets": _soft_targets,
    "when-does-a-teacher-help": lambda: _sizes() | _means(),
    "temperature-and-alpha": _gradients,
    "how-sure-is-a-gain": _seeds,
    "language-models": _letters,
    "small-enough-for-a-phone": _phone,
}


# -- the tests ------------------------------------------------------------------------------------


def test_all_of_them_are_read_without_a_mistake_in_the_order_of_the_way():
    assert not _shelf().wrong
    assert set(shelf.ORDER) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_ends_with_three_questions_whose_wrong_answers_a_run_explains(name):
    lesson = _lesson(name)
    assert 6 <= len(lesson.steps) <= 12
    assert lesson.needs
    assert lesson.about
    for step in lesson.steps[-3:]:
        assert step.question is not None, step.heading
        assert len(step.question.wrong) >= 2
        assert any(wrong.see for wrong in step.question.wrong), step.heading
    assert sum(step.predict is not None for step in lesson.steps) >= 2
    assert "!" not in "".join(_words(lesson)).replace("\\!", "!")


@pytest.mark.parametrize("name", NAMES)
def test_no_step_is_done_before_the_learner_has_done_it(name):
    here = None
    for step in _lesson(name).steps:
        here = step.page or here
        settings = [each for each in step.until if isinstance(each, Setting)]
        if settings:
            place = PLACES()[here.path]
            start = place.values(here).model_dump()
            held = [links.holds(each, start, place.settings) for each in settings]
            assert not all(held), step.heading


@pytest.mark.parametrize("name", NAMES)
def test_what_is_predicted_comes_with_the_lab_or_takes_seconds(name):
    for step in _lesson(name).steps:
        if step.predict is None or _as_text(step.predict.link) in TRAINED:
            continue
        result = _result(_as_text(step.predict.link))
        assert result is not None
        found = [measured(each, result[1]) for each in step.predict.measure]
        assert all(found), f"{step.heading}: {step.predict.measure}"
        if step.predict.kind == "number":
            assert step.predict.low <= found[0].mean <= step.predict.high, step.heading
            assert outcome(step.predict, f"{found[0].mean:.2f}", found).right, step.heading


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_stands_in_what_the_lab_says(name):
    lesson = _lesson(name)
    known = _said(lesson) | SETTINGS
    if name in COMPUTED:
        known |= COMPUTED[name]()
    text = "\n".join(_words(lesson)).replace("\\", "")
    unknown = [
        text[max(0, found.start() - 50) : found.end() + 20]
        for found in FIGURE.finditer(text)
        if found[0] not in known
    ]
    assert not unknown
