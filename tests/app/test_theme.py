"""Colours: every text reads well on every surface it stands on, in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from app.theme import DARK, LIGHT, MACHINE_COLORS, Colors, contrast, machine_color, text_on

TEXTS = ("text", "text_muted", "accent", "good", "warning", "danger")
SURFACES = ("window", "surface")
PAIRS = (
    *((text, surface) for text in TEXTS for surface in SURFACES),
    ("text", "surface_raised"),
    ("text_muted", "surface_raised"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    *(("text", soft) for soft in ("accent_soft", "good_soft", "warning_soft", "danger_soft")),
    ("accent", "accent_soft"),
    ("good", "good_soft"),
    ("warning", "warning_soft"),
    ("danger", "danger_soft"),
)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_reads_on_its_surface(colors: Colors, text: str, surface: str):
    ratio = contrast(QColor(getattr(colors, text)), QColor(getattr(colors, surface)))
    assert ratio >= 4.5, f"{text} on {surface}: {ratio:.2f}"


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_outlines_of_controls_stand_out(colors: Colors):
    for surface in SURFACES:
        assert contrast(QColor(colors.border_strong), QColor(getattr(colors, surface))) >= 3.0


@pytest.mark.parametrize("index", range(len(MACHINE_COLORS)))
def test_a_name_reads_on_every_machines_colour(index: int):
    color = machine_color(index)
    assert contrast(text_on(color), color) >= 4.5


def test_contrast_of_black_on_white_is_the_greatest():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21.0)
    assert contrast(QColor("#777777"), QColor("#777777")) == pytest.approx(1.0)
