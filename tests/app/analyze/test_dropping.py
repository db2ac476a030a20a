"""Files dropped where a person drops them: on whatever is under the mouse, through the window."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import QWidget

from tests.app.analyze.conftest import Opened
from tests.app.showing import wait_until

Open = Callable[..., Opened]
COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


def dragged(paths: Sequence[Path]) -> QMimeData:
    """As file managers offer it: the addresses, and the same as text."""
    data = QMimeData()
    urls = [QUrl.fromLocalFile(str(path)) for path in paths]
    data.setUrls(urls)
    data.setText("\n".join(url.toString() for url in urls))
    return data


class Drag:
    """Held over a widget of the page; Qt finds there who takes it, as for a real mouse."""

    def __init__(self, it: Opened, data: QMimeData, over: QWidget) -> None:
        self._window = it.page.window().windowHandle()
        self._data = data
        place = over.mapTo(it.page.window(), over.rect().center())
        enter = QDragEnterEvent(place, COPY, data, LEFT, NO_KEYS)
        QGuiApplication.sendEvent(self._window, enter)
        self.is_taken = enter.isAccepted()
        self._move(place)
        self._place = place

    def _move(self, place: QPoint) -> None:
        move = QDragMoveEvent(place, COPY, self._data, LEFT, NO_KEYS)
        QGuiApplication.sendEvent(self._window, move)
        self.is_taken = self.is_taken and move.isAccepted()

    def leave(self) -> None:
        QGuiApplication.sendEvent(self._window, QDragLeaveEvent())

    def drop(self) -> None:
        where = QPointF(self._place)
        event = QDropEvent(where, COPY, self._data, LEFT, NO_KEYS)
        QGuiApplication.sendEvent(self._window, event)
        assert event.isAccepted() == self.is_taken


def drop(it: Opened, paths: Sequence[Path], over: QWidget | None = None) -> None:
    held = Drag(it, dragged(paths), over or it.page.start_view.drop)
    assert held.is_taken
    held.drop()


def names(it: Opened) -> list[str]:
    return [document.path.name for document in it.page.desk.documents]


def test_files_and_folders_can_be_dropped(opened: Open) -> None:
    it = opened()
    folder = it.folder / "papers"
    folder.mkdir()
    for name in ("b.md", "a.pdf", "picture.png"):
        (folder / name).write_text("x", encoding="utf-8")
    drop(it, [folder, it.file("c.txt")])
    assert names(it) == ["a.pdf", "b.md", "c.txt"]
    assert it.page.desk.current.path.name == "a.pdf"
    wait_until(lambda: not any(d.is_loading for d in it.page.desk.documents))


def test_the_page_invites_while_files_are_held_over_it(opened: Open) -> None:
    it = opened()
    invited = it.page.start_view.drop
    held = Drag(it, dragged([it.file()]), invited)
    assert invited.property("active") == "true"
    held.leave()
    assert invited.property("active") == "false"
    Drag(it, dragged([it.file()]), invited).drop()
    assert invited.property("active") == "false"
    wait_until(lambda: not it.page.desk.documents[0].is_loading)


@pytest.mark.parametrize(
    "over",
    ["document list", "text", "search", "question", "answer", "button"],
)
def test_whatever_is_under_the_mouse_lets_files_through(opened: Open, over: str) -> None:
    """Defect: a text field swallows a dropped file, and its address stands in the question."""
    it = opened()
    it.open("one.txt", "two.txt")
    it.ask()
    it.wait_for_answers()
    conversation = it.page.work.conversation
    assert conversation is not None
    wait_until(conversation.views[-1].answer.isVisible)
    under: dict[str, QWidget] = {
        "document list": it.page.work.documents,
        "text": it.page.work.pane.text.viewport(),
        "search": it.page.work.pane._words,
        "question": it.page.work.box.input.viewport(),
        "answer": conversation.views[-1].answer.viewport(),
        "button": it.page.work.box.compare,
    }
    drop(it, [it.file("three.txt")], under[over])
    assert names(it) == ["one.txt", "two.txt", "three.txt"]
    assert it.page.work.box.input.toPlainText() == ""
    assert it.page.work.pane._words.text() == ""
    wait_until(lambda: not it.page.desk.documents[-1].is_loading)


def test_files_can_be_dropped_on_the_history(opened: Open) -> None:
    it = opened()
    it.open("one.txt")
    it.ask()
    it.wait_for_answers()
    it.page.show_history()
    wait_until(it.page.history.search.isVisible)
    drop(it, [it.file()], it.page.history.search)
    assert it.page.history.search.text() == ""
    assert it.page.work.isVisible()
    assert names(it) == ["one.txt", "report.txt"]
    wait_until(lambda: not it.page.desk.documents[-1].is_loading)


def test_a_file_of_another_kind_stands_in_the_list_with_the_reason(opened: Open) -> None:
    """What it is only shows when it is read: nothing is judged by its name alone."""
    it = opened()
    drop(it, [it.file("scan.bad"), it.file("good.txt")])
    wait_until(lambda: not any(d.is_loading for d in it.page.desk.documents))
    bad, good = it.page.desk.documents
    assert bad.error is not None
    assert good.document is not None


def test_an_empty_folder_is_answered_with_a_sentence(opened: Open) -> None:
    it = opened()
    (it.folder / "empty").mkdir()
    drop(it, [it.folder / "empty"])
    assert "no document here" in it.page.note.text


def test_a_folder_that_may_not_be_read_is_answered_with_a_sentence(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = opened()
    (it.folder / "closed").mkdir()

    def refuse(_: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    drop(it, [it.folder / "closed"])
    assert "no document here" in it.page.note.text


def test_what_is_no_file_is_not_taken(opened: Open) -> None:
    it = opened()
    web, words = QMimeData(), QMimeData()
    web.setUrls([QUrl("https://example.org/report.pdf")])
    words.setText("only words")
    for data in (web, words):
        held = Drag(it, data, it.page.start_view.drop)
        assert not held.is_taken
        held.leave()
    assert it.page.desk.documents == []
