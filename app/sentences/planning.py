"""Why a plan was chosen, and what would help where none fits, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    # Why a plan was chosen.
    QT_TRANSLATE_NOOP(
        "Said",
        "With both machines the answer comes {time} sooner than from {name} alone.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "With all {n} machines the answer comes {time} sooner than from {name} alone.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Together the {n} machines read {times} times as many as {name} alone.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "The model is spread over {n} machines: none has room for all of it.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} is the only machine."),
    QT_TRANSLATE_NOOP("Said", "{name} alone is the fastest."),
    QT_TRANSLATE_NOOP("Said", "In the order that was chosen by hand."),
    QT_TRANSLATE_NOOP("Said", "Sending 8-bit values over the links saves {time}."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Reading together and answering on {name} alone would take {time}, but what was read "
        "cannot be handed over yet.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Each of the {n} has a part of the model; one of them with all of it would read for "
        "{time}.",
    ),
    QT_TRANSLATE_NOOP("Said", "Each of the {n} has a part of the model."),
    QT_TRANSLATE_NOOP("Said", "Leaving out {name}: {clause}"),
    QT_TRANSLATE_NOOP("Said", "leaving out {name}: {clause}"),
    QT_TRANSLATE_NOOP("Said", "with it the answer comes {time} later"),
    QT_TRANSLATE_NOOP("Said", "with it the answer comes no sooner"),
    QT_TRANSLATE_NOOP("Said", "with it the documents are read no faster"),
    QT_TRANSLATE_NOOP("Said", "with it {times} fewer documents are read per hour"),
    QT_TRANSLATE_NOOP("Said", "no working link joins it to the others"),
    QT_TRANSLATE_NOOP("Said", "every layer has a machine already"),
    QT_TRANSLATE_NOOP("Said", "it has no room for a layer"),
    QT_TRANSLATE_NOOP("Said", "{n} slower machine would not help either"),
    QT_TRANSLATE_NOOP("Said", "{n} slower machines would not help either"),
    # What does not fit, and what would help.
    QT_TRANSLATE_NOOP("Said", "{name} with {n} tokens needs {size} and the machine has {room}."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} with {n} tokens needs {size} and the machines together have {room}.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} with {n} tokens needs {size} and the machines together have {room}, but not in "
        "pieces that fit whole layers.",
    ),
    QT_TRANSLATE_NOOP("Said", "A document of up to {n} tokens would fit."),
    QT_TRANSLATE_NOOP("Said", "With {n}-bit weights it would fit."),
    QT_TRANSLATE_NOOP("Said", "One more machine with {size} free would do."),
    QT_TRANSLATE_NOOP("Said", "Choose a smaller model."),
    QT_TRANSLATE_NOOP("Said", "No machine takes part."),
    QT_TRANSLATE_NOOP("Said", "Include a machine on the Machines page."),
    QT_TRANSLATE_NOOP("Said", "Include at least one machine on the Machines page."),
    QT_TRANSLATE_NOOP("Said", "{name} has no layers."),
    QT_TRANSLATE_NOOP("Said", "Choose another model."),
    QT_TRANSLATE_NOOP("Said", "No machine has usable measurements for this model."),
    QT_TRANSLATE_NOOP("Said", "Measure the machines again while nothing else runs on them."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The machines have the memory together, but not enough of them are joined by links "
        "that work.",
    ),
    QT_TRANSLATE_NOOP("Said", "Check the network between them and measure again."),
    QT_TRANSLATE_NOOP("Said", "This split needs {size} on a machine that has {room}."),
    QT_TRANSLATE_NOOP(
        "Said",
        "It would fit without the memory limit of {names}: change it on the Machines page.",
    ),
    QT_TRANSLATE_NOOP("Said", "Move a boundary, or let HPipe decide."),
    QT_TRANSLATE_NOOP("Said", "Move the boundaries, or let HPipe decide."),
    QT_TRANSLATE_NOOP("Said", "A machine of this split is not in the pool now."),
    QT_TRANSLATE_NOOP("Said", "Connect it again, or let HPipe decide."),
    QT_TRANSLATE_NOOP("Said", "Two neighbours of this split have no working link between them."),
    QT_TRANSLATE_NOOP("Said", "Measure the links again, or put the machines in another order."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Ask about a shorter text, raise the machine's memory limit, or add a machine.",
    ),
    QT_TRANSLATE_NOOP("Said", "Close other programs, ask about a shorter text, or add a machine."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} is too long: with the question it has {n} tokens, and the model reads {room}, "
        "of which {taken} are left for the document.",
    ),
    QT_TRANSLATE_NOOP("Said", "There is no question."),
    QT_TRANSLATE_NOOP("Said", "Type what you want to know."),
)
