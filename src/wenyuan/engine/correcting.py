"""Passages that people disable or correct: found again when their document is read again, applied with each commit."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from types import EllipsisType

from wenyuan.engine.encoding import Cut, Encoding
from wenyuan.errors import WrongUse
from wenyuan.store.archive import Archive
from wenyuan.store.view import ArchiveView
from wenyuan.text.normalise import is_text
from wenyuan.types import Correction, Encoder, Passage, Scope

_SHOWN = 60  # characters of a passage that a sentence names it by


def refitted(cut: Cut, corrections: Sequence[Correction]) -> Cut:
    """The document with what was made of its passages: applied where it has them, waiting where it does not.

    A passage is known by its text; of equal ones, by its id, else by its headings, else by its number among them.
    """
    numbers: dict[str, int] = {}
    pairs: list[tuple[tuple[bool, ...], int, int, int]] = []  # what differs, a correction, a passage, its number
    for at, chunk in enumerate(cut.passages):
        n = numbers[chunk.text] = numbers.get(chunk.text, -1) + 1
        for which, each in enumerate(corrections):
            if each.original == chunk.text:
                was = each.passage or chunk
                differs = (was.id != chunk.id, was.headings != chunk.headings, each.occurrence != n)
                pairs.append((differs, which, at, n))
    fits: dict[int, tuple[int, int]] = {}
    taken = set[int]()
    for _, which, at, n in sorted(pairs):
        if which not in fits and at not in taken:
            fits[which] = at, n
            taken.add(at)
    made = []
    for which, each in enumerate(corrections):
        at, n = fits.get(which, (-1, each.occurrence))
        passage = cut.passages[at] if at >= 0 else each.passage
        made.append(replace(each, document=cut.document.id, occurrence=n, passage=passage, applied=at >= 0))
    return replace(cut, corrections=made)


def cut_of(view: ArchiveView, document: str) -> Cut | None:
    """A document as it was cut when it was last read; None where there is none of this id."""
    found, info = view.document(document), view.info(document)
    if found is None or info is None:
        return None
    passages = view.passages(document)
    made = [each for each in view.corrections() if each.document == document]
    return Cut(found, [passage.chunk for passage in passages], info.stamp, made)


def waiting(corrections: Sequence[Correction]) -> list[str]:
    """What is told of those that a document no longer has the passages of."""
    return [
        f"{each.document}: a passage that was corrected or disabled is not in it any more; that is kept until it comes "
        f"again: '{_beginning(each.original)}'"
        for each in corrections
        if not each.applied
    ]


class Correcting:
    """Corrects passages that a scope sees; what was corrected is committed before a method returns."""

    def __init__(self, archive: Archive, encoding: Encoding, scope: Scope) -> None:
        self._archive, self._encoding, self._scope = archive, encoding, scope

    def correct(self, passage: int, text: str | EllipsisType | None, disabled: bool | None) -> Passage:
        """Give a passage another text (None: its own again), disable it or enable it; see `KnowledgeBase.correct`."""
        with self._archive.alone():
            with self._archive.view(self._scope) as view:
                found = view.passage(passage)
                cut = cut_of(view, found.chunk.document) if found else None
            if found is None or cut is None:
                raise WrongUse(
                    f"There is no passage {passage:016x} in the knowledge base; look for it in its document again."
                )
            before = found.correction or Correction(
                secrets.randbits(63), cut.document.id, found.chunk.text, 0, False, None, time.time(), found.chunk, True
            )
            said = before.text if isinstance(text, EllipsisType) else _checked(text, found, self._encoding.encoder)
            after = replace(before, text=said, disabled=before.disabled if disabled is None else disabled)
            if after != before:
                others = [each for each in cut.corrections if each.id != before.id]
                self._commit(cut, [*others, *([] if after.idle else [replace(after, made=time.time())])])
            with self._archive.view(self._scope) as view:
                now = view.passage(passage)
        assert now is not None  # nobody else has committed
        return now

    def withdraw(self, correction: int) -> None:
        """Take a correction back, be it applied or waiting.

        Raises:
            WrongUse: there is none of this id.
        """
        with self._archive.alone():
            with self._archive.view(self._scope) as view:
                found = next((each for each in view.corrections() if each.id == correction), None)
                cut = cut_of(view, found.document) if found else None
            if found is None:
                raise WrongUse(f"There is no correction {correction:016x}; it was taken back, or its document is gone.")
            if cut is None:
                self._archive.remove((), forget=[correction])
            else:
                self._commit(cut, [each for each in cut.corrections if each.id != correction])

    def _commit(self, cut: Cut, corrections: Sequence[Correction]) -> None:
        self._archive.replace(self._encoding.changes([refitted(cut, corrections)]))


def _checked(text: str | None, found: Passage, encoder: Encoder) -> str | None:
    """The text that is to stand in a passage's place; None where it is the passage's own."""
    if text is None or text.strip() == found.chunk.text.strip():
        return None
    said = text.strip()
    if not said:
        raise WrongUse("The corrected text is empty; disable the passage, so that it is not found any more.")
    if not is_text(said):
        raise WrongUse("The corrected text holds halves of characters (\\ud800 … \\udfff); write whole ones.")
    shown = Passage(found.chunk, None).shown
    tokens, before = encoder.count_tokens([replace(shown, text=said).encoded, shown.encoded])
    most = max(encoder.max_tokens - 16, before)  # the model's own prefix and signs
    if tokens > most:
        raise WrongUse(f"The corrected text has {tokens} tokens with its headings, and {most} can be read; shorten it.")
    return said


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]} …"
