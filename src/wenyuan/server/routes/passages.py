"""The passages of documents, and what people make of them: disabled, corrected, and taken back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import JSONResponse, Response

from wenyuan import shapes
from wenyuan.server.bodies import PassageBody
from wenyuan.server.errors import not_found
from wenyuan.server.routes.documents import known
from wenyuan.server.routes.given import ERRORS, Ingester, Reader, looked, service_of, shown
from wenyuan.types import Correction, Passage

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["passages"], responses=ERRORS)

Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


@router.get("/chunks")
async def list_all(
    request: Request, kb: str, caller: Reader, document: Annotated[str, Query(min_length=1, max_length=1_024)]
) -> JSONResponse:
    """The passages that a document was cut into, in order, those that are disabled too."""

    def read() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            return {"chunks": [passage_shape(passage) for passage in base.passages(known(base, document))]}

    return await shown(request, read)


@router.patch("/chunks/{chunk}")
async def correct(request: Request, kb: str, chunk: Id, body: PassageBody, caller: Ingester) -> JSONResponse:
    """Disable a passage, or give it another text; it is found so from now on, and when its document is read again."""

    def corrected() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            found = base.passage(int(chunk, 16))
            if found is None:
                raise not_found()
            given = {name: getattr(body, name) for name in body.model_fields_set}
            passage = base.correct(found.chunk.id, **given)
            return passage_shape(passage) | {"overlaps": _overlapping(passage, base.passages(passage.chunk.document))}

    return await shown(request, corrected)


@router.get("/corrections")
async def corrections(request: Request, kb: str, caller: Reader) -> JSONResponse:
    """What people made of passages: what is applied, and what waits for its passage to come again."""

    def found() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            return {"corrections": [correction_shape(each) for each in base.corrections()]}

    return await shown(request, found)


@router.delete("/corrections/{correction}", status_code=204)
async def withdraw(request: Request, kb: str, correction: Id, caller: Ingester) -> Response:
    """Take back what was made of a passage."""

    def withdrawn() -> None:
        with service_of(request).lent(caller, kb) as base:
            wanted = int(correction, 16)
            if all(each.id != wanted for each in base.corrections()):
                raise not_found()
            base.withdraw(wanted)

    await looked(request, withdrawn)
    return Response(status_code=204)


def _overlapping(passage: Passage, every: list[Passage]) -> list[str]:
    """The passages that repeat a part of this one: what is wrong there is to be corrected there, too."""
    own = passage.chunk
    near = (each.chunk for each in every if each.chunk.id != own.id)
    return [f"{each.id:016x}" for each in near if each.start < own.end and own.start < each.end]


def passage_shape(passage: Passage) -> dict[str, Any]:
    """A passage of a document: its `text` is what is indexed, `original` what the document says where that differs."""
    own = {name: value for name, value in asdict(passage.shown).items() if name not in ("id", "document", "title")}
    return {"chunk": f"{passage.chunk.id:016x}"} | own | _made(passage.correction)


def correction_shape(correction: Correction) -> dict[str, Any]:
    """What a person made of a passage; `chunk` is null while the document does not have the passage."""
    passage = correction.passage
    return {
        "id": f"{correction.id:016x}",
        "state": "applied" if correction.applied else "orphaned",
        "document": correction.document,
        "chunk": f"{passage.id:016x}" if passage and correction.applied else None,
        "headings": list(passage.headings) if passage else [],
        "original": correction.original,
        "made": shapes.moment(correction.made),
    } | _made(correction)


def _made(correction: Correction | None) -> dict[str, Any]:
    return {"disabled": bool(correction and correction.disabled), "corrected": correction.text if correction else None}
