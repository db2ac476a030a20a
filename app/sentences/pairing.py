"""Pairing, and whom a machine trusts, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    QT_TRANSLATE_NOOP("Said", "Type its code to pair with it."),
    QT_TRANSLATE_NOOP("Said", "{name} runs HPipe {version}, whose protocol differs."),
    QT_TRANSLATE_NOOP("Said", "Bring both machines to the same version."),
    QT_TRANSLATE_NOOP("Said", "This machine is not paired any more."),
    QT_TRANSLATE_NOOP("Said", "Pair the two machines again."),
    QT_TRANSLATE_NOOP("Said", "Pair the two machines first."),
    QT_TRANSLATE_NOOP("Said", "The code was wrong, and counts no more."),
    QT_TRANSLATE_NOOP("Said", "Let the other machine show a new code and type that one."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The code has expired: it was used already, or is older than five minutes.",
    ),
    QT_TRANSLATE_NOOP("Said", "Pairing is locked for {n} more seconds after too many wrong codes."),
    QT_TRANSLATE_NOOP("Said", "Wait, then let a new code be shown and type that one."),
    QT_TRANSLATE_NOOP("Said", "A pairing code has {n} digits."),
    QT_TRANSLATE_NOOP("Said", "Type the digits the other machine shows."),
    QT_TRANSLATE_NOOP("Said", "The machine at {address} does not know this one."),
    QT_TRANSLATE_NOOP("Said", "Pair the two machines with the code shown on the other one."),
    QT_TRANSLATE_NOOP("Said", "The machine at {address} is not the one it was paired as."),
    QT_TRANSLATE_NOOP("Said", "If it was reinstalled, forget it and pair it again."),
    QT_TRANSLATE_NOOP("Said", "This is not HPipe: its first bytes make no sense."),
    QT_TRANSLATE_NOOP("Said", "No pairing code is shown now."),
    QT_TRANSLATE_NOOP("Said", "Let it show one, then type that one here."),
    QT_TRANSLATE_NOOP("Said", "{path}, which holds this machine's identity, is damaged."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Restore it from a backup, or delete it and pair this machine with the others again.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{path}, which says what machines this one was paired with, is damaged.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Restore it from a backup, or delete it and pair the machines again.",
    ),
    QT_TRANSLATE_NOOP("Said", "The other machine does not follow the pairing exchange."),
    QT_TRANSLATE_NOOP("Said", "Bring both machines to the same version of HPipe and try again."),
    QT_TRANSLATE_NOOP("Said", "{name} could not prove that it showed this code."),
    QT_TRANSLATE_NOOP("Said", "Somebody may be between the two machines."),
    QT_TRANSLATE_NOOP("Said", "Let it show a new code and try again."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} runs HPipe {version} with protocol {n}, this machine HPipe {own} with protocol "
        "{other}.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} runs HPipe {version} with protocol {n}, the other machine HPipe {own} with "
        "protocol {other}.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} runs HPipe {version} with protocol {n}, the other machine speaks protocol {other}.",
    ),
    QT_TRANSLATE_NOOP("Said", "The two machines speak different protocols."),
    QT_TRANSLATE_NOOP("Said", "Bring both to the same version."),
    QT_TRANSLATE_NOOP(
        "Said",
        "What answers at {address} is not HPipe, or of a version that cannot be understood.",
    ),
    QT_TRANSLATE_NOOP("Said", "Check the address, and bring both machines to the same version."),
    QT_TRANSLATE_NOOP("Said", "The machine at {address} is not the one that was chosen."),
    QT_TRANSLATE_NOOP("Said", "Look for machines again, then pair."),
    QT_TRANSLATE_NOOP("Said", "{address} ended the connection."),
    QT_TRANSLATE_NOOP("Said", "It may be busy with other machines."),
    QT_TRANSLATE_NOOP("Said", "Try again in a moment."),
    QT_TRANSLATE_NOOP("Said", "This is not the key of a machine."),
    QT_TRANSLATE_NOOP("Said", "This is not the key of another machine."),
    QT_TRANSLATE_NOOP("Said", "These are not the keys of machines."),
    QT_TRANSLATE_NOOP("Said", "Pair with a code again."),
    QT_TRANSLATE_NOOP("Said", "Too many machines try to pair at once."),
    QT_TRANSLATE_NOOP("Said", "There is no pairing under way to confirm."),
    QT_TRANSLATE_NOOP("Said", "Start again."),
    QT_TRANSLATE_NOOP("Said", "The pairing port {n} could not be opened ({reason})."),
    QT_TRANSLATE_NOOP("Said", "Another program may use it."),
    QT_TRANSLATE_NOOP("Said", "Choose another port with --port."),
    QT_TRANSLATE_NOOP("Said", "One machine can vouch for {n} others at most."),
)
