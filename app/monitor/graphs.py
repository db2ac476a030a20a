"""The run's figures, and a graph for each of its stages in one or two columns."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.monitor.figures import RunFigures
from app.monitor.run import Run
from app.monitor.stage_graph import StageFacts, StageGraph
from app.monitor.words import MonitorWords
from app.theme import GAP_LARGE, GAP_SMALL, heading_font
from app.widgets.basics import card, label, row
from app.widgets.legend import Legend

TWO_COLUMNS_WIDTH = 720
ONE_COLUMN_AT_MOST = 4


class Graphs(QWidget):
    """Draws what the run says."""

    def __init__(self, run: Run, words: MonitorWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._words = words
        self.figures = RunFigures()
        self.graphs: list[StageGraph] = []
        self._spare: list[StageGraph] = []
        self.facts: tuple[StageFacts, ...] = ()
        title = label(self.tr("How each stage spends its time"))
        title.setFont(heading_font(self))
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        legend = Legend(
            {
                "computing": self.tr("computing"),
                "sending": self.tr("sending"),
                "waiting": self.tr("waiting"),
                "surface_raised": self.tr("idle"),
            }
        )
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP_LARGE)
        self._grid.setVerticalSpacing(GAP_SMALL)
        frame, inside = card(is_flat=True)
        inside.addWidget(self.figures)
        inside.addSpacing(GAP_SMALL)
        inside.addLayout(row(title, legend))
        inside.addLayout(self._grid)
        self.setLayout(row(frame))

    def make(self) -> None:
        """As many graphs as the run has stages."""
        count = len(self._run.stages)
        while len(self.graphs) > count:
            self._spare.append(self.graphs.pop())
            self._spare[-1].hide()
        while len(self.graphs) < count:
            self.graphs.append(self._spare.pop() if self._spare else StageGraph(self))
        self.draw_figures()

    def prepare(self, count: int) -> None:
        """Make so many one after another, so that a job that begins does not stop the window."""
        if len(self.graphs) + len(self._spare) < count:
            graph = StageGraph(self)
            for part in (graph, graph.plot, graph.plot.viewport()):
                part.ensurePolished()
            self._spare.append(graph)
            QTimer.singleShot(0, self, lambda: self.prepare(count))

    def arrange(self, width: int) -> None:
        """Two columns where there is room for them, filled from top to bottom."""
        is_wide = width >= TWO_COLUMNS_WIDTH and len(self.graphs) > ONE_COLUMN_AT_MOST
        rows = -(-len(self.graphs) // (2 if is_wide else 1))
        for at, graph in enumerate(self.graphs):
            self._grid.addWidget(graph, at % rows, at // rows)
            graph.show()

    def draw_figures(self) -> None:
        run, tokens, sent = self._run, 0.0, 0.0
        times = run.times if run.is_over else None
        facts = []
        for place, stage in enumerate(run.stages):
            tokens, sent_here = times.average(place) if times else stage.rates(run.now)
            sent += sent_here
            facts.append(self._words.facts(run, place, tokens, sent_here))
        self.facts = tuple(facts)
        if facts:
            self.figures.show_run(run.job, run.times, tokens, sent, is_over=run.is_over)

    def draw(self, *, with_words: bool) -> None:
        """One frame; with_words tells screen readers and tool tips, too."""
        run = self._run
        edges = run.window.edges
        for place, (stage, facts) in enumerate(zip(run.stages, self.facts, strict=True)):
            shares = stage.shares(edges, run.is_working)
            self.graphs[place].show_stage(facts, shares)
            if with_words:
                self.graphs[place].tell(self._words.shares(run, place, shares))
