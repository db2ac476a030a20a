"""How long a device takes for a chunk or a token, and a link for a message."""

from __future__ import annotations

import math

from runtime.planner.by_length import at_length, scaled
from runtime.planner.values import (
    DeviceProfile,
    LayerCost,
    LinkProfile,
    ModelShape,
    PlanningProblem,
)

# Rounding a chunk to 8 bits, and back, costs each side this part of one layer's work on it.
ROUNDING_LAYER_SHARE = 0.04
NO_LINK = LinkProfile(
    from_machine_id="", to_machine_id="", latency_seconds=math.inf, bytes_per_second=0.0
)


def visible_pairs(tokens: int, window_tokens: int | None) -> int:
    """Query-key pairs of the first `tokens` tokens when each sees at most its window."""
    if window_tokens is None or tokens <= window_tokens:
        return tokens * (tokens + 1) // 2
    return window_tokens * (window_tokens + 1) // 2 + (tokens - window_tokens) * window_tokens


def layer_seconds(
    cost: LayerCost,
    chunk_tokens: int,
    prefix_tokens: int,
    window_tokens: int | None = None,
    sequences: int = 1,
) -> float:
    """One layer on one chunk. A chunk of one token is a decode step."""
    end = prefix_tokens + chunk_tokens
    if chunk_tokens == 1:
        context = end if window_tokens is None else min(end, window_tokens)
        return (
            cost.decode_fixed_seconds + cost.decode_per_context_token_seconds * context * sequences
        )
    pairs = visible_pairs(end, window_tokens) - visible_pairs(prefix_tokens, window_tokens)
    seconds, per_pair = at_length(cost, chunk_tokens * sequences)
    return seconds + per_pair * pairs * sequences


def chunk_seconds(  # noqa: PLR0917 - a range of layers, a chunk: no pair of them reads better
    device: DeviceProfile,
    shape: ModelShape,
    first_layer: int,
    last_layer: int,
    chunk_tokens: int,
    prefix_tokens: int,
    *,
    samples: bool = False,
    sequences: int = 1,
) -> float:
    """Seconds of layers [first_layer, last_layer) for one chunk, with the ends they include.

    samples: the last row goes through the head, as it does for a prompt's last chunk. Of other
    chunks the model's last layer keeps keys and values alone.
    """
    seconds = device.chunk_overhead_seconds
    for index, layer in enumerate(shape.layers[first_layer:last_layer], start=first_layer):
        cost = device.layer_costs[layer.kind]
        if index == len(shape.layers) - 1 and not samples:
            cost = unread(cost, shape)
        seconds += layer_seconds(
            cost,
            chunk_tokens,
            prefix_tokens,
            layer.window_tokens,
            sequences,
        )
    if first_layer == 0:
        seconds += layer_seconds(device.embedding, chunk_tokens, 0, 1, sequences)
    if samples and last_layer == len(shape.layers):
        seconds += device.head.decode_fixed_seconds
    return seconds


def unread(cost: LayerCost, shape: ModelShape) -> LayerCost:
    """What the last layer costs, as this layer does, for chunks whose outcome nobody reads."""
    share = shape.last_layer_share
    if share >= 1:
        return cost
    return scaled(cost, share, share, 0.0)


def decode_seconds(
    device: DeviceProfile,
    shape: ModelShape,
    first_layer: int,
    last_layer: int,
    context_tokens: int,
    *,
    sequences: int = 1,
) -> float:
    """Seconds of one token written after context_tokens, on these layers and their ends."""
    return chunk_seconds(
        device,
        shape,
        first_layer,
        last_layer,
        1,
        max(context_tokens - 1, 0),
        samples=True,
        sequences=sequences,
    )


def activation_bytes(problem: PlanningProblem, tokens: int, activation_bits: int) -> int:
    """What crosses a link for a chunk."""
    values = tokens * problem.model.hidden_size * problem.sequences
    return values * activation_bits // 8


def link_seconds(link: LinkProfile, message_bytes: int) -> float:
    """How long a message keeps the link busy; its latency comes on top. inf: unusable."""
    if not link.bytes_per_second > 0 or not link.latency_seconds < math.inf:
        return math.inf
    return message_bytes / link.bytes_per_second


class Network:
    """The links of a problem, by pair of machines."""

    def __init__(self, problem: PlanningProblem) -> None:
        self._main = problem.main_machine_id
        self._loopback = problem.loopback_link
        self._links = {(link.from_machine_id, link.to_machine_id): link for link in problem.links}

    def between(self, sender: str, receiver: str) -> LinkProfile:
        """The measured link, else its other direction, else one that cannot be used."""
        if sender == receiver:
            return self._loopback
        link = self._links.get((sender, receiver)) or self._links.get((receiver, sender))
        return NO_LINK if link is None else link

    def hop_from_main(self, machine: str) -> float:
        """Seconds for a few bytes from the coordinator. inf if the link was measured as dead."""
        return self._hop(self._main, machine)

    def hop_to_main(self, machine: str) -> float:
        return self._hop(machine, self._main)

    def _hop(self, sender: str, receiver: str) -> float:
        if not self._main or sender == receiver:
            return self._loopback.latency_seconds
        link = self.between(sender, receiver)
        if link is NO_LINK:
            return self._loopback.latency_seconds
        return link.latency_seconds if link.bytes_per_second > 0 else math.inf
