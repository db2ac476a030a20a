"""Why a machine is not here: what each check found, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    QT_TRANSLATE_NOOP("Said", "There is no network on which machines could be found."),
    QT_TRANSLATE_NOOP("Said", "An announcement of this machine was sent and heard again."),
    QT_TRANSLATE_NOOP("Said", "HPipe {version} answers here as {name}."),
    QT_TRANSLATE_NOOP("Said", "Network"),
    QT_TRANSLATE_NOOP("Said", "Port {n}"),
    QT_TRANSLATE_NOOP("Said", "Discovery"),
    QT_TRANSLATE_NOOP("Said", "Firewall"),
    QT_TRANSLATE_NOOP("Said", "Other machines"),
    QT_TRANSLATE_NOOP("Said", "This machine has no network address."),
    QT_TRANSLATE_NOOP("Said", "Connect it by cable or Wi-Fi."),
    QT_TRANSLATE_NOOP("Said", "Nothing uses this port; HPipe opens it when its worker starts."),
    QT_TRANSLATE_NOOP("Said", "{subject} uses this port, so HPipe takes another one."),
    QT_TRANSLATE_NOOP("Said", "Another program"),
    QT_TRANSLATE_NOOP(
        "Said",
        "Close that program, or add this machine on the others by its address with the port "
        "shown here.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "An announcement of this machine was not heard again: multicast (UDP port {n}) is "
        "blocked, by a firewall here or by a guest network.",
    ),
    QT_TRANSLATE_NOOP("Said", "Add machines by their address instead."),
    QT_TRANSLATE_NOOP("Said", "No other machine announces itself."),
    QT_TRANSLATE_NOOP("Said", "Start HPipe there, on the same network."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{names} cannot work with HPipe {version} here: bring all machines to the same version.",
    ),
    QT_TRANSLATE_NOOP("Said", "TCP ports {n} to {last} and UDP port {multicast}"),
    QT_TRANSLATE_NOOP(
        "Said",
        "Windows asks once whether to allow HPipe; allow it for private networks.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Otherwise open Windows Security, Firewall & network protection, and let Python "
        "receive on {subject}.",
    ),
    QT_TRANSLATE_NOOP("Said", "The network itself must be set to private."),
    QT_TRANSLATE_NOOP(
        "Said",
        "In System Settings, allow HPipe under Privacy & Security, Local Network, and incoming "
        "connections under Network, Firewall ({subject}).",
    ),
    QT_TRANSLATE_NOOP("Said", "If a firewall runs here, let {subject} in."),
    QT_TRANSLATE_NOOP("Said", "If a firewall runs here, let {subject} in: {command}."),
)
