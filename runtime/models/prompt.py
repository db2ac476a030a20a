"""The prompt a model is given: the document first, so that a second question reuses its reading."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from runtime.errors import DocumentError
from runtime.models.tokenizer import PromptTokenizer
from runtime.snapshots import DocumentSnapshot

# For a model that only continues texts. It would go on with questions of its own.
_PLAIN = "Document: {document}\n\nQuestion: {question}\nAnswer:"
_PLAIN_STOPS = ("\n\n", "\nQuestion:", "\nDocument:", "\nAnswer:")
# For a model that talks.
_CHAT = (
    "Document:\n{document}\n\n"
    "Answer the question from the document above alone. Be brief, and name the facts it gives. "
    "Say in parentheses where each stands, such as ({example}). "
    "If the document does not say, say so.\n\nQuestion: {question}"
)


class Prompt(Struct, frozen=True, kw_only=True):
    """What is read, and which strings end the answer."""

    token_ids: tuple[int, ...]
    stop_strings: tuple[str, ...] = ()


def build_prompt(
    tokenizer: PromptTokenizer,
    document: DocumentSnapshot,
    question: str,
    *,
    context_tokens: int,
    output_tokens: int,
) -> Prompt:
    """Frame a question about a document. DocumentError when both do not fit the model's context."""
    labelled = tokenizer.chat_template is not None
    text = tokenizer.without_special_tokens(_labelled(document) if labelled else document.text)
    example = document.anchors[0].label if document.anchors else "Page 1"
    asked = tokenizer.without_special_tokens(" ".join(question.split()))
    if not asked:
        raise DocumentError("There is no question.", "Type what you want to know.")
    token_ids = _framed(tokenizer, text.strip(), asked, example)
    room = context_tokens - output_tokens
    if len(token_ids) > room:
        frame = len(_framed(tokenizer, "", asked, example))
        raise _too_long(
            tokenizer,
            document,
            prompt_tokens=len(token_ids),
            room=room - frame,
            context_tokens=context_tokens,
            output_tokens=output_tokens,
        )
    return Prompt(
        token_ids=tuple(token_ids),
        stop_strings=() if tokenizer.chat_template else _PLAIN_STOPS,
    )


def _labelled(document: DocumentSnapshot) -> str:
    """The text with each page's or section's label in front of it, for a model that can cite."""
    pieces = [document.text[: document.anchors[0].start]] if document.anchors else [document.text]
    for anchor in document.anchors:
        pieces.append(f"[{anchor.label}]\n{document.text[anchor.start : anchor.end].strip()}\n\n")
    return "".join(pieces)


def _framed(tokenizer: PromptTokenizer, document: str, question: str, example: str) -> list[int]:
    if tokenizer.chat_template is None:
        return tokenizer.encode(_PLAIN.format(document=document, question=question))
    said = _CHAT.format(document=document, question=question, example=example)
    # A template writes the first token itself.
    return tokenizer.encode_plain(tokenizer.chat_template.render(said))


def _too_long(
    tokenizer: PromptTokenizer,
    document: DocumentSnapshot,
    *,
    prompt_tokens: int,
    room: int,
    context_tokens: int,
    output_tokens: int,
) -> DocumentError:
    """Say by how much, and each way out with its numbers."""
    if room <= 0:
        return DocumentError(
            f"The model reads {context_tokens:,} tokens at most, and the question with its answer "
            "alone takes more.",
            "Ask a shorter question, allow a shorter answer, or choose another model.",
        )
    ends = tokenizer.token_ends(document.text)
    parts = -(-len(ends) // max(room, 1))
    ways = [
        f"Choose a model with a context of at least {prompt_tokens + output_tokens:,} tokens",
        f"split the document into {parts} parts and ask each of them",
    ]
    fitting = [
        anchor.label
        for anchor in document.anchors
        if bisect_right(ends, anchor.end - 1) + 1 <= room
    ]
    if fitting and len(fitting) < len(document.anchors):
        ends_with = f"it ends with {fitting[-1]}, the document with {document.anchors[-1].label}"
        ways.insert(0, f"Keep only what fits ({ends_with})")
        ways[1] = ways[1][0].lower() + ways[1][1:]
    return DocumentError(
        f"{document.title} is too long: with the question it has {prompt_tokens:,} tokens, and the "
        f"model reads {context_tokens:,}, of which {room:,} are left for the document.",
        f"{', '.join(ways[:-1])}, or {ways[-1]}.",
    )
