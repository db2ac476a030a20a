"""The Monitor page: every stage live, the last minute as it happened, and what was said."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.icons import set_icon
from app.monitor.exports import Exports
from app.monitor.graphs import Graphs
from app.monitor.log_view import LogView
from app.monitor.run import OVER, Run
from app.monitor.timelines import Timelines
from app.monitor.view import FIT, SPANS, WHOLE
from app.monitor.words import MonitorWords
from app.state import AppState
from app.theme import GAP, heading_font
from app.widgets.basics import button, card, label
from app.widgets.combo import ChoiceBox
from app.widgets.empty_state import EmptyState
from app.widgets.page import Page, scrolling
from runtime.snapshots import ChunkFinished, JobState

TICK_MILLISECONDS = 125
# Figures change no faster than they can be read.
FIGURES_EVERY_TICKS = 3
WORDS_EVERY_TICKS = 10
# From this width on the two timelines stand side by side.
TWO_TIMELINES_WIDTH = 1080


class MonitorPage(Page):
    """One timer draws everything, and only while the page is seen."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(bridge, state, self.tr("Monitor"), parent)
        self.run = Run()
        self.run.history.add_all(state.chunks)
        self._words = MonitorWords(state, self)
        self._told: dict[str, JobState] = {id_: job.state for id_, job in state.jobs.items()}
        self._ticks = 0
        self._stands_at: float | None = None  # the end of a job that is drawn already
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._content = QWidget()
        self.exports = Exports(self.run, state, self._content, self.note, self)
        self._make_actions()
        self._make_body()
        bridge.chunk_finished.connect(self._on_chunk)
        bridge.log_written.connect(self.log.append)
        state.job_changed.connect(self._on_job)
        state.jobs_changed.connect(self._choose_job)
        state.pool_changed.connect(self._prepare)
        self._prepare()
        self._choose_job()

    # Making

    def _make_actions(self) -> None:
        self._spans = ChoiceBox()
        self._spans.setAccessibleName(self.tr("How much time is shown"))
        names = (self.tr("Last 15 seconds"), self.tr("Last minute"), self.tr("Last 5 minutes"))
        self._spans.addItem(self.tr("As fits the job"), FIT)
        for name, seconds in zip(names, SPANS, strict=True):
            self._spans.addItem(name, seconds)
        self._spans.addItem(self.tr("The whole reading"), WHOLE)
        self._spans.setCurrentIndex(self._spans.findData(self.run.view.span_seconds))
        self._spans.currentIndexChanged.connect(self._choose_span)
        self._pause_button = button(self.tr("Pa&use"), self.toggle_pause, icon="pause")
        self._pause_button.setCheckable(True)
        self._export = button(self.tr("E&xport"), icon="export")
        menu = QMenu(self._export)
        self._export.setMenu(menu)
        for widget in (self._spans, self._pause_button, self._export):
            self.actions.addWidget(widget)
        self._pause = self.command(
            self.tr("&Pause or go on"), self.toggle_pause, shortcut="Ctrl+P", icon="pause"
        )
        self._earlier = self.command(
            self.tr("&Earlier"), lambda: self._step(-1), shortcut="Alt+Left"
        )
        self._later = self.command(self.tr("&Later"), lambda: self._step(1), shortcut="Alt+Right")
        self._table = self.command(
            self.tr("Export the records as a &table …"),
            self.exports.ask_table,
            shortcut="Ctrl+Shift+T",
            icon="export",
            is_separated=True,
        )
        self._picture = self.command(
            self.tr("Export a p&icture …"),
            self.exports.ask_picture,
            shortcut="Ctrl+Shift+P",
        )
        menu.addActions([self._table, self._picture])

    def _make_body(self) -> None:
        self._empty = EmptyState(
            "monitor",
            self.tr("Nothing has run yet"),
            self.tr(
                "As soon as a document is read, this page shows what every machine does: when it "
                "computes, waits for the one before it, and sends to the next."
            ),
            button(
                self.tr("Go to Anal&yze"), lambda: self.page_wanted.emit("analyze"), kind="primary"
            ),
        )
        self.graphs = Graphs(self.run, self._words)
        self.timelines = Timelines(self.run, self._words)
        self.timelines.looked_back.connect(self._look_back)
        self.log = LogView(self.state.log)
        whole = QVBoxLayout(self._content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        whole.addWidget(self._empty, 2)
        for part in (self.graphs, self.timelines):
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            whole.addWidget(part)
        frame, inside = card(is_flat=True)
        title = label(self.tr("What happened"))
        title.setFont(heading_font(self))
        inside.addWidget(title)
        inside.addWidget(self.log)
        whole.addWidget(frame, 1)
        self.body.addWidget(scrolling(self._content, self.tr("Monitor")))

    def _prepare(self) -> None:
        self.graphs.prepare(len(self.state.members))

    # What arrives

    def _on_chunk(self, finished: ChunkFinished) -> None:
        self.run.history.add(finished)
        if finished.job_id != self.run.job_id and not self.run.is_working:
            self._choose_job()

    def _on_job(self, job_id: str) -> None:
        job = self.state.jobs.get(job_id)
        if job is None:
            return
        if self._told.get(job_id) is not job.state:
            self._told[job_id] = job.state
            if job.state in OVER:
                self.run.history.end(job_id)
            line = self._words.event(job, time.time())
            if line is not None:
                self.log.append(line)
            self._choose_job()
        elif job_id == self.run.job_id:
            if job.plan != self.run.plan:
                self._choose_job()
            else:
                self.run.job = job

    def _choose_job(self) -> None:
        """Show the running job, else the last one that left records."""
        running = self.state.running_job
        job_id = running.job_id if running is not None else self.run.history.latest_job
        had_plan = self.run.plan
        if self.run.show_job(job_id, self.state.jobs.get(job_id)):
            self.graphs.make()
            self._arrange()
        if self.run.plan != had_plan:
            self.timelines.show_plan()
        has_stages = bool(self.run.stages)
        self._empty.setVisible(not has_stages)
        self.graphs.setVisible(has_stages)
        self.timelines.setVisible(has_stages)
        self._show_commands()
        if not self.isVisible():
            return
        if self.run.is_over or self.run.view.is_paused:
            self._draw()
        else:
            self._draw_figures()  # the ticks draw the rest, part by part

    # When it is drawn

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()
        self._draw()
        self._timer.start()
        self._show_commands()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._show_commands()

    def _show_commands(self) -> None:
        """What moves in time does so only where it is seen; there is nothing to export at first."""
        has_stages = bool(self.run.stages)
        for command in (self._pause, self._earlier, self._later):
            command.setEnabled(has_stages and self.isVisible())
        for part in (self._table, self._picture, self._spans, self._pause_button, self._export):
            part.setEnabled(has_stages)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self.graphs.arrange(self.width())
        self.timelines.put_side_by_side(self.width() >= TWO_TIMELINES_WIDTH)

    def _tick(self) -> None:
        """Every other frame draws the timelines, and some the figures: none draws all."""
        self._ticks += 1
        if self.run.view.is_paused or not self.run.stages:
            return
        if self.run.is_over:
            if self._stands_at != self.run.now:
                self._draw()
            return
        if self._ticks % FIGURES_EVERY_TICKS == 0:
            self._draw_figures()
        if self._ticks % 2:
            self.graphs.draw(with_words=self._ticks % WORDS_EVERY_TICKS == 1)
        else:
            self.timelines.draw()

    def _draw(self) -> None:
        """Everything at once, as after a choice."""
        self._stands_at = self.run.now if self.run.is_over else None
        self._draw_figures()
        if self.run.stages:
            self.graphs.draw(with_words=True)
            self.timelines.draw()

    def _draw_figures(self) -> None:
        job = self.run.job
        self.set_subtitle(self._words.job(job) if job is not None else "")
        self.graphs.draw_figures()

    # Acting

    def _choose_span(self) -> None:
        self.run.view.span_seconds = self._spans.currentData()
        self._draw()

    def toggle_pause(self) -> None:
        """Stop where it is, or follow the present again."""
        if self.run.view.is_paused:
            self.run.view.resume()
        else:
            self.run.view.pause(self.run.window.end)
        self._show_pause()

    def _look_back(self, share: float) -> None:
        self.run.look_back(share)
        self._show_pause()

    def _step(self, direction: int) -> None:
        self.run.step(direction)
        self._show_pause()

    def _show_pause(self) -> None:
        is_paused = self.run.view.is_paused
        self._pause_button.setChecked(is_paused)
        self._pause_button.setText(self.tr("&Go on") if is_paused else self.tr("Pa&use"))
        set_icon(self._pause_button, "play" if is_paused else "pause")
        self._draw()
