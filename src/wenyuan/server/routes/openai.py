"""What OpenAI's clients call: models, chat with a knowledge base, embeddings."""

from __future__ import annotations

from threading import Event
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from wenyuan.server import networks
from wenyuan.server.events import EventStream
from wenyuan.server.openai.bodies import ChatBody, EmbeddingsBody
from wenyuan.server.openai.completing import DONE, Caller, Completion, frame
from wenyuan.server.openai.embedding import embedded, texts_of
from wenyuan.server.routes.given import ERRORS, Reader, metrics_of, service_of, shown
from wenyuan.server.waiting import awaited

router = APIRouter(prefix="/v1", tags=["as OpenAI"], responses=ERRORS)


@router.get("/models")
async def models(request: Request, caller: Reader) -> JSONResponse:
    """Knowledge bases that the caller may ask, and the models that they share."""
    service = service_of(request)

    def listed() -> dict[str, Any]:
        return {"object": "list", "data": [each.shape for each in networks.models(service, caller)]}

    return await shown(request, listed)


@router.get("/models/{model:path}")
async def model(request: Request, model: str, caller: Reader) -> JSONResponse:
    """One of them."""
    service = service_of(request)
    return await shown(request, lambda: networks.model(service, caller, model).shape)


@router.post("/chat/completions", response_model=None)
async def chat(request: Request, body: ChatBody, caller: Reader) -> Response:
    """An answer from a knowledge base, as the next message of a chat."""
    service = service_of(request)
    asker = Caller(caller, str(request.base_url))
    completion = Completion(service, metrics_of(request), asker, body)
    seconds = service.limits.deadline
    if body.stream:
        return EventStream(
            service.asking, completion.chunks, cancel=completion.close, seconds=seconds, framed=frame, last=DONE
        )
    return JSONResponse(await awaited(request, service.asking, completion.whole, seconds, completion.close))


@router.post("/embeddings")
async def embeddings(request: Request, body: EmbeddingsBody, caller: Reader) -> JSONResponse:
    """Vectors of texts."""
    service, gone = service_of(request), Event()
    texts = texts_of(body.input)

    def made() -> dict[str, Any]:
        return embedded(networks.encoder(service, caller, body.model), body, texts, gone.is_set)

    return JSONResponse(await awaited(request, service.asking, made, service.limits.deadline, gone.set))
