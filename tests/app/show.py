"""`python -m tests.app.show PAGE`: a page over the scripted runtime, to look at or to picture.

    python -m tests.app.show machines --scene sixteen --theme dark --size 1024x640 --shot out.png
    python -m tests.app.show window --page analyze --document report.txt --wait 3000 --shot out.png

PAGE is machines, plan, analyze, monitor or window. Without --shot the window stays open. With
--do, a dialog that opens is what is pictured.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    from tests.app.scripted import Scene

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("machines", "plan", "analyze", "monitor", "window"))
    parser.add_argument("--scene", default="three", choices=[scene.value for scene in Scene])
    parser.add_argument("--theme", default="light", choices=("light", "dark"))
    parser.add_argument("--size", default="1240x760", help="in device-independent pixels")
    parser.add_argument("--scale", default="1", help="1, 1.25, 1.5 or 2")
    parser.add_argument("--language", default="en")
    parser.add_argument("--page", default="machines", help="which page the window shows")
    parser.add_argument("--document", type=Path, help="open this file on the Analyze page")
    parser.add_argument("--question", default="Summarise the document.")
    parser.add_argument("--start", action="store_true", help="and ask the question")
    parser.add_argument("--do", help="call this method of the page or window, such as add_machine")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast scripted jobs run")
    parser.add_argument("--wait", type=int, default=500, help="milliseconds before the picture")
    parser.add_argument("--shot", type=Path, help="save a picture here and end")
    chosen = parser.parse_args(arguments)
    if chosen.shot:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = chosen.scale
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HPIPE_STATE"] = folder
        return show(chosen)


def show(chosen: argparse.Namespace) -> int:
    from PySide6.QtCore import QTimer

    from app.appearance import make_application
    from app.language import apply_language
    from tests.app.clock import VirtualClock
    from tests.app.scripted import Scene
    from tests.app.showing import Showing, page_class, run_loop

    application = make_application()
    apply_language(application, chosen.language)
    width, height = (int(side) for side in chosen.size.split("x"))
    showing = Showing(Scene(chosen.scene), VirtualClock(chosen.speed), chosen.theme)
    try:
        if chosen.what == "window":
            window = showing.window((width, height))
            window.show_page(chosen.page)
            page = window.page("analyze") if chosen.document else None
        else:
            page = showing.page(page_class(chosen.what), (width, height))
        showing.start()
        if chosen.document:
            page.open_document(chosen.document, chosen.question, chosen.start)
        if chosen.shot is None:
            return application.exec()
        if chosen.do:
            QTimer.singleShot(0, getattr(showing.widget, chosen.do))
        run_loop(chosen.wait)
        picture = (application.activeModalWidget() or showing.widget).grab()
        return 0 if picture.save(str(chosen.shot)) else 1
    finally:
        showing.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
