"""Undo and redo of a draft. No Qt in here."""

from __future__ import annotations

from app.plan.draft import Draft

STEPS_KEPT = 200


class Edits:
    """The drafts a person went through, and where among them they are."""

    def __init__(self, draft: Draft) -> None:
        self._drafts = [draft]
        self._place = 0

    @property
    def current(self) -> Draft:
        return self._drafts[self._place]

    @property
    def can_undo(self) -> bool:
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        return self._place < len(self._drafts) - 1

    def do(self, draft: Draft) -> bool:
        """Go on from here; what was undone is forgotten. False: nothing changed."""
        if draft == self.current:
            return False
        self._drafts = [*self._drafts[: self._place + 1], draft][-STEPS_KEPT:]
        self._place = len(self._drafts) - 1
        return True

    def undo(self) -> None:
        if self.can_undo:
            self._place -= 1

    def redo(self) -> None:
        if self.can_redo:
            self._place += 1
