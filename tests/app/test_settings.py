"""Settings: kept, read back, and applied; a spoilt file gives the defaults."""

from __future__ import annotations

import logging

import pytest

from app.application import service_options
from app.settings.dialog import SettingsDialog
from app.settings.store import Settings, SettingsStore, load_settings, settings_file
from app.theme import DARK, colors_of
from runtime.errors import SetupError
from tests.app.clock import VirtualClock
from tests.app.scripted import Scene
from tests.app.showing import wait_until


@pytest.fixture
def open_settings(showing):
    def make(scene: Scene = Scene.THREE):
        one = showing(scene, VirtualClock(20))
        window = one.window()
        one.start()
        window.open_settings()
        dialog = next(d for d in window.findChildren(SettingsDialog) if d.isVisible())
        return dialog, one, window

    return make


def test_what_is_kept_is_read_back():
    SettingsStore().change(theme="dark", port=47700)
    assert load_settings() == Settings(theme="dark", port=47700)


def test_a_spoilt_file_gives_the_defaults_and_a_warning(caplog):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("{not json", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert load_settings() == Settings()
    assert "could not be read" in caplog.text


def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("HPIPE_STATE", str(blocked))
    with pytest.raises(SetupError) as caught:
        SettingsStore().change(theme="dark")
    assert caught.value.hint


def test_saving_the_theme_dresses_the_window_and_keeps_the_connection(open_settings):
    dialog, one, window = open_settings()
    pool = one.state.pool
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.save()
    assert colors_of(window) is DARK
    assert one.state.pool is pool
    assert load_settings().theme == "dark"


def test_another_port_and_name_make_the_connection_anew(open_settings):
    dialog, one, window = open_settings()
    dialog.port.setValue(47700)
    dialog.name.setText("  Attic ")
    dialog.save()
    assert one.state.pool is None
    wait_until(lambda: one.state.pool is not None)
    options = service_options(window.store)
    assert (options.control_port, options.name) == (47700, "Attic")


def test_cancel_changes_nothing(open_settings):
    dialog, one, _ = open_settings()
    dialog.port.setValue(47700)
    dialog.reject()
    assert load_settings().port == 0
    assert one.state.pool is not None


def test_a_model_folder_that_is_not_there_is_said_in_place(open_settings, tmp_path):
    dialog, _, window = open_settings()
    dialog.set_folder(str(tmp_path / "gone"))
    dialog.save()
    assert dialog.isVisible()
    assert "is not there" in dialog.note.text
    dialog.set_folder(str(tmp_path))
    dialog.save()
    assert not dialog.isVisible()
    assert service_options(window.store).model_folder == tmp_path


def test_a_network_that_is_unplugged_stays_chosen(showing):
    one = showing()
    window = one.window()
    window.store.change(network_interface="usb-eth9")
    dialog = SettingsDialog(window.store, lambda before, after: None, window)
    assert dialog.network.currentData() == "usb-eth9"
    assert "not there now" in dialog.network.currentText()
