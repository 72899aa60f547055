"""Draft → Answer: whether what was written is an answer, what proves it, and how sure that is; else a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wenyuan.cite.citations import check_citations
from wenyuan.cite.markers import without_markers
from wenyuan.cite.quoting import refusal
from wenyuan.cite.verdict import Sufficiency, read_verdict
from wenyuan.types import Answer, Decision, Draft, Encoder, Language, Prompt, Query


class DraftJudge:
    """Decides on drafts; any thread may call it.

    What quotes is an answer where its evidence is at least `confidence` (0–1). Of what a model wrote, the citations
    are checked; `encoder` finds those whose sentence is put in other words, without it only words in common count.
    `evidence` (`Extractive.confidence`) says how well a context answers a question.

    The confidence of what a model wrote is the share of its sentences that have a checked citation, times the evidence:
    what cites nothing has 0. A citation shows that its source is about the sentence, not that it proves it.
    """

    def __init__(
        self,
        *,
        encoder: Encoder | None = None,
        evidence: Callable[[Prompt], float] | None = None,
        confidence: float = 0.5,
    ) -> None:
        self._encoder = encoder
        self._evidence = evidence
        self.confidence = confidence

    def judge(self, prompt: Prompt, draft: Draft) -> Answer:
        """An answer with its citations, or a refusal; slow where citations must be looked for by meaning."""
        answer = self._quoted(prompt, draft) if draft.citations is not None else self._written(prompt, draft)
        failed = f"{_WORDS[prompt.query.language]['failed']} " if draft.stands_in else ""
        return replace(
            answer,
            reason=failed + answer.reason,
            notes=(*draft.notes, *answer.notes),
            model=draft.model,
            usage=draft.usage,
            tools=draft.tools,
        )

    def _quoted(self, prompt: Prompt, draft: Draft) -> Answer:
        said, confidence = _WORDS[prompt.query.language], draft.evidence or 0.0
        if not any(map(str.isalnum, prompt.query.text)):  # whatever is found for "???" is no answer to it
            return refusal(said["wordless"], prompt.query.language, (), 0.0)
        if not draft.citations or confidence < self.confidence:
            return refusal(said["abstained"], prompt.query.language, draft.sources, confidence)
        return Answer(Decision.ANSWERED, said["quoted"], draft.text, draft.citations, confidence)

    def _written(self, prompt: Prompt, draft: Draft) -> Answer:
        said = _WORDS[prompt.query.language]
        verdict = read_verdict(draft.text)
        cited = check_citations(verdict.text, draft.sources, encoder=self._encoder)
        text = cited.text.strip()
        if draft.calls:
            return Answer(
                Decision.CALLED, said["called"], text, cited.citations, 0.0, notes=cited.notes, calls=draft.calls
            )
        why = _refused(draft, verdict, "" if _echoes(text, prompt.query) else text, bool(cited.citations))
        likely = self._likely(prompt, draft) if cited.share or why else 1.0
        if why:
            answer = refusal(said[why], prompt.query.language, draft.sources, 0.0 if likely is None else likely)
        else:
            reason = "partly" if verdict.insufficient == "partly" else "cited" if cited.citations else "uncited"
            confidence = cited.share * (1.0 if likely is None else likely)
            answer = Answer(Decision.ANSWERED, said[reason], text, cited.citations, confidence)
        return replace(answer, notes=cited.notes)

    def _likely(self, prompt: Prompt, draft: Draft) -> float | None:
        """How likely its sources answer the question; None where nobody can say."""
        if draft.evidence is not None or self._evidence is None:
            return draft.evidence
        return self._evidence(replace(prompt, context=replace(prompt.context, sources=draft.sources)))


def is_refusal(text: str) -> bool:
    """Whether this is the text of an answer that declines, as `DraftJudge` words it: it begins with the reason."""
    first = text.partition("\n")[0].strip()
    return any(first == said[why] for said in _WORDS.values() for why in _DECLINES)


def _echoes(text: str, query: Query) -> bool:
    """Whether a reply is the question itself, with a number or without: small models do that."""
    said, asked = (_letters(each) for each in (without_markers(text), query.normalised))
    return said == asked


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _refused(draft: Draft, verdict: Sufficiency, text: str, cited: bool) -> str | None:
    """Why what was written is no answer; None where it is one."""
    if draft.ended == "content_filter":
        return "filtered"
    if draft.ended == "budget":
        return "budget"
    if verdict.insufficient == "wholly" or (verdict.insufficient == "partly" and not cited):
        return "insufficient"
    if not any(map(str.isalnum, text)):
        return "cut" if draft.ended == "length" else "empty"
    return None


_DECLINES = ("abstained", "wordless", "insufficient", "filtered", "empty", "cut", "budget")
_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "quoted": "答案逐字引自所列来源。",
        "abstained": "资料中没有足够的依据来回答这个问题。",
        "wordless": "这个问题里没有文字，请用文字提问。",
        "cited": "答案由语言模型依据所列来源写成。",
        "uncited": "答案由语言模型写成，其中没有一句能找到来源。",
        "partly": "答案由语言模型依据所列来源写成；资料只够回答其中一部分。",
        "insufficient": "语言模型认为资料中没有足够的依据来回答这个问题。",
        "filtered": "语言模型的内容过滤器拦下了这个问题的回答。",
        "empty": "语言模型没有给出任何回答。",
        "cut": "语言模型在给出回答之前就用完了允许的长度。",
        "budget": "语言模型在规定的限度内没有得出回答。",
        "failed": "语言模型未能作答。",
        "called": "语言模型要先调用提问者的函数，得到结果之后才能作答。",
    },
    "en": {
        "quoted": "The answer is quoted verbatim from the sources listed.",
        "abstained": "There is no sufficient source for an answer to this question.",
        "wordless": "The question holds no words; ask it in words.",
        "cited": "The answer was written by a language model from the sources listed.",
        "uncited": "The answer was written by a language model; no sentence of it could be traced to a source.",
        "partly": "The answer was written by a language model from the sources listed, which suffice for a part only.",
        "insufficient": "The language model found no sufficient source for an answer to this question.",
        "filtered": "The language model's content filter withheld the answer to this question.",
        "empty": "The language model gave no answer.",
        "cut": "The language model used up the length it was allowed before it answered.",
        "budget": "The language model came to no answer within its limits.",
        "failed": "The language model did not answer.",
        "called": "The language model wants functions of the asker's called before it answers.",
    },
}
