"""Text to token ids and back, with a model's own tokenizer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from runtime.errors import ModelError
from runtime.models.chat_template import ChatTemplate, read_chat_template, token_text
from runtime.models.inspect import read_json

_REPLACEMENT = "\ufffd"
_ZERO_WIDTH_SPACE = "\u200b"
# A character takes at most four bytes, and a token at least one; a few more for merged spaces.
_LONGEST_WAIT = 16


class PromptTokenizer:
    """The tokenizer of a model folder. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """ModelError when the folder's tokenizer.json is missing or damaged."""
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelError(
                f"{folder} has no tokenizer.json.", "Add the model again, with its tokenizer."
            )
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        # tokenizers raises bare exceptions with its parser's words.
        except Exception as problem:
            raise ModelError(
                f"The tokenizer {path} cannot be read ({str(problem)[:200]}).",
                "The file may be damaged: fetch the model again.",
            ) from problem
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._special_words = _any_of(
            token.content
            for token in self._tokenizer.get_added_tokens_decoder().values()
            if token.special and len(token.content) > 1
        )
        settings = read_json(folder / "tokenizer_config.json") or {}
        self.chat_template: ChatTemplate | None = read_chat_template(folder, settings)
        self._first = _first_token(self._tokenizer, token_text(settings.get("bos_token")), settings)

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, with what the model wants in front of every text."""
        return self._first + self.encode_plain(text)

    def encode_plain(self, text: str) -> list[int]:
        """Token ids of just this text; special tokens written in it are recognised."""
        ids: list[int] = self._encoded(text).ids
        return ids

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of token ids, without special tokens."""
        text: str = self._tokenizer.decode(list(token_ids), skip_special_tokens=True)
        return text

    def token_ends(self, text: str) -> list[int]:
        """Where each token of a plain text ends in it, in characters, in order."""
        return [end for _, end in self._encoded(text).offsets]

    def _encoded(self, text: str) -> Encoding:
        """A batch of one: only a batch lets other threads, such as the window's, run meanwhile."""
        return self._tokenizer.encode_batch([text], add_special_tokens=False)[0]

    def without_special_tokens(self, text: str) -> str:
        """The text, with an invisible space in each word that would otherwise be a special token.

        So a document that happens to say "<|im_end|>" cannot end the question about it.
        """
        return self._special_words.sub(_parted, text)

    def stream(self) -> TokenStream:
        """A decoder that is fed one token at a time."""
        return TokenStream(self)


class TokenStream:
    """Token by token into text, never half a character; the pieces add up to the batch decode."""

    def __init__(self, tokenizer: PromptTokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        # Ids before _context are done with; those up to _shown are shown and kept, since how a
        # token reads can depend on the ones before it.
        self._context = 0
        self._shown = 0

    def push(self, token: int) -> str:
        """What can be shown now: nothing while a character is not complete."""
        self._ids.append(token)
        waiting = len(self._ids) - self._shown
        text = self._new_text()
        if not text or (text.endswith(_REPLACEMENT) and waiting < _LONGEST_WAIT):
            return ""
        self._move_on()
        return text

    def finish(self) -> str:
        """The rest, with a replacement character for whatever never became one."""
        text = self._new_text()
        self._move_on()
        return text

    def _new_text(self) -> str:
        before = self._tokenizer.decode(self._ids[self._context : self._shown])
        return self._tokenizer.decode(self._ids[self._context :])[len(before) :]

    def _move_on(self) -> None:
        self._context, self._shown = self._shown, len(self._ids)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    # The longest first, so that a word is not taken for the beginning of another.
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"(?!)")


def _parted(match: re.Match[str]) -> str:
    return f"{match[0][0]}{_ZERO_WIDTH_SPACE}{match[0][1:]}"


def _first_token(tokenizer: Tokenizer, bos: str | None, settings: dict[str, object]) -> list[int]:
    """The ids the model wants in front of every text: by its settings, else by its tokenizer."""
    stated = settings.get("add_bos_token")
    if stated is False:
        return []
    if stated is True and bos is not None:
        found = tokenizer.token_to_id(bos)
        return [] if found is None else [found]
    with_special = tokenizer.encode("a", add_special_tokens=True).ids
    without = tokenizer.encode("a", add_special_tokens=False).ids
    # What is put behind a text (an end of sequence) would end the answer before it begins.
    start = with_special.index(without[0]) if without and without[0] in with_special else 0
    return list(with_special[:start])
