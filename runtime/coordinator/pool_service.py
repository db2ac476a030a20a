"""The running HPipe: implements what the window and the terminal may ask (runtime.service)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio.to_thread
import msgspec
import zmq.asyncio

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.calibration import Calibration
from runtime.coordinator.directory import Directory
from runtime.coordinator.events import EventHub
from runtime.coordinator.history import History
from runtime.coordinator.job_queue import JobQueue
from runtime.coordinator.local_workers import LocalWorkers
from runtime.coordinator.measurements import Measurements
from runtime.coordinator.model_shelf import ModelShelf
from runtime.coordinator.network import Network
from runtime.coordinator.opening import open_document
from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.planning import (
    build_problem,
    device_speeds,
    plan_for_all,
    slower_than_expected,
    solve,
)
from runtime.coordinator.pool import Pool
from runtime.discovery.diagnose import diagnose
from runtime.errors import HPipeError, ModelError, NetworkError
from runtime.messages.stage import ChunkRecord
from runtime.planner.plan import plan as find_plan
from runtime.planner.values import Infeasible, Plan, PlanningProblem, PlanOutcome
from runtime.service import Listener, Unsubscribe
from runtime.snapshots import (
    ChunkFinished,
    DocumentSnapshot,
    Finding,
    Hours,
    JobChanged,
    JobRequest,
    JobSnapshot,
    JobState,
    ModelsChanged,
    ModelSummary,
    PairingOffer,
    PlanAnswer,
    PlanRequest,
    PoolSnapshot,
)
from runtime.transport.curve import new_key_pair
from runtime.trust.identity import load_or_create_identity


class PoolService:
    """One pool, its models and its jobs. Made and used on one event loop."""

    def __init__(self, options: ServiceOptions) -> None:
        self.options = options
        self._events = EventHub()
        self._context = zmq.asyncio.Context()
        local = options.local_workers is not None
        keys = new_key_pair() if local else load_or_create_identity(options.state_folder)
        self.machines = Pool(self._context, keys, options.machine_name, self._member_lost)
        # Over the network, the own worker is started with them; others choose for themselves.
        self.machines.threads = options.threads if local else None
        preferences = None if local else options.state_folder / "machines.json"
        self.directory = Directory(self._events, preferences)
        self.measurements = Measurements(self.machines, options.cache_folder / "measurements.json")
        self.shelf = ModelShelf(options.model_folder, self._events)
        self.assembly = Assembly(self.machines, self._recorded)
        self._calibration = Calibration()
        self._planned: PlanningProblem | None = None
        self._machines_of: dict[str, set[str]] = {}  # by job that is under way
        self._find_plan = plan_for_all if options.all_take_part else find_plan
        self._history = History(options.state_folder / "history")
        self._jobs = JobQueue(
            self.assembly,
            self._plan_job,
            self._history,
            self._job_changed,
            lambda machine_id: machine_id in self.directory.taking_part,
        )
        self._local: LocalWorkers | None = LocalWorkers() if local else None
        self._network: Network | None = None
        self._record_listeners: list[Callable[[str, ChunkRecord], None]] = []

    def subscribe(self, listener: Listener) -> Unsubscribe:
        return self._events.subscribe(listener)

    async def start(self) -> None:
        """Start this machine's workers and look for others."""
        if self._local is not None:
            count = self.options.local_workers or 1
            await self._local.start(count, self.options, self.machines)
            for index, machine_id in enumerate(self._local.machine_ids):
                self.directory.joined(self.machines.member(machine_id), is_this_machine=index == 0)
                self.measurements.name_machine(machine_id, f"local worker {index + 1} of {count}")
        else:
            self._network = Network(self.options, self.machines, self.directory, self._events)
            await self._network.start()

    async def settle(self, seconds: float) -> None:
        """Give paired machines a moment to appear, for a command that plans at once."""
        if self._network is not None:
            await self._network.settle(seconds)

    async def stop(self) -> None:
        """End jobs, leave machines, end this machine's workers. Safe after a failed start."""
        await self._jobs.close()
        await self.assembly.release()
        if self._network is not None:
            await self._network.stop()
        await self.machines.close()
        if self._local is not None:
            await self._local.stop()
        self._context.destroy(linger=0)

    # The pool

    async def pool(self) -> PoolSnapshot:
        return self.directory.snapshot

    async def add_address(self, address: str) -> str:
        return await self._over_network().add_address(address)

    async def pair(self, machine_id: str, code: str) -> None:
        await self._over_network().pair(machine_id, code)

    async def offer_pairing(self) -> PairingOffer:
        return await self._over_network().offer_pairing()

    async def forget(self, machine_id: str) -> None:
        await self._over_network().forget(machine_id)

    async def rename(self, machine_id: str, name: str) -> None:
        self.directory.rename(machine_id, name)

    async def include(self, machine_id: str, included: bool) -> None:
        self.directory.include(machine_id, included)

    async def limit_memory(self, machine_id: str, limit_bytes: int | None) -> None:
        self.directory.limit_memory(machine_id, limit_bytes)

    async def limit_hours(self, machine_id: str, hours: Hours | None) -> None:
        self.directory.limit_hours(machine_id, hours)

    async def measure(self, model_id: str, *, again: bool = False, weight_bits: int = 16) -> None:
        manifest = (await self.shelf.choose(model_id)).manifest
        machine_ids = self.directory.taking_part
        try:
            if again:
                self._calibration.forget(machine_ids)
            devices = await self.measurements.devices(
                manifest,
                machine_ids,
                weight_bits=weight_bits,
                again=again,
                on_progress=self.directory.measuring,
            )
            for machine_id in machine_ids:
                speeds = await anyio.to_thread.run_sync(
                    device_speeds, devices, machine_id, manifest, self._names, weight_bits
                )
                self.directory.measured(machine_id, speeds)
            if len(machine_ids) > 1:
                self.directory.linked(await self.measurements.links(machine_ids, again=again))
        finally:
            self.directory.settled(machine_ids)

    async def diagnose(self) -> tuple[Finding, ...]:
        return await diagnose(self.options.control_port, self.options.interfaces)

    # Models

    async def models(self) -> tuple[ModelSummary, ...]:
        return await self.shelf.summaries()

    async def add_model(self, source: str) -> ModelSummary:
        summary = await self.shelf.add(source)
        self._events.publish(ModelsChanged(await self.shelf.summaries()))
        return summary

    async def remove_model(self, model_id: str) -> None:
        if self._jobs.uses(model_id):
            raise ModelError(
                "A job uses this model.", "Stop the job, or wait until it is over, then delete it."
            )
        await self._jobs.close_model(model_id)
        if self.assembly.model_id == model_id:
            await self.assembly.release()
        await self.shelf.remove(model_id)
        self._events.publish(ModelsChanged(await self.shelf.summaries()))

    async def search_hub(self, words: str) -> tuple[ModelSummary, ...]:
        return await self.shelf.search(words)

    # Plans

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        problem = await self.problem(request)
        outcome = await anyio.to_thread.run_sync(self._find_plan, problem)
        if isinstance(outcome, Infeasible):
            outcome = await self._with_limits_named(request, outcome)
        return PlanAnswer(problem=problem, outcome=outcome)

    async def solve(self, problem: PlanningProblem) -> PlanOutcome:
        return await anyio.to_thread.run_sync(find_plan, problem)

    async def problem(self, request: PlanRequest, *, has_limits: bool = True) -> PlanningProblem:
        """The planning problem of the machines that take part, measured where it was not yet.

        has_limits: with the limits that a person set on their memory.
        """
        manifest = (await self.shelf.choose(request.model_id)).manifest
        machine_ids = self.directory.taking_part
        await self.measure(request.model_id, weight_bits=request.weight_bits)
        return await build_problem(
            self.measurements,
            manifest,
            machine_ids,
            prompt_tokens=request.prompt_tokens,
            output_tokens=request.output_tokens,
            goal=request.goal,
            weight_bits=request.weight_bits,
            main_machine_id=self.directory.main_machine_id,
            limits=self.directory.memory_limits if has_limits else {},
            calibration=self._calibration,
            names=self._names,
        )

    async def _with_limits_named(self, request: PlanRequest, outcome: Infeasible) -> Infeasible:
        """Say first, if it is so, that only a person's own limits stand in the way."""
        limits = self.directory.memory_limits
        limited = [m for m in self.directory.taking_part if limits.get(m) is not None]
        if not limited:
            return outcome
        problem = await self.problem(request, has_limits=False)
        if isinstance(await anyio.to_thread.run_sync(self._find_plan, problem), Infeasible):
            return outcome
        names = ", ".join(self._names[machine_id] for machine_id in limited)
        way = f"It would fit without the memory limit of {names}: change it on the Machines page."
        return msgspec.structs.replace(outcome, suggestions=(way, *outcome.suggestions))

    @property
    def _names(self) -> dict[str, str]:
        return {machine.machine_id: machine.name for machine in self.directory.snapshot.machines}

    async def _plan_job(self, request: JobRequest, prompt_tokens: int) -> Plan:
        problem = await self.problem(
            PlanRequest(
                model_id=request.model_id,
                prompt_tokens=prompt_tokens,
                output_tokens=request.output_tokens,
                weight_bits=request.weight_bits,
            )
        )
        self._planned = problem
        return await anyio.to_thread.run_sync(solve, problem, request.plan, self._find_plan)

    # Documents and jobs

    async def read_document(self, path: Path) -> DocumentSnapshot:
        return await open_document(path)

    async def count_tokens(self, model_id: str, text: str) -> int:
        tokenizer = (await self.shelf.choose(model_id)).tokenizer
        return len(await anyio.to_thread.run_sync(tokenizer.encode, text))

    async def ask(self, request: JobRequest) -> str:
        return self._jobs.ask(request, await self.shelf.choose(request.model_id))

    async def cancel(self, job_id: str) -> None:
        await self._jobs.cancel(job_id)

    async def close_job(self, job_id: str) -> None:
        await self._jobs.close_job(job_id)

    async def history(self) -> tuple[JobSnapshot, ...]:
        return await anyio.to_thread.run_sync(self._history.jobs)

    async def delete_history(self, job_id: str) -> None:
        await anyio.to_thread.run_sync(self._history.delete, job_id)

    # What the machines tell

    @contextmanager
    def records_to(self, listener: Callable[[str, ChunkRecord], None]) -> Iterator[None]:
        """Also hand every chunk record, of whatever session, to a listener for a while."""
        self._record_listeners.append(listener)
        try:
            yield
        finally:
            self._record_listeners.remove(listener)

    def _recorded(self, machine_id: str, record: ChunkRecord) -> None:
        for listener in self._record_listeners:
            listener(machine_id, record)
        pipeline = self.assembly.current
        if pipeline is not None:
            self._calibration.add(self.assembly.model_id, pipeline, record)
        job_id = self._jobs.record(record)
        if job_id:
            self._events.publish(ChunkFinished(job_id, machine_id, record))

    def _member_lost(self, machine_id: str, problem: HPipeError) -> None:
        self.directory.lost(machine_id, problem)
        self._events.say(problem.message, "warning")
        if self._network is not None:
            self._network.lost(machine_id)

    def _job_changed(self, job: JobSnapshot) -> None:
        busy = job.state in (JobState.LOADING, JobState.READING, JobState.ANSWERING)
        if busy and job.plan is not None:
            self._machines_of[job.job_id] = {stage.machine_id for stage in job.plan.stages}
        else:
            self._machines_of.pop(job.job_id, None)
        self.directory.working(set().union(*self._machines_of.values()))
        self._events.publish(JobChanged(job))
        planned, model_id = self._planned, self.assembly.model_id
        if job.state is JobState.DONE and job.plan is not None and planned is not None:
            for sentence in slower_than_expected(planned, job.plan, self._calibration, model_id):
                self._events.say(sentence)

    def _over_network(self) -> Network:
        if self._network is None:
            raise NetworkError(
                "This pool holds workers of this machine alone.",
                "Start HPipe without --local to use other machines.",
            )
        return self._network
