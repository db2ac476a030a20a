"""Which stretch of time is shown: live, stopped, looking back, the whole reading."""

import pytest

from app.monitor.view import FIT, INTERVALS, WHOLE, TimeView


def view_of(span):
    view = TimeView()
    view.span_seconds = span
    return view


def test_live_it_ends_now_on_a_whole_interval():
    view = view_of(60.0)
    window = view.window(100.2, 0.0, 50.0)
    assert window.end - window.start == pytest.approx(60.0)
    assert 100.2 <= window.end < 100.2 + 60 / INTERVALS
    later = view.window(100.4, 0.0, 50.0)
    assert later.edges[0] == pytest.approx(window.edges[0]), "bars do not shimmer"


def test_paused_it_stays_while_time_goes_on():
    view = view_of(60.0)
    view.pause(100.0)
    view.pause(130.0)
    assert view.is_paused
    assert view.window(200.0, 0.0, 0.0) == (40.0, 100.0)
    view.resume()
    assert view.window(200.0, 0.0, 0.0).end >= 200.0


def test_looking_back_ends_where_it_is_told():
    view = view_of(15.0)
    view.look_at(42.0)
    assert view.window(200.0, 0.0, 0.0) == (27.0, 42.0)


def test_the_whole_reading_is_from_its_start_to_its_end():
    view = view_of(WHOLE)
    assert view.window(200.0, 10.0, 50.0) == (10.0, 50.0)
    assert view.window(200.0, 10.0, 5.0).end > 10.0, "never empty"


@pytest.mark.parametrize(("lasted", "shown"), [(3.0, 15.0), (14.9, 15.0), (20.0, 60.0), (900, 60)])
def test_a_running_job_is_fitted_with_at_most_a_minute(lasted, shown):
    window = view_of(FIT).window(1000.0 + lasted, 1000.0, 0.0)
    assert window.end - window.start == pytest.approx(shown)


@pytest.mark.parametrize(("lasted", "shown"), [(3.0, 3.0), (250.0, 250.0), (900.0, 300.0)])
def test_a_job_that_is_over_fills_the_view_up_to_its_end(lasted, shown):
    window = view_of(FIT).window(1000.0 + lasted, 1000.0, 0.0, is_over=True)
    assert window == pytest.approx((1000.0 + lasted - shown, 1000.0 + lasted))


def test_what_is_looked_back_at_keeps_its_width_while_the_job_goes_on():
    view = view_of(FIT)
    view.window(1010.0, 1000.0, 0.0)
    view.look_at(1008.0)
    assert view.window(1100.0, 1000.0, 0.0) == (993.0, 1008.0)
