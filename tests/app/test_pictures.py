"""Pages compared with kept pictures; what these must see, and what they must not mind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFont, QFontInfo, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.theme import DARK
from runtime.service import Service
from runtime.snapshots import JobRequest, JobState
from tests.app.clock import VirtualClock
from tests.app.pictures import check, difference, shrunk
from tests.app.sample import sample_document
from tests.app.scripted import Scene
from tests.app.showing import Showing, page_class, settle, wait_until

FONT = "DejaVu Sans"
SIZE = (1052, 700)

Open = Callable[..., tuple[QWidget, Showing]]


@pytest.fixture(autouse=True)
def same_font(qapp: QApplication) -> Iterator[None]:
    """The pictures were drawn with this font; .ci/run installs it."""
    before = qapp.font()
    font = QFont(FONT)
    font.setPixelSize(12)
    # What it has no letters for is an empty box, whatever other fonts are installed.
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    if QFontInfo(font).family() != FONT:
        pytest.skip(f"the font {FONT} is not installed")
    qapp.setFont(font)
    flash = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(0)
    yield
    qapp.setFont(before)
    qapp.setCursorFlashTime(flash)


@pytest.fixture
def open_page(showing: Callable[..., Showing]) -> Open:
    def make(
        name: str, scene: Scene = Scene.THREE, theme: str = "light"
    ) -> tuple[QWidget, Showing]:
        one = showing(scene, VirtualClock(40), theme=theme)
        page = one.page(page_class(name), SIZE)
        one.start()
        if name == "analyze":
            wait_until(lambda: one.state.jobs)  # the latest answers
        if name == "plan" and scene not in (Scene.NO_MODEL, Scene.NONE):
            wait_until(lambda: page.workbench.forecast is not None)
        return page, one

    return make


def picture_of(page: QWidget) -> QPixmap:
    """Without a mark of the focus, which a window has only while it is the active one."""
    settle(page)
    focused = QApplication.focusWidget() or page.focusWidget()
    if focused is not None:
        focused.clearFocus()
    settle(page)
    return page.grab()


def run_a_job(one: Showing) -> None:
    request = JobRequest(
        document=sample_document(Path("Harbour report.txt")), question="What?", model_id="demo"
    )
    one.bridge.call(Service.ask, request, owner=one.state)
    wait_until(lambda: (job := one.state.jobs.get("job-1")) and job.state is JobState.DONE)


@pytest.mark.parametrize(
    ("name", "scene", "theme"),
    [
        ("machines", Scene.THREE, "light"),
        ("machines", Scene.SIXTEEN, "dark"),
        ("machines", Scene.PAIRING, "light"),
        ("machines", Scene.NONE, "dark"),
        ("plan", Scene.THREE, "light"),
        ("plan", Scene.SIXTEEN, "dark"),
        ("plan", Scene.INFEASIBLE, "dark"),
        ("plan", Scene.NO_MODEL, "light"),
        ("analyze", Scene.THREE, "dark"),
        ("monitor", Scene.ONE, "light"),
    ],
    ids=lambda value: value.value if isinstance(value, Scene) else value,
)
def test_a_page_looks_as_it_did(open_page, tmp_path, name, scene, theme):
    page, _ = open_page(name, scene, theme)
    check(f"{name}-{scene.value}-{theme}", picture_of(page), tmp_path)


@pytest.mark.parametrize(
    ("scene", "theme"), [(Scene.THREE, "light"), (Scene.SIXTEEN, "dark")],
    ids=["three-light", "sixteen-dark"],
)  # fmt: skip
def test_the_end_of_a_job_looks_as_it_did(open_page, tmp_path, scene, theme):
    page, one = open_page("monitor", scene, theme)
    run_a_job(one)
    page._draw()
    check(f"monitor-job-{scene.value}-{theme}", picture_of(page), tmp_path)


def test_an_answer_looks_as_it_did(open_page, tmp_path):
    page, one = open_page("analyze")
    document = tmp_path / "Harbour report.txt"
    document.write_text("A report.", encoding="utf-8")
    page.open_document(document, "Summarise the document.", True)
    wait_until(lambda: any(job.state is JobState.DONE and job.job_id == "job-1"
                           for job in one.state.jobs.values()))  # fmt: skip
    check("analyze-answered-light", picture_of(page), tmp_path)


# What the comparison sees


def moved(picture: QPixmap, x: int, y: int) -> QImage:
    image = QImage(picture.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.drawPixmap(0, 0, picture)
    painter.drawPixmap(x, y, picture)
    painter.end()
    return image


def without(picture: QPixmap, page: QWidget, widget: QWidget) -> QImage:
    """As if one widget of a page had not been drawn."""
    image = picture.toImage()
    painter = QPainter(image)
    at = widget.mapTo(page, widget.rect().topLeft())
    behind = picture.toImage().pixelColor(at.x() - 2, at.y() + widget.height() // 2)
    painter.fillRect(widget.rect().translated(at), behind)
    painter.end()
    return image


@pytest.mark.parametrize(("x", "y"), [(1, 0), (0, 1), (-1, 0), (0, -1)])
@pytest.mark.parametrize("name", ["machines", "plan"])
def test_all_of_it_a_pixel_further_on_is_no_difference(open_page, name, x, y):
    page, _ = open_page(name)
    picture = picture_of(page)
    assert difference(shrunk(picture), shrunk(moved(picture, x, y))).is_small


def test_letters_drawn_another_way_are_no_difference(open_page, qapp):
    page, _ = open_page("plan")
    before = shrunk(picture_of(page))
    font = QFont(qapp.font())
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    qapp.setFont(font)
    other, _ = open_page("plan")
    found = difference(before, shrunk(picture_of(other)))
    assert found.worst > 0.0 and found.is_small, found


def test_a_missing_widget_is_a_difference(open_page):
    page, _ = open_page("machines")
    picture = picture_of(page)
    card = page.list.cards[1]
    for widget in (page._add_button, page.picture, card._speed, card._state_icon, card._mark):
        gone = shrunk(without(picture, page, widget))
        assert not difference(shrunk(picture), gone).is_small, widget


def test_a_missing_block_of_the_plan_and_a_hidden_row_are_differences(open_page):
    page, _ = open_page("plan")
    picture = picture_of(page)
    before = shrunk(picture)
    block = page.workbench.bar.blocks[2]
    assert not difference(before, shrunk(without(picture, page, block))).is_small
    page.workbench.verdict.hide()
    assert not difference(before, shrunk(picture_of(page))).is_small


def test_wrong_colours_are_a_difference(open_page):
    page, one = open_page("monitor")
    run_a_job(one)
    page._draw()
    before = shrunk(picture_of(page))
    page.graphs.graphs[0].plot._bars["computing"].setOpts(brush=QColor(DARK.computing))
    assert not difference(before, shrunk(picture_of(page))).is_small


def test_the_other_theme_is_a_difference(open_page):
    page, _ = open_page("monitor", Scene.ONE)
    light = shrunk(picture_of(page))
    dark, _ = open_page("monitor", Scene.ONE, "dark")
    assert not difference(light, shrunk(picture_of(dark))).is_small
