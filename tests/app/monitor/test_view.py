"""Which stretch of time is shown: live, stopped, looking back, the whole reading."""

import pytest

from app.monitor.view import INTERVALS, WHOLE, TimeView


def test_live_it_ends_now_on_a_whole_interval():
    view = TimeView()
    window = view.window(100.2, 0.0, 50.0)
    assert window.end - window.start == pytest.approx(60.0)
    assert 100.2 <= window.end < 100.2 + 60 / INTERVALS
    later = view.window(100.4, 0.0, 50.0)
    assert later.edges[0] == pytest.approx(window.edges[0]), "bars do not shimmer"


def test_paused_it_stays_while_time_goes_on():
    view = TimeView()
    view.pause(100.0)
    view.pause(130.0)
    assert view.is_paused
    assert view.window(200.0, 0.0, 0.0) == (40.0, 100.0)
    view.resume()
    assert view.window(200.0, 0.0, 0.0).end >= 200.0


def test_looking_back_ends_where_it_is_told():
    view = TimeView()
    view.span_seconds = 15.0
    view.look_at(42.0)
    assert view.window(200.0, 0.0, 0.0) == (27.0, 42.0)


def test_the_whole_reading_is_from_its_start_to_its_end():
    view = TimeView()
    view.span_seconds = WHOLE
    assert view.window(200.0, 10.0, 50.0) == (10.0, 50.0)
    assert view.window(200.0, 10.0, 5.0).end > 10.0, "never empty"
