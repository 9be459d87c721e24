"""Live distillation, as a person meets it: train, watch, hold, step, stop, share, take away."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

VERDICT = re.compile(r"Distillation helped with this teacher: \+[\d.]+ points, 95\s% interval")


@pytest.fixture(autouse=True)
def _workers(workers):
    """Every test here may train."""


def test_train_the_default_watch_it_grow_and_take_it_away(visitor, holds, tmp_path):
    looks = (10, 40, 70)
    for look in looks:
        holds.hold(f"epoch {look}", "StudentsEpoch", epoch=look)
    page = visitor("/live")
    accuracy = steps.chart(page, "Accuracy")
    expect(accuracy).to_be_visible()
    expect(steps.button(page, "Train")).to_be_enabled()
    steps.wait_for_runs(page, 0)
    accuracy.evaluate("node => { node.marked = true; window.lab.charts = {}; }")
    steps.button(page, "Train").click()
    for look in looks:
        steps.wait_for_held(page, look)
        holds.release(f"epoch {look}")
    expect(page.get_by_text("Trained here")).to_be_visible()
    verdict = page.get_by_text(VERDICT)
    expect(verdict).to_be_visible()
    steps.wait_for_points(page, 101)
    lengths = page.evaluate("window.lab.charts.Accuracy")
    assert {*looks, 101} <= set(lengths), f"the curves did not grow: {lengths}"
    start = next(k for k, n in enumerate(lengths) if n < 101)
    assert lengths[start:] == sorted(lengths[start:])
    assert accuracy.evaluate("node => node.marked"), "the chart's node was replaced"
    sentence = verdict.inner_text().replace("\u00a0", " ")

    page.get_by_role("tab", name="Size and speed").click()
    sizes, stages = (page.get_by_test_id("stDataFrame").nth(n) for n in range(2))
    sizes.scroll_into_view_if_needed()
    for words in ("Parameters", "Bytes on disk", "FLOPs per image", "Milliseconds, batch of 64"):
        expect(sizes.locator("td", has_text=words)).to_be_attached()
    stages.scroll_into_view_if_needed()
    expect(stages.locator("td", has_text="Ask the teacher")).to_be_attached()
    expect(steps.chart(page, "Test accuracy against")).to_be_visible()
    expect(steps.chart(page, "CPU latency")).to_be_visible()

    page.get_by_role("tab", name="Take it away").click()
    script = steps.download(page, "PyTorch script", tmp_path)
    compile(script.read_text(encoding="utf-8"), script.name, "exec")
    assert "kdlab" not in re.findall(r"^(?:import|from) (\w+)", script.read_text("utf-8"), re.M)
    config = json.loads(
        steps.download(page, "Settings, JSON", tmp_path).read_text(encoding="utf-8")
    )
    assert (config["dataset"], config["temperature"], config["labels"]) == ("digits", 4.0, 100)
    results = (
        steps.download(page, "Results, CSV", tmp_path).read_text(encoding="utf-8").splitlines()
    )
    assert len(results) == 1 + 2 * config["seeds"]
    report = steps.download(page, "Report, HTML", tmp_path).read_text(encoding="utf-8")
    assert "<title>Does distillation (soft targets)" in report
    assert html.escape(sentence.split(" Measured on")[0]) in report
    weights = steps.download(page, "Weights: distilled", tmp_path).read_bytes()
    size = int.from_bytes(weights[:8], "little")
    assert json.loads(weights[8 : 8 + size])["__metadata__"]["architecture"] == "mlp-16"

    link = page.get_by_test_id("stCode").inner_text().strip()
    other = visitor(link)
    expect(other.get_by_text("Stored run of this machine")).to_be_visible()
    expect(other.get_by_text(VERDICT)).to_have_text(sentence)


def test_bring_back_what_was_taken_away(visitor, tmp_path):
    page = visitor("/live?labels=50&alpha=0.25&teacher=mlp-32&epochs=3&seeds=2")
    page.get_by_role("tab", name="Take it away").click()
    settings = steps.download(page, "Settings, JSON", tmp_path)
    steps.button(page, "Train").click()
    button = page.get_by_role("button", name="Weights: teacher", exact=True)
    expect(button).to_be_visible()
    weights = steps.download(page, "Weights: teacher", tmp_path)

    other = visitor("/live?student=mlp-8")
    other.get_by_role("tab", name="Take it away").click()
    _upload(other, "Load settings (JSON)", settings)
    expect(other.get_by_text("are on the controls")).to_be_visible()
    other.wait_for_url(lambda address: parse_qs(urlsplit(address).query).get("alpha") == ["0.25"])
    alpha = other.get_by_role("slider", name="Weight α")
    expect(alpha).to_have_attribute("aria-valuetext", re.compile(r"^0\.25"))
    _upload(other, "Load weights as the teacher (safetensors)", weights)
    expect(other.get_by_text("is the teacher now: mlp-32")).to_be_visible()
    other.wait_for_url(re.compile("teacher_weights=[0-9a-f]+"))
    steps.button(other, "Train").click()
    expect(other.get_by_text("Trained here")).to_be_visible()
    expect(other.get_by_role("button", name="Results, CSV", exact=True)).to_be_visible()


def _upload(page, label, path):
    page.get_by_test_id("stFileUploader").filter(has_text=label).locator(
        "input[type=file]"
    ).set_input_files(path)


def test_hold_step_back_go_on_and_stop(visitor, holds):
    held, last = 6, 40
    holds.hold("before the pause", "StudentsEpoch", epoch=held)
    holds.hold("before the end", "StudentsEpoch", epoch=last)
    page = visitor("/live?epochs=2000&first_seed=40")
    steps.button(page, "Train").click()
    steps.wait_for_held(page, held)
    steps.button(page, "Pause").click()
    expect(steps.button(page, "Play")).to_be_enabled()
    accuracy = steps.chart(page, "Accuracy")
    steps.wait_for_runs(page, 0)
    runs = page.evaluate("window.lab.runs")
    holds.release("before the pause")
    told = f"Held at epoch {held - 1}; training continues, at epoch {last - 1} of 2000"
    expect(page.get_by_text(told)).to_be_visible()
    assert steps.points(accuracy) == held, "the picture was not held"
    steps.button(page, "Step").click()
    steps.wait_for_points(page, held + 1)
    assert steps.points(accuracy) == held + 1
    steps.button(page, "Back").click()
    accuracy.page.wait_for_function(
        "held => document.querySelector('.kd-chart').data.at(-1).x.at(-1) === held - 1", arg=held
    )
    steps.button(page, "Play").click()
    steps.wait_for_points(page, last)  # the run went on behind the held picture
    assert page.evaluate("window.lab.runs") == runs, "the player needs no run of Python"
    steps.button(page, "Stop").click()
    expect(steps.button(page, "Stop")).to_be_disabled()
    expect(page.get_by_text(f"Stopped at epoch {last - 1} of 2000")).to_be_visible()
    assert steps.points(accuracy) == last
    expect(page.get_by_text(VERDICT)).to_have_count(0)
    sent = page.watch.sent
    steps.button(page, "Reset").click()
    expect(page.get_by_text("Press Train. Curves appear here")).to_be_visible()
    assert page.watch.sent > sent
    assert "first_seed=40" in page.url


def test_no_button_of_the_player_moves_away_from_under_the_pointer(visitor):
    page = visitor("/live")
    for name in ("Train", "Play", "Back", "Step", "End", "Stop"):
        expect(steps.button(page, name)).to_be_visible()  # drawn; before that it has no width
    expect(steps.button(page, "Play")).to_be_enabled()
    steps.wait_for_runs(page, 0)
    page.evaluate(
        """async () => {
          await document.fonts.ready; // letters of another width are no fault of the player
          window.places = new Set();
          const look = () => {
            const stop = window.lab.within("[data-act=stop]")?.getBoundingClientRect();
            window.places.add(stop ? Math.round(stop.x) : "gone");
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    page.get_by_role("combobox", name="Speed").select_option("1/10x")
    steps.button(page, "Play").click()
    expect(steps.button(page, "Pause")).to_be_enabled()
    expect(page.get_by_text(re.compile(r"^Epoch [1-9]\d? of 100$"))).to_be_visible()
    steps.button(page, "Pause").click()
    expect(steps.button(page, "Play")).to_be_enabled()
    steps.wait_for_runs(page, 0)
    places = page.evaluate("[...window.places]")
    assert len(places) == 1, f"Stop stood at {places}"


def test_a_run_that_is_played_asks_nothing_of_the_server(visitor):
    page = visitor("/live", clock=True)
    expect(steps.button(page, "Play")).to_be_enabled()
    steps.wait_for_runs(page, 0)
    sent, runs = page.watch.sent, page.evaluate("window.lab.runs")
    steps.button(page, "Play").click()
    expect(steps.button(page, "Pause")).to_be_enabled()
    page.clock.run_for(60_000)  # ms; they pass at once
    expect(steps.button(page, "Play")).to_be_enabled()
    expect(page.get_by_text(VERDICT)).to_be_visible()
    page.get_by_role("slider", name="Epoch", exact=True).fill("7")
    assert steps.points(steps.chart(page, "Accuracy")) in (8, 101)
    page.wait_for_function("document.querySelector('.kd-chart').data.at(-1).x.at(-1) === 7")
    page.clock.run_for(60_000)
    assert (page.watch.sent, page.evaluate("window.lab.runs")) == (sent, runs)


def test_no_python_runs_while_a_run_is_watched_and_every_epoch_is_told(visitor, holds):
    """A quick machine draws each of them, a slow one several at once."""
    holds.hold("at the end", "StudentsEpoch", epoch=99)
    page = visitor("/live?first_seed=440&seeds=2")
    expect(steps.button(page, "Train")).to_be_enabled()
    page.wait_for_function("window.Plotly")  # before there is a chart: the first does not wait
    steps.wait_for_runs(page, 0)
    page.evaluate("window.lab.charts = {}")
    steps.button(page, "Train").click()
    steps.wait_for_points(page, 1)
    steps.wait_for_runs(page, 0)
    runs = page.evaluate("window.lab.runs")
    steps.wait_for_points(page, 99)
    assert page.evaluate("window.lab.runs") == runs
    holds.release("at the end")
    expect(page.get_by_text(VERDICT)).to_be_visible()
    steps.wait_for_runs(page, 0)
    assert page.evaluate("window.lab.runs") == runs + 1, "once, at the end"


def test_a_page_that_is_loaded_anew_in_mid_run_goes_on_without_a_gap(visitor, holds):
    holds.hold("first", "StudentsEpoch", epoch=20)
    holds.hold("second", "StudentsEpoch", epoch=40)
    page = visitor("/live?first_seed=460&seeds=2&epochs=60")
    steps.button(page, "Train").click()
    steps.wait_for_held(page, 20)
    page.reload()
    steps.wait_for_held(page, 20)
    expect(page.get_by_text("In training: digits")).to_be_visible()
    other = page.context.new_page()  # the same link in a second tab
    other.goto(page.url)
    steps.wait_for_held(other, 20)
    holds.release("first")
    for each in (page, other):
        steps.wait_for_held(each, 40)
        xs = steps.chart(each, "Accuracy").evaluate("n => n.data.at(-1).x")
        assert xs == list(range(40))
    holds.release("second")
    for each in (page, other):
        expect(each.get_by_text(re.compile(r"95\s% interval")).first).to_be_visible()


def test_alpha_is_turned_while_it_trains_and_a_link_repeats_the_run(visitor, holds):
    """Also by whoever has loaded the page anew in between."""
    holds.hold("on its way", "StudentsEpoch", epoch=20)
    holds.hold("further on", "StudentsEpoch", epoch=40)
    page = visitor("/live?first_seed=500&seeds=2&epochs=60")
    page.get_by_test_id("stSidebar").get_by_text("Change T and α during training").click()
    steps.wait_for_runs(page, 0)
    steps.button(page, "Train").click()
    steps.wait_for_held(page, 20)
    alpha = page.get_by_test_id("stSidebar").get_by_role("slider", name="Weight α")
    alpha.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"alpha=0\.85"))
    steps.wait_for_runs(page, 0)
    holds.release("on its way")
    steps.wait_for_held(page, 40)
    page.reload()
    steps.wait_for_held(page, 40)
    expect(page.get_by_role("switch", name="Change T and α during training")).to_be_checked()
    holds.release("further on")
    told = page.get_by_text("T and α were changed while it trained")
    expect(told).to_be_visible()
    (entry,) = re.findall(r"(\d+):4:0\.85", told.inner_text())
    assert 20 <= int(entry) < 40
    assert steps.chart(page, "Accuracy").evaluate("n => n.layout.annotations[0].text") == (
        "T 4, α 0.85"
    )
    result = page.get_by_text(re.compile(r"95\s% interval")).first
    expect(result).to_contain_text("the same number of steps")
    sentence = result.inner_text()
    page.get_by_role("button", name="Use its settings").click()
    expect(page).to_have_url(re.compile(r"schedule="))
    other = visitor(page.url)
    expect(other.get_by_text("Stored run of this machine")).to_be_visible()
    expect(other.get_by_text(re.compile(r"95\s% interval")).first).to_have_text(sentence)


def test_where_events_are_kept_back_the_page_fetches_and_says_nothing(visitor, holds):
    """As behind a proxy that buffers."""
    page = visitor("/live?first_seed=480&seeds=2&epochs=12")
    page.route(
        "**/kdlab/stream/**",
        lambda route, request: (
            route.abort()
            if "text/event-stream" in request.headers.get("accept", "")
            else route.continue_()
        ),
    )
    page.watch.faults.clear()
    steps.button(page, "Train").click()
    expect(page.get_by_text("Trained here")).to_be_visible()
    steps.wait_for_points(page, 13)
    page.watch.faults[:] = [f for f in page.watch.faults if "kdlab/stream" not in f]


def test_the_keyboard_plays_too(visitor, holds):
    held = 10
    holds.hold("before the pause", "StudentsEpoch", epoch=held)
    holds.hold("before the end", "StudentsEpoch", epoch=40)
    page = visitor("/live?epochs=300&first_seed=60&seeds=2")
    expect(steps.button(page, "Train")).to_be_enabled()
    page.keyboard.press("t")
    steps.wait_for_held(page, held)
    page.keyboard.press("p")
    expect(steps.button(page, "Play")).to_be_enabled()
    holds.release("before the pause")
    # There is an epoch to step to: as soon as it is paused, "training goes on" stands there too.
    expect(page.get_by_text("training continues, at epoch 39 of 300")).to_be_visible()
    assert steps.points(steps.chart(page, "Accuracy")) == held
    page.keyboard.press("n")
    steps.wait_for_points(page, held + 1)
    page.keyboard.press("e")
    steps.wait_for_points(page, held + 2)
    page.keyboard.press("s")
    expect(steps.button(page, "Stop")).to_be_disabled()
    page.get_by_role("slider", name="Epoch", exact=True).click()
    page.keyboard.press("x")  # a key of the page, and no longer of the slider
    expect(page.get_by_text("Press Train. Curves appear here")).to_be_visible()
    page.keyboard.press("d")  # new seeds
    expect(page).to_have_url(re.compile("first_seed=62"))
    steps.wait_for_points(page, 3)
    page.keyboard.press("s")
    expect(steps.button(page, "Stop")).to_be_disabled()


def test_broken_and_hiding_links(visitor):
    page = visitor("/live?alpha=1.5&temperature=7&hide=labels,seeds")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("“Weight α” is 1.5. Allowed:")
    expect(steps.button(page, "Train")).to_be_enabled()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("textbox", name="Temperature T, typed")).to_have_value("7")
    expect(sidebar.get_by_text("Weight α", exact=True)).to_be_visible()
    expect(sidebar.get_by_text("Labels the student sees")).to_have_count(0)
    page.goto("/live?hide=train,alpha&alpha=0.3")
    expect(steps.button(page, "Play")).to_be_visible()
    expect(steps.button(page, "Train")).to_have_count(0)
    expect(sidebar.get_by_text("Weight α", exact=True)).to_have_count(0)
    expect(page).to_have_url(re.compile("alpha=0.3"))
    page.goto("/live?labels=50000")
    expect(page.get_by_test_id("stAlert").first).to_contain_text(
        "“Labels the student sees” is 50000"
    )
    expect(steps.button(page, "Train")).to_be_disabled()


def test_a_picture_of_other_settings_is_pale_and_gives_them(visitor):
    page = visitor("/live")
    picture = page.locator(".st-key-picture")
    expect(page.get_by_text(VERDICT)).to_be_visible()
    expect(picture).to_have_css("opacity", "1")
    page.get_by_test_id("stSidebar").get_by_role("slider", name="Weight α").press("ArrowLeft")
    expect(page.get_by_text("The results below come from other settings")).to_be_visible()
    page.mouse.move(1, 1)
    expect(picture).to_have_css("opacity", "0.4")
    page.get_by_role("button", name="Use its settings").click()
    expect(page).not_to_have_url(re.compile("alpha="))
    expect(page.get_by_text("The results below come from other settings")).to_have_count(0)
    expect(picture).to_have_css("opacity", "1")


def test_on_a_phone_nothing_lies_over_a_title_and_stop_has_its_own_line(visitor):
    phone = {"width": 390, "height": 844}
    page = visitor("/map", viewport=phone, has_touch=True, is_mobile=True)
    expect(page.locator(".kd-chart[data-draws]").first).to_be_visible()
    expect(page.locator(".modebar-btn")).to_have_count(0)
    train, stop = (steps.button(page, name).bounding_box() for name in ("Train", "Stop"))
    assert stop["y"] >= train["y"] + train["height"]
    expect(page.locator(".st-key-player kbd").first).to_be_hidden()


def test_the_strip_follows_the_temperature_on_the_live_page(visitor):
    page = visitor("/live")
    bars = steps.bars(page)
    expect(bars).to_be_visible()
    steps.wait_for_runs(page, 0)
    runs, label = page.evaluate("window.lab.runs"), bars.get_attribute("aria-label")
    x, y = steps.press_slider(page, steps.temperature(page), 0.6)
    page.mouse.move(x + 20, y)
    steps.sees_change(page, bars, "aria-label", label)
    assert page.evaluate("window.lab.runs") == runs
    page.mouse.up()
    expect(page).to_have_url(re.compile("temperature="))


def test_a_preset_in_the_plane_shows_its_regions(visitor):
    page = visitor("/live")
    page.get_by_role("button", name="Spirals", exact=True).click()
    expect(page).to_have_url(re.compile("dataset=spirals"))
    regions = page.locator(".kd-panels canvas[aria-label^='Decision regions']")
    expect(regions).to_be_visible()
    expect(page.get_by_text(VERDICT)).to_be_visible()
    expect(regions).to_have_attribute("aria-label", re.compile("after epoch 100"))
    colours = regions.evaluate(
        """node => {
          const below = Math.ceil(22 * devicePixelRatio); // the headings have colours, too
          const { data } = node.getContext("2d").getImageData(0, below, node.width, node.height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 0) seen.add(data.slice(i, i + 3).join());
          }
          return seen.size;
        }"""
    )
    assert colours >= 3, "regions of three classes have at least three colours"
    regions.evaluate(
        """node => {
          window.epochs = new Set();
          new MutationObserver(() => window.epochs.add(node.getAttribute("aria-label")))
            .observe(node, { attributeFilter: ["aria-label"] });
        }"""
    )
    steps.button(page, "Play").click()
    page.wait_for_function("window.epochs.size >= 4")


def test_what_lies_in_a_popover_keeps_its_value_when_it_is_opened(visitor):
    page = visitor("/live?seeds=4")
    expect(steps.button(page, "Train")).to_be_enabled()
    steps.wait_for_runs(page, 0)
    sidebar = page.get_by_test_id("stSidebar")
    alpha = sidebar.get_by_role("slider", name="Weight α")
    alpha.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"\?seeds=4&alpha=0\.85$|\?alpha=0\.85&seeds=4$"))
    for role, sliders in (("Teacher", "Teacher's epochs"), ("Student", "Batch size")):
        opener = sidebar.get_by_role("button", name=re.compile(f"^{role}:"))
        opener.click()
        inside = page.get_by_test_id("stPopoverBody")
        expect(inside.get_by_role("slider", name=sliders)).to_be_visible()
        steps.wait_for_runs(page, 0)
        page.keyboard.press("Escape")
        expect(inside).to_have_count(0)
    alpha.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"alpha=0\.8(&|$)"))
    steps.wait_for_runs(page, 0)
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"seeds": ["4"], "alpha": ["0.8"]}
    expect(page.get_by_role("button", name="Teacher: mlp-512-512")).to_be_visible()


def test_a_link_cannot_ask_the_browser_for_pictures_of_others(visitor):
    page = visitor("/live?dataset=![x](http://127.0.0.1:9/a.png)")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("![x](http://127.0.0.1:9/a.png)")
    expect(page.get_by_test_id("stAlert").locator("img")).to_have_count(0)
