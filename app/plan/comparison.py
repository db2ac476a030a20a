"""A small table: this plan beside HPipe's choice, even layers and one machine alone."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.format import duration, number
from runtime.planner.values import Plan

# Times that differ by less than this share of them are the same.
SAME = 0.001


class ComparedPlan(NamedTuple):
    """One row. plan None: it does not fit, or cannot run."""

    name: str
    plan: Plan | None
    machines: int
    why_not: str = ""


class Comparison(QTableWidget):
    """As high as its rows; the best time of each column is bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 6, parent)
        self.setHorizontalHeaderLabels(
            [
                self.tr("Plan"),
                self.tr("Machines"),
                self.tr("First token"),
                self.tr("Whole answer"),
                self.tr("Per token"),
                self.tr("Documents/h"),
            ]
        )
        self.setAccessibleName(self.tr("This plan compared with others"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setStyleSheet("QTableView { border: none; } QTableView::item { padding: 0 5px; }")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(70)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        first = self.horizontalHeaderItem(0)
        first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_plans(self, rows: list[ComparedPlan]) -> None:
        self.setRowCount(len(rows))
        best = [
            min((figure(row.plan) for row in rows if row.plan is not None), default=0.0)
            for figure in FIGURES
        ]
        for at, row in enumerate(rows):
            self._put(at, 0, row.name, is_bold=at == 0)
            self._put(at, 1, number(row.machines))
            for column, (figure, text) in enumerate(zip(FIGURES, TEXTS, strict=True), start=2):
                if row.plan is not None:
                    least = best[column - 2]
                    is_best = figure(row.plan) <= least + abs(least) * SAME
                    self._put(at, column, text(row.plan), is_bold=is_best)
                else:
                    self._put(at, column, row.why_not if column == 2 else "–")
        self.updateGeometry()
        self.setFixedHeight(self.sizeHint().height())

    def _put(self, row: int, column: int, text: str, *, is_bold: bool = False) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.setItem(row, column, item)
        font = item.font()
        font.setBold(is_bold)
        item.setFont(font)
        item.setText(text)
        item.setToolTip(text)

    def sizeHint(self) -> QSize:
        header = self.horizontalHeader().sizeHint().height()
        return QSize(480, header + self.rowCount() * self.verticalHeader().defaultSectionSize() + 2)


FIGURES = (
    lambda plan: plan.prediction.ttft_seconds,
    lambda plan: plan.prediction.answer_seconds,
    lambda plan: plan.prediction.tpot_seconds,
    lambda plan: -plan.prediction.documents_per_hour,
)
TEXTS = (
    lambda plan: duration(plan.prediction.ttft_seconds),
    lambda plan: duration(plan.prediction.answer_seconds),
    lambda plan: duration(plan.prediction.tpot_seconds),
    lambda plan: number(
        plan.prediction.documents_per_hour, 1 if plan.prediction.documents_per_hour < 100 else 0
    ),
)
