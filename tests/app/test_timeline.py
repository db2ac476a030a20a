"""The timeline widget: round ticks, bars where they belong, words for both ends."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

from app.theme import LIGHT
from app.widgets.ticks import nice_step, seconds_text
from app.widgets.timeline import ROW, SHORT_ROW, TALL_ROW, Timeline, TimelineRow, TimelineSpan

RED = QColor("#c02020")


@pytest.fixture
def timeline(qtbot):
    widget = Timeline("Test")
    qtbot.addWidget(widget)
    widget.show_rows([TimelineRow(f"Machine {i}", "layers", RED) for i in range(3)])
    widget.resize(700, widget.sizeHint().height())
    return widget


@pytest.mark.parametrize(
    ("span", "steps", "step"),
    [(3.6, 8, 0.5), (60, 4, 15), (15, 4, 5), (0.3, 6, 0.05), (7200, 6, 1800), (0, 4, 1)],
)
def test_steps_are_round_numbers_of_seconds(span, steps, step):
    assert nice_step(span, steps) == pytest.approx(step)


def test_neighbouring_ticks_never_read_the_same():
    for step in (0.005, 0.02, 0.05, 0.1, 0.5, 1, 2, 5, 15, 60):
        texts = [seconds_text(k * step) for k in range(12)]
        assert len(set(texts)) == 12, texts
    assert seconds_text(0) == "0"
    assert seconds_text(-15) == "−15 s"
    assert seconds_text(200) == "3:20"


def test_the_moments_of_one_axis_have_one_form():
    """Defect: "60 s" beside "2:00"."""
    assert [seconds_text(at, 150) for at in (0, 30, 60, 120)] == ["0", "0:30", "1:00", "2:00"]
    assert [seconds_text(at, 119) for at in (0, 30, 60)] == ["0", "30 s", "60 s"]
    assert seconds_text(-60, 300) == "−1:00"


def test_rows_shrink_when_there_are_many(timeline):
    heights = []
    for count in (3, 8, 16):
        timeline.show_rows([TimelineRow(f"m{i}", "", RED) for i in range(count)])
        heights.append(timeline.row_height)
        assert timeline.sizeHint().height() > count * timeline.row_height
    assert heights == [TALL_ROW, ROW, SHORT_ROW]


def test_a_bar_is_drawn_where_its_time_is(timeline):
    bar = TimelineSpan(1, 2.0, 4.0, "chunk", 0)
    timeline.show_spans([bar], 0.0, 10.0)
    image = timeline.grab().toImage()
    y = TALL_ROW + 10
    assert image.pixelColor(round(timeline._x(2.1)), y) == RED
    assert image.pixelColor(round(timeline._x(3.9)), y) == RED
    assert image.pixelColor(round(timeline._x(4.3)), y) != RED
    assert image.pixelColor(round(timeline._x(2.1)), 10) != RED, "another row"
    assert timeline.span_at(QPoint(round(timeline._x(3.0)), y)) == bar
    assert timeline.span_at(QPoint(round(timeline._x(6.0)), y)) is None
    assert timeline.second_at(timeline._x(3.0)) == pytest.approx(3.0, abs=0.02)


def test_sending_is_a_thin_line_at_the_foot_of_its_row(timeline):
    timeline.show_spans([TimelineSpan(0, 2.0, 4.0, "sending", 0)], 0.0, 10.0)
    image = timeline.grab().toImage()
    x = round(timeline._x(3.0))
    assert image.pixelColor(x, TALL_ROW - 5) == QColor(LIGHT.sending)
    assert image.pixelColor(x, TALL_ROW // 2) != QColor(LIGHT.sending)


def test_it_says_when_there_is_nothing_to_see(timeline):
    timeline.show_spans([], 0.0, 1.0)
    empty = timeline.grab().toImage()
    timeline.say_when_empty("nothing here")
    said = timeline.grab().toImage()
    assert said != empty
    timeline.show_spans([TimelineSpan(0, 50.0, 60.0, "chunk", 0)], 0.0, 1.0)
    assert timeline.grab().toImage() == said, "a bar outside the time shown is nothing to see"
