"""A runtime without processes: the same interface, made-up machines, jobs on a virtual clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from msgspec.structs import replace

from runtime.errors import DocumentError, ModelError, NetworkError, PairingError
from runtime.messages.stage import ChunkRecord
from runtime.planner.plan import plan as find_plan
from runtime.planner.values import Infeasible, Plan, PlanningProblem, PlanOutcome
from runtime.planner.weights import narrowed
from runtime.snapshots import (
    ChunkFinished,
    Citation,
    DocumentSnapshot,
    Event,
    Finding,
    Hours,
    JobChanged,
    JobRequest,
    JobSnapshot,
    JobState,
    LogWritten,
    MachineSnapshot,
    MachineState,
    ModelsChanged,
    ModelSummary,
    PairingOffer,
    PlanAnswer,
    PlanRequest,
    PoolChanged,
    PoolSnapshot,
    StageShare,
    TransferMoved,
    TransferSnapshot,
)
from tests.app.clock import VirtualClock
from tests.app.cluster import MODELS, SPECS, machine, pool, problem, scripted_plan
from tests.app.sample import ANSWER, FOLLOW_UP_ANSWER, past_jobs, sample_document

PAIRING_CODE = "482913"
CHARACTERS_PER_TOKEN = 4
ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class Scene(Enum):
    """What the scripted runtime shows."""

    NONE = "none"  # nothing known yet: the pool is empty
    ONE = "one"
    THREE = "three"
    SIXTEEN = "sixteen"
    LOST = "lost"  # three machines, the second vanishes half-way through a job
    INFEASIBLE = "infeasible"
    PAIRING = "pairing"  # two machines wait to be paired; one is locked, one measures
    NO_MODEL = "no-model"
    BROKEN = "broken"  # the service cannot start


class ScriptedService:
    """Implements runtime.service.Service. pair() accepts PAIRING_CODE only."""

    def __init__(self, scene: Scene = Scene.THREE, clock: VirtualClock | None = None) -> None:
        self.scene = scene
        self.clock = clock or VirtualClock()
        self.asked: list[tuple[object, ...]] = []
        self._listeners: list[Callable[[Event], None]] = []
        self._machines = _machines_of(scene)
        self._models = MODELS[2:] if scene is Scene.NO_MODEL else MODELS
        self._jobs: dict[str, JobSnapshot] = {}
        self._history: dict[str, JobSnapshot] = {
            job.job_id: job for job in (() if scene in (Scene.NONE, Scene.ONE) else past_jobs())
        }
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._next_job = 1
        self.at_once = 1  # jobs side by side
        self._slot: asyncio.Semaphore | None = None

    # Events

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _emit(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def _say(self, text: str, level: str = "info") -> None:
        self._emit(LogWritten(level, text, time.time()))

    def _pool_changed(self) -> None:
        self._emit(PoolChanged(self._snapshot()))

    def _snapshot(self) -> PoolSnapshot:
        return pool(self._machines)

    async def start(self) -> None:
        self._slot = asyncio.Semaphore(self.at_once)
        if self.scene is Scene.BROKEN:
            raise NetworkError(
                "Port 47650 is used by another program.", "Choose another port in Settings."
            )
        self._say("HPipe is ready.")
        self._emit(ModelsChanged(self._models))
        self._pool_changed()

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    # The pool

    async def pool(self) -> PoolSnapshot:
        return self._snapshot()

    def _find(self, machine_id: str) -> MachineSnapshot:
        return next(m for m in self._machines if m.machine_id == machine_id)

    def _change(self, machine_id: str, **changes: object) -> None:
        self._machines = tuple(
            replace(m, **changes) if m.machine_id == machine_id else m for m in self._machines
        )
        self._pool_changed()

    async def add_address(self, address: str) -> None:
        self.asked.append(("add_address", address))
        if len(self._machines) >= len(SPECS) or not address.startswith("192."):
            raise NetworkError(
                f"Nobody answers at {address}.",
                "Check the address, and that HPipe runs on that machine.",
            )
        self._machines += (machine(len(self._machines), MachineState.FOUND, is_paired=False),)
        self._pool_changed()

    async def pair(self, machine_id: str, code: str) -> None:
        self.asked.append(("pair", machine_id, code))
        await self.clock.sleep(0.3)
        if code == "000000":
            raise PairingError(
                "Too many wrong codes.", "Wait one minute, then use the new code it shows."
            )
        if code != PAIRING_CODE:
            raise PairingError(
                "This is not the code the other machine shows.",
                "Look at it again; it changes after each try.",
            )
        index = [m.machine_id for m in self._machines].index(machine_id)
        self._machines = (
            *self._machines[:index],
            machine(index, MachineState.MEASURING, detail="Measuring", progress=0.0),
            *self._machines[index + 1 :],
        )
        self._pool_changed()
        self._tasks[f"measure {machine_id}"] = asyncio.ensure_future(self._measure(index))

    async def _measure(self, index: int) -> None:
        for step in range(1, 11):
            await self.clock.sleep(0.2)
            self._change(self._machines[index].machine_id, progress=step / 10)
        fresh = machine(index)
        self._machines = (*self._machines[:index], fresh, *self._machines[index + 1 :])
        self._pool_changed()

    async def offer_pairing(self) -> PairingOffer:
        return PairingOffer(code=PAIRING_CODE, seconds_left=300.0)

    async def forget(self, machine_id: str) -> None:
        self.asked.append(("forget", machine_id))
        self._machines = tuple(m for m in self._machines if m.machine_id != machine_id)
        self._pool_changed()

    async def rename(self, machine_id: str, name: str) -> None:
        self._change(machine_id, name=name)

    async def include(self, machine_id: str, included: bool) -> None:
        self._change(machine_id, is_included=included)

    async def limit_memory(self, machine_id: str, limit_bytes: int | None) -> None:
        self._change(machine_id, memory_limit_bytes=limit_bytes)

    async def limit_hours(self, machine_id: str, hours: Hours | None) -> None:
        """Its clock stands at noon."""
        is_off_hours = hours is not None and not hours.hold(12 * 60)
        self._change(machine_id, hours=hours, is_off_hours=is_off_hours)

    async def measure(self, model_id: str, *, again: bool = False) -> None:
        self.asked.append(("measure", model_id, again))
        indices = [
            i for i, m in enumerate(self._machines)
            if m.may_take_part and m.state in (MachineState.READY, MachineState.PAIRED)
        ]  # fmt: skip
        for index in indices:
            self._change(self._machines[index].machine_id, state=MachineState.MEASURING, progress=0)
        await asyncio.gather(*(self._measure(index) for index in indices))

    async def diagnose(self) -> tuple[Finding, ...]:
        await self.clock.sleep(0.3)
        return (
            Finding(title="Network", is_fine=True, detail="Connected over Ethernet, 192.168.1.20."),
            Finding(
                title="Firewall", is_fine=False,
                detail="The firewall blocks port 47650. Allow HPipe in the system's settings.",
            ),
            Finding(title="Versions", is_fine=True, detail="All machines run the same version."),
        )  # fmt: skip

    # Models

    async def models(self) -> tuple[ModelSummary, ...]:
        return self._models

    async def add_model(self, source: str) -> ModelSummary:
        known = next((m for m in MODELS if source in (m.source, m.model_id)), None)
        if known is None:
            raise ModelError(
                f"{source} holds no model HPipe can run.", "Choose a folder with a config.json."
            )
        for step in range(11):
            self._emit(
                TransferMoved(
                    TransferSnapshot(
                        name=known.name, bytes_done=known.total_bytes * step // 10,
                        bytes_total=known.total_bytes, finished=step == 10,
                    )
                )
            )  # fmt: skip
            await self.clock.sleep(0.2)
        added = replace(known, is_installed=True)
        kept = tuple(m for m in self._models if m.model_id != known.model_id)
        self._models = (*kept, added)
        self._emit(ModelsChanged(self._models))
        return added

    async def remove_model(self, model_id: str) -> None:
        unfinished = {job_id for job_id, job in self._jobs.items() if job.state not in ENDED}
        if unfinished:
            raise ModelError("A job uses this model.", "Stop the job first.")
        self._models = tuple(m for m in self._models if m.model_id != model_id)
        self._emit(ModelsChanged(self._models))

    async def search_hub(self, words: str) -> tuple[ModelSummary, ...]:
        return tuple(m for m in MODELS if words.lower() in m.name.lower())

    # Plans

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        model = next(m for m in self._models if m.model_id == request.model_id)
        ready = (MachineState.READY, MachineState.WORKING)
        members = tuple(m for m in self._machines if m.state in ready and m.may_take_part)
        if not members:
            raise NetworkError(
                "No machine takes part.", "Include at least one machine on the Machines page."
            )
        question = problem(
            members, self._snapshot().links, model, request.prompt_tokens, request.output_tokens
        )
        bits = request.weight_bits
        question = replace(question, model=narrowed(question.model, 16, bits), weight_bits=bits)
        infeasible = self.scene is Scene.INFEASIBLE and bits > 4
        if infeasible:
            small = tuple(replace(d, memory_limit_bytes=2**29) for d in question.devices)
            question = replace(question, devices=small)
        return PlanAnswer(problem=question, outcome=scripted_plan(question, infeasible=infeasible))

    async def solve(self, problem: PlanningProblem) -> PlanOutcome:
        self.asked.append(("solve", problem))
        return find_plan(problem)

    # Documents and jobs

    async def read_document(self, path: Path) -> DocumentSnapshot:
        await self.clock.sleep(0.05)
        if path.suffix == ".bad" or not path.exists():
            raise DocumentError(
                f"{path.name} cannot be read.", "It may be damaged, or protected by a password."
            )
        return sample_document(path)

    async def count_tokens(self, model_id: str, text: str) -> int:
        return len(text) // CHARACTERS_PER_TOKEN

    async def ask(self, request: JobRequest) -> str:
        self.asked.append(("ask", request))
        job_id = f"job-{self._next_job}"
        self._next_job += 1
        model = next(m for m in self._models if m.model_id == request.model_id)
        self._update(
            JobSnapshot(
                job_id=job_id, title=request.document.title, question=request.question,
                state=JobState.WAITING, model_name=model.name, started_at=time.time(),
                document_path=request.document.path,
                prompt_tokens=len(request.document.text) // CHARACTERS_PER_TOKEN,
            )
        )  # fmt: skip
        self._tasks[job_id] = asyncio.ensure_future(self._run(job_id, request))
        return job_id

    def _update(self, job: JobSnapshot) -> None:
        self._jobs[job.job_id] = job
        if job.state in ENDED:
            self._history[job.job_id] = job
        self._emit(JobChanged(job))

    async def _run(self, job_id: str, request: JobRequest) -> None:
        if self._slot is None:
            raise RuntimeError("not started")
        try:
            async with self._slot:
                await self._run_alone(job_id, request)
        except asyncio.CancelledError:
            job = replace(self._jobs[job_id], state=JobState.CANCELLED, seconds_left=None)
            self._update(job)
        finally:
            for one in self._machines:
                if one.state is MachineState.WORKING:
                    self._change(one.machine_id, state=MachineState.READY)

    async def _run_alone(self, job_id: str, request: JobRequest) -> None:
        job = replace(self._jobs[job_id], state=JobState.PLANNING)
        self._update(job)
        wanted = PlanRequest(
            model_id=request.model_id,
            prompt_tokens=job.prompt_tokens,
            weight_bits=request.weight_bits,
        )
        try:
            answer = await self.plan(wanted)
        except NetworkError as error:
            failed = replace(job, state=JobState.FAILED, error=error.message, hint=error.hint)
            self._update(failed)
            return
        plan = request.plan or answer.outcome
        if isinstance(plan, Infeasible):
            hint = " ".join(plan.suggestions)
            self._update(replace(job, state=JobState.FAILED, error=plan.reason, hint=hint))
            return
        job = replace(job, state=JobState.LOADING, plan=plan, chunk_lengths=plan.chunk_lengths)
        self._update(job)
        await self.clock.sleep(0.5)
        for stage in plan.stages:
            self._change(stage.machine_id, state=MachineState.WORKING)
        begun = time.monotonic()
        if request.follows:
            reused = max(0, job.prompt_tokens - 12)
            job = replace(job, tokens_reused=reused, tokens_read=job.prompt_tokens)
        else:
            job = await self._read(job, plan, begun)
        text = FOLLOW_UP_ANSWER if request.follows else ANSWER
        words = text.split(" ")
        for count in range(1, len(words) + 1):
            await self.clock.sleep(plan.prediction.tpot_seconds)
            job = replace(
                job, state=JobState.ANSWERING, answer=" ".join(words[:count]), seconds_left=None,
                ttft_seconds=0.2 if request.follows else plan.prediction.ttft_seconds,
                decode_tokens_per_second=1 / plan.prediction.tpot_seconds,
            )  # fmt: skip
            self._update(job)
        anchors = request.document.anchors
        citations = tuple(
            Citation(
                label=a.label, start=a.start, end=a.end,
                quote=request.document.text[a.start : a.start + 80].strip(),
            )
            for a in anchors
            if a.label in text
        )  # fmt: skip
        shares = tuple(
            StageShare(
                machine=self._find(s.machine_id).name, device=s.device_id,
                first_layer=s.first_layer, last_layer=s.last_layer,
                tokens_processed=job.prompt_tokens - job.tokens_reused + len(words),
                busy_seconds=plan.prediction.stage_busy_seconds[i],
            )
            for i, s in enumerate(plan.stages)
        )  # fmt: skip
        self._update(
            replace(
                job, state=JobState.DONE, citations=citations, stages=shares,
                bubble_fraction=plan.prediction.bubble_fraction,
            )
        )  # fmt: skip
        self._say(f"Answered a question about {job.title}.")

    async def _read(self, job: JobSnapshot, plan: Plan, begun: float) -> JobSnapshot:
        started = self.clock.now
        positions = [sum(plan.chunk_lengths[:i]) for i in range(len(plan.chunk_lengths))]
        bars = [b for b in plan.prediction.timeline if not b.on_link]
        links = {(b.stage, b.chunk): b for b in plan.prediction.timeline if b.on_link}
        last_end = [0.0] * len(plan.stages)
        for done, bar in enumerate(sorted(bars, key=lambda b: b.end_seconds)):
            await self.clock.until(started + bar.end_seconds)
            stage, link = plan.stages[bar.stage], links.get((bar.stage, bar.chunk))
            tokens = plan.chunk_lengths[bar.chunk]
            record = ChunkRecord(
                session=job.job_id, sequence=bar.chunk, stage=bar.stage,
                first_layer=stage.first_layer, last_layer=stage.last_layer,
                position=positions[bar.chunk], tokens=tokens, started_at=begun + bar.start_seconds,
                wait_seconds=bar.start_seconds - last_end[bar.stage],
                compute_seconds=bar.end_seconds - bar.start_seconds,
                send_seconds=link.end_seconds - link.start_seconds if link else 0.0,
                bytes_sent=tokens * 8192 if link else 0, memory_bytes=stage.memory_bytes,
            )  # fmt: skip
            last_end[bar.stage] = bar.end_seconds
            self._emit(ChunkFinished(job.job_id, stage.machine_id, record))
            if self.scene is Scene.LOST and done == len(bars) // 2:
                await self._lose(plan.stages[-1].machine_id)
            if bar.stage == len(plan.stages) - 1:
                job = replace(
                    job, state=JobState.READING, tokens_read=positions[bar.chunk] + tokens,
                    tokens_per_second=(positions[bar.chunk] + tokens) / bar.end_seconds,
                    seconds_left=plan.prediction.ttft_seconds - bar.end_seconds,
                )  # fmt: skip
                self._update(job)
        return job

    async def _lose(self, machine_id: str) -> None:
        name = self._find(machine_id).name
        self._change(
            machine_id, state=MachineState.LOST,
            detail="No answer for three seconds. Is it switched off, or asleep?",
        )  # fmt: skip
        self._say(f"{name} is gone. The other machines take over its layers.", "warning")
        await self.clock.sleep(1.0)

    async def cancel(self, job_id: str) -> None:
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()

    async def close_job(self, job_id: str) -> None:
        self.asked.append(("close_job", job_id))

    async def history(self) -> tuple[JobSnapshot, ...]:
        return tuple(self._history.values())

    async def delete_history(self, job_id: str) -> None:
        self._history.pop(job_id, None)


def _machines_of(scene: Scene) -> tuple[MachineSnapshot, ...]:
    match scene:
        case Scene.NONE | Scene.BROKEN:
            return ()
        case Scene.ONE | Scene.NO_MODEL:
            return (machine(0),)
        case Scene.SIXTEEN:
            return tuple(machine(i) for i in range(16))
        case Scene.PAIRING:
            return (
                machine(0),
                machine(1, MachineState.FOUND, detail="Pair it to use it."),
                machine(2, MachineState.MEASURING, detail="Measuring layers", progress=0.4),
                machine(
                    3, MachineState.REFUSED,
                    detail="It runs HPipe 0.0.9. Install the same version on both machines.",
                ),
                machine(4, MachineState.LOST, detail="Last seen four minutes ago."),
            )  # fmt: skip
        case _:
            return tuple(machine(i) for i in range(3))
