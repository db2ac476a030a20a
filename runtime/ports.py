"""Where machines listen: one well-known port, and the others right after it for one firewall rule.

control, pairing (control + 1), then the engines' command and activation ports from control + 2 on.
"""

from __future__ import annotations

CONTROL_PORT = 47650


def pairing_port(control_port: int) -> int:
    """The port of the pairing exchange beside a control port."""
    return control_port + 1


def engine_port(control_port: int, device_number: int) -> int:
    """The first port an engine tries, by its device's place in the list; 0 stays any free port."""
    return control_port + 2 + 2 * device_number if control_port else 0
