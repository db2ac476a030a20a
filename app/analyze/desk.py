"""What lies open on the page: reads documents, asks questions, follows their jobs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from app.analyze.lengths import Length, parts_that_fit, read_together
from app.analyze.open_document import OpenDocument, Turn
from app.bridge import Bridge
from app.state import AppState
from runtime.errors import HPipeError
from runtime.messages.stage import Sampling
from runtime.service import Service
from runtime.snapshots import DocumentSnapshot, JobRequest, JobSnapshot, ModelSummary

DEFAULT_OUTPUT_TOKENS = 512


class Desk(QObject):
    """Holds the open documents in the order they came; one of them is looked at."""

    added = Signal(object)  # OpenDocument
    removed = Signal(object)  # OpenDocument
    changed = Signal(object)  # OpenDocument: its text, its length or its state
    selected = Signal()
    turn_added = Signal(object, object)  # OpenDocument, Turn
    turn_changed = Signal(object, object)  # OpenDocument, Turn

    def __init__(self, bridge: Bridge, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._state = state
        self.documents: list[OpenDocument] = []
        self.current: OpenDocument | None = None
        self.output_tokens = DEFAULT_OUTPUT_TOKENS
        self.temperature = 0.0
        state.model_chosen.connect(self._on_model_chosen)
        state.job_changed.connect(self._on_job_changed)
        bridge.restarting.connect(self._on_restarting)
        bridge.ready.connect(self._on_ready)

    # Documents

    def open(self, path: Path, question: str = "") -> OpenDocument:
        """Open a file, or look at it if it is open; the question is asked once it is read."""
        for known in self.documents:
            if known.path == path and (known.document is None or known.document.path):
                if known.error is not None:
                    self.read_again(known)
                known.waiting_question = question or known.waiting_question
                self.select(known)
                self._ask_waiting(known)
                return known
        opened = OpenDocument(path, path.name, waiting_question=question)
        self._add(opened)
        self._read(opened)
        return opened

    def open_text(self, document: DocumentSnapshot) -> OpenDocument:
        """Lay a part of a document, or several read together, beside the others."""
        opened = OpenDocument(Path(), document.title, document)
        self._add(opened)
        self._count(opened)
        return opened

    def open_parts(self, whole: OpenDocument, *, first_only: bool) -> None:
        """Cut a document that is too long and put its parts in its place."""
        length = self.length(whole)
        if whole.document is None or length is None:
            return
        parts = parts_that_fit(whole.document, length)
        opened = [self.open_text(part) for part in (parts[:1] if first_only else parts)]
        self.remove(whole)
        self.select(opened[0])

    def open_together(self, title: str) -> OpenDocument | None:
        """All documents that are read as one, to compare them."""
        texts = [d.document for d in self.documents if d.document is not None and d.document.path]
        if len(texts) < 2:
            return None
        opened = self.open_text(read_together(texts, title))
        self.select(opened)
        return opened

    def read_again(self, opened: OpenDocument) -> None:
        opened.error = None
        self.changed.emit(opened)
        self._read(opened)

    def select(self, opened: OpenDocument | None) -> None:
        if opened is not self.current:
            self.current = opened
            self._tell_length()
            self.selected.emit()

    def remove(self, opened: OpenDocument) -> None:
        """Put a document away; what is asked about it is cancelled, its session given back."""
        index = self.documents.index(opened)
        self.documents.remove(opened)
        for turn in opened.turns:
            is_running = turn.is_running
            turn.is_cancelling = is_running
            if turn.job_id and is_running:
                self._cancel_job(turn.job_id)
            if turn.job_id and turn.request is not None:
                self._bridge.call(
                    Service.close_job, turn.job_id, owner=self, on_error=lambda _: None
                )
        if self.current is opened:
            left = self.documents
            self.select(left[min(index, len(left) - 1)] if left else None)
        self.removed.emit(opened)

    def length(self, opened: OpenDocument | None) -> Length | None:
        """How the document compares with the chosen model; None while that is not known."""
        model = self._state.model
        if opened is None or opened.tokens is None or model is None:
            return None
        return Length(
            document_tokens=opened.tokens,
            context_tokens=model.context_tokens,
            output_tokens=self.output_tokens,
        )

    def larger_models(self, opened: OpenDocument) -> tuple[ModelSummary, ...]:
        """Installed models whose context takes the document, judged by the tokens counted now."""
        length = self.length(opened)
        if length is None:
            return ()
        return tuple(
            model
            for model in self._state.models or ()
            if model.is_installed
            and not msgspec.structs.replace(
                length, context_tokens=model.context_tokens
            ).is_too_long
        )  # fmt: skip

    # Questions

    def can_ask(self, opened: OpenDocument | None) -> bool:
        length = self.length(opened)
        return (
            opened is not None
            and opened.document is not None
            and self._state.model is not None
            and not (length is not None and length.is_too_long)
        )

    def ask(self, opened: OpenDocument, question: str) -> None:
        """Queue a question about one document."""
        turn = Turn(question)
        follows = opened.follows(self._state.model_id)
        opened.turns.append(turn)
        self.turn_added.emit(opened, turn)
        self._send(opened, turn, follows)

    def ask_all(self, question: str) -> None:
        """Queue the same question about all documents that can be asked, now or once read."""
        for opened in self.documents:
            if self.can_ask(opened):
                self.ask(opened, question)
            elif opened.is_loading:
                opened.waiting_question = question

    def ask_again(self, opened: OpenDocument, turn: Turn) -> None:
        """Try a question that failed or was cancelled once more, in its place.

        A plan that lacks a machine cannot be tried again: from then on HPipe decides.
        """
        if self._state.lacks_machine_of_plan:
            self._state.choose_plan(None)
        follows = opened.follows(self._state.model_id)
        turn.job_id, turn.job, turn.error = "", None, None
        turn.is_cancelling = False
        self._send(opened, turn, follows)

    def cancel(self, opened: OpenDocument, turn: Turn) -> None:
        if not turn.is_running or turn.is_cancelling:
            return
        turn.is_cancelling = True
        if turn.job_id:
            self._cancel_job(turn.job_id)
        self._tell(opened, turn)

    def cancel_all(self) -> None:
        """The last first, so that no waiting job starts meanwhile."""
        for opened, turn in reversed(tuple(self.running())):
            self.cancel(opened, turn)

    def running(self) -> Iterable[tuple[OpenDocument, Turn]]:
        return ((d, turn) for d in self.documents for turn in d.turns if turn.is_running)

    def show_past(self, job: JobSnapshot, document: DocumentSnapshot) -> OpenDocument:
        """Lay an answer from the history beside its document again."""
        path = Path(document.path)
        opened = next((d for d in self.documents if d.path == path), None)
        if opened is None:
            opened = OpenDocument(path, document.title, document)
            self._add(opened)
            self._count(opened)
        if opened.turn_of(job.job_id) is None:
            turn = Turn(job.question, job_id=job.job_id, job=job)
            opened.turns.append(turn)
            self.turn_added.emit(opened, turn)
        self.select(opened)
        return opened

    # Inside

    def _add(self, opened: OpenDocument) -> None:
        self.documents.append(opened)
        self.added.emit(opened)
        if self.current is None:
            self.select(opened)

    def _read(self, opened: OpenDocument) -> None:
        def take(document: DocumentSnapshot) -> None:
            opened.document = document
            opened.title = document.title or opened.title
            self.changed.emit(opened)
            self._count(opened)
            self._ask_waiting(opened)

        def fail(error: HPipeError) -> None:
            opened.error = error
            self.changed.emit(opened)

        self._bridge.call(
            Service.read_document, opened.path, owner=self, on_done=take, on_error=fail
        )

    def _count(self, opened: OpenDocument) -> None:
        model_id = self._state.model_id
        if opened.document is None or not model_id:
            return

        def take(tokens: int) -> None:
            if model_id == self._state.model_id:
                opened.tokens, opened.model_id = tokens, model_id
                self._tell_length()
                self.changed.emit(opened)

        # Asking says what is wrong when even counting fails; a missing figure needs no message.
        self._bridge.call(
            Service.count_tokens,
            model_id,
            opened.document.text,
            owner=self,
            on_done=take,
            on_error=lambda _: None,
        )

    def _tell_length(self) -> None:
        tokens = self.current.tokens if self.current is not None else 0
        self._state.set_prompt_tokens(tokens or 0)

    def _ask_waiting(self, opened: OpenDocument) -> None:
        if opened.waiting_question and self.can_ask(opened):
            question, opened.waiting_question = opened.waiting_question, ""
            self.ask(opened, question)

    def _send(self, opened: OpenDocument, turn: Turn, follows: str) -> None:
        document = opened.document
        if document is None:
            return
        model_id = self._state.model_id
        request = JobRequest(
            document=document,
            question=turn.question,
            model_id=model_id,
            plan=self._state.chosen_plan,
            output_tokens=self.output_tokens,
            weight_bits=self._state.weight_bits,
            sampling=Sampling(temperature=self.temperature),
            follows=follows,
        )
        turn.request = request

        def queued(job_id: str) -> None:
            turn.job_id, turn.job = job_id, self._state.jobs.get(job_id)
            self._state.documents[job_id] = document
            if turn.is_cancelling:
                self._cancel_job(job_id)
            self._tell(opened, turn)

        def fail(error: HPipeError) -> None:
            turn.error = error
            self._tell(opened, turn)

        self._bridge.call(Service.ask, request, owner=self, on_done=queued, on_error=fail)
        self._tell(opened, turn)

    def _cancel_job(self, job_id: str) -> None:
        self._bridge.call(Service.cancel, job_id, owner=self)

    def _tell(self, opened: OpenDocument, turn: Turn) -> None:
        self.turn_changed.emit(opened, turn)
        self.changed.emit(opened)

    def _on_model_chosen(self) -> None:
        for opened in self.documents:
            opened.tokens = None
            self.changed.emit(opened)
            self._count(opened)
            self._ask_waiting(opened)
        self._tell_length()

    def _on_restarting(self) -> None:
        """The service that ran these questions goes away, and every session with it."""
        error = HPipeError(self.tr("HPipe started anew before this was answered."))
        for opened, turn in tuple(self.running()):
            turn.error = error
            self._tell(opened, turn)

    def _on_ready(self) -> None:
        for opened in self.documents:
            if opened.is_loading:
                self._read(opened)

    def _on_job_changed(self, job_id: str) -> None:
        job = self._state.jobs.get(job_id)
        for opened in self.documents:
            turn = opened.turn_of(job_id)
            if turn is not None and job is not None:
                turn.job = job
                self._tell(opened, turn)
