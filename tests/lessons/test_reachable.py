"""A lesson that waits for what can never be set is told so, and no other lesson is."""

from __future__ import annotations

import re

import pytest

from kdlab.config.schema import T_MAX, T_MIN
from kdlab.errors import LessonError
from kdlab.lessons import reading
from pages.ui.guide.places import PLACES

HEAD = '+++\ntitle = "A"\nabout = "B"\nminutes = 1\nneeds = "C"\n+++\n'


def step(page: str, *until: str) -> str:
    said = ", ".join(f'"{each}"' for each in until)
    where = f'page = "{page}"\n' if page else ""
    waits = f"until = [{said}]\n" if until else ""
    return f"\n## A step\n\n```step\n{where}{waits}```\n\nDo it.\n"


def mistakes(*steps: str) -> tuple[str, ...]:
    try:
        reading.read("a", HEAD + "".join(steps), PLACES())
    except LessonError as error:
        return error.mistakes
    return ()


@pytest.mark.parametrize(
    ("until", "wrong"),
    [
        ("seeds >= 100000", "seeds >= 100000, which can never be on the page live"),
        (f"temperature > {T_MAX}", "which can never be on the page live: temperature is "),
        (f"temperature < {T_MIN}", "which can never be on the page live: temperature is "),
        ("alpha > 1", "alpha > 1, which can never be on the page live: alpha is "),
        ("epochs >= 301", "epochs >= 301, which can never be on the page live: its slider goes "
         "from 5 to 300"),
        ("epochs <= 3", "its slider goes from 5 to 300"),
    ],
)  # fmt: skip
def test_what_a_page_can_never_be_set_to_is_told_with_its_line(until, wrong):
    text = HEAD + step("live", until)
    with pytest.raises(LessonError) as told:
        reading.read("a", text, PLACES())
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.startswith("until"))
    (said,) = told.value.mistakes
    assert said.startswith(
        f"Line {line}, step 1 “A step”: until waits for {until}, which can never"
    )
    assert wrong in said


@pytest.mark.parametrize(
    "until",
    [
        "labels <= 2000", "labels <= 5000", "labels < 100000000", "epochs >= 0", "seeds >= 0",
        "seeds > -3", "alpha >= -1", "alpha <= 7", "temperature >= 0", "temperature < 5000",
        "epochs <= 100000", "epochs > 1.5", "epochs = 300", "epochs <= 4", "labels != 25000",
        "labels = 1000", "first_seed != 0",
    ],
)  # fmt: skip
def test_what_holds_already_or_nearly_always_is_no_mistake(until):
    assert mistakes(step("live", until)) == ()


@pytest.mark.parametrize("page", ["live", "soft-targets", "loss"])
@pytest.mark.parametrize("until", ["temperature >= 60", f"temperature = {T_MAX}",
                                   f"temperature <= {T_MIN}"])  # fmt: skip
def test_a_temperature_that_can_be_typed_can_be(page, until):
    assert mistakes(step(page, until)) == ()


def test_so_can_that_of_the_bars():
    assert mistakes(step("language-model", "shown_temperature >= 60")) == ()


def test_what_the_learner_may_change_is_not_taken_as_it_stands():
    assert mistakes(step("live", "dataset != digits", "labels >= 5000")) == ()
    assert mistakes(step("live?labels=100", "labels >= 5000")) == (), "of another data set"
    chooses = step("live", "dataset = mnist")
    assert mistakes(chooses, step("", "labels >= 5000")) == ()
    assert mistakes(chooses, step("live", "labels >= 5000")) == ()


def test_a_page_that_is_opened_as_it_was_left_has_the_slider_that_a_link_has_stretched():
    assert mistakes(step("live?epochs=400"), step("live", "epochs >= 350")) == ()
    assert mistakes(step("live?epochs=400"), step("live?labels=50", "epochs >= 350"))


@pytest.mark.parametrize(
    "steps",
    [
        [step("live", "dataset = digits", "labels = 25000")],
        [step("live", "labels >= 5000", "dataset = digits")],
        [step("live?hide=dataset", "labels >= 5000")],
        [step("live?dataset=digits&hide=dataset,alpha"), step("", "labels >= 5000")],
        [step("live?dataset=digits&hide=dataset"), step("live", "labels >= 5000")],
    ],
)
def test_what_the_step_waits_for_or_hides_is_taken_as_it_is(steps):
    (said,) = mistakes(*steps)
    assert re.search(r"labels is (5000|25000); allowed: 1 to 1097, the training images of d", said)


def test_a_hidden_data_set_with_so_many_images_is_no_mistake():
    assert mistakes(step("live?dataset=mnist&hide=dataset", "labels >= 5000")) == ()


@pytest.mark.parametrize(
    "until",
    [
        ["labels <= 50", "labels >= 100"], ["alpha < 0.5", "alpha > 0.5"],
        ["epochs > 50", "epochs < 51"], ["labels = 100", "labels != 100"],
        ["dataset = digits", "dataset = mnist"], ["temperature = 4", "temperature >= 8"],
    ],
)  # fmt: skip
def test_conditions_that_exclude_each_other_are_told(until):
    (said,) = mistakes(step("live", *until))
    name = until[0].split()[0]
    assert f"until waits for {' and '.join(until)}, and no value of {name} is both" in said


@pytest.mark.parametrize(
    "until",
    [
        ["labels >= 50", "labels <= 50"], ["alpha > 0.5", "alpha < 0.50001"],
        ["temperature >= 8", "temperature != 8"], ["seeds != 1", "seeds != 2", "seeds >= 1"],
        ["labels = 100", "labels != 50", "labels > 10"],
    ],
)  # fmt: skip
def test_conditions_that_leave_a_value_are_no_mistake(until):
    assert mistakes(step("live", *until)) == ()
