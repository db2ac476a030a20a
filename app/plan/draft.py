"""A split being edited by hand: devices in order, each with a number of layers. No Qt in here."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from runtime.planner.values import StagePlan


class Share(Struct, frozen=True):
    """A device (StagePlan.key) and how many layers it computes; never none."""

    key: str
    layers: int


class Draft(Struct, frozen=True):
    """Every edit gives a new draft; the sum of the layers stays what it was."""

    shares: tuple[Share, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(share.key for share in self.shares)

    @property
    def layer_count(self) -> int:
        return sum(share.layers for share in self.shares)

    @property
    def cuts(self) -> tuple[int, ...]:
        """Where each share begins, and the end of the last one."""
        cuts = [0]
        for share in self.shares:
            cuts.append(cuts[-1] + share.layers)
        return tuple(cuts)

    def boundary_range(self, index: int) -> tuple[int, int]:
        """The lowest and the highest layer the boundary behind share `index` may sit at."""
        cuts = self.cuts
        return cuts[index] + 1, cuts[index + 2] - 1

    def with_boundary(self, index: int, layer: int) -> Draft:
        """The boundary behind share `index` moved to a layer, as far as it may go."""
        low, high = self.boundary_range(index)
        step = max(low, min(high, layer)) - self.cuts[index + 1]
        shares = list(self.shares)
        left, right = shares[index], shares[index + 1]
        shares[index] = Share(left.key, left.layers + step)
        shares[index + 1] = Share(right.key, right.layers - step)
        return Draft(tuple(shares))

    def with_place(self, index: int, place: int) -> Draft:
        """Share `index` moved to another place in the order."""
        shares = list(self.shares)
        share = shares.pop(index)
        shares.insert(max(0, min(len(shares), place)), share)
        return Draft(tuple(shares))

    def without(self, index: int) -> Draft:
        """Share `index` left out; its neighbours take its layers. The last share stays."""
        if len(self.shares) < 2:
            return self
        shares = list(self.shares)
        gone = shares.pop(index)
        if index == 0:
            left, right = 0, gone.layers
        elif index == len(shares):
            left, right = gone.layers, 0
        else:
            left = gone.layers // 2
            right = gone.layers - left
        if left:
            shares[index - 1] = Share(shares[index - 1].key, shares[index - 1].layers + left)
        if right:
            shares[index] = Share(shares[index].key, shares[index].layers + right)
        return Draft(tuple(shares))

    def with_device(self, key: str) -> Draft:
        """A device added behind the share with most layers, which gives it half of them."""
        largest = max(range(len(self.shares)), key=lambda i: self.shares[i].layers)
        giver = self.shares[largest]
        if key in self.keys or giver.layers < 2:
            return self
        half = giver.layers // 2
        return Draft(
            (
                *self.shares[:largest],
                Share(giver.key, giver.layers - half),
                Share(key, half),
                *self.shares[largest + 1 :],
            )
        )


def draft_of(stages: Sequence[StagePlan]) -> Draft:
    return Draft(tuple(Share(stage.key, stage.layer_count) for stage in stages))


def even(keys: Sequence[str], layer_count: int) -> Draft:
    """The same number of layers for everyone; the first ones take what does not divide."""
    used = keys[:layer_count]
    each, rest = divmod(layer_count, len(used))
    return Draft(tuple(Share(key, each + (i < rest)) for i, key in enumerate(used)))


def alone(key: str, layer_count: int) -> Draft:
    return Draft((Share(key, layer_count),))
