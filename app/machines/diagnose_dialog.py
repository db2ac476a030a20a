"""Answers "why is my machine not here?" with what was checked and what blocks it."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.said import said
from app.theme import GAP, GAP_TINY
from app.widgets.basics import button, label, row
from app.widgets.dialog import Dialog
from app.widgets.icon_label import IconLabel
from app.widgets.page import scrolling
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import Finding


class DiagnoseDialog(Dialog):
    """Checks when it opens, and again on demand."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent, 560, 420)
        self.set_title(
            self.tr("Why is my machine not here?"),
            self.tr("HPipe checks this machine's side. Open this on the other machine as well."),
        )
        self._bridge = bridge
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setAccessibleName(self.tr("Checking"))
        content = QWidget()
        self.findings = QVBoxLayout(content)
        self.findings.setContentsMargins(0, 0, GAP, 0)
        self.findings.setSpacing(GAP)
        self.findings.addStretch(1)
        self.body.addWidget(self._busy)
        self.body.addWidget(scrolling(content, self.tr("What was checked")), 1)
        self._again = button(self.tr("Check &again"), self.check, icon="refresh")
        close = button(self.tr("Close"), self.accept, kind="primary")
        close.setDefault(True)
        self.buttons.addWidget(self._again)
        self.buttons.addWidget(close)
        self.check()

    def check(self) -> None:
        self.note.clear()
        self._show_busy(True)
        self._bridge.call(Service.diagnose, owner=self, on_done=self._show, on_error=self._failed)

    def _show_busy(self, is_busy: bool) -> None:
        self._busy.setVisible(is_busy)
        self._again.setEnabled(not is_busy)

    def _show(self, findings: tuple[Finding, ...]) -> None:
        self._show_busy(False)
        while self.findings.count() > 1:
            widget = self.findings.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        # What blocks comes first.
        for place, finding in enumerate(sorted(findings, key=lambda f: f.is_fine)):
            self.findings.insertWidget(place, _finding(finding))
        blocked = [finding for finding in findings if not finding.is_fine]
        if blocked:
            self.note.say("warning", self.tr("%n thing(s) may be in the way.", "", len(blocked)))
        else:
            self.note.say(
                "good",
                self.tr("Nothing is in the way on this machine."),
                self.tr("Check the other one: it must run HPipe and be in the same network."),
            )

    def _failed(self, error: HPipeError) -> None:
        self._show_busy(False)
        self.note.show_error(error)


def _finding(finding: Finding) -> QWidget:
    title = label(said(finding.title))
    font = title.font()
    font.setWeight(font.Weight.DemiBold)
    title.setFont(font)
    words = QVBoxLayout()
    words.setSpacing(GAP_TINY)
    words.addWidget(title)
    words.addWidget(label(said(finding.detail), wrap=True, muted=finding.is_fine))
    icon = (
        IconLabel("ready", "good", 20) if finding.is_fine else IconLabel("warning", "warning", 20)
    )
    holder = QWidget()
    layout = row(icon, spacing=GAP)
    layout.addLayout(words, 1)
    holder.setLayout(layout)
    holder.setAccessibleName(f"{said(finding.title)}: {said(finding.detail)}")
    return holder
