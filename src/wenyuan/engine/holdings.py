"""What is in a knowledge base, as one reader sees it."""

from __future__ import annotations

from pathlib import Path

from wenyuan.engine.naming import ids_meant, unknown
from wenyuan.errors import WrongUse
from wenyuan.filters import check, matches, payload_of
from wenyuan.store.archive import Archive
from wenyuan.types import Chunk, Correction, Document, DocumentInfo, Filter, Passage, Scope


class Holdings:
    """The documents of an archive that a scope sees. Any thread may call every method."""

    def __init__(self, archive: Archive, base: Path, scope: Scope) -> None:
        """`base` is the folder that relative ids begin at."""
        self._archive, self._base, self._scope = archive, base, scope

    def documents(self, folder: str | Path | None = None, *, filter: Filter | None = None) -> list[DocumentInfo]:
        """What is in the knowledge base, by id: all of it, or what lies in a folder and passes a filter.

        Raises:
            WrongUse: nothing of the knowledge base is or lies there.
        """
        if filter is not None:
            check(filter)
        with self._archive.view(self._scope) as view:
            infos = view.documents()
            if folder is not None:
                places = (view.under(each) for each in ids_meant(folder, self._base))
                wanted = {*next((found for found in places if found), [])}
                if not wanted:
                    raise WrongUse(unknown(str(folder), [info.id for info in infos]))
                infos = [info for info in infos if info.id in wanted]
        return [info for info in infos if filter is None or matches(filter, payload_of(info))]

    def document(self, name: str | Path) -> Document:
        """A document with its text, named by id ("docs/faq.md") or by path.

        Raises:
            WrongUse: it is not in the knowledge base.
        """
        with self._archive.view(self._scope) as view:
            meant = ids_meant(name, self._base)
            found = next((document for each in meant if (document := view.document(each))), None)
            if found is None:
                raise WrongUse(unknown(str(name), [info.id for info in view.documents()]))
        return found

    def chunks(self, document: str) -> list[Chunk]:
        """The passages of a document that are found, in order, as they are; none where there is none of this id."""
        return [passage.shown for passage in self.passages(document) if not passage.disabled]

    def passages(self, document: str) -> list[Passage]:
        """All that a document was cut into, in order, each with what people made of it."""
        with self._archive.view(self._scope) as view:
            return view.passages(document)

    def passage(self, chunk: int) -> Passage | None:
        """The passage of this id, be it disabled; None where there is none."""
        with self._archive.view(self._scope) as view:
            return view.passage(chunk)

    def corrections(self) -> list[Correction]:
        """What people made of passages, by document; one that is not `applied` waits for its passage to come again.

        Those that wait for a document which is gone only the owner sees.
        """
        with self._archive.view(self._scope) as view:
            return view.corrections()

    def has(self, document: str) -> bool:
        """Whether there is a document of this id."""
        with self._archive.view(self._scope) as view:
            return view.info(document) is not None

    def read(self, document: str, start: int, end: int) -> str:
        """That stretch of a document's text: what a citation with these offsets quotes."""
        with self._archive.view(self._scope) as view:
            return view.read(document, start, end)
