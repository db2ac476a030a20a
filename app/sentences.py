"""The sentences of the runtime that the window says in its own language; fields are in braces.

A time is "2.5 s", n a number, size, room and taken are amounts of memory, a clause is translated by
itself, and everything else is taken over as it is. tests/app/test_said.py keeps the list true.
"""

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
        "Reading together and answering on {name} alone would take {time}, but what was "
        "read cannot be handed over yet.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Each of the {n} has a part of the model; one of them with all of it would read "
        "for {time}.",
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
        "{name} with {n} tokens needs {size} and the machines together have {room}, but "
        "not in pieces that fit whole layers.",
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
    QT_TRANSLATE_NOOP("Said", "Move a boundary, or let HPipe balance the layers."),
    QT_TRANSLATE_NOOP("Said", "Move the boundaries, or let HPipe balance the layers."),
    QT_TRANSLATE_NOOP("Said", "A machine of this split is not in the pool now."),
    QT_TRANSLATE_NOOP("Said", "Connect it again, or let HPipe balance the layers."),
    QT_TRANSLATE_NOOP("Said", "Two neighbours of this split have no working link between them."),
    QT_TRANSLATE_NOOP("Said", "Measure the links again, or put the machines in another order."),
    QT_TRANSLATE_NOOP(
        "Said",
        "A text of {n} tokens needs {size}, but of the {room} this machine may use {taken} "
        "are taken.",
    ),
    QT_TRANSLATE_NOOP("Said", "A text of {n} tokens needs {size}, but only {room} are free."),
    QT_TRANSLATE_NOOP(
        "Said",
        "This share of layers needs {size}, but of the {room} this machine may use {taken} "
        "are taken.",
    ),
    QT_TRANSLATE_NOOP("Said", "This share of layers needs {size}, but only {room} are free."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Ask about a shorter text, raise the machine's memory limit, or add a machine.",
    ),
    QT_TRANSLATE_NOOP("Said", "Close other programs, ask about a shorter text, or add a machine."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{name} is too long: with the question it has {n} tokens, and the model reads "
        "{room}, of which {taken} are left for the document.",
    ),
    QT_TRANSLATE_NOOP("Said", "There is no question."),
    QT_TRANSLATE_NOOP("Said", "Type what you want to know."),
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
        "Memory ran out while computing {n} tokens at position {place}: {taken} are held "
        "and {room} are free.",
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
    # How machines stand, and what keeps them apart.
    QT_TRANSLATE_NOOP("Said", "Connected."),
    QT_TRANSLATE_NOOP("Said", "Ready."),
    QT_TRANSLATE_NOOP("Said", "Working on a job."),
    QT_TRANSLATE_NOOP("Said", "Paired; connecting."),
    QT_TRANSLATE_NOOP("Said", "Type its code to pair with it."),
    QT_TRANSLATE_NOOP("Said", "Measuring its speed on the chosen model."),
    QT_TRANSLATE_NOOP("Said", "Not on the network."),
    QT_TRANSLATE_NOOP("Said", "This machine is not known any more."),
    QT_TRANSLATE_NOOP("Said", "Look for it again."),
    QT_TRANSLATE_NOOP("Said", "Paired with {name}."),
    QT_TRANSLATE_NOOP("Said", "This is the address of this machine itself."),
    QT_TRANSLATE_NOOP("Said", "Type that of another one."),
    QT_TRANSLATE_NOOP("Said", "This machine is not on the network now."),
    QT_TRANSLATE_NOOP("Said", "Start HPipe there, or add it by its address."),
    QT_TRANSLATE_NOOP("Said", "Another machine answered."),
    QT_TRANSLATE_NOOP("Said", "It announces itself, but nothing answers at its port {n}."),
    QT_TRANSLATE_NOOP("Said", "Let its firewall allow HPipe."),
    QT_TRANSLATE_NOOP("Said", '"{name}" is not an address.'),
    QT_TRANSLATE_NOOP(
        "Said",
        "An address looks like 192.168.1.20, desk.local:47650 or [fe80::1]:47650.",
    ),
    QT_TRANSLATE_NOOP("Said", "Nobody answers at {name}."),
    QT_TRANSLATE_NOOP("Said", "Is HPipe running there, and does its firewall let it through?"),
    QT_TRANSLATE_NOOP("Said", "{name} did not answer within {n} seconds."),
    QT_TRANSLATE_NOOP("Said", "The machine may be overloaded or asleep."),
    QT_TRANSLATE_NOOP("Said", "Port {n} is in use, and so are those after it."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Close other programs of HPipe, or choose another port in the settings.",
    ),
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
    QT_TRANSLATE_NOOP("Said", "There is no network on which machines could be found."),
    QT_TRANSLATE_NOOP("Said", "This machine has no network address. Connect it by cable or Wi-Fi."),
    QT_TRANSLATE_NOOP("Said", "An announcement of this machine was sent and heard again."),
    QT_TRANSLATE_NOOP(
        "Said",
        "No other machine announces itself. Start HPipe there, on the same network.",
    ),
    QT_TRANSLATE_NOOP("Said", "HPipe {version} answers here as {name}."),
    # Documents.
    QT_TRANSLATE_NOOP("Said", "{name} holds no text."),
    QT_TRANSLATE_NOOP("Said", "Choose a document with text in it."),
    QT_TRANSLATE_NOOP("Said", "{name} is empty."),
    QT_TRANSLATE_NOOP("Said", "{name} is a folder."),
    QT_TRANSLATE_NOOP("Said", "There is no file {name}."),
    QT_TRANSLATE_NOOP("Said", "Check its name and place."),
    QT_TRANSLATE_NOOP("Said", "You may not read {name}."),
    QT_TRANSLATE_NOOP("Said", "Change its permissions, or copy it first."),
    QT_TRANSLATE_NOOP("Said", "{name} is a picture."),
    QT_TRANSLATE_NOOP("Said", "Run text recognition over it first (OCR), and choose the result."),
    QT_TRANSLATE_NOOP("Said", "{name} is protected by a password."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Open it with its password, print or export it to a new PDF, and choose that.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} is damaged: it cannot be read as a PDF."),
    QT_TRANSLATE_NOOP("Said", "Fetch or export it again; a PDF reader may be able to repair it."),
    QT_TRANSLATE_NOOP("Said", "{name} does not hold text."),
    QT_TRANSLATE_NOOP("Said", "Choose a PDF, DOCX, Markdown, HTML or text file."),
    # Models.
    QT_TRANSLATE_NOOP("Said", "The Hugging Face hub cannot be reached."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Connect to the internet and try again (what has arrived is kept), or choose a "
        "model folder or a .gguf file on this machine.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "The demo model could not be fetched: the Python package index cannot be reached.",
    ),
    QT_TRANSLATE_NOOP("Said", "There is no model {name} on the hub that you may read."),
    QT_TRANSLATE_NOOP("Said", "There is no folder {name}."),
    QT_TRANSLATE_NOOP("Said", "Check the path."),
    QT_TRANSLATE_NOOP("Said", "Free some disk space, then try again."),
    QT_TRANSLATE_NOOP("Said", "Free some disk space or check the folder's permissions."),
    QT_TRANSLATE_NOOP("Said", "The file may be damaged or half downloaded: fetch it again."),
    QT_TRANSLATE_NOOP("Said", "Fetch the model again."),
    QT_TRANSLATE_NOOP("Said", "Check the permissions of the file and its folder."),
    # Times.
    QT_TRANSLATE_NOOP("Said", "{n} ms"),
    QT_TRANSLATE_NOOP("Said", "{n} s"),
    QT_TRANSLATE_NOOP("Said", "{n} min"),
)
# How what is translated by itself is put together again.
AND_THEN = QT_TRANSLATE_NOOP("Said", "{clause}; {more}")
NEXT = QT_TRANSLATE_NOOP("Said", "{clause} {more}")
END = QT_TRANSLATE_NOOP("Said", "{clause}.")
