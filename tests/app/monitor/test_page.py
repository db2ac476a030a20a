"""The Monitor page: records become graphs while it is seen; hidden, it draws nothing."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
from msgspec import structs
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.format import bandwidth
from app.monitor.page import MonitorPage
from app.monitor.stage_graph import StageGraph
from app.monitor.timelines import LOOK_BACK_STEPS
from app.theme import LIGHT
from runtime.messages.stage import ChunkRecord
from runtime.planner.values import StagePlan
from runtime.service import Service
from runtime.snapshots import (
    ChunkFinished,
    JobChanged,
    JobRequest,
    JobSnapshot,
    JobState,
    LogWritten,
)
from tests.app.clock import VirtualClock
from tests.app.cluster import MODELS, machine, machine_id, pool, problem, scripted_plan
from tests.app.layout import clipped, nameless
from tests.app.sample import sample_document
from tests.app.scripted import Scene
from tests.app.showing import wait_until


@pytest.fixture
def open_page(showing):
    def make(scene=Scene.THREE, size=(1240, 800), speed=20.0):
        one = showing(scene, VirtualClock(speed))
        page = one.page(MonitorPage, size)
        one.start()
        return page, one

    return make


def ask(one) -> None:
    request = JobRequest(
        document=sample_document(Path("Harbour report.txt")), question="What?", model_id="demo"
    )
    one.bridge.call(Service.ask, request, owner=one.state)


def run_a_job(page, one) -> None:
    ask(one)
    wait_until(lambda: (job := one.state.jobs.get("job-1")) and job.state is JobState.DONE)


def record_of(stage: int, sequence: int, start: float, compute: float, *, wait=0.0, tokens=64):
    return ChunkRecord(
        session="s", sequence=sequence, stage=stage, first_layer=stage, last_layer=stage + 1,
        position=sequence * 64, tokens=tokens, started_at=start, wait_seconds=wait,
        compute_seconds=compute, send_seconds=0.002, bytes_sent=8192, memory_bytes=2**30,
    )  # fmt: skip


def sixteen_stages_at_work(page, one) -> JobSnapshot:
    """A job whose plan has a stage on each of sixteen machines, as if it were being read."""
    members = tuple(machine(i) for i in range(16))
    question = problem(members, pool(members).links, MODELS[0], 8192, 256)
    plan = replace(
        scripted_plan(question),
        stages=tuple(
            StagePlan(
                machine_id=machine_id(i), device_id="cuda:0", first_layer=i, last_layer=i + 1,
                memory_bytes=2**30, memory_limit_bytes=2**33,
            )
            for i in range(16)
        ),
    )  # fmt: skip
    job = JobSnapshot(
        job_id="big", title="A long report", question="?", state=JobState.READING, plan=plan,
        prompt_tokens=8192, tokens_read=100,
    )  # fmt: skip
    one.bridge._emit(JobChanged(job))
    return job


def test_before_anything_ran_it_says_what_it_is_for(open_page):
    page, _ = open_page()
    assert page._empty.isVisible()
    assert not page.graphs.isVisible()
    assert not any(part.isEnabled() for part in (page._spans, page._pause_button, page._export))
    asked = []
    page.page_wanted.connect(asked.append)
    page._empty.findChild(type(page._pause_button)).click()
    assert asked == ["analyze"]


def test_a_job_fills_graphs_timelines_and_figures(open_page):
    page, one = open_page()
    run_a_job(page, one)
    page._draw()
    assert not page._empty.isVisible()
    assert len(page.graphs.graphs) == 3
    assert [row.name for row in page.timelines.measured._rows] == [
        "Study",
        "Old workstation",
        "Laptop",
    ]
    chunks = len(one.state.jobs["job-1"].chunk_lengths)
    assert len(page.run.history.records) == 3 * chunks
    assert len([s for s in page.timelines.predicted._spans if s.kind == "computing"]) == 3 * chunks
    assert page.graphs.figures.first_token.value != "–"
    assert "predicted" in page.graphs.figures.first_token.remark
    assert page.graphs.figures.waiting.value.endswith("%")
    assert "ended" in page._subtitle.text()


def test_at_the_end_of_a_job_the_page_stands_still_with_its_averages(open_page, qtbot):
    page, one = open_page()
    run_a_job(page, one)
    page._tick()
    times = page.run.times
    assert page.run.window == (times.began, times.last), "all of it, to its end"
    assert page.timelines.where.text() == "end of the job"
    assert page.timelines._tick_words(0.0) == "0", "counted from its start"
    figures, job = page.graphs.figures, one.state.jobs["job-1"]
    assert figures.speed.remark == "tokens/s while reading"
    assert figures.speed.value == f"{job.tokens_per_second:,.0f}"
    assert figures.left._title.text() == "Time taken"
    sent = sum(done.record.bytes_sent for done in page.run.history.records)
    assert figures.network.value == bandwidth(sent / (times.ended - times.began))
    assert f"{times.average(0)[0]:,.0f} tokens/s" in page.graphs.facts[0].first_line[0]
    QApplication.processEvents()
    before = [graph.plot.frames_drawn for graph in page.graphs.graphs]
    for _ in range(4):
        page._tick()
    QApplication.processEvents()
    assert [graph.plot.frames_drawn for graph in page.graphs.graphs] == before


def test_a_record_that_comes_after_the_end_is_drawn(open_page):
    page, one = open_page()
    run_a_job(page, one)
    page._tick()
    late = page.run.times.last + 1.0
    one.bridge._emit(ChunkFinished("job-1", machine_id(2), record_of(2, 99, late, 0.5)))
    page._tick()
    assert page.timelines.measured._to == pytest.approx(late + 0.502)


def test_a_new_job_sets_it_going_again(open_page):
    page, one = open_page()
    run_a_job(page, one)
    page._tick()
    ended = page.run.window.end
    sixteen_stages_at_work(page, one)
    for _ in range(2):  # the graphs, then the timelines
        page._tick()
    assert not page.run.is_over
    assert page.run.window.end > ended
    assert page.timelines.where.text() == "live"


def test_a_follow_up_is_not_held_against_what_reading_all_would_take(open_page):
    page, one = open_page()
    run_a_job(page, one)
    figures, job = page.graphs.figures, one.state.jobs["job-1"]
    for reused, is_predicted in ((0, True), (3000, False)):
        again = structs.replace(job, tokens_reused=reused)
        figures.show_run(again, None, 10.0, 0.0, is_over=True)
        for figure in (figures.first_token, figures.waiting):
            assert ("predicted" in figure.remark) == is_predicted


def test_the_measured_bubble_of_a_run_as_predicted_is_the_predicted_one(open_page):
    page, one = open_page()
    run_a_job(page, one)
    times = page.run.history.jobs["job-1"]
    assert times.bubble_fraction == pytest.approx(
        one.state.jobs["job-1"].plan.prediction.bubble_fraction, abs=0.01
    )


def test_a_graph_has_the_colour_of_what_the_stage_did(open_page):
    page, one = open_page()
    sixteen_stages_at_work(page, one)
    now = time.monotonic()
    for sequence in range(60):
        record = record_of(0, sequence, now - 60 + sequence, 1.0)
        one.bridge._emit(ChunkFinished("big", machine_id(0), record))
    page._draw()
    graph = page.graphs.graphs[0]
    image = graph.grab().toImage()
    middle = image.pixelColor(graph._label_width + 200, image.height() // 2 - 6)
    assert middle == QColor(LIGHT.computing)
    other = page.graphs.graphs[5].grab().toImage()
    assert other.pixelColor(graph._label_width + 200, image.height() // 2 - 6) == QColor(
        LIGHT.surface
    ), "nothing is known of a stage that has not reported"
    page.graphs.draw(with_words=True)
    assert "Study, stage 1: computing 9" in graph.accessibleName() or (
        "computing 100" in graph.accessibleName()
    )


def test_a_hidden_page_draws_nothing_but_forgets_nothing(open_page, qtbot):
    page, one = open_page()
    run_a_job(page, one)
    page.hide()
    assert not page._timer.isActive()
    drawn = (
        [graph.plot.frames_drawn for graph in page.graphs.graphs],
        page.timelines.measured.frames_drawn,
    )
    before = len(page.run.history.records)
    one.bridge._emit(ChunkFinished("job-1", machine_id(0), record_of(0, 99, time.monotonic(), 0.1)))
    qtbot.wait(3 * page._timer.interval())
    assert (
        [graph.plot.frames_drawn for graph in page.graphs.graphs],
        page.timelines.measured.frames_drawn,
    ) == drawn
    assert len(page.run.history.records) == before + 1
    page.show()
    assert page._timer.isActive()


def test_a_shown_page_draws_by_one_timer(open_page, qtbot):
    page, one = open_page()
    sixteen_stages_at_work(page, one)
    graph: StageGraph = page.graphs.graphs[0]
    before = graph.plot.frames_drawn
    wait_until(lambda: graph.plot.frames_drawn > before + 1)
    assert 100 <= page._timer.interval() <= 250


def test_records_from_before_the_page_was_made_are_shown(open_page, showing):
    one = showing(Scene.THREE, VirtualClock(20))
    one.start()
    ask(one)
    wait_until(lambda: (job := one.state.jobs.get("job-1")) and job.state is JobState.DONE)
    page = one.page(MonitorPage)
    assert len(page.run.history.records) == len(one.state.chunks) > 0
    assert len(page.graphs.graphs) == 3


def test_pause_stops_the_view_and_going_on_follows_again(open_page, qtbot):
    page, one = open_page()
    sixteen_stages_at_work(page, one)
    one.bridge._emit(ChunkFinished("big", machine_id(0), record_of(0, 0, time.monotonic(), 0.1)))
    page._pause.trigger()
    assert page.run.view.is_paused
    assert page._pause_button.isChecked()
    assert "Go on" in page._pause_button.text()
    stopped = page.run.window
    qtbot.wait(2 * page._timer.interval())
    assert page.run.window == stopped
    assert "ago" in page.timelines.where.text()
    page._pause_button.click()
    assert not page.run.view.is_paused
    assert page.timelines.where.text() == "live"


def test_looking_back_by_slider_and_by_keyboard(open_page):
    page, one = open_page()
    sixteen_stages_at_work(page, one)
    now = time.monotonic()
    for sequence in range(300):
        record = record_of(0, sequence, now - 300 + sequence, 0.5)
        one.bridge._emit(ChunkFinished("big", machine_id(0), record))
    page.timelines.slider.setFocus()
    QTest.keyClick(page.timelines.slider, Qt.Key.Key_Home)
    assert page.run.view.is_paused
    assert page.run.window.start == pytest.approx(now - 300, abs=1.0)
    assert page.run.window.end == pytest.approx(now - 240, abs=1.0), "a minute of it"
    QTest.keyClick(page.timelines.slider, Qt.Key.Key_End)
    assert not page.run.view.is_paused
    page._earlier.trigger()
    assert page.run.window.end == pytest.approx(now - 15, abs=3.0)
    assert page.timelines.slider.value() < LOOK_BACK_STEPS
    page._later.trigger()
    page._later.trigger()  # however long the keys took, by which the first fell short of now
    assert not page.run.view.is_paused


def test_the_whole_reading_can_be_shown(open_page):
    page, one = open_page()
    run_a_job(page, one)
    page._spans.setCurrentIndex(page._spans.count() - 1)
    times = page.run.history.jobs["job-1"]
    assert page.run.window.start == times.began
    assert page.run.window.end >= times.ended - 1e-6
    assert page.timelines._tick_words(0.0) == "0"


def test_export_of_the_records_and_of_a_picture(open_page, tmp_path):
    page, one = open_page()
    run_a_job(page, one)
    page.exports.table(tmp_path / "records.csv")
    lines = (tmp_path / "records.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(page.run.history.records) + 1
    assert "Old workstation" in "".join(lines)
    assert "records.csv" in page.note.text
    page.exports.picture(tmp_path / "page.png")
    image = QImage(str(tmp_path / "page.png"))
    assert image.width() > 600 and image.height() > 300
    assert image.pixelColor(image.width() // 2, 6) == QColor(LIGHT.surface)


def test_an_export_that_fails_says_why_on_the_page(open_page, tmp_path):
    page, one = open_page()
    run_a_job(page, one)
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    page.exports.table(tmp_path / "file" / "records.csv")
    assert "could not be written" in page.note.text
    page.exports.picture(tmp_path / "file" / "page.png")
    assert "page.png could not be written" in page.note.text


def test_what_happened_is_told_with_a_sign_that_is_not_colour_alone(open_page):
    page, one = open_page()
    one.bridge._emit(LogWritten("warning", "Laptop is gone.", time.time()))
    last = page.log.item(page.log.count() - 1)
    assert "Warning: Laptop is gone." in last.text()
    assert not last.icon().isNull()
    assert page.log.count() == len(one.state.log)


def test_the_life_of_a_job_is_told(open_page):
    page, one = open_page()
    run_a_job(page, one)
    lines = [page.log.item(at).text() for at in range(page.log.count())]
    assert any("Reading Harbour report:" in line and "predicted" in line for line in lines)
    assert any("The answer about Harbour report begins after" in line for line in lines)
    assert any("The answer about Harbour report is complete." in line for line in lines)
    assert not any("Annual report" in line for line in lines), "nothing of past jobs"


def test_a_job_that_failed_is_told_with_what_to_do(open_page):
    page, one = open_page(Scene.INFEASIBLE)
    ask(one)
    wait_until(lambda: (job := one.state.jobs.get("job-1")) and job.state is JobState.FAILED)
    last = page.log.item(page.log.count() - 1).text()
    assert "Error: The work on Harbour report failed" in last
    assert "Choose a smaller model." in last


def test_a_machine_that_is_lost_is_called_so(open_page):
    page, one = open_page(Scene.LOST)
    run_a_job(page, one)
    page._draw()
    assert page.graphs.facts[2].level == "error"
    assert "lost" in page.graphs.facts[2].first_line[0]


def test_one_stage_alone(open_page):
    page, one = open_page(Scene.ONE)
    run_a_job(page, one)
    page._draw()
    assert len(page.graphs.graphs) == 1
    assert page.graphs.facts[0].name == "Study"


@pytest.mark.parametrize("size", [(840, 580), (1412, 930)])
def test_nothing_is_clipped_or_nameless(open_page, size):
    page, one = open_page(Scene.SIXTEEN, size)
    run_a_job(page, one)
    page._draw()
    assert clipped(page) == []
    assert nameless(page) == []


def test_sixteen_stages_draw_within_a_frame_while_records_arrive(open_page):
    """Below 16 ms of this thread's time for a tick with all it draws.

    The quickest quarter is judged: on a machine that others keep busy the rest measures them.
    """
    page, one = open_page(Scene.SIXTEEN, (1412, 930))
    sixteen_stages_at_work(page, one)
    page._timer.stop()
    now = time.monotonic()
    for sequence in range(1000):
        for stage in range(16):
            record = record_of(stage, sequence, now - 60 + sequence * 0.06, 0.04, wait=0.02)
            page.run.history.add(ChunkFinished("big", machine_id(stage), record))
    took = []
    for frame in range(24):
        for stage in range(16):
            record = record_of(stage, 2000 + frame, time.monotonic() - 0.05, 0.04)
            one.bridge._emit(ChunkFinished("big", machine_id(stage), record))
        began = time.thread_time()
        page._tick()
        QApplication.processEvents()
        took.append(time.thread_time() - began)
    assert len(page.graphs.graphs) == 16
    assert statistics.quantiles(took, n=4)[0] < 0.016, took


def test_one_layer_is_not_called_layers(open_page):
    page, one = open_page()
    sixteen_stages_at_work(page, one)
    page._draw()
    assert page._words.row(page.run, 3).detail == "layer 4"
    assert page.graphs.facts[3].first_line[0].startswith("layer 4")
