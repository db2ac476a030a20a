"""The places of the document an answer rests on, as buttons that open them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.analyze.export import distinct
from app.theme import GAP_SMALL
from app.widgets.basics import button, row
from app.widgets.elided import ElidedLabel
from app.widgets.flow import FlowLayout
from runtime.snapshots import Citation

SHOWN = 12
SHOWN_WITH_QUOTE = 4
LABEL_CHARACTERS = 40


class Sources(QWidget):
    """A few places with what they say, or many without. Hidden while there are none."""

    place_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GAP_SMALL)
        self._citations: tuple[Citation, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_citations(self, citations: Sequence[Citation]) -> None:
        places = distinct(citations)[:SHOWN]
        if places == self._citations:
            return
        self._citations = places
        while item := self._rows.takeAt(0):
            item.widget().deleteLater()
        if len(places) <= SHOWN_WITH_QUOTE:
            for place in places:
                self._rows.addWidget(self._row(place))
        else:
            chips = QWidget()
            flow = FlowLayout(chips)
            for place in places:
                flow.addWidget(self._button(place))
            self._rows.addWidget(chips)
        self.setVisible(bool(places))

    def _row(self, place: Citation) -> QWidget:
        holder = QWidget()
        words = quoted(place)
        quote = ElidedLabel(f"“{words}”" if words else "")
        quote.setProperty("muted", True)
        layout = row(self._button(place), quote, spacing=GAP_SMALL)
        layout.setStretch(1, 1)
        holder.setLayout(layout)
        return holder

    def _button(self, place: Citation) -> QWidget:
        short = place.label
        if len(short) > LABEL_CHARACTERS:
            short = short[: LABEL_CHARACTERS - 1] + "…"
        quote = quoted(place)
        name = self.tr("Show {place} in the document").format(place=place.label)
        return button(
            short.replace("&", "&&"),
            lambda: self.place_chosen.emit(place.start, place.end),
            kind="chip",
            icon="document",
            name=name,
            tip=f"{name}\n“{quote}”" if quote else name,
        )


def quoted(place: Citation) -> str:
    """What a place says, on one line; "" where that is only what it is called."""
    words = " ".join(place.quote.split()).lstrip("# ")
    return "" if words == place.label else words
