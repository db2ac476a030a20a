"""Where a cut model is joined to the stages before and after it."""

from __future__ import annotations

from typing import Any

import torch
from transformers.modeling_outputs import MoeModelOutputWithPast


class GivenHiddenStates:
    """Puts what the stage before sent in front of the first layer.

    Some architectures scale or otherwise change their input before the layers, whether it comes
    from their own embedding or not. The first stage has done that already.
    """

    def __init__(self) -> None:
        self.hidden: torch.Tensor | None = None

    def __call__(
        self, _layer: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if "hidden_states" in kwargs:
            return args, {**kwargs, "hidden_states": self.hidden}
        return (self.hidden, *args[1:]), kwargs


class HiddenStatesAsModel(torch.nn.Module):
    """Stands where a model with a head expects its base model, and passes hidden states through.

    So the head, with all that an architecture does to logits, runs on chosen rows alone.
    """

    def forward(self, _input_ids: None = None, *, inputs_embeds: torch.Tensor, **_: Any) -> Any:
        return MoeModelOutputWithPast(last_hidden_state=inputs_embeds)


def forget_input_embedding(base: Any) -> None:
    """A last stage has the embedding only for its tied head, which keeps the tensor itself."""
    for name in list(getattr(base.config, "base_model_pp_plan", None) or ()):
        if name == "layers":
            return
        if isinstance(getattr(base, name, None), torch.nn.Module):
            setattr(base, name, torch.nn.Identity())
