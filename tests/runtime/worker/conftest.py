"""What several tests of the worker need."""

from __future__ import annotations

import pytest


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses that are silent are given up in less than a second instead of six."""
    monkeypatch.setattr("runtime.transport.connection.CONNECT_MILLISECONDS", 500)
