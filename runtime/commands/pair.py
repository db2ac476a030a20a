"""`main.py pair ADDRESS CODE`: pair with a machine from a terminal."""

from __future__ import annotations

import argparse

from runtime.commands.options import running_service
from runtime.commands.terminal import run_command, tell
from runtime.coordinator.options import ServiceOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", help="the other machine, as HOST or HOST:PORT")
    parser.add_argument("code", help="the six digits it shows")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return run_command(lambda: _pair(arguments.address, arguments.code))


async def _pair(address: str, code: str) -> int:
    async with running_service(ServiceOptions()) as service:
        machine_id = await service.add_address(address)
        await service.pair(machine_id, code)
        name = service.directory.machine(machine_id).name
    tell(f"Paired with {name}.")
    return 0
