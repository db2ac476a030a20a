"""Where machines listen: one well-known port, and the others right after it for one firewall rule.

control, pairing (control + 1), then the engines' command and activation ports from control + 2 on.
"""

from __future__ import annotations

CONTROL_PORT = 47650


def pairing_port(control_port: int) -> int:
    """The port of the pairing exchange beside a control port."""
    return control_port + 1
