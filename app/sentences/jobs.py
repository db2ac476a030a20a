"""What a job and the machines at work on it say, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    # What ends a job.
    QT_TRANSLATE_NOOP("Said", "{name} stopped answering."),
    QT_TRANSLATE_NOOP("Said", "Check that it is on and connected, then ask again."),
    QT_TRANSLATE_NOOP("Said", "{name} left the pool."),
    QT_TRANSLATE_NOOP("Said", "A machine of this plan is not here any more."),
    QT_TRANSLATE_NOOP("Said", "{name} works for {other} now."),
    QT_TRANSLATE_NOOP("Said", "Ask again when that is done."),
    QT_TRANSLATE_NOOP("Said", "{name} is not free. It works for {other} now."),
    QT_TRANSLATE_NOOP("Said", "It works for {other} now."),
    QT_TRANSLATE_NOOP("Said", "Ask again when that is done, or leave this machine out."),
    QT_TRANSLATE_NOOP("Said", "Another computer has loaded other layers on this machine since."),
    QT_TRANSLATE_NOOP("Said", "Ask again: the document will be read anew."),
    QT_TRANSLATE_NOOP("Said", "The connection was closed."),
    QT_TRANSLATE_NOOP("Said", "The connection to {name} broke off."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Memory ran out while computing {n} tokens at position {place}: {taken} are held and "
        "{room} are free.",
    ),
    QT_TRANSLATE_NOOP("Said", "Memory ran out; {room} are free."),
    QT_TRANSLATE_NOOP("Said", "Give this machine fewer layers, or ask about a shorter text."),
    QT_TRANSLATE_NOOP("Said", "Give this machine fewer layers, or close other programs."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Give this machine fewer layers, ask about a shorter text, or close other programs.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} took {times} times as long as expected: it may be hot, or busy with other "
        "programs.",
    ),
    QT_TRANSLATE_NOOP("Said", "Something unexpected went wrong ({what})."),
    QT_TRANSLATE_NOOP("Said", "This is a bug; the log has the details."),
    QT_TRANSLATE_NOOP("Said", "A job uses this model."),
    QT_TRANSLATE_NOOP("Said", "Stop the job, or wait until it is over, then delete it."),
    QT_TRANSLATE_NOOP("Said", "No model is chosen."),
    QT_TRANSLATE_NOOP("Said", "Choose one on the Plan page."),
    # A job and the machines at work on it.
    QT_TRANSLATE_NOOP("Said", "{name} is not free."),
    QT_TRANSLATE_NOOP("Said", "There is no such job in the history."),
    QT_TRANSLATE_NOOP("Said", "{path} could not be deleted ({reason})."),
    QT_TRANSLATE_NOOP("Said", "The job has not begun."),
    QT_TRANSLATE_NOOP("Said", "The session was closed."),
    QT_TRANSLATE_NOOP("Said", "Ask again."),
    QT_TRANSLATE_NOOP("Said", "Plan again."),
    QT_TRANSLATE_NOOP(
        "Said",
        "No machine of the pool holds all the layers of {model} that {name} needs.",
    ),
    QT_TRANSLATE_NOOP("Said", "Add the model on this machine first."),
    QT_TRANSLATE_NOOP("Said", "The last stage sent logits of a wrong shape."),
    QT_TRANSLATE_NOOP("Said", "This split does not hold each of the {n} layers once."),
    QT_TRANSLATE_NOOP("Said", '{name} gave no usable timing of the "{kind}" layers of {model}.'),
    QT_TRANSLATE_NOOP("Said", "Measure the machine again while nothing else runs on it."),
    # What the tables of known devices lack.
    QT_TRANSLATE_NOOP("Said", "Nothing is known of the device of {name}."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Give prefill_tflops and memory_gb, or the name of a device in assets/devices.json.",
    ),
)
