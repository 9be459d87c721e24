"""The player, on a clock that is cranked by hand."""

from __future__ import annotations

import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig
from pages.ui.live.player import Player

CONFIG = DistilConfig(epochs=80, seeds=2)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def after(player, clock, seconds):
    """The epoch that is shown after ``seconds`` of polls, four a second."""
    for _ in range(round(4 * seconds)):
        clock.now += 0.25
        player.tick()
    return player.epoch


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def player(clock):
    return Player(clock)


def test_an_empty_player_rests(player):
    player.tick()
    assert (player.epoch, player.moving, player.empty) == (-1, False, True)
    player.step()
    assert player.epoch == -1


def test_a_live_run_is_followed(player, clock):
    player.start()
    assert player.moving
    player.take(events_of(CONFIG, epochs=3))
    player.tick()
    assert player.epoch == 3
    player.take(events_of(CONFIG, epochs=9)[-12:])
    clock.now += 0.2
    assert player.tick() == 9
    assert player.view.finished is None


def test_a_held_picture_does_not_see_what_comes(player):
    player.start()
    player.take(events_of(CONFIG, epochs=3))
    player.pause()
    player.take(events_of(CONFIG)[9:])
    player.tick()
    assert player.epoch == 3
    assert player.head == 80
    assert player.view.finished is None
    assert set(player.view.students["epoch"]) == {0, 1, 2, 3}


def test_a_stored_run_is_there_at_once_or_plays_in_seconds(player, clock):
    events = events_of(CONFIG)
    player.load(events, replay=False)
    assert (player.epoch, player.moving) == (80, False)
    assert player.view.finished is not None
    player.load(events, replay=True)
    assert player.epoch == 0
    # Its 8 seconds of training are played in 8: half of them
    assert after(player, clock, 4) == 40
    assert after(player, clock, 5) == 80
    assert not player.moving


def test_who_was_away_for_a_minute_has_not_missed_the_replay(player, clock):
    player.load(events_of(CONFIG), replay=True)
    clock.now += 60.0
    assert player.tick(0.5) == 5
    assert player.moving


def test_slow_motion_is_a_fraction_of_the_pace(player, clock):
    player.load(events_of(CONFIG), replay=True)
    player.speed = 0.25
    assert after(player, clock, 4) == 10


def test_slow_motion_stays_behind_a_live_run(player, clock):
    player.speed = 0.1
    player.start()
    player.take(events_of(CONFIG, epochs=1))
    player.take(events_of(CONFIG, epochs=40)[7:])
    clock.now += 1.0
    assert player.tick() < player.head
    player.to_end()
    assert player.tick() == 40
    assert player.following


def test_steps_and_jumps_hold_and_stay_inside(player):
    player.load(events_of(CONFIG), replay=True)
    player.step()
    assert (player.epoch, player.playing) == (1, False)
    player.step(-5)
    assert player.epoch == 0
    player.seek(1000)
    assert player.epoch == 80
    player.seek(-3)
    assert player.epoch == 0


def test_play_at_the_end_starts_over(player):
    player.load(events_of(CONFIG), replay=False)
    player.play()
    assert (player.epoch, player.moving) == (0, True)


def test_a_stopped_run_is_over_without_a_result(player):
    player.start()
    player.take(events_of(CONFIG, epochs=5))
    player.close()
    player.tick()
    assert (player.ended, player.moving, player.epoch) == (True, False, 5)


def test_a_run_that_begins_anew_forgets_the_old_attempt(player):
    player.start()
    player.take(events_of(CONFIG, epochs=8))
    player.restart()
    player.take(events_of(CONFIG, epochs=2))
    assert (player.tick(), player.playing) == (2, True)
    assert len(player.history.students) == 3 * 4
