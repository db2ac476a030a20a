"""Runs the runtime's service in a thread of its own and brings its events into the window's."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal
from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from app.latest import latest_only
from runtime.errors import HPipeError, SetupError
from runtime.event_loop import new_event_loop
from runtime.service import Service
from runtime.snapshots import (
    ChunkFinished,
    Event,
    JobChanged,
    LogWritten,
    ModelsChanged,
    PoolChanged,
    TransferMoved,
)

THREAD_NAME = "hpipe-runtime"

OnDone = Callable[[Any], None]
OnError = Callable[[HPipeError], None]


class Call:
    """One action under way: who asked, and what to do with the answer. Lives in the window."""

    def __init__(self, owner: QObject, on_done: OnDone | None, on_error: OnError | None) -> None:
        self.owner = owner
        self.on_done = on_done
        self.on_error = on_error
        self.future: Future[Any] | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """Stop the action if it still runs, and drop its answer either way."""
        self.is_cancelled = True
        if self.future is not None:
            self.future.cancel()

    @property
    def is_wanted(self) -> bool:
        return not self.is_cancelled and isValid(self.owner)


class Bridge(QObject):
    """Owns the runtime thread. Every signal is emitted in the window's thread.

    event_arrived carries every Event once; the typed signals carry what is inside. Snapshots that
    arrive faster than the window can look are merged: only the latest of a pool or a job is kept.
    """

    event_arrived = Signal(object)
    pool_changed = Signal(object)  # PoolSnapshot
    models_changed = Signal(object)  # tuple[ModelSummary, ...]
    transfer_moved = Signal(object)  # TransferSnapshot
    job_changed = Signal(object)  # JobSnapshot
    chunk_finished = Signal(object)  # ChunkFinished
    log_written = Signal(object)  # LogWritten

    ready = Signal()
    start_failed = Signal(object)  # HPipeError
    restarting = Signal()  # the service goes away; `ready` or `start_failed` follows
    error_raised = Signal(object)  # HPipeError nobody else shows
    bug_found = Signal(object)  # any other exception
    calls_changed = Signal(int)  # how many actions are under way

    _woken = Signal()
    _answered = Signal(int, object, object)
    _started = Signal(object)
    _ended = Signal()

    def __init__(self, make_service: Callable[[], Service], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_service = make_service
        self._thread: threading.Thread | None = None
        self._portal: BlockingPortal | None = None
        self._service: Service | None = None
        self._scope: anyio.CancelScope | None = None
        self._is_ready = False
        self._start_error: HPipeError | None = None
        self._is_stopped = False
        self._is_restarting = False
        self._inbox: deque[Event] = deque()
        self._is_awake = False
        self._calls: dict[int, Call] = {}
        self._waiting: list[tuple[int, Callable[[], Awaitable[Any]]]] = []
        self._next_call = 0
        self._woken.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._started.connect(self._on_started, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    @property
    def is_ready(self) -> bool:
        return self._is_ready

    def start(self) -> None:
        """Start the thread and the service in it; `ready` or `start_failed` follows."""
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=False)
        self._thread.start()

    def stop(self) -> None:
        """Cancel what runs, stop the service and wait for the thread to end. Safe to call twice."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._end_service()
        if self._thread is not None:
            self._thread.join()
        self._inbox.clear()

    def restart(self) -> None:
        """Stop the service and start one anew, without waiting: after a failure or new settings."""
        if self._is_stopped or self._is_restarting or self._thread is None:
            return
        self._is_restarting = True
        self._is_ready = False
        self._end_service()
        self.restarting.emit()
        if not self._thread.is_alive():
            self._ended.emit()

    def _end_service(self) -> None:
        for call in self._calls.values():
            call.cancel()
        self._calls.clear()
        self._waiting.clear()
        portal, scope = self._portal, self._scope
        if portal is not None and scope is not None:
            with contextlib.suppress(RuntimeError):  # the thread may have ended by itself
                portal.start_task_soon(scope.cancel)

    def call(
        self,
        function: Callable[..., Awaitable[Any]],
        *args: Any,
        owner: QObject,
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
        **keywords: Any,
    ) -> Call:
        """Run a method of the service, such as `Service.plan`, on the runtime's loop.

        on_done gets its result and on_error its HPipeError, in the window's thread, unless owner
        has been deleted. Without on_error the window shows the error. Anything else that is raised
        is a bug and goes to `bug_found`. What is asked before the service is up waits for it.
        """
        call = Call(owner, on_done, on_error)
        number = self._next_call
        self._next_call += 1
        self._calls[number] = call
        self.calls_changed.emit(len(self._calls))
        name = function.__name__

        async def act() -> Any:
            return await getattr(self._service, name)(*args, **keywords)

        if self._start_error is not None:
            self._answered.emit(number, None, self._start_error)
        elif self._is_ready:
            self._begin(number, act)
        else:
            self._waiting.append((number, act))
        return call

    # In the window's thread

    def _begin(self, number: int, act: Callable[[], Awaitable[Any]]) -> None:
        call = self._calls.get(number)
        if call is None or self._portal is None or self._is_stopped:
            return
        if call.is_cancelled:
            self._calls.pop(number)
            return
        try:
            call.future = self._portal.start_task_soon(act)
        except RuntimeError:
            return  # the loop is going down
        call.future.add_done_callback(lambda future: self._answer(number, future))

    @Slot(object)
    def _on_started(self, error: object) -> None:
        if error is None:
            self._is_ready = True
            self.ready.emit()
        elif isinstance(error, HPipeError):
            self._start_error = error
            self.start_failed.emit(error)
        else:
            self._start_error = SetupError(
                self.tr("The part of HPipe that talks to machines did not start."),
                self.tr("The log file says why; opening HPipe again may help."),
            )
            self.bug_found.emit(error)
            self.start_failed.emit(self._start_error)
        waiting, self._waiting = self._waiting, []
        for number, act in waiting:
            if self._start_error is None:
                self._begin(number, act)
            else:
                self._deliver(number, None, self._start_error)

    @Slot()
    def _on_ended(self) -> None:
        if not self._is_restarting or self._is_stopped or self._thread is None:
            return
        self._is_restarting = False
        self._thread.join()
        self._portal = self._scope = self._service = self._start_error = None
        self.start()

    @Slot(int, object, object)
    def _deliver(self, number: int, result: object, error: object) -> None:
        call = self._calls.pop(number, None)
        if call is None:
            return
        self.calls_changed.emit(len(self._calls))
        if not call.is_wanted or isinstance(error, CancelledError):
            return
        if error is None:
            if call.on_done is not None:
                call.on_done(result)
        elif isinstance(error, HPipeError):
            if call.on_error is not None:
                call.on_error(error)
            else:
                self.error_raised.emit(error)
        else:
            if call.on_error is not None:
                call.on_error(
                    HPipeError(
                        self.tr("Something went wrong inside HPipe."),
                        self.tr("The details are in the log file."),
                    )
                )
            self.bug_found.emit(error)

    @Slot()
    def _drain(self) -> None:
        self._is_awake = False
        events: list[Event] = []
        while self._inbox:
            events.append(self._inbox.popleft())
        for event in latest_only(events):
            self._emit(event)

    def _emit(self, event: Event) -> None:
        self.event_arrived.emit(event)
        match event:
            case PoolChanged():
                self.pool_changed.emit(event.pool)
            case ModelsChanged():
                self.models_changed.emit(event.models)
            case TransferMoved():
                self.transfer_moved.emit(event.transfer)
            case JobChanged():
                self.job_changed.emit(event.job)
            case ChunkFinished():
                self.chunk_finished.emit(event)
            case LogWritten():
                self.log_written.emit(event)

    # In the runtime's thread

    def _run(self) -> None:
        try:
            anyio.run(self._serve, backend_options={"loop_factory": new_event_loop})
        except Exception as error:
            self._started.emit(error) if not self._is_ready else self.bug_found.emit(error)
        self._ended.emit()

    async def _serve(self) -> None:
        with anyio.CancelScope() as self._scope:
            async with BlockingPortal() as self._portal:
                if self._is_stopped:
                    return
                service = self._make_service()
                self._service = service
                unsubscribe = service.subscribe(self._receive)
                try:
                    await service.start()
                    self._started.emit(None)
                    await anyio.sleep_forever()
                except HPipeError as error:
                    self._started.emit(error)
                finally:
                    with anyio.CancelScope(shield=True):
                        await service.stop()
                    unsubscribe()
                    await self._portal.stop(cancel_remaining=True)

    def _receive(self, event: Event) -> None:
        self._inbox.append(event)
        if not self._is_awake:
            self._is_awake = True
            self._woken.emit()

    def _answer(self, number: int, future: Future[Any]) -> None:
        if future.cancelled():
            self._answered.emit(number, None, CancelledError())
            return
        error = future.exception()
        self._answered.emit(number, None if error else future.result(), error)
