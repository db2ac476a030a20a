"""Languages: translations are complete, keep their fields, and the window speaks them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

from app.format import memory, number
from app.language import LANGUAGES, TRANSLATION_FOLDER, apply_language
from app.widgets.figure import Figure, FigureLine
from app.window import PAGES
from tests.app.clock import VirtualClock
from tests.app.layout import clipped, shared_letters
from tests.app.scripted import Scene
from tests.app.showing import settle, wait_until

FIELD = re.compile(r"\{\w+\}|%n")
MNEMONIC = re.compile(r"&\w")


@pytest.fixture
def language(qapp: QApplication):
    yield lambda name: apply_language(qapp, name)
    apply_language(qapp, "en")


def messages(name: str) -> list[ElementTree.Element]:
    return list(ElementTree.parse(TRANSLATION_FOLDER / f"hpipe_{name}.ts").iter("message"))


def is_finished(message: ElementTree.Element) -> bool:
    translation = message.find("translation")
    return translation is not None and translation.get("type") != "unfinished"


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_a_language_is_shipped_whole(name):
    """A few new texts may wait for a translator; packaging/translations.py --check names them."""
    finished = [message for message in messages(name) if is_finished(message)]
    assert len(finished) >= 0.95 * len(messages(name))


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_translations_keep_their_fields_and_mnemonics(name):
    for message in filter(is_finished, messages(name)):
        source = message.findtext("source", "")
        translation = message.find("translation")
        assert translation is not None
        for form in translation.findall("numerusform") or [translation]:
            assert sorted(FIELD.findall(form.text or "")) == sorted(FIELD.findall(source)), source
            assert bool(MNEMONIC.search(form.text or "")) == bool(MNEMONIC.search(source)), source


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_compiled_translations_are_not_older_than_their_sources(name):
    translator = QTranslator()
    assert translator.load(str(TRANSLATION_FOLDER / f"hpipe_{name}.qm"))
    root = ElementTree.parse(TRANSLATION_FOLDER / f"hpipe_{name}.ts")
    for context in root.iter("context"):
        for message in filter(is_finished, context.iter("message")):
            translation = message.find("translation")
            assert translation is not None
            form = translation.find("numerusform")
            expected = (form if form is not None else translation).text
            found = translator.translate(
                context.findtext("name", ""),
                message.findtext("source", ""),
                message.findtext("comment"),
                1 if form is not None else -1,
            )
            assert found == expected


@pytest.mark.parametrize("name", list(LANGUAGES))
@pytest.mark.parametrize("scene", [Scene.NO_MODEL, Scene.NONE, Scene.THREE])
def test_a_letter_with_alt_means_one_thing_on_each_page(showing, language, tmp_path, name, scene):
    """Defect: Alt+P goes to the precision, and the Plan menu is not reached by keyboard."""
    language(name)
    document = tmp_path / "report.txt"
    document.write_text("text", encoding="utf-8")
    one = showing(scene, VirtualClock(60))
    window = one.window()
    one.start()
    for page in PAGES:
        window.show_page(page)
        settle(window)
        assert shared_letters(window) == {}, page
    window.show_page("analyze")
    window.page("analyze").open_document(document, "What is it?", start=True)
    wait_until(lambda: window.page("analyze").desk.documents[0].document is not None)
    for page in PAGES:
        window.show_page(page)
        settle(window)
        assert shared_letters(window) == {}, page


def test_the_window_speaks_chinese_without_cutting_text(showing, language):
    language("zh_CN")
    one = showing(Scene.PAIRING, VirtualClock(20))
    window = one.window((1024, 640))
    one.start()
    for name in PAGES:
        window.show_page(name)
        settle(window)
        texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
        assert any("\u4e00" <= letter <= "\u9fff" for text in texts for letter in text), name
        assert clipped(window) == [], name


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_what_a_plan_is_wanted_for_is_shown_whole_in_a_small_window(showing, language, name):
    """Defect: the last list is cut at the page's edge, and long entries lose their ends."""
    language(name)
    one = showing(Scene.THREE, VirtualClock(20))
    window = one.window((1024, 640))
    one.start()
    window.show_page("plan")
    question = window.page("plan").question
    question.goal.setCurrentIndex(1)
    settle(window)
    assert clipped(window) == []
    for field in (question.text_tokens, question.answer_tokens, question.goal, question.precision):
        right = field.mapTo(question, field.rect().topRight()).x()
        assert right < question.width() and field.width() >= field.sizeHint().width()


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_figures_side_by_side_stand_on_the_same_lines(showing, language, name):
    """Defect: "3.6 秒" lies lower than "454" beside it, whose letters are of one font only."""
    language(name)
    one = showing(Scene.ONE)
    holder = one.page(lambda *_: QWidget(), (400, 100))
    layout = QHBoxLayout(holder)
    figures = [Figure("完整回答"), Figure("TTFT")]
    for figure, value in zip(figures, ("3.6 秒H", "454H"), strict=True):
        figure.show_value(value, "与 HPipe")
        layout.addWidget(figure)
    settle(holder)
    assert len({(figure.y(), figure.height()) for figure in figures}) == 1
    for parts in zip(*(figure.findChildren(FigureLine) for figure in figures), strict=True):
        assert len({(part.y(), part.height()) for part in parts}) == 1
    values = [figure.findChildren(FigureLine)[1] for figure in figures]
    assert len({foot(value) for value in values}) == 1


def foot(line: FigureLine) -> int:
    """The lowest row with ink of a capital H, painted with all before it left out."""
    image = line.grab().toImage()
    left = line.fontMetrics().horizontalAdvance(line.text()[:-1])
    rows = [
        y
        for y in range(image.height())
        if any(image.pixelColor(x, y).lightness() < 100 for x in range(left + 2, image.width()))
    ]
    return rows[-1]


def test_english_counts_in_singular_and_plural(qapp, language):
    language("en")
    one = qapp.translate("StatusLine", "%n machine(s) in the pool", "", 1)
    two = qapp.translate("StatusLine", "%n machine(s) in the pool", "", 2)
    assert (one, two) == ("1 machine in the pool", "2 machines in the pool")


def test_numbers_follow_the_language():
    before = QLocale()
    try:
        QLocale.setDefault(QLocale("de"))
        assert number(1234.5, 1) == "1.234,5"
        assert memory(1.5 * 2**30) == "1,5 GB"
    finally:
        QLocale.setDefault(before)
