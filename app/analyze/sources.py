"""The places of the document an answer rests on, as buttons that open them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.analyze.export import distinct
from app.analyze.flow import FlowLayout
from app.widgets.basics import button
from runtime.snapshots import Citation

SHOWN = 12
LABEL_CHARACTERS = 40


class Sources(QWidget):
    """Hidden while there are none."""

    place_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self)
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
        while item := self._flow.takeAt(0):
            item.widget().deleteLater()
        for place in places:
            self._flow.addWidget(self._button(place))
        self.setVisible(bool(places))

    def _button(self, place: Citation) -> QWidget:
        short = place.label
        if len(short) > LABEL_CHARACTERS:
            short = short[: LABEL_CHARACTERS - 1] + "…"
        quote = " ".join(place.quote.split())
        name = self.tr("Show {place} in the document").format(place=place.label)
        return button(
            short.replace("&", "&&"),
            lambda: self.place_chosen.emit(place.start, place.end),
            kind="chip",
            icon="document",
            name=name,
            tip=f"{name}\n“{quote}”" if quote else name,
        )
