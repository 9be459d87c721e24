"""The player in the browser, on a clock that is cranked by hand."""

from __future__ import annotations

import json

import pytest

from pages.ui.components import inline

CLOCK = """() => {
  window.now = 1000;
  window.frames = [];
  performance.now = () => window.now;
  window.requestAnimationFrame = (call) => window.frames.push(call);
  window.crank = (ms) => {
    window.now += ms;
    const calls = window.frames;
    window.frames = [];
    for (const call of calls) call(window.now);
  };
}"""
RUN = {"mark": "a", "head": 80, "over": True, "seconds": 8}


def kit(browser, *names):
    page = browser.new_page()
    page.evaluate(CLOCK)
    for name in names:
        path = inline.HERE / "kit" / f"{name}.js"
        page.add_script_tag(content=path.read_text(encoding="utf-8"))
    return page


@pytest.fixture
def player(browser):
    page = kit(browser, "player")
    page.evaluate("window.player = playerOf('live')")

    def call(code):
        page.evaluate(f"() => {{ player.{code}; }}")
        return page.evaluate("player.epoch()")

    def after(seconds):
        """The epoch that is shown after so many seconds, at ten frames a second."""
        for _ in range(abs(round(10 * seconds))):
            page.evaluate(f"crank({100 if seconds > 0 else -100})")
        return page.evaluate("player.epoch()")

    call.know = lambda **told: call(f"know({json.dumps(RUN | told)})")
    call.after = after
    call.get = lambda name: page.evaluate(f"player.{name}")
    yield call
    page.close()


def test_an_empty_player_rests(player):
    assert player.get("epoch()") == -1
    assert player("step(1)") == -1
    assert player.know(head=-1) == -1
    assert not player.get("playing")


def test_a_live_run_is_followed_and_ends_where_it_ends(player):
    assert player.know(head=3, over=False, seconds=0.3) == 3
    assert player.get("playing")
    assert player.know(head=9, over=False, seconds=0.9) == 9
    assert not player.get("behind()")
    assert player.know(head=80, over=True) == 80
    assert not player.get("playing")


def test_a_held_picture_stays_while_the_run_goes_on(player):
    player.know(head=3, over=False)
    player("pause()")
    assert player.know(head=30, over=False) == 3
    assert player.get("behind()")
    assert player.know(head=80, over=True) == 3
    assert player("step(1)") == 4
    assert player("step(-2)") == 2
    assert player("end()") == 80
    assert not player.get("playing")


def test_a_stored_run_is_there_at_once_or_plays_in_seconds(player):
    assert player.know() == 80
    assert not player.get("playing")
    assert player.know(mark="b", play=True) == 0
    assert player.get("playing")
    assert player.after(4) == pytest.approx(40, abs=1)  # its 8 seconds of training are played in 8
    assert player.after(5) == 80
    assert not player.get("playing")
    assert player.know(mark="b", play=True) == 80, "once for each mark"


@pytest.mark.parametrize(("seconds", "played"), [(0.5, 4), (2000, 8)])
def test_a_run_of_any_length_is_played_in_four_to_eight_seconds(player, seconds, played):
    player.know(seconds=seconds, play=True)
    assert 0 < player.after(played - 1) < 80
    assert player.after(2) == 80


def test_who_was_away_for_a_minute_has_not_missed_the_replay(player):
    player.know(play=True)
    assert player("setSpeed(1)") == 0
    page_was_hidden = player.after(0)
    assert page_was_hidden == 0
    assert player.after(1) < 20


def test_a_frame_that_began_before_it_was_asked_for_moves_nothing_back(player):
    player.know()
    player("play()")
    assert player.after(-0.1) == 0
    assert player.get("position") == 0


def test_who_is_told_what_is_known_already_tells_nobody(player):
    player.know(head=3, over=False)
    player("watch(() => { window.heard = (window.heard ?? 0) + 1; })")
    for _ in range(3):
        player.know(head=3, over=False)
    assert player.get("head, window.heard ?? 0") == 0
    player.know(head=4, over=False)
    assert player.get("head, window.heard") == 1


def test_slow_motion_is_a_fraction_of_the_pace_and_stays_behind_a_live_run(player):
    player.know(play=True)
    player("setSpeed(0.25)")
    assert player.after(4) == pytest.approx(10, abs=1)
    player.know(mark="live", head=1, over=False)
    player("setSpeed(0.1)")
    player.know(mark="live", head=40, over=False, seconds=4)
    assert player.after(1) < 40
    assert player("end()") == 40
    assert player.get("speed") == 1
    assert player.get("follows()")


def test_the_speed_outlives_a_page_that_is_loaded_anew_but_not_its_run(browser):
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html><body>"))

    def loaded(mark):
        page.goto("http://lab.test/")
        page.evaluate(CLOCK)
        script = (inline.HERE / "kit" / "player.js").read_text(encoding="utf-8")
        page.add_script_tag(content=script)
        page.evaluate("window.player = playerOf('live')")
        return know(mark)

    def know(mark):
        told = RUN | {"mark": mark, "over": False}
        return page.evaluate("(told) => { player.know(told); return player.speed; }", told)

    assert loaded("a") == 1
    page.evaluate("player.setSpeed(0.1)")
    assert loaded("b") == 0.1, "the same run, under the name that the new page gives it"
    assert know("c") == 1, "another run"
    assert loaded("d") == 1
    page.evaluate("player.setSpeed(0.25); player.end()")
    assert loaded("e") == 1
    page.evaluate("sessionStorage.setItem('kdlab.speed.live', '7 times')")
    assert loaded("f") == 1
    page.close()


def test_steps_and_jumps_hold_and_stay_inside(player):
    player.know(play=True)
    assert player("step(1)") == 1
    assert not player.get("playing")
    assert player("step(-5)") == 0
    assert player("seek(1000)") == 80
    assert player("seek(-3)") == 0
    assert player("play()") == 0
    assert player.after(20) == 80
    assert player("play()") == 0, "at the end, again from the beginning"


def test_a_worker_that_began_anew_takes_the_picture_back(player):
    player.know(head=9, over=False)
    assert player.know(head=2, over=False) == 2


def test_another_run_begins_anew(player):
    player.know(head=50, over=False)
    player("pause()")
    assert player.know(mark="b", head=3, over=False) == 3
    assert player.get("playing")
