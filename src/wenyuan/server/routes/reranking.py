"""Documents in the order in which they fit a query, in the shape that Cohere, Jina and others share."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from threading import Event
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse

from wenyuan.server import networks
from wenyuan.server.bodies import Name, Some
from wenyuan.server.errors import Refused
from wenyuan.server.openai.bodies import Open, Whole
from wenyuan.server.routes.given import ERRORS, Reader, service_of
from wenyuan.server.waiting import awaited
from wenyuan.text.normalise import normalise
from wenyuan.types import CrossEncoder

router = APIRouter(tags=["as Cohere and Jina"], responses=ERRORS)

DOCUMENTS = 1_000
CHARACTERS = 1_000_000
"""Of all documents of a request together."""

_BATCH = 8  # documents between two looks whether the caller is still there


class Titled(Open):
    """A document with fields, of which its text is read."""

    text: str


class RerankBody(Whole):
    """A query, and documents to be put in order."""

    query: Some = Field(examples=["泵的保修期多长？"])
    documents: Annotated[list[str | Titled], Field(min_length=1, max_length=DOCUMENTS)]
    model: Name | None = Field(
        default=None, description="A reranker, or a knowledge base: its reranker. Without it: the first there is."
    )
    top_n: int | None = Field(default=None, ge=1)
    return_documents: bool | None = None

    def texts(self) -> list[str]:
        """What is read of the documents.

        Raises:
            Refused: it is too much.
        """
        texts = [each if isinstance(each, str) else each.text for each in self.documents]
        if (characters := sum(map(len, texts))) > CHARACTERS:
            sentence = f"The documents have {characters} characters; send at most {CHARACTERS} at once."
            raise Refused(400, "invalid_value", sentence, param="documents")
        return texts


@router.post("/v2/rerank")
@router.post("/v1/rerank")
@router.post("/rerank")
async def rerank(request: Request, body: RerankBody, caller: Reader) -> JSONResponse:
    """Put documents in order by how well they fit a question."""
    service, gone = service_of(request), Event()
    texts, version = body.texts(), "2" if request.url.path.startswith("/v2/") else "1"

    def ranked() -> dict[str, Any]:
        model, encoder = networks.reranker(service, caller, body.model)
        scores = scored(model, body.query, texts, gone.is_set)
        order = sorted(range(len(scores)), key=lambda n: (-scores[n], n))[: body.top_n]
        tokens = sum(encoder.count_tokens([body.query, *texts]))
        return {
            "id": secrets.token_hex(16),
            "model": model.id,
            "results": [
                {"index": n, "relevance_score": scores[n]}
                | ({"document": {"text": texts[n]}} if body.return_documents else {})
                for n in order
            ],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            "meta": {"api_version": {"version": version}, "billed_units": {"search_units": 1}},
        }

    return JSONResponse(await awaited(request, service.asking, ranked, service.limits.deadline, gone.set))


def scored(model: CrossEncoder, query: str, texts: Sequence[str], gone: Callable[[], bool]) -> list[float]:
    """How well each text fits, 0–1; fewer where the caller is gone before the end."""
    asked, scores = normalise(query), list[float]()
    for at in range(0, len(texts), _BATCH):
        if gone():
            break
        scores += [relevance(float(logit)) for logit in model.score(asked, texts[at : at + _BATCH])]
    return scores


def relevance(logit: float) -> float:
    """A logit as a share, 0–1."""
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
