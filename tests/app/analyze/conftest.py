"""The Analyze page over the scripted runtime, and documents to open on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.analyze.page import AnalyzePage
from tests.app.clock import VirtualClock
from tests.app.scripted import Scene
from tests.app.showing import Showing, wait_until

QUICK = 60.0


class Opened:
    """A page with the scripted service below it."""

    def __init__(self, showing: Showing, folder: Path) -> None:
        self.showing = showing
        self.folder = folder
        page = showing.page(AnalyzePage, (1000, 640))
        assert isinstance(page, AnalyzePage)
        self.page = page
        showing.start()
        page.activateWindow()
        wait_until(page.isActiveWindow)

    def file(self, name: str = "report.txt") -> Path:
        path = self.folder / name
        path.write_text("The scripted runtime makes up the text.", encoding="utf-8")
        return path

    def open(self, *names: str) -> None:
        self.page.open_documents([self.file(name) for name in names or ("report.txt",)])
        wait_until(lambda: all(not d.is_loading for d in self.page.desk.documents))
        wait_until(lambda: all(d.tokens for d in self.page.desk.documents if d.document))

    def ask(self, question: str = "Summarise the document.") -> None:
        self.page.work.box.set_question(question)
        self.page.work.box.send()

    def wait_for_answers(self, count: int = 1) -> None:
        wait_until(lambda: len(self.answered) >= count, 15000)

    @property
    def answered(self) -> list[str]:
        return [
            turn.job.answer
            for opened in self.page.desk.documents
            for turn in opened.turns
            if turn.is_answered and turn.job is not None
        ]


@pytest.fixture
def opened(showing: Callable[..., Showing], tmp_path: Path) -> Callable[..., Opened]:
    """Makes a page: opened(Scene.LOST, speed=None) stands still until its clock is moved."""

    def make(scene: Scene = Scene.THREE, speed: float | None = QUICK, at_once: int = 1) -> Opened:
        shown = showing(scene, VirtualClock(speed))
        shown.service.at_once = at_once
        return Opened(shown, tmp_path)

    return make
