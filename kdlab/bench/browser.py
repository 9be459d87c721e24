"""The pages in a real browser: redraws a second, how soon a stop, and eight visitors at once.

Server, workers and browsers share one machine here, so a classroom with computers of its own sees
better numbers than the last two rows. Times are taken inside the page.
"""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kdlab.bench import Row, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 3
VISITORS = 8
PATIENCE_MS = 180_000.0
DRAG_STEPS = 240

POINTS = """[...document.querySelectorAll(".kd-chart")].reduce((n, chart) => Math.max(n,
  chart.data?.find((trace) => trace.name === "Distilled")?.x.length ?? 0), 0)"""
"""Epochs of the distilled student's curve on screen."""

TRAIN = 'document.querySelector(".st-key-live-train button")'
PLAYER = """[...document.querySelectorAll("*")]
  .map((node) => node.shadowRoot?.querySelector("{selector}")).find(Boolean)"""
"""Something within the player, which has a root of its own."""

STOP, PAUSE, STEP = (
    PLAYER.format(selector=f"[data-act={name}]") for name in ("stop", "turn", "step")
)
SAID = PLAYER.format(selector=".kd-transport .said")

TAB = """[...document.querySelectorAll("[role=tab]")].find((tab) => tab.innerText === "{name}")"""

TABS = {
    "Loss": "The two parts of the loss|Means over the batches",
    "Fidelity": "Agreement with the teacher|Fidelity is how often",
}
"""Tabs to look at, and what they say before and after the first epoch."""

SAYS = """[...document.querySelectorAll("[role=tabpanel]")].some(
  (panel) => /{words}/.test(panel.innerText))"""

ANSWER = """async () => {{
  const began = performance.now();
  ({press}).click();
  while (!({seen})) {{
    if (performance.now() - began > {limit}) throw new Error("no answer to: {what}");
    await new Promise((later) => setTimeout(later, 5));
  }}
  return (performance.now() - began) / 1000;
}}"""

RECORD = f"""() => {{
  window.drawn = [];
  new MutationObserver((changes) => {{
    for (const {{ target }} of changes) {{
      if (target.matches(".kd-chart[aria-label^=Accuracy]"))
        window.drawn.push([performance.now() / 1000, {POINTS}]);
    }}
  }}).observe(document, {{ subtree: true, attributeFilter: ["data-draws"] }});
}}"""

PLACES = f"""() => {{
  window.places = new Set();
  setInterval(() => {{
    const said = ({SAID})?.innerText ?? "";
    const place = said.match(/number (\\d+) in the queue/);
    if (place) window.places.add(Number(place[1]));
  }}, 50);
}}"""

REDRAWS = "root => [Number(root.dataset.redraws ?? 0), performance.now() / 1000]"

RUNS = """() => {
  window.runs = 0;
  const app = document.querySelector("[data-testid=stApp]");
  new MutationObserver(() => { window.runs += app.dataset.testScriptState === "running"; })
    .observe(app, { attributeFilter: ["data-test-script-state"] });
}"""


def rows() -> Iterator[Row]:
    """Everything that a visitor feels, or one row that says why it could not be measured."""
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving.browser() as browser,
            serving.lab(Path(folder)) as served,
        ):
            browser_page(browser, served.url, "/").get_by_text(
                re.compile("^Workers: ready")
            ).wait_for()
            yield from live_redraws(browser, served.url)
            yield from drag(browser, served.url)
            yield from player(browser, served.url)
            yield from crowd(browser, served.url)
    except RuntimeError as problem:
        yield Row("the pages in a browser", f"not measured: {problem}")


def live_redraws(browser: Browser, url: str) -> Iterator[Row]:
    """The default run on fresh seeds, its teacher cached: how soon the first point is on the
    chart, redraws of the accuracy chart while the run goes on, and runs of Python meanwhile."""
    waits, rates, runs = [], [], []
    for round_ in range(ROUNDS):
        page = browser_page(browser, url, f"/live?first_seed={1000 + 100 * round_}")
        page.wait_for_function(f"{TRAIN}?.disabled === false && window.Plotly")  # it rests
        page.evaluate(RECORD)
        waits.append(_answer(page, TRAIN, f"{POINTS} >= 1"))
        page.evaluate(RUNS)
        page.wait_for_function(f"{POINTS} >= 100")
        runs.append(page.evaluate("window.runs"))
        page.wait_for_function(f"{POINTS} === 101")
        drawn = [at for at, points in page.evaluate("window.drawn") if points > 0]
        rates.append((len(drawn) - 1) / (drawn[-1] - drawn[0]))
        page.context.close()
    wait, rate = statistics.median(waits), statistics.median(rates)
    yield Row(
        "click on Train to the first point on the chart", f"{wait:.2f} s", "1.5 s", wait <= 1.5
    )
    yield Row("redraws a second of the default live run", f"{rate:.1f}", "20", rate >= 20)
    most = max(runs)
    yield Row("runs of the page's script while it trains", f"{most}", "0", most == 0)


def drag(browser: Browser, url: str) -> Iterator[Row]:
    """T dragged to and fro over the soft targets: redraws a second, and reruns of Python."""
    page = browser_page(browser, url, "/soft-targets")
    root = page.locator(".kd-soft")
    slider = page.get_by_role("slider", name="Temperature T")
    slider.wait_for()
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )
    page.evaluate(RUNS)
    box = slider.bounding_box()
    assert box is not None
    left, middle = box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(left, middle)
    page.mouse.down()
    before, began = root.evaluate(REDRAWS)
    for target in (0.8, 0.2):
        page.mouse.move(box["x"] + target * box["width"], middle, steps=DRAG_STEPS // 2)
    after, ended = root.evaluate(REDRAWS)
    runs = page.evaluate("window.runs")
    page.mouse.up()
    page.wait_for_url(re.compile("temperature="))
    page.context.close()
    rate = (after - before) / (ended - began)
    yield Row("redraws a second while T is dragged", f"{rate:.0f}", "30", rate >= 30)
    yield Row("runs of the page's script during that drag", f"{runs}", "0", runs == 0)


def player(browser: Browser, url: str) -> Iterator[Row]:
    """From the click on Pause, Step and Stop to the picture that obeys, and to the page that says
    that it has stopped."""
    times: dict[str, list[float]] = {"Pause": [], "Step": [], "Stop": [], "stopped": []}
    for round_ in range(ROUNDS):
        page = browser_page(browser, url, f"/live?epochs=2000&first_seed={2000 + 100 * round_}")
        _press(page, "Train")
        page.wait_for_function(f"{POINTS} >= 50")
        times["Pause"].append(_answer(page, PAUSE, f"({PAUSE}).innerText.startsWith('Play')"))
        page.evaluate(f"window.before = {POINTS}")
        page.wait_for_function(f"({SAID}).innerText.startsWith('Held')")
        times["Step"].append(_answer(page, STEP, f"{POINTS} !== window.before"))
        times["Stop"].append(_answer(page, STOP, f"({STOP}).disabled"))
        page.evaluate("window.pressed = performance.now()")
        page.wait_for_function(f"!({SAID}).innerText.startsWith('Stopping')")
        passed = page.evaluate("(performance.now() - window.pressed) / 1000")
        times["stopped"].append(times["Stop"][-1] + passed)
        page.context.close()
    middle = {name: statistics.median(found) for name, found in times.items()}
    for name in ("Pause", "Step", "Stop"):
        told = f"{1000 * middle[name]:.0f} ms"
        yield Row(f"click on {name} to the picture that obeys", told, "50 ms", middle[name] <= 0.05)
    told = f"{middle['stopped']:.2f} s"
    yield Row("click on Stop to the stopped page", told, "0.5 s", middle["stopped"] <= 0.5)


def crowd(browser: Browser, url: str) -> Iterator[Row]:
    """Visitors who all train at once, each with seeds of his own, and then look around.

    All but the first draw no charts: in a class each has a computer for that, here all share one.
    """
    pages = [
        browser_page(browser, url, f"/live?first_seed={5000 + 100 * n}", charts=n == 0)
        for n in range(VISITORS)
    ]
    for page in pages:
        page.wait_for_function(TAB.format(name="Loss"))
        page.evaluate(PLACES)
    for page in pages:
        _press(page, "Train")
    times = []
    for page in pages:
        for name, words in TABS.items():
            times.append(_answer(page, TAB.format(name=name), SAYS.format(words=words)))
    places: set[int] = set()
    for page in pages:
        page.get_by_text("95 % interval").first.wait_for()
        places.update(page.evaluate("[...window.places]"))
        page.context.close()
    worst = max(times)
    yield Row(
        f"{VISITORS} visitors training at once: slowest answer of a page",
        f"{worst:.2f} s, median {statistics.median(times):.2f} s",
        "1 s",
        worst <= 1,
    )
    shown = ", ".join(str(place) for place in sorted(places)) or "none"
    yield Row("places in the queue that they saw", shown, "some", bool(places))


def browser_page(browser: Browser, url: str, path: str, *, charts: bool = True) -> Page:
    """A new visitor on the page ``path``, with or without the library that draws charts."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    if not charts:
        page.route("**/kdlab/plotly-*", lambda route: route.abort())
    page.goto(url + path)
    page.locator("h1").wait_for()
    return page


def _press(page: Page, name: str) -> None:
    page.locator(".st-key-player").get_by_role("button", name=re.compile(f"^{name}")).click()


def _answer(page: Page, press: str, seen: str) -> float:
    """Seconds in the page from a click on ``press`` until ``seen``, both JavaScript."""
    found: float = page.evaluate(
        ANSWER.format(press=press, seen=seen, limit=PATIENCE_MS, what="the click")
    )
    return found
