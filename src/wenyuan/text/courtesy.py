"""Greetings, thanks, goodbyes and acknowledgements: turns that ask nothing, and questions without theirs.

A turn is a courtesy where every word of it is listed in `courtesies.toml`. A word that is not makes a question of it:
a courtesy that is searched finds nothing, a question that is taken for a courtesy stays without its answer.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from importlib import resources
from typing import Literal, NamedTuple, cast

from wenyuan.text.language import HAN
from wenyuan.text.normalise import fold, simplify
from wenyuan.types import Courtesy

_Kind = Courtesy | Literal["filler", "reason"]

_RANKED: tuple[Courtesy, ...] = ("goodbye", "thanks", "greeting", "acknowledgement")  # "ok, thanks, bye" says goodbye
_LONGEST = 120  # characters of a courtesy
_STRETCHED = re.compile(r"([a-z])\1{2,}")  # "hellooo"
_EMOTICON = re.compile(r"(?<!\w)(?:[:;=x]-?[dp)(3*]|<3|\^_*\^|orz)(?!\w)")
_BETWEEN = re.compile(r"[^\w/]+|[_/]")
_WISH = re.compile(
    r"(?:have|enjoy) (?:an?|your|the)(?: (?:rest of (?:your|the)|very|really|good|nice|great|lovely|wonderful|pleasant"
    r"|fantastic|relaxing|fine|safe|happy))* (?:day|evening|night|weekend|week|one|time|afternoon|morning|trip)\b"
)
# "Thanks for the tip about seals", 谢谢你告诉我密封圈的事: whatever it was, nothing is asked.
_THANKED = re.compile(
    r"\b(?:thanks|thank you|thx)(?: (?:so|very) much| a lot| a bunch)? for (?P<en>(?:[\w'-]+[ ]?){1,8})[.! ]*$"
    rf"|(?:谢谢|感谢|多谢)(?:你们?|您)(?P<zh>(?:的|为|帮|给|告诉|提供|回答|解答)[{HAN}]{{1,12}})[.!。~ ]*$"
)
_ASKS = re.compile(
    r"\b(?:what|how|when|where|which|who|whose|why|can|could|does|do|did|will|would|should|is|are|tell|show|find)\b"
    r"|[什怎哪谁几吗呢多何请查]|是否|能不能|可以|模板|范文|格式"
)

_PARTING = re.compile(r"[,，.。!！?？;；~～…\s]+|请问[,，:：\s]*")
_FIRM = re.compile(r"[.。!！?？;；~～…]|请问")
_ASKED = re.compile(
    r"(?:what|how|when|where|which|who|whose|why|is|are|was|were|can|could|do|does|did|may|will|would|should)\b"
)
_GOES_ON = re.compile(
    rf"{_ASKED.pattern}|(?:and|but|so|then|also|has|have|please|i|we|my|our|the|there|tell|show|another|about|next)\b"
)
_HAN = re.compile(f"[{HAN}]")
_IN_WORD = re.compile(r"[a-z0-9]")
_END = re.compile(rf"(?P<firm>[.。!！?？~～])\s*|[,，;；]\s*|(?<=[{HAN}])\s+")


class _Piece(NamedTuple):
    kind: _Kind
    end: int


def courtesy(turn: str) -> Courtesy | None:
    """Which courtesy a turn is; None where it says anything else."""
    if len(turn) > _LONGEST:
        return None
    text = _STRETCHED.sub(r"\1", fold(turn).replace("’", "'"))
    if not any(map(str.isalnum, text)):
        return _drawn(text)
    thanked = _THANKED.search(text)
    if thanked and not _ASKS.search(thanked["en"] or thanked["zh"]) and "?" not in text:
        text = text[: thanked.start()] + "thanks"
    kinds: set[_Kind] = set()
    at = 0
    while at < len(text):
        if (piece := _piece(text, at)) is None:
            return None
        kinds.add(piece.kind)
        at = piece.end
    if "reason" in kinds and "thanks" not in kinds:
        return None
    kind = next((kind for kind in _RANKED if kind in kinds), None)
    return None if kind == "acknowledgement" and "?" in text else kind  # "ok?", "right, and then?"


def without_courtesy(turn: str) -> str:
    """A turn without the greeting and thanks around what it asks; a mere courtesy as it is."""
    if courtesy(turn):
        return turn
    begin = _opening(turn[:_LONGEST])
    for mark in _END.finditer(turn, max(begin, len(turn) - _LONGEST)):
        said = courtesy(turn[mark.end() :])
        if said == "thanks" or (said == "goodbye" and mark["firm"]):
            return turn[begin : mark.start()] + (mark["firm"] or "")
    return turn[begin:]


def _opening(turn: str) -> int:
    """Where what a turn asks begins, behind its courtesies."""
    text = simplify(turn).lower().replace("’", "'")
    if len(text) != len(turn):
        return 0
    kinds: set[_Kind] = set()
    last: _Kind | None = None
    at = cut = 0
    while at < len(text):
        if parting := _PARTING.match(text, at):
            if _parts(text, parting, kinds, last):
                cut = parting.end()
            at = parting.end()
        elif piece := _phrase(text, at):
            kinds.add(piece.kind)
            last, at = piece.kind, piece.end
        else:
            break
    return cut if cut < len(text) else 0


def _parts(text: str, parting: re.Match[str], kinds: set[_Kind], last: _Kind | None) -> bool:
    """Whether what is behind these stops and blanks is no longer the courtesy before them."""
    if not kinds & {"greeting", "thanks", "acknowledgement"}:
        return False  # "exit, the command" begins with none
    chinese = _HAN.match(text, parting.end()) or _HAN.match(text, parting.start() - 1)
    if parting[0].isspace():
        return last in ("greeting", "thanks") and bool(chinese or _ASKED.match(text, parting.end()))
    return bool(chinese or _FIRM.search(parting[0]) or _GOES_ON.match(text, parting.end()))


def _piece(text: str, at: int) -> _Piece | None:
    """The phrase or the gap between phrases at a place; None where a word that is not listed stands there."""
    if said := _phrase(text, at):
        return said
    gap = _EMOTICON.match(text, at) or _BETWEEN.match(text, at)
    return _Piece("filler", gap.end()) if gap else None


def _phrase(text: str, at: int) -> _Piece | None:
    if wish := _WISH.match(text, at):
        return _Piece("goodbye", wish.end())
    kinds, lengths = _kinds()
    for length in lengths:
        phrase = text[at : at + length]
        if phrase in kinds and _stands_alone(text, at, at + len(phrase)):
            return _Piece(kinds[phrase], at + len(phrase))
    return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a Latin phrase is whole words there."""
    return not (_cuts(text[max(0, start - 1) : start + 1]) or _cuts(text[end - 1 : end + 1]))


def _cuts(pair: str) -> bool:
    """Whether a word would be cut between these two characters."""
    return len(pair) == 2 and pair.isascii() and all(map(_IN_WORD.match, pair))


def _drawn(text: str) -> Courtesy | None:
    """What is said without a word, where every emoji is known."""
    drawn = {character for character in text if unicodedata.category(character) == "So"}
    if not drawn:
        return "acknowledgement" if _EMOTICON.fullmatch(text.strip()) else None
    if not drawn.issubset("".join(_DRAWINGS)):
        return None
    return next(kind for drawings, kind in _DRAWINGS.items() if drawn.intersection(drawings))


_DRAWINGS: dict[str, Courtesy] = {
    "👋": "greeting",
    "🙏💐🌹": "thanks",
    "👍👌👏🤝💯✅🆗🎉❤💪😀😃😄😁😊🙂😉😎🤗🥰😘": "acknowledgement",
}


@functools.cache
def _kinds() -> tuple[dict[str, _Kind], list[int]]:
    """Phrase → what it is, of a phrase listed twice the first; and how long phrases are, the longest first."""
    text = resources.files("wenyuan.text").joinpath("courtesies.toml").read_text("utf-8")
    listed = cast("dict[_Kind, str]", tomllib.loads(text))
    kinds: dict[str, _Kind] = {}
    for kind, phrases in listed.items():
        for phrase in re.split(r"\s*[|\n]\s*", phrases.strip()):
            kinds.setdefault(phrase, kind)
    return kinds, sorted({len(phrase) for phrase in kinds}, reverse=True)
