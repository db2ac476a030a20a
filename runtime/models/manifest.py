"""What is in a model: its configuration and its tensors grouped into parts.

A part is the unit that travels between machines: the embedding, one decoder layer, or the head
(final norm and output projection). A stage needs the parts of its layers, plus the ends it holds.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

EMBEDDING_PART = "embedding"
HEAD_PART = "head"


def layer_part(index: int) -> str:
    """The part's name of decoder layer `index`, counted from 0 over the whole model."""
    return f"layer-{index:05d}"


class TensorEntry(Struct, frozen=True, kw_only=True):
    """A tensor by its name in the checkpoint; dtype as safetensors writes it ("BF16", "F32")."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int


class ModelManifest(Struct, frozen=True, kw_only=True):
    """A model's identity and contents, without its weights.

    model_id is a lower-case hex SHA-256 over the configuration, the tensors' names, types and
    shapes, and samples of their contents: two machines with the same model agree on it.
    parts maps a part's name to its tensors. With tied weights the output projection is listed
    under the embedding alone and a last stage needs that part too (see tied).
    """

    model_id: str
    name: str
    architecture: str
    config: dict[str, Any]
    parts: dict[str, tuple[TensorEntry, ...]]
    layer_count: int
    hidden_size: int
    vocabulary_size: int
    context_tokens: int
    tied: bool
    eos_token_ids: tuple[int, ...] = ()
    has_chat_template: bool = False

    def part_bytes(self, part: str) -> int:
        """Bytes of one part's tensors as stored."""
        return sum(tensor.nbytes for tensor in self.parts[part])

    @property
    def total_bytes(self) -> int:
        return sum(self.part_bytes(part) for part in self.parts)

    def stage_parts(self, first_layer: int, last_layer: int) -> tuple[str, ...]:
        """The parts a stage of layers [first_layer, last_layer) needs, in order."""
        parts = [layer_part(index) for index in range(first_layer, last_layer)]
        at_start = first_layer == 0
        at_end = last_layer == self.layer_count
        if at_start or (at_end and self.tied):
            parts.insert(0, EMBEDDING_PART)
        if at_end:
            parts.append(HEAD_PART)
        return tuple(parts)
