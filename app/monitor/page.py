"""The Monitor page: every stage live, the last minute as it happened, and what was said."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QMenu,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.bridge import Bridge
from app.format import bandwidth, duration, memory, number, percent, token_rate
from app.monitor.export import cannot_write, write_csv
from app.monitor.figures import RunFigures
from app.monitor.history import History, Shares, StageHistory
from app.monitor.log_view import LogView
from app.monitor.measured_timeline import MeasuredTimeline
from app.monitor.stage_graph import StageFacts, StageGraph
from app.monitor.view import SPANS, WHOLE, TimeView, Window
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_SMALL, heading_font, machine_color
from app.widgets.basics import button, card, label, row, set_property
from app.widgets.empty_state import EmptyState
from app.widgets.legend import Legend
from app.widgets.page import Page, scrolling
from app.widgets.timeline import Timeline, TimelineRow, TimelineSpan, seconds_text
from runtime.errors import HPipeError
from runtime.planner.values import Plan
from runtime.snapshots import ChunkFinished, JobSnapshot, JobState, LogWritten, MachineState

TICK_MILLISECONDS = 125
# Figures change no faster than they can be read.
FIGURES_EVERY_TICKS = 3
WORDS_EVERY_TICKS = 10
LOOK_BACK_STEPS = 1000
# From this width on two things stand side by side.
TWO_GRAPHS_WIDTH = 720
TWO_TIMELINES_WIDTH = 1080
ONE_COLUMN_AT_MOST = 4
WORKING = {JobState.READING, JobState.ANSWERING}
BEFORE_WORK = {JobState.PLANNING, JobState.LOADING}


class MonitorPage(Page):
    """One timer draws everything, and only while the page is seen."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(bridge, state, self.tr("Monitor"), parent)
        self.history = History()
        self.history.add_all(state.chunks)
        self.view = TimeView()
        self._job_id = ""
        self._plan: Plan | None = None
        self._stages: tuple[StageHistory, ...] = ()
        self._known_facts: tuple[StageFacts, ...] = ()
        self._predicted_from: float | None = None
        self._graphs: list[StageGraph] = []
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._make_actions()
        self._make_body()
        bridge.chunk_finished.connect(self._on_chunk)
        bridge.log_written.connect(self._on_log)
        state.job_changed.connect(self._on_job)
        state.jobs_changed.connect(self._choose_job)
        self._choose_job()

    # Making

    def _make_actions(self) -> None:
        self._spans = QComboBox()
        self._spans.setAccessibleName(self.tr("How much time is shown"))
        for seconds in SPANS:
            self._spans.addItem(self.tr("Last {time}").format(time=duration(seconds)), seconds)
        self._spans.addItem(self.tr("The whole reading"), WHOLE)
        self._spans.setCurrentIndex(SPANS.index(self.view.span_seconds))
        self._spans.currentIndexChanged.connect(self._choose_span)
        self._pause_button = button(self.tr("&Pause"), self.toggle_pause, icon="pause")
        self._pause_button.setCheckable(True)
        export = button(self.tr("&Export"), icon="export")
        menu = QMenu(export)
        export.setMenu(menu)
        for widget in (self._spans, self._pause_button, export):
            self.actions.addWidget(widget)
        self._pause = self.command(
            self.tr("&Pause or go on"), self.toggle_pause, shortcut="Ctrl+P", icon="pause"
        )
        self._earlier = self.command(
            self.tr("&Earlier"), lambda: self._step(-1), shortcut="Ctrl+Left"
        )
        self._later = self.command(self.tr("&Later"), lambda: self._step(1), shortcut="Ctrl+Right")
        self._table = self.command(
            self.tr("Export the records as a &table …"), self._ask_table, shortcut="Ctrl+Shift+T",
            icon="export", is_separated=True,
        )  # fmt: skip
        self._picture = self.command(
            self.tr("Export a p&icture …"), self._ask_picture, shortcut="Ctrl+Shift+P"
        )
        menu.addActions([self._table, self._picture])

    def _make_body(self) -> None:
        self.figures = RunFigures()
        self._empty = EmptyState(
            "monitor",
            self.tr("Nothing has run yet"),
            self.tr(
                "As soon as a document is read, this page shows what every machine does: when it "
                "computes, waits for the one before it, and sends to the next."
            ),
            button(
                self.tr("Go to &Analyze"), lambda: self.page_wanted.emit("analyze"), kind="primary"
            ),
        )
        self._content = QWidget()
        self._whole = QVBoxLayout(self._content)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(GAP)
        self._whole.addWidget(self._empty, 1)
        self._run = QWidget()
        run = QVBoxLayout(self._run)
        run.setContentsMargins(0, 0, 0, 0)
        run.setSpacing(GAP)
        run.addWidget(self._make_graphs())
        run.addWidget(self._make_timelines())
        self._whole.addWidget(self._run)
        self._whole.addWidget(self._make_log())
        self._whole.addStretch(0)
        self.body.addWidget(scrolling(self._content, self.tr("Monitor")))

    def _make_graphs(self) -> QWidget:
        frame, inside = card()
        inside.addWidget(self.figures)
        inside.addSpacing(GAP_SMALL)
        title = label(self.tr("How each stage spends its time"))
        title.setFont(heading_font(self))
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        legend = Legend(
            {
                "computing": self.tr("computing"), "sending": self.tr("sending"),
                "waiting": self.tr("waiting"), "surface_raised": self.tr("idle"),
            }
        )  # fmt: skip
        inside.addLayout(row(title, legend))
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP_LARGE)
        self._grid.setVerticalSpacing(GAP_SMALL)
        inside.addLayout(self._grid)
        return frame

    def _make_timelines(self) -> QWidget:
        frame, inside = card()
        self.measured = MeasuredTimeline(self.tr("Timeline as it happened"))
        self.predicted = Timeline(self.tr("Timeline as it was predicted"))
        self._beside = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._beside.setSpacing(GAP_LARGE)
        for title, timeline in (
            (self.tr("As it happened"), self.measured),
            (self.tr("As it was predicted"), self.predicted),
        ):
            heading = label(title)
            heading.setFont(heading_font(self))
            column = QVBoxLayout()
            column.setSpacing(GAP_SMALL)
            column.addWidget(heading)
            column.addWidget(timeline)
            column.addStretch(1)
            self._beside.addLayout(column, 1)
            timeline.tell_ticks(self._tick_words)
            timeline.tell_spans(self._span_words)
        inside.addLayout(self._beside)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, LOOK_BACK_STEPS)
        self._slider.setValue(LOOK_BACK_STEPS)
        self._slider.setPageStep(LOOK_BACK_STEPS // 20)
        self._slider.setAccessibleName(self.tr("Look back in time"))
        self._slider.valueChanged.connect(self._look_back)
        self._where = label(muted=True)
        self._where.setMinimumWidth(110)
        self._where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        name = label(self.tr("Look &back"), muted=True)
        name.setBuddy(self._slider)
        inside.addLayout(row(name, self._slider, self._where))
        return frame

    def _make_log(self) -> QWidget:
        frame, inside = card()
        title = label(self.tr("What happened"))
        title.setFont(heading_font(self))
        self.log = LogView(self.state.log)
        self.log.setMinimumHeight(120)
        inside.addWidget(title)
        inside.addWidget(self.log)
        return frame

    # What arrives

    def _on_chunk(self, finished: ChunkFinished) -> None:
        self.history.add(finished)
        if finished.job_id != self._job_id:
            self._choose_job()

    def _on_log(self, line: LogWritten) -> None:
        self.log.append(line)

    def _on_job(self, job_id: str) -> None:
        job = self.state.jobs.get(job_id)
        if job_id != self._job_id or (job is not None and job.plan != self._plan):
            self._choose_job()

    def _choose_job(self) -> None:
        """Show the running job, else the last one that left records."""
        running = self.state.running_job
        self._job_id = running.job_id if running is not None else self.history.latest_job
        job = self._job
        self._plan = job.plan if job is not None else None
        if self._plan is not None:
            stages = tuple(
                self.history.stage(planned.machine_id, place)
                for place, planned in enumerate(self._plan.stages)
            )
        else:
            stages = self.history.stages(self._job_id)
        if stages != self._stages:
            self._stages = stages
            self._make_stage_graphs()
        is_empty = not stages
        self._empty.setVisible(is_empty)
        self._run.setVisible(not is_empty)
        self._show_predicted()
        if self.isVisible():
            self._draw()

    @property
    def _job(self) -> JobSnapshot | None:
        return self.state.jobs.get(self._job_id)

    @property
    def _is_working(self) -> bool:
        job = self._job
        return job is not None and job.state in WORKING

    def _make_stage_graphs(self) -> None:
        while len(self._graphs) > len(self._stages):
            gone = self._graphs.pop()
            gone.hide()
            gone.deleteLater()
        while len(self._graphs) < len(self._stages):
            self._graphs.append(StageGraph())
        self._draw_figures()
        self._arrange()

    # When it is drawn

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()
        self._draw()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Two columns of graphs and two timelines side by side where there is room."""
        width = self.width()
        is_wide = width >= TWO_GRAPHS_WIDTH and len(self._graphs) > ONE_COLUMN_AT_MOST
        columns = 2 if is_wide else 1
        rows = -(-len(self._graphs) // columns)
        for at, graph in enumerate(self._graphs):
            self._grid.addWidget(graph, at % rows, at // rows)
            graph.show()
        side_by_side = width >= TWO_TIMELINES_WIDTH
        self._beside.setDirection(
            QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom
        )

    def _tick(self) -> None:
        """Every other frame draws the timelines, and some the figures: none draws all."""
        self._ticks += 1
        if self.view.is_paused:
            return
        if self._ticks % FIGURES_EVERY_TICKS == 0:
            self._draw_figures()
        if self._ticks % 2:
            self._draw_graphs()
        else:
            self._draw_timelines()

    @property
    def _now(self) -> float:
        return max(time.monotonic(), self.history.known_until if self._is_working else 0.0)

    @property
    def _window(self) -> Window:
        times = self.history.jobs.get(self._job_id)
        now = self._now
        if times is None:
            return self.view.window(now, now - 1.0, now)
        planned = self._plan.prediction.ttft_seconds if self._plan is not None else 0.0
        job = self._job
        is_reading = job is not None and job.state is JobState.READING
        end = max(times.began + planned, now if is_reading else times.ended)
        return self.view.window(now, times.began, end)

    def _draw(self) -> None:
        """Everything at once, as after a choice."""
        self._draw_figures()
        self._draw_graphs()
        self._draw_timelines()

    def _draw_figures(self) -> None:
        self._show_subtitle()
        now, tokens, sent = self._now, 0.0, 0.0
        facts = []
        for place, stage in enumerate(self._stages):
            tokens, sent_here = stage.rates(now)
            sent += sent_here
            facts.append(self._facts(place, stage, tokens, sent_here))
        self._known_facts = tuple(facts)
        if facts:
            self.figures.show_run(self._job, self.history.jobs.get(self._job_id), tokens, sent)

    def _draw_graphs(self) -> None:
        edges = self._window.edges
        for place, (stage, facts) in enumerate(zip(self._stages, self._known_facts, strict=True)):
            shares = stage.shares(edges, self._is_working)
            self._graphs[place].show_stage(facts, shares)
            if self._ticks % WORDS_EVERY_TICKS == 0:
                self._graphs[place].tell(self._words(place, shares))

    def _draw_timelines(self) -> None:
        if not self._stages:
            return
        window = self._window
        self.measured.show_rows([self._row(p, s) for p, s in enumerate(self._stages)])
        self.measured.show_stages(
            self._stages, window.start, window.end, self._origin, is_working=self._is_working
        )
        if self._predicted_from != self._began:
            self._show_predicted()
        self.predicted.show_range(window.start, window.end, self._origin)
        self._show_where(window)

    # What stands where

    def _layers(self, place: int, stage: StageHistory) -> str:
        if self._plan is not None and place < len(self._plan.stages):
            planned = self._plan.stages[place]
            first, last = planned.first_layer + 1, planned.last_layer
        elif stage.latest is not None:
            first, last = stage.latest.first_layer + 1, stage.latest.last_layer
        else:
            return ""
        return f"{first}–{last}" if last > first else str(first)

    def _facts(self, place: int, stage: StageHistory, tokens: float, sent: float) -> StageFacts:
        machine = self.state.machine(stage.machine_id)
        first = [self._layers(place, stage)]
        level = ""
        if machine is not None and machine.state is MachineState.LOST:
            first, level = [self.tr("lost")], "error"
        elif tokens:
            first.append(token_rate(tokens))
        held, limit = "", ""
        if stage.latest is not None and stage.latest.memory_bytes:
            held = memory(stage.latest.memory_bytes)
            if self._plan is not None and place < len(self._plan.stages):
                limit = memory(self._plan.stages[place].memory_limit_bytes)
        full = self.tr("{needed} of {limit}").format(needed=held, limit=limit) if limit else held
        network = bandwidth(sent) if sent else ""
        warmth = ""
        if machine is not None and machine.temperature_celsius is not None:
            warmth = self.tr("{n} °C").format(n=number(machine.temperature_celsius))
        return StageFacts(
            name=self.state.machine_name(stage.machine_id),
            color=machine_color(self.state.color_index(stage.machine_id)),
            first_line=(joined(*first),),
            second_line=(joined(full, network, warmth), joined(held, network, warmth)),
            level=level,
        )

    def _row(self, place: int, stage: StageHistory) -> TimelineRow:
        return TimelineRow(
            name=self.state.machine_name(stage.machine_id),
            detail=self.tr("layers {range}").format(range=self._layers(place, stage)),
            color=machine_color(self.state.color_index(stage.machine_id)),
            short=self._layers(place, stage),
        )

    def _words(self, place: int, shares: Shares) -> str:
        parts = {
            self.tr("computing"): shares.computing, self.tr("sending"): shares.sending,
            self.tr("waiting"): shares.waiting, self.tr("idle"): shares.idle,
        }  # fmt: skip
        known = max(1e-9, sum(float(part.sum()) for part in parts.values()))
        text = ", ".join(f"{n} {percent(float(part.sum()) / known)}" for n, part in parts.items())
        name = self.state.machine_name(self._stages[place].machine_id)
        return self.tr("{name}, stage {place}: {parts} of the time shown").format(
            name=name, place=place + 1, parts=text
        )

    @property
    def _began(self) -> float | None:
        times = self.history.jobs.get(self._job_id)
        return times.began if times is not None else None

    @property
    def _origin(self) -> float:
        """What the axis counts from: the start of the reading, or where the view ends."""
        if self.view.span_seconds == WHOLE and self._began is not None:
            return self._began
        return self._window.end

    def _show_predicted(self) -> None:
        self._predicted_from = self._began
        times = self.history.jobs.get(self._job_id)
        plan = self._plan
        self.predicted.show_rows([self._row(p, s) for p, s in enumerate(self._stages)])
        if plan is None or times is None:
            self.predicted.show_spans((), 0.0, 1.0)
            return
        window = self._window
        self.predicted.show_spans(
            [
                TimelineSpan(
                    bar.stage, times.began + bar.start_seconds, times.began + bar.end_seconds,
                    "sending" if bar.on_link else "computing", bar.chunk,
                )
                for bar in plan.prediction.timeline
            ],
            window.start,
            window.end,
            self._origin,
        )  # fmt: skip

    def _show_subtitle(self) -> None:
        job = self._job
        if job is None:
            self.set_subtitle("")
        elif job.state in BEFORE_WORK:
            self.set_subtitle(self.tr("{title}: getting ready").format(title=job.title))
        elif job.state is JobState.READING:
            part = percent(job.tokens_read / max(1, job.prompt_tokens))
            self.set_subtitle(self.tr("{title}: {part} read").format(title=job.title, part=part))
        elif job.state is JobState.ANSWERING:
            self.set_subtitle(self.tr("{title}: answering").format(title=job.title))
        else:
            self.set_subtitle(self.tr("{title}: ended").format(title=job.title))

    def _tick_words(self, second: float) -> str:
        is_now = abs(second) < 1e-6 and self.view.span_seconds != WHOLE
        if is_now and not self.view.is_paused:
            return self.tr("now")
        return seconds_text(second)

    def _span_words(self, span: TimelineSpan) -> str:
        names = {
            "computing": self.tr("computing chunk {number}"),
            "waiting": self.tr("waiting for chunk {number}"),
            "sending": self.tr("sending chunk {number}"),
        }
        what = names.get(span.kind, "").format(number=span.number + 1)
        return f"{what}: {duration(span.end - span.start)}"

    # Acting

    def _choose_span(self) -> None:
        self.view.span_seconds = self._spans.currentData()
        self._draw()

    def toggle_pause(self) -> None:
        """Stop where it is, or follow the present again."""
        if self.view.is_paused:
            self.view.resume()
        else:
            self.view.pause(self._window.end)
        self._show_pause()
        self._draw()

    def _show_pause(self) -> None:
        is_paused = self.view.is_paused
        self._pause_button.setChecked(is_paused)
        self._pause_button.setText(self.tr("&Go on") if is_paused else self.tr("&Pause"))

    @property
    def _past(self) -> tuple[float, float]:
        """The first and the last moment the view may end at."""
        began = self.history.began
        now = self._now
        if began is None:
            return now, now
        first = began + min(self.view.span_seconds or 1.0, max(0.0, now - began))
        return first, max(now, first)

    def _look_back(self, step: int) -> None:
        first, last = self._past
        if step >= LOOK_BACK_STEPS:
            self.view.resume()
        else:
            self.view.look_at(first + (last - first) * step / LOOK_BACK_STEPS)
        self._show_pause()
        self._draw()

    def _step(self, direction: int) -> None:
        """A quarter of what is shown earlier or later."""
        first, last = self._past
        window = self._window
        end = window.end + direction * (window.end - window.start) / 4
        if end >= last:
            self.view.resume()
        else:
            self.view.look_at(max(first, end))
        self._show_pause()
        self._draw()

    def _show_where(self, window: Window) -> None:
        first, last = self._past
        is_live = not self.view.is_paused
        place = 1.0 if is_live or last <= first else (window.end - first) / (last - first)
        self._slider.blockSignals(True)
        self._slider.setValue(round(LOOK_BACK_STEPS * min(1.0, max(0.0, place))))
        self._slider.blockSignals(False)
        text = self.tr("live")
        if not is_live:
            text = self.tr("{time} ago").format(time=duration(max(0.0, self._now - window.end)))
        if text != self._where.text():
            self._where.setText(text)
            set_property(self._where, "level", "good" if is_live else "info")

    # Export

    def _ask_table(self) -> None:
        self._ask_path(self.tr("Export the records"), "hpipe-records.csv", "CSV (*.csv)",
                       self.export_table)  # fmt: skip

    def _ask_picture(self) -> None:
        self._ask_path(self.tr("Export a picture"), "hpipe-monitor.png", "PNG (*.png)",
                       self.export_picture)  # fmt: skip

    def _ask_path(self, title: str, name: str, kind: str, act: object) -> None:
        dialog = QFileDialog(self, title, str(Path.home() / name), kind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rsplit(".", 1)[1])
        dialog.fileSelected.connect(lambda path: act(Path(path)))  # type: ignore[operator]
        dialog.open()

    def export_table(self, path: Path) -> None:
        """Every record that is kept, as CSV."""
        try:
            write_csv(path, self.history.records, self.state.machine_name)
        except HPipeError as error:
            self.note.show_error(error)
            return
        count = len(self.history.records)
        words = self.tr("%n record(s) written to {path}.", "", count)
        self.note.say("good", words.format(path=path))

    def export_picture(self, path: Path) -> None:
        """What the page shows now, all of it, as PNG."""
        if self._content.grab().save(str(path), "PNG"):
            self.note.say("good", self.tr("The picture is in {path}.").format(path=path))
        else:
            self.note.show_error(cannot_write(path, self.tr("the system refused")))


def joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
