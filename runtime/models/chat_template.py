"""Chat templates: small programs that come with a model, run where they can do no harm."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, NoReturn

import jinja2
import msgspec
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.errors import ModelError
from runtime.models.inspect import read_json

_LONGEST_BYTES = 1024**2


class ChatTemplate:
    """A model's own frame around what a person says."""

    def __init__(self, text: str, special_tokens: dict[str, str]) -> None:
        """ModelError when the template is not valid."""
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
        self._special_tokens = special_tokens
        try:
            self._template = environment.from_string(text)
        except jinja2.TemplateError as problem:
            raise _broken(problem) from problem

    def render(self, text: str) -> str:
        """The prompt for one message of a person, up to where the model's answer begins."""
        try:
            return self._template.render(
                messages=[{"role": "user", "content": text}],
                add_generation_prompt=True,
                # Models that think aloud answer at once where they can be told to.
                enable_thinking=False,
                tools=None,
                documents=None,
                **self._special_tokens,
            )
        # A template is a program of strangers; it may fail in any way.
        except Exception as problem:
            raise _broken(problem) from problem


def read_chat_template(folder: Path, settings: dict[str, Any]) -> ChatTemplate | None:
    """The template of a model folder, from its own file or its tokenizer's settings."""
    text = _template_text(folder, settings)
    if not text:
        return None
    tokens = {}
    for name in ("bos_token", "eos_token", "unk_token", "pad_token"):
        tokens[name] = token_text(settings.get(name)) or ""
    return ChatTemplate(text, tokens)


def token_text(value: object) -> str | None:
    """A special token as settings write it: its text, or an object that holds it."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else None


def _template_text(folder: Path, settings: dict[str, Any]) -> str:
    path = folder / "chat_template.jinja"
    try:
        if path.is_file() and path.stat().st_size <= _LONGEST_BYTES:
            return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ModelError(f"{path} cannot be read.", "Fetch the model again.") from problem
    found = settings.get("chat_template")
    if found is None:
        found = (read_json(folder / "chat_template.json") or {}).get("chat_template")
    if isinstance(found, list):
        named = {each.get("name"): each.get("template") for each in found if isinstance(each, dict)}
        found = named.get("default") or next(iter(named.values()), None)
    return found if isinstance(found, str) else ""


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    encoded = msgspec.json.encode(value)
    return (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _broken(problem: Exception) -> ModelError:
    words = (str(problem) or type(problem).__name__)[:200]
    return ModelError(
        f"The model's chat template cannot be used ({words}).",
        "Fetch the model again, or choose another version of it.",
    )
