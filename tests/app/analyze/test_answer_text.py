"""An answer on the screen: harmless whatever it says, the same streamed or whole, and quick."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.analyze.answer_text import AnswerText
from app.analyze.references import PageReferences
from runtime.snapshots import PageAnchor
from tests.app.sample import ANSWER

ANCHORS = tuple(
    PageAnchor(label=f"Page {n}", start=n * 100, end=n * 100 + 99) for n in range(1, 13)
)
HOSTILE = """# <script>alert(1)</script>

![a picture](https://evil.example/track.png "x") and <img src="https://evil.example/x.png">

[click](https://evil.example/go) <https://evil.example/auto> [js](javascript:alert(1))
[file](file:///etc/passwd) ![local](file:///etc/passwd)

<iframe src="https://evil.example"></iframe>
<a href="place:0-9">a forged place</a> [forged](place:0-5)

| a | <b>b</b> |
|---|---|
| ![p](http://evil.example/p.png) | x |
"""
MIXED = (
    ANSWER
    + """

> quoted **text** (Page 3)

```
code  with   spaces
  and lines
```

| what | cost |
|---|---:|
| gate | 4 |
| wall | 5 |

***

1. first
   - inner one
   - inner two
2. second

Done ~~never~~ `now`."""
)


@pytest.fixture
def answer(qtbot: QtBot) -> Iterator[AnswerText]:
    page = QWidget()
    page.resize(400, 600)
    text = AnswerText(PageReferences(ANCHORS))
    QVBoxLayout(page).addWidget(text, 0, Qt.AlignmentFlag.AlignTop)
    qtbot.addWidget(page)
    yield text


def links(answer: AnswerText) -> set[str]:
    found = set()
    block = answer.document().begin()
    while block.isValid():
        found |= {f.charFormat().anchorHref() for f in _fragments(block)}
        block = block.next()
    return found - {""}


def _fragments(block: QTextBlock):
    iterator = block.begin()
    while not iterator.atEnd():
        yield iterator.fragment()
        iterator += 1


def test_markdown_becomes_formatted_text(answer: AnswerText) -> None:
    answer.set_answer(MIXED)
    text = answer.toPlainText()
    assert "**" not in text
    assert "###" not in text
    assert "code  with   spaces" in text
    assert links(answer) >= {"place:800-899", "place:1000-1099"}
    block = answer.document().findBlock(text.index("Ask the third"))
    assert block.textList() is not None


def test_hostile_markdown_does_nothing(answer: AnswerText, monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture is loaded, no tag is obeyed, no address can be clicked."""
    asked = []
    monkeypatch.setattr(
        QTextDocument, "loadResource", lambda *arguments: asked.append(arguments), raising=False
    )
    answer.window().show()
    answer.set_answer(HOSTILE)
    answer.grab()
    answer.window().hide()
    assert links(answer) == set()
    assert "￼" not in answer.toPlainText()  # the character that stands for an object
    assert "<script>alert(1)</script>" in answer.toPlainText()
    assert "click (https://evil.example/go)" in answer.toPlainText()
    assert answer.loadResource(2, QUrl("https://evil.example/track.png")) is None
    assert not asked


def test_only_places_can_be_chosen(answer: AnswerText, qtbot: QtBot) -> None:
    chosen: list[tuple[int, int]] = []
    answer.place_chosen.connect(lambda start, end: chosen.append((start, end)))
    for address in ("https://evil.example", "file:///etc/passwd", "place:a-b", "place:1", "x"):
        answer.anchorClicked.emit(QUrl(address))
    assert chosen == []
    answer.anchorClicked.emit(QUrl("place:100-199"))
    assert chosen == [(100, 199)]


@pytest.mark.parametrize("step", [1, 7, 64])
def test_streamed_and_whole_are_the_same(answer: AnswerText, step: int, qtbot: QtBot) -> None:
    """A block settled too early, or written twice, would show here."""
    whole = AnswerText(PageReferences(ANCHORS))
    qtbot.addWidget(whole)
    whole.set_answer(MIXED)
    for end in range(0, len(MIXED), step):
        answer.set_answer(MIXED[:end])
    answer.set_answer(MIXED)
    assert answer.toPlainText() == whole.toPlainText()
    assert links(answer) == links(whole)


def test_another_answer_replaces_the_first(answer: AnswerText) -> None:
    answer.set_answer("One.\n\nTwo.")
    answer.set_answer("Other.")
    assert answer.toPlainText() == "Other."


def test_five_thousand_tokens_stay_smooth(answer: AnswerText) -> None:
    """The last tenth must not cost more than the first: no full layout for each token."""
    paragraph = "The report (Page 4) describes **what it will cost** and when. " * 4
    source = "\n\n".join(f"{paragraph}\n\n- one\n- two (Page 8)" for _ in range(80))
    assert len(source) > 20_000
    answer.window().show()
    steps = range(0, len(source), 40)
    took = []
    for end in steps:
        began = time.process_time()
        answer.set_answer(source[:end])
        took.append(time.process_time() - began)
    answer.window().hide()
    tenth = len(took) // 10
    early, late = sorted(took[:tenth]), sorted(took[-tenth:])
    assert late[tenth // 2] < 0.02
    assert late[tenth // 2] < 8 * early[tenth // 2] + 0.004


def test_an_answer_is_as_high_as_its_text(answer: AnswerText) -> None:
    answer.window().show()
    answer.set_answer("One line.")
    low = answer.height()
    answer.set_answer(MIXED)
    assert answer.height() > 3 * low
    answer.window().hide()
