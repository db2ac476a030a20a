"""Why is my machine not here? The network as this machine sees it, in plain words."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import sys
from collections.abc import Sequence

import psutil
import zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from runtime.discovery.addresses import HostPort
from runtime.discovery.browse import Browser
from runtime.discovery.interfaces import (
    LOOPBACK,
    chosen_interfaces,
    multicast_addresses,
    own_addresses,
)
from runtime.discovery.records import Sighting
from runtime.errors import HPipeError, NetworkError
from runtime.messages.pairing import Introduced
from runtime.ports import CONTROL_PORT, pairing_port
from runtime.snapshots import Finding
from runtime.trust.names import plain_name
from runtime.trust.pairing_client import introduce
from runtime.version import PROTOCOL_VERSION, VERSION

LISTEN_SECONDS = 4.0
MDNS_PORT = 5353
CHECK_TYPE = "_hpipe-check._tcp.local."


async def diagnose(control_port: int = 0, interfaces: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Look at interfaces, ports, multicast, firewall and the machines seen; takes some seconds.

    control_port 0 is the usual one; interfaces as in the options, none for all.
    """
    port = control_port or CONTROL_PORT
    is_heard, sightings, answered = await asyncio.gather(
        _echo(interfaces), _listen(interfaces), _ask_own_worker(port)
    )
    return (
        _networks(interfaces),
        _port(port, answered),
        _multicast(is_heard),
        _firewall(port, is_heard),
        _machines(sightings, answered),
    )


def _networks(interfaces: Sequence[str]) -> Finding:
    try:
        addresses = own_addresses(interfaces)
        named = "; ".join(
            f"{interface.name}: {', '.join(interface.addresses)}"
            for interface in chosen_interfaces(interfaces)
        )
    except NetworkError as problem:
        return Finding(title="Network", is_fine=False, detail=str(problem))
    if not addresses:
        return Finding(
            title="Network",
            is_fine=False,
            detail="This machine has no network address. Connect it by cable or Wi-Fi.",
        )
    return Finding(title="Network", is_fine=True, detail=named)


def _port(port: int, answered: Introduced | None) -> Finding:
    title = f"Port {port}"
    if answered is not None:
        name = plain_name(answered.name)
        return Finding(
            title=title, is_fine=True, detail=f"HPipe {answered.version} answers here as {name}."
        )
    holder = _holder_of(port)
    if holder is None:
        return Finding(
            title=title,
            is_fine=True,
            detail="Nothing uses this port; HPipe opens it when its worker starts.",
        )
    return Finding(
        title=title,
        is_fine=False,
        detail=f"{holder} uses this port, so HPipe takes another one. Close that program, or add "
        "this machine on the others by its address with the port shown here.",
    )


def _multicast(is_heard: bool | None) -> Finding:
    if is_heard is None:
        return Finding(
            title="Discovery",
            is_fine=False,
            detail="There is no network on which machines could be found.",
        )
    if is_heard:
        return Finding(
            title="Discovery",
            is_fine=True,
            detail="An announcement of this machine was sent and heard again.",
        )
    return Finding(
        title="Discovery",
        is_fine=False,
        detail="An announcement of this machine was not heard again: multicast (UDP port "
        f"{MDNS_PORT}) is blocked, by a firewall here or by a guest network. Add machines by "
        "their address instead.",
    )


def _firewall(port: int, is_heard: bool | None) -> Finding:
    ports = f"TCP ports {port} to {port + 20} and UDP port {MDNS_PORT}"
    if sys.platform == "win32":
        advice = (
            f"Windows asks once whether to allow HPipe; allow it for private networks. Otherwise "
            f"open Windows Security, Firewall & network protection, and let Python receive on "
            f"{ports}. The network itself must be set to private."
        )
    elif sys.platform == "darwin":
        advice = (
            "In System Settings, allow HPipe under Privacy & Security, Local Network, and "
            f"incoming connections under Network, Firewall ({ports})."
        )
    else:
        advice = f"If a firewall runs here, let {ports} in{_linux_commands(port)}."
    return Finding(title="Firewall", is_fine=bool(is_heard), detail=advice)


def _linux_commands(port: int) -> str:
    folders = [entry for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    folders += ["/usr/sbin", "/sbin"]

    def is_installed(program: str) -> bool:
        return any(os.access(f"{folder}/{program}", os.X_OK) for folder in folders)

    if is_installed("ufw"):
        return f": sudo ufw allow {port}:{port + 20}/tcp && sudo ufw allow {MDNS_PORT}/udp"
    if is_installed("firewall-cmd"):
        return (
            f": sudo firewall-cmd --permanent --add-service=mdns --add-port={port}-{port + 20}/tcp"
            " && sudo firewall-cmd --reload"
        )
    return ""


def _machines(sightings: Sequence[Sighting], own: Introduced | None) -> Finding:
    others = [
        sighting for sighting in sightings if own is None or sighting.public_key != own.public_key
    ]
    if not others:
        return Finding(
            title="Other machines",
            is_fine=False,
            detail="No other machine announces itself. Start HPipe there, on the same network.",
        )
    listed = "; ".join(
        f"{sighting.name} ({sighting.hosts[0]}): HPipe {sighting.version}" for sighting in others
    )
    differing = [sighting.name for sighting in others if sighting.protocol != PROTOCOL_VERSION]
    if differing:
        return Finding(
            title="Other machines",
            is_fine=False,
            detail=f"{listed}. {', '.join(differing)} cannot work with HPipe {VERSION} here: bring "
            "all machines to the same version.",
        )
    return Finding(title="Other machines", is_fine=True, detail=f"{listed}.")


async def _echo(interfaces: Sequence[str]) -> bool | None:
    """Whether an announcement comes back to this machine; None where there is no network.

    Under a name of its own, so that no other machine takes the test for a machine.
    """
    try:
        addresses = list(multicast_addresses(interfaces))
    except NetworkError:
        return None
    if not addresses:
        return None
    label = f"{secrets.token_hex(6)}.{CHECK_TYPE}"
    heard = asyncio.Event()

    def changed(name: str, **_: object) -> None:
        if name == label:
            heard.set()

    async with contextlib.AsyncExitStack() as opened:
        try:
            speaker, listener = AsyncZeroconf(addresses), AsyncZeroconf(addresses)
            opened.push_async_callback(speaker.async_close)
            opened.push_async_callback(listener.async_close)
            browser = AsyncServiceBrowser(listener.zeroconf, CHECK_TYPE, handlers=[changed])
            opened.push_async_callback(browser.async_cancel)
            record = AsyncServiceInfo(
                CHECK_TYPE, label, port=1, server=label, parsed_addresses=addresses, properties={}
            )
            broadcast = await speaker.async_register_service(record)
            async with asyncio.timeout(LISTEN_SECONDS):
                await heard.wait()
            await broadcast
        except (TimeoutError, OSError, zeroconf.Error):
            return heard.is_set()
    return True


async def _listen(interfaces: Sequence[str]) -> tuple[Sighting, ...]:
    """The machines that announce themselves, this one among them."""
    seen: dict[str, Sighting] = {}
    browser = Browser(seen.__setitem__, seen.pop, interfaces)
    try:
        await browser.start()
        await asyncio.sleep(LISTEN_SECONDS)
    except NetworkError:
        return ()
    finally:
        await browser.stop()
    return tuple({sighting.public_key: sighting for sighting in seen.values()}.values())


async def _ask_own_worker(port: int) -> Introduced | None:
    with contextlib.suppress(HPipeError):
        return await introduce(HostPort(LOOPBACK, pairing_port(port)), "This machine")
    return None


def _holder_of(port: int) -> str | None:
    """Which program listens on a port, None when it is free."""
    try:
        socket.create_server(("", port)).close()
        return None
    except OSError:
        pass
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and getattr(connection.laddr, "port", 0) == port and connection.pid:
                return psutil.Process(connection.pid).name()
    except psutil.Error:
        pass  # macOS tells only the superuser
    return "Another program"
