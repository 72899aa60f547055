"""The last turn of a conversation as a question that stands alone, by rules and the encoder's similarity."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wenyuan.conversation.exchanges import SaysNothing, leaned_on
from wenyuan.conversation.gaps import Gap, Number
from wenyuan.conversation.grammar import grammar_of
from wenyuan.conversation.phrases import Phrase, content, phrases
from wenyuan.conversation.picks import picked
from wenyuan.conversation.protocol import Guess, Standalone
from wenyuan.conversation.topics import FLOOR, Topic, topics
from wenyuan.errors import WrongUse
from wenyuan.text.courtesy import courtesy, without_courtesy
from wenyuan.text.normalise import normalise
from wenyuan.types import Encoder, Message

_TURNS = 12  # the first of the user's and the last ones are read
_CHARACTERS = 400  # of each: what a turn is about stands at its beginning
_CONTEXT = 5  # turns of the user's that are searched with the question
_MARGIN = 1.1  # by which one topic must lead the next: where two fit about as well, neither is put in
_WHOLE = 5.0  # the floor of the opening turn where what is left out is what the whole conversation is about
_DISAGREES = 0.6  # what is left of a topic's salience where pronoun and topic differ in number
_PLURAL = re.compile(r"(?:(?<![sui])s|people|men)$| and ", re.I)  # English
_ROLES = ("user", "assistant", "system", "tool")


class RuleRewriter:
    """The default `Rewriter`; the encoder is only asked which of several words of a question a new one replaces.

    `says_nothing` knows refusals: what was asked in vain is no topic.
    """

    def __init__(self, encoder: Encoder, says_nothing: SaysNothing | None = None) -> None:
        self._encoder = encoder
        self._says_nothing = says_nothing or (lambda _: False)

    def rewrite(self, question: str, history: Sequence[Message]) -> Standalone:
        """The question with what it points at or leaves out; as it is where nothing of the history fits, or it is long.

        Raises:
            WrongUse: a turn's role is not known.
        """
        said = leaned_on(_said(history), self._says_nothing)
        turn, turns = without_courtesy(normalise(question)), _turns(said)
        polite = courtesy(turn) not in (None, "acknowledgement")  # "no" may answer the assistant
        if polite or not turns or not 0 < len(turn) <= _CHARACTERS:  # so long a question says all that it asks
            return Standalone(turn)
        if chosen := picked(turn, said):
            return Standalone(chosen, _context(turns))
        grammar = grammar_of(turn)
        new = grammar.swapped(turn)
        gap = grammar.gap(turn)
        if new is None and gap is None and not grammar.continues(turn):
            return Standalone(turn)
        if swapped := self._swapped(turn, new, _own(turns)) if new else None:
            return Standalone(swapped, _context(turns))
        return _completed(turn, gap, turns) if gap else Standalone(turn, _context(turns))

    def _swapped(self, turn: str, new: str, own: Sequence[str]) -> str | None:
        """The last question with a name in it that the one of `new` takes the place of; None where there is none."""
        if not any(phrase.kind == "name" and phrase.text in new for phrase in phrases(turn)):
            return None
        for earlier in reversed(own):
            if grammar_of(earlier).swapped(earlier) is None and (place := self._place(new, earlier)):
                return earlier[: place.start] + new + earlier[place.end :]
        return None

    def _place(self, new: str, turn: str) -> Phrase | None:
        """The name in a turn that `new` takes the place of: where there are several, the nearest in meaning."""
        fitting = [phrase for phrase in phrases(turn) if phrase.kind == "name"]
        if len(fitting) < 2:
            return fitting[0] if fitting else None
        vectors = self._encoder.encode_queries([new, *(phrase.text for phrase in fitting)])
        return fitting[int((vectors[1:] @ vectors[0]).argmax())]


def _own(turns: Sequence[Message]) -> list[str]:
    return [message.content for message in turns if message.role == "user"]


def _context(turns: Sequence[Message]) -> str:
    """The user's turns that are searched with a question that leans on them."""
    own = _own(turns)
    return "\n".join(own[:1] + own[1:][1 - _CONTEXT :])


def _said(history: Sequence[Message]) -> list[Message]:
    """What user and assistant said to each other, calls of functions and their results left out."""
    for n, message in enumerate(history, 1):
        if message.role not in _ROLES:
            raise WrongUse(
                f'Turn {n} of the history has the role "{message.role}"; use user, assistant, system or tool.'
            )
    return [message for message in history if message.role in ("user", "assistant") and message.content.strip()]


def _turns(said: Sequence[Message]) -> list[Message]:
    """The turns that are read, in normal form, cut to what is read of them."""
    kept = [*said[-_TURNS:]]
    first = next((message for message in said if message.role == "user"), None)
    if first and not any(message is first for message in kept):
        kept.insert(0, first)
    cut = [Message(message.role, normalise(message.content[:_CHARACTERS])) for message in kept]
    return [message for message in cut if message.content]


def _completed(turn: str, gap: Gap, turns: Sequence[Message]) -> Standalone:
    topic, context, grammar = _fitting(turn, gap, turns), _context(turns), grammar_of(turn)
    if topic is None:
        return Standalone(turn, context)
    points = gap.start < gap.end or grammar.continues(turn) or grammar.swapped(turn) is not None
    guess = None if points else Guess(topic, grammar.named(turn), turn)
    return Standalone(gap.filled(turn, topic), context, guess)


def _fitting(turn: str, gap: Gap, turns: Sequence[Message]) -> str | None:
    """The topic that is left out; None where the turn names it, or where two fit about as well."""
    known = content(turn)
    ranked = topics(turns, _WHOLE if gap.opening else FLOOR)
    if ranked and gap.start == gap.end and _has_its_own(turn, ranked[0].phrase):
        return None
    fitting = [topic for topic in ranked if not topic.phrase.words <= known]
    if gap.number:
        fitting = sorted(fitting, key=lambda topic: -_agreed(topic, gap.number))
    if gap.place:
        fitting = [topic for topic in fitting if topic.place] or fitting
    if not fitting or (
        len(fitting) > 1 and _agreed(fitting[0], gap.number) < _MARGIN * _agreed(fitting[1], gap.number)
    ):
        return None
    return fitting[0].phrase.text


def _has_its_own(turn: str, topic: Phrase) -> bool:
    """A turn names the topic or another thing of its kind: 婚假 after 年假, "sick leave" after "annual leave"."""
    said = phrases(turn)
    if topic.chinese:
        alike = (own for own in said if own.chinese and len(own.text) == len(topic.text) > 1)
        return any(own.text[-1] == topic.text[-1] and own.text != topic.text for own in alike)
    behind = (content(own.text.split(" ", 1)[1]) for own in said if " " in own.text)  # "sick leave", not "leave form"
    several = " " in topic.text
    return topic.words <= content(turn) or (several and any(topic.words & words for words in behind))


def _agreed(topic: Topic, number: Number) -> float:
    """Its salience, where it may be what a pronoun of this number stands for; less where it may not."""
    plural = _PLURAL.search(topic.phrase.text) is not None
    return topic.salience * (
        _DISAGREES if topic.phrase.text.isascii() and plural != (number == "many") and number else 1
    )
