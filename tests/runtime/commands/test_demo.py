"""Whether the demonstration can open a window."""

from __future__ import annotations

import argparse

import pytest

from runtime.commands import demo


@pytest.mark.parametrize(
    ("platform", "variables", "screen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_window_needs_a_screen(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], screen: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(demo.sys, "platform", platform)
    assert demo.has_screen() is screen


def test_without_a_screen_it_says_so_and_stays_in_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "has_screen", lambda: False)
    monkeypatch.setattr(demo, "in_terminal", lambda workers, bits: (workers, bits))
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    assert demo.run(parser.parse_args(["--workers", "4"])) == (4, 16)
    assert "no screen here" in capsys.readouterr().err
    assert demo.run(parser.parse_args(["--terminal", "--weight-bits", "4"])) == (3, 4)
    assert capsys.readouterr().err == ""
