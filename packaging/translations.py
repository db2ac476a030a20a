"""Brings the translations up to date: `python packaging/translations.py [--check]`.

Collects the window's texts into assets/translations/hpipe_*.ts, which people edit, and compiles
those into the .qm files the window loads. English holds only plurals. --check changes nothing and
fails where a text is not translated yet.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "assets" / "translations"
LANGUAGES = {"en": ["-pluralonly"], "zh_CN": []}


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        for language, options in LANGUAGES.items():
            _update(language, options)
            _compile(language)
    missing = {language: unfinished(FOLDER / f"hpipe_{language}.ts") for language in LANGUAGES}
    for language, texts in missing.items():
        print(f"{language}: {len(texts)} texts are not translated")
        for text in texts:
            print(f"    {text!r}")
    return 1 if any(missing.values()) else 0


def _update(language: str, options: list[str]) -> None:
    sources = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "app").rglob("*.py"))]
    target = FOLDER / f"hpipe_{language}.ts"
    _run("lupdate", *sources, *options, "-no-obsolete", "-locations", "none", "-ts", str(target))


def _compile(language: str) -> None:
    source = FOLDER / f"hpipe_{language}.ts"
    _run("lrelease", str(source), "-qm", str(source.with_suffix(".qm")))


def unfinished(path: Path) -> list[str]:
    """The texts of a .ts file that have no translation."""
    found = []
    for message in ElementTree.parse(path).iter("message"):  # noqa: S314 (our own file)
        translation = message.find("translation")
        if translation is None or translation.get("type") == "unfinished":
            found.append(message.findtext("source", ""))
    return found


def _run(tool: str, *arguments: str) -> None:
    program = Path(sys.executable).with_name(f"pyside6-{tool}")
    subprocess.run([str(program), *arguments], cwd=ROOT, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
