"""The left side of the page: the text of the document that is looked at, and how to move in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.analyze.document_text import DocumentText
from app.analyze.open_document import OpenDocument
from app.theme import GAP_SMALL, GAP_TINY
from app.widgets.basics import icon_button, label, line, row, set_property
from app.widgets.combo import ElidedComboBox
from app.widgets.empty_state import EmptyState
from app.widgets.note import Note


class DocumentPane(QFrame):
    """Keeps the text widget of every open document, so that going back to one is instant."""

    read_again_wanted = Signal(object)  # OpenDocument

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._opened: OpenDocument | None = None
        self._texts: dict[OpenDocument, DocumentText] = {}
        self._pages = ElidedComboBox()
        self._pages.setAccessibleName(self.tr("Go to a page or section"))
        self._pages.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pages.activated.connect(self._go_to_page)
        self._words = QLineEdit()
        self._words.setAcceptDrops(False)  # a file is for the page
        self._words.setPlaceholderText(self.tr("Find in the text"))
        self._words.setAccessibleName(self.tr("Find in the text"))
        self._words.setClearButtonEnabled(True)
        self._words.returnPressed.connect(self.find_next)
        self._words.textChanged.connect(self._search_changed)
        self._next = icon_button("chevron-down", self.tr("Next place (Enter)"), self.find_next)
        self._found = label(self.tr("Not found"), level="error")
        self._found.hide()
        header = row(self._pages, self._words, self._found, self._next, spacing=GAP_TINY)
        header.setContentsMargins(GAP_SMALL, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        header.setStretch(0, 2)
        header.setStretch(1, 3)
        self._header = QWidget()
        self._header.setLayout(header)
        self._note = Note()
        self._opening = EmptyState("document", self.tr("Opening …"), "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._opening)
        self._blank = QWidget()
        self._stack.addWidget(self._blank)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(line())
        layout.addWidget(self._note)
        layout.addWidget(self._stack, 1)

    @property
    def text(self) -> DocumentText | None:
        """The text that is shown, if there is one."""
        return self._texts.get(self._opened) if self._opened is not None else None

    def show_document(self, opened: OpenDocument | None) -> None:
        """Show a document, or what is known while it is opened or when it cannot be read."""
        is_new = opened is not self._opened
        self._opened = opened
        if opened is None:
            return
        if opened.document is not None and opened not in self._texts:
            text = DocumentText(opened.document)
            text.page_changed.connect(lambda index: self._on_page_changed(opened, index))
            self._texts[opened] = text
            self._stack.addWidget(text)
            is_new = True
        text = self.text
        self._header.setEnabled(text is not None)
        if opened.error is not None:
            self._note.say(
                "error",
                opened.error.message,
                opened.error.hint,
                action=self.tr("Try again"),
                on_action=lambda: self.read_again_wanted.emit(opened),
                closable=False,
            )
        else:
            self._note.clear()
        self._stack.setCurrentWidget(text or (self._opening if opened.is_loading else self._blank))
        if is_new:
            self._list_pages()

    def forget(self, opened: OpenDocument) -> None:
        text = self._texts.pop(opened, None)
        if text is not None:
            self._stack.removeWidget(text)
            text.deleteLater()

    def focus_search(self) -> None:
        self._words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._words.selectAll()

    def find_next(self) -> None:
        text, words = self.text, self._words.text()
        if text is not None and words:
            found = text.find_words(words)
            self._found.setVisible(not found)
            set_property(self._words, "level", "" if found else "error")

    def _search_changed(self) -> None:
        self._found.hide()

    def _list_pages(self) -> None:
        self._pages.clear()
        document = self._opened.document if self._opened is not None else None
        if document is not None:
            self._pages.addItems([anchor.label for anchor in document.anchors])
        self._pages.setEnabled(self._pages.count() > 0)

    def _go_to_page(self, index: int) -> None:
        if self.text is not None and index >= 0:
            self.text.show_page(index)

    def _on_page_changed(self, opened: OpenDocument, index: int) -> None:
        if opened is self._opened:
            self._pages.setCurrentIndex(index)
