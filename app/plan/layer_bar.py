"""The bar of layers: a block for each machine and a handle on every boundary between two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plan.block import Block, BlockLook
from app.plan.boundary import HANDLE_WIDTH, Boundary
from app.plan.draft import Draft, alone
from app.plan.faces import Face
from app.plan.forecast import Forecast

BAR_HEIGHT = 74
GAP_BETWEEN = 4


class LayerBar(QWidget):
    """Shows a forecast; says what a person does with it as new drafts.

    previewed comes while something is dragged, edited when a change is made, dropped when a drag
    is given up.
    """

    previewed = Signal(object)  # Draft
    edited = Signal(object)  # Draft
    dropped = Signal()
    boundary_looked_at = Signal(int)  # -1: none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(BAR_HEIGHT)
        self.setAccessibleName(self.tr("Layers by machine"))
        self._forecast: Forecast | None = None
        self._faces: Mapping[str, Face] = {}
        self._blocks: dict[str, Block] = {}
        self._boundaries: list[Boundary] = []
        self._held_from: Draft | None = None

    def sizeHint(self) -> QSize:
        return QSize(600, BAR_HEIGHT)

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        return tuple(self._boundaries)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """In the order of the stages."""
        keys = self._forecast.draft.keys if self._forecast else ()
        return tuple(self._blocks[key] for key in keys)

    @property
    def is_held(self) -> bool:
        """Whether something is being dragged."""
        return self._held_from is not None

    def show_forecast(self, forecast: Forecast, faces: Mapping[str, Face]) -> None:
        self._forecast, self._faces = forecast, faces
        self._make_children(forecast.draft)
        self._look_at_children(forecast)
        self._place_children()

    def _make_children(self, draft: Draft) -> None:
        """As many blocks and handles as needed; what is held by the mouse is never made anew."""
        changed = False
        for key in [key for key in self._blocks if key not in draft.keys]:
            self._blocks.pop(key).deleteLater()
            changed = True
        for key in draft.keys:
            if key not in self._blocks:
                self._blocks[key] = self._make_block(key)
                changed = True
        while len(self._boundaries) > len(draft.shares) - 1:
            gone = self._boundaries.pop()
            gone.hide()
            gone.deleteLater()
        while len(self._boundaries) < len(draft.shares) - 1:
            self._boundaries.append(self._make_boundary(len(self._boundaries)))
            changed = True
        if changed or not self.is_held:
            self._order_focus(draft)

    def _order_focus(self, draft: Draft) -> None:
        """Tab goes from left to right: block, handle, block."""
        order: list[QWidget] = []
        for index, key in enumerate(draft.keys):
            order.append(self._blocks[key])
            order += self._boundaries[index : index + 1]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _make_block(self, key: str) -> Block:
        block = Block(self)
        block.dragged.connect(lambda left: self._drag_block(key, left))
        block.released.connect(self._settle)
        block.dropped.connect(self._drop)
        block.moved.connect(lambda step: self._edit(lambda d, i: d.with_place(i, i + step), key))
        block.left_out.connect(lambda: self._edit(lambda d, i: d.without(i), key))
        block.chosen_alone.connect(lambda: self._edit(lambda d, _: alone(key, d.layer_count), key))
        block.show()
        return block

    def _make_boundary(self, index: int) -> Boundary:
        boundary = Boundary(self)
        boundary.moved.connect(lambda layer, final: self._move_boundary(index, layer, final))
        boundary.dropped.connect(self._drop)
        boundary.looked_at.connect(lambda on: self.boundary_looked_at.emit(index if on else -1))
        boundary.show()
        return boundary

    def _look_at_children(self, forecast: Forecast) -> None:
        slowest = forecast.plan.prediction.slowest_stage if forecast.plan else -1
        count = len(forecast.stages)
        for place, stage in enumerate(forecast.stages):
            look = BlockLook(
                face=self._faces[stage.key],
                stage=stage,
                place=place,
                count=count,
                is_slowest=place == slowest and count > 1,
            )
            self._blocks[stage.key].show_look(look)
        for index, boundary in enumerate(self._boundaries):
            left, right = (self._faces[s.key].name for s in forecast.stages[index : index + 2])
            boundary.setAccessibleName(
                self.tr("Boundary between {left} and {right}").format(left=left, right=right)
            )
            boundary.setToolTip(
                self.tr("Drag, or press the arrow keys, to give {left} or {right} more layers.")
                .format(left=left, right=right)
            )  # fmt: skip

    # Geometry

    @property
    def _pixels_per_layer(self) -> float:
        count = self._forecast.draft.layer_count if self._forecast else 1
        return self.width() / max(1, count)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_children()

    def _place_children(self) -> None:
        if self._forecast is None:
            return
        draft, each = self._forecast.draft, self._pixels_per_layer
        cuts = draft.cuts
        half = GAP_BETWEEN // 2
        for index, key in enumerate(draft.keys):
            left = round(cuts[index] * each) + (half if index else 0)
            right = round(cuts[index + 1] * each)
            right -= half if index < len(draft.shares) - 1 else 0
            block = self._blocks[key]
            if block.is_dragged:
                block.resize(max(2, right - left), BAR_HEIGHT)
            else:
                block.setGeometry(left, 0, max(2, right - left), BAR_HEIGHT)
        for index, boundary in enumerate(self._boundaries):
            low, high = draft.boundary_range(index)
            boundary.show_place(low, high, cuts[index + 1], each)
            left = round(cuts[index + 1] * each) - HANDLE_WIDTH // 2
            boundary.setGeometry(left, 0, HANDLE_WIDTH, BAR_HEIGHT)
            boundary.setVisible(not any(block.is_dragged for block in self._blocks.values()))
            boundary.raise_()

    # By hand

    def _move_boundary(self, index: int, layer: int, is_final: bool) -> None:
        if self._forecast is None:
            return
        moved = self._forecast.draft.with_boundary(index, layer)
        if is_final:
            self._held_from = None
            self.edited.emit(moved)
        else:
            self._hold()
            self.previewed.emit(moved)

    def _drag_block(self, key: str, left: float) -> None:
        if self._forecast is None:
            return
        self._hold()
        draft, each = self._forecast.draft, self._pixels_per_layer
        index = draft.keys.index(key)
        block = self._blocks[key]
        block.move(round(max(-8.0, min(left, self.width() - block.width() + 8.0))), 0)
        middle = block.x() + block.width() / 2
        others = [share for share in draft.shares if share.key != key]
        place, edge = 0, 0.0
        for share in others:
            if middle < edge + share.layers * each / 2:
                break
            edge += share.layers * each
            place += 1
        if place != index:
            self.previewed.emit(draft.with_place(index, place))
        else:
            self._place_children()

    def _hold(self) -> None:
        if self._held_from is None and self._forecast is not None:
            self._held_from = self._forecast.draft

    def _settle(self) -> None:
        self._held_from = None
        if self._forecast is not None:
            self.edited.emit(self._forecast.draft)
            self._place_children()

    def _drop(self) -> None:
        self._held_from = None
        self.dropped.emit()
        self._place_children()

    def _edit(self, change: Callable[[Draft, int], Draft], key: str) -> None:
        if self._forecast is None:
            return
        draft = self._forecast.draft
        self.edited.emit(change(draft, draft.keys.index(key)))
        block = self._blocks.get(key)
        if block is not None:
            block.setFocus()
