"""A history cut to a budget of tokens: recent turns whole, older ones by their most informative sentences.

A sentence informs by the words it holds that few turns of the conversation hold (the weights of BM25's inverse
document frequency, per word, against length), as in extractive summaries by frequency (Luhn, 1958; Nenkova, 2005).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from wenyuan.conversation.model_rewriter import Ask
from wenyuan.errors import EndpointError
from wenyuan.text.language import language
from wenyuan.text.sentences import sentences
from wenyuan.text.words import content_words
from wenyuan.types import CountTokens, Language, Message

Summarise = Callable[[Sequence[Message]], str]
"""Turns, oldest first → what they say in short; a language model's, where one is configured."""


_TASKS: dict[Language, str] = {
    "zh": (
        "用不超过 150 字概括下面的对话：谈了哪些事物、已经说定了什么、还有什么没有解决。"
        "保留名称、型号、数字和日期，不添加内容。"
    ),
    "en": (
        "Summarise the conversation below in at most 100 words: what it is about, what was settled, what is still "
        "open. Keep names, model numbers, figures and dates; add nothing."
    ),
}
_PER_MESSAGE = 8  # tokens by which a chat template frames a message
_OLDER = 1 / 3  # of the budget: kept for older turns, where not all fit
_READ = 20_000  # characters of a message that are weighed
_WORDS: dict[Language, tuple[str, str]] = {
    "zh": ("此前对话的摘要：", "好的，我会结合此前的对话。"),
    "en": ("Summary of the conversation so far:", "Understood, I will keep it in mind."),
}


@dataclass(frozen=True, slots=True)
class Shortened:
    """A history that fits its budget."""

    messages: tuple[Message, ...]  # well-formed: each tool message follows the call whose result it is
    tokens: int
    notes: tuple[str, ...] = ()  # what was cut, one sentence each


def shorten(
    history: Sequence[Message], budget: int, count_tokens: CountTokens, *, summarise: Summarise | None = None
) -> Shortened:
    """At most `budget` tokens of a history, oldest turn first; a turn begins with a message of the user's.

    The last turns stay whole, as many as fit into two thirds of it, the very last if it fits at all. Older ones lose
    their function calls and keep a sentence of each message, two where there is room; where there is none, the oldest
    fall out, but for the first, which names the topic. With `summarise` one message with its text takes the place of
    the older turns; where it fails or is too long, sentences are kept.
    Turns of the system are left out, so are results without their call.
    """
    kept = _Budget(budget, count_tokens)
    turns, odd = _turns([message for message in history if message.role != "system"])
    whole: list[list[Message]] = []
    fits = kept.cost([message for turn in turns for message in turn]) <= kept.left
    while turns and kept.take(turns[-1], spare=0 if fits or not whole else int(budget * _OLDER)):
        whole.insert(0, turns.pop())
    notes = [f"{odd} messages of the history did not belong to a call or its result: left out."] if odd else []
    if not turns:
        return Shortened(tuple(message for turn in whole for message in turn), kept.used, tuple(notes))
    older = _summarised(turns, kept, summarise, notes) if summarise else None
    if older is None:
        older = _reduced(turns, whole, kept)
        short, gone = sum(map(bool, older)), len(turns) - sum(map(bool, older))
        total = len(turns) + len(whole)
        notes.append(
            f"{short} of the conversation's {total} turns were shortened and {gone} left out to fit {budget} tokens."
        )
    messages = tuple(message for turn in (*older, *whole) for message in turn)
    return Shortened(messages, kept.used, tuple(notes))


def by_model(ask: Ask) -> Summarise:
    """Summaries that a language model writes."""

    def summarise(messages: Sequence[Message]) -> str:
        said = [message for message in messages if message.role in ("user", "assistant") and message.content.strip()]
        talk = "\n".join(f"{message.role}: {message.content[:_READ]}" for message in said)
        return ask((Message("system", _TASKS[language(talk)]), Message("user", talk))) if said else ""

    return summarise


class _Budget:
    """Tokens that are left."""

    def __init__(self, tokens: int, count_tokens: CountTokens) -> None:
        self.left, self.used = max(0, tokens), 0
        self._count = count_tokens

    def take(self, messages: Sequence[Message], spare: int = 0) -> bool:
        """Spend what these cost, if there is as much and `spare` is left."""
        cost = self.cost(messages)
        if cost > self.left - spare:
            return False
        self.left, self.used = self.left - cost, self.used + cost
        return True

    def give(self, messages: Sequence[Message]) -> None:
        """Undo a `take`."""
        cost = self.cost(messages)
        self.left, self.used = self.left + cost, self.used - cost

    def cost(self, messages: Sequence[Message]) -> int:
        texts = [text for message in messages for text in (message.content, message.reasoning or "") if text]
        calls = [call.name + call.arguments for message in messages for call in message.calls]
        return sum(self._count([*texts, *calls])) + _PER_MESSAGE * (len(messages) + len(calls))


def _turns(history: Sequence[Message]) -> tuple[list[list[Message]], int]:
    """The history in turns, and how many of its messages had no place: results without a call, calls without a result.

    An assistant whose calls were not all answered keeps its text only. Ids that come again, since servers begin anew
    with each reply, are made different.
    """
    turns: list[list[Message]] = []
    seen: set[str] = set()  # ids of calls
    odd = at = 0
    while at < len(history):
        message = history[at]
        at += 1
        if message.role == "tool":
            odd += 1
            continue
        group = [message]
        if message.calls:
            results: list[Message] = []
            while at < len(history) and history[at].role == "tool":
                results.append(history[at])
                at += 1
            wanted = {call.id for call in message.calls}
            if sorted(result.call_id or "" for result in results) == sorted(wanted):
                group = _told_apart(message, results, seen)
                seen |= wanted | {call.id for call in group[0].calls}
            else:
                odd += len(results) + 1
                group = [replace(message, calls=())] if message.content.strip() else []
        if group and (message.role == "user" or not turns):
            turns.append(group)
        elif group:
            turns[-1] += group
    return turns, odd


def _told_apart(message: Message, results: Sequence[Message], seen: Collection[str]) -> list[Message]:
    own = {call.id: f"{call.id}_{len(seen)}" if call.id in seen else call.id for call in message.calls}
    calls = tuple(replace(call, id=own[call.id]) for call in message.calls)
    return [replace(message, calls=calls), *(replace(each, call_id=own[each.call_id or ""]) for each in results)]


def _summarised(
    turns: Sequence[Sequence[Message]], kept: _Budget, summarise: Summarise, notes: list[str]
) -> list[list[Message]] | None:
    """One turn that tells what older ones said; None where the summary cannot be had or does not fit."""
    messages = [message for turn in turns for message in turn]
    try:
        text = summarise(messages).strip()
    except EndpointError as error:
        notes.append(f"The conversation could not be summarised, its sentences were kept instead: {error}")
        return None
    said = _WORDS[language(text)]
    summary = [Message("user", f"{said[0]}\n{text}"), Message("assistant", said[1])]
    if not text or not kept.take(summary):
        notes.append("The summary of the conversation was empty or too long, its sentences were kept instead.")
        return None
    notes.append(f"The first {len(turns)} turns of the conversation were summarised.")
    return [summary]


def _reduced(
    turns: Sequence[Sequence[Message]], whole: Sequence[Sequence[Message]], kept: _Budget
) -> list[list[Message]]:
    """Each of the older turns in short, [] where it fell out: the first keeps its place, then the later ones."""
    spoken = [_spoken(turn) for turn in turns]
    said = [message.content[:_READ] for turn in (*spoken, *whole) for message in turn]
    weights = _weights(said)
    short: list[list[Message]] = [[] for _ in turns]
    later = range(len(turns) - 1, 0, -1)
    for i in (0, *later):
        each = _in_short(spoken[i], 1, weights)
        short[i] = each if kept.take(each) else []
    if not whole and not short[-1]:
        short[-1] = _clipped(spoken[-1], kept)
        return short
    for i in (*later, 0):
        longer = _in_short(spoken[i], 2, weights)
        if short[i] and kept.cost(longer) - kept.cost(short[i]) <= kept.left:
            kept.give(short[i])
            kept.take(longer)
            short[i] = longer
    return short


def _spoken(turn: Sequence[Message]) -> list[Message]:
    """What was said: the user's words and the last of the assistant's, without functions."""
    users = [message for message in turn if message.role == "user"]
    replies = [message for message in turn if message.role == "assistant" and message.content.strip()]
    return [Message(message.role, message.content) for message in (*users, *replies[-1:])]


def _weights(texts: Sequence[str]) -> dict[str, float]:
    """Word → how much it tells: the fewer of the texts hold it, the more."""
    held = Counter(word for text in texts for word in set(content_words(text)))
    return {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in held.items()}


def _in_short(turn: Sequence[Message], most: int, weights: dict[str, float]) -> list[Message]:
    """The turn with at most so many sentences of each message, in their order."""
    short: list[Message] = []
    for message in turn:
        text = message.content[:_READ]
        cut = [text[start:end] for start, end in sentences(text)]
        values: list[float] = []
        for i, sentence in enumerate(cut):
            found = content_words(sentence)
            total = sum(weights.get(word, 0.0) for word in set(found))
            values.append(total / math.sqrt(len(found) + 4) * (1.25 if i == 0 else 1.0))  # the first says what it is of
        best = sorted(sorted(range(len(cut)), key=lambda i: -values[i])[:most])
        if best:
            short.append(Message(message.role, " ".join(cut[i] for i in best)))
    return short


def _clipped(turn: Sequence[Message], kept: _Budget) -> list[Message]:
    """The beginning of what the user said, where nothing else of the conversation fits."""
    for message in turn[:1]:
        low, high = 0, len(message.content)
        while low < high:
            middle = (low + high + 1) // 2
            fits = kept.cost([Message(message.role, message.content[:middle] + "…")]) <= kept.left
            low, high = (middle, high) if fits else (low, middle - 1)
        clipped = [Message(message.role, message.content[:low] + "…")]
        if low and kept.take(clipped):
            return clipped
    return []
