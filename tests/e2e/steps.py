"""What a person does and sees, in the terms of the pages."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def sees_change(page: Page, locator: Locator, attribute: str, before: str) -> str:
    """Wait until an attribute is no longer ``before``; its new text."""
    expect(locator).not_to_have_attribute(attribute, before)
    return locator.get_attribute(attribute) or ""


def numbers(text: str) -> list[float]:
    """All numbers of a text, "5·10⁻⁴" and a real minus included."""
    plain = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--"))
    plain = re.sub(r"(?:(?<=\s)|^)10(-\d+)", r"1e\1", plain)
    plain = re.sub(r"·10(-?\d+)", r"e\1", plain)
    return [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", plain)]


def bars(page: Page) -> Locator:
    """The columns of soft targets; their label says T and all probabilities."""
    return page.locator("svg[aria-label^='Soft targets at T']")


def soft_targets(label: str) -> list[float]:
    """The probabilities that :func:`bars` shows, in the order of the classes."""
    pairs = label.split(": ", 1)[1].split(". The label", 1)[0].split(", ")
    return [numbers(pair.split(" ", 1)[1])[0] for pair in pairs]


def temperature(page: Page) -> Locator:
    """The slider of T."""
    return page.get_by_role("slider", name="Temperature T")


def press_slider(page: Page, slider: Locator, share: float) -> tuple[float, float]:
    """Put the mouse down on a slider at ``share`` of its width; where that is on screen."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


def chart(page: Page, name: str) -> Locator:
    """A chart of the live page, by the first words of its description."""
    return page.locator(f".kd-chart[aria-label^='{name}'][data-draws]")


def points(accuracy: Locator) -> int:
    """How many epochs the distilled student's curve has."""
    return accuracy.evaluate("n => (n.data.find(t => t.name === 'Distilled')?.x.at(-1) ?? -1) + 1")


def wait_for_points(page: Page, least: int) -> None:
    """Wait until the distilled student's curve has ``least`` epochs."""
    page.wait_for_function(
        """least => [...document.querySelectorAll(".kd-chart")].some(n => (n.data ?? []).some(
            t => t.name === "Distilled" && t.x.length >= least))""",
        arg=least,
    )


def wait_for_held(page: Page, points: int) -> None:
    """Wait until the distilled student's curve was drawn with just so many epochs, at which its run
    is held: not those of the run that was shown before."""
    page.wait_for_function(
        "points => window.lab.charts.Accuracy?.at(-1) === points",
        arg=points,
    )


def wait_for_runs(page: Page, more: int) -> None:
    """Wait until Python has run ``more`` more times and rests."""
    goal = page.evaluate("window.lab.runs") + more
    page.wait_for_function(
        """goal => window.lab.runs >= goal && document.querySelector("[data-testid=stApp]")
            .dataset.testScriptState === "notRunning" """,
        arg=goal,
    )


def button(page: Page, name: str) -> Locator:
    """A button of the player: Train, Pause, Step ..."""
    players = page.locator(".st-key-player, .kd-transport")
    return players.get_by_role("button", name=re.compile(f"^{name}")).first


def download(page: Page, label: str, folder: Path) -> Path:
    """The file that the button of this name brings, in ``folder``."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
