"""The window's language: the translations that are shipped, and Qt's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

TRANSLATION_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "translations"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}


def apply_language(application: QApplication, language: str) -> None:
    """Translate everything made from now on; "" follows the system. English is the fallback."""
    for old in application.findChildren(QTranslator):
        application.removeTranslator(old)
        old.deleteLater()
    locale = QLocale(language) if language else QLocale.system()
    if locale.language() is QLocale.Language.C:
        # A system without a language says nothing of how to write dates.
        locale = QLocale("en")
    QLocale.setDefault(locale)
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    own_folder = str(TRANSLATION_FOLDER)
    for wanted, name, folder in (
        (QLocale("en"), "hpipe", own_folder),  # the English plurals
        (locale, "qtbase", qt_folder),
        (locale, "hpipe", own_folder),
    ):
        translator = QTranslator(application)
        if translator.load(wanted, name, "_", folder):
            application.installTranslator(translator)
        else:
            translator.deleteLater()
