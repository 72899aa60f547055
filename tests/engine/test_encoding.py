"""From documents that are cut to changes: each text is encoded once, and what is known not at all."""

from __future__ import annotations

from dataclasses import replace

from wenyuan.chunk import chunk
from wenyuan.engine.encoding import Cut, Encoding, content_key
from wenyuan.settings import Settings
from wenyuan.text.bm25 import section_vectors
from wenyuan.types import Correction, Document

from .house import House

TEXT = "# A\n\nOne of them.\n\n# A\n\nTwo of them.\n\n# A\n\nThree of them.\n"


def cut(house: House, **made: object) -> Cut:
    document = Document("a.md", "A", TEXT, "md", "0", 0.0)
    passages = chunk(document, house.encoder.count_tokens)
    second = passages[1]
    correction = Correction(1, "a.md", second.text, 0, False, None, 0.0, second, True)
    return Cut(document, passages, "", [replace(correction, **made)] if made else ())  # type: ignore[arg-type]


def test_chunks_are_the_passages_as_people_made_them(house: House) -> None:
    assert [each.text for each in cut(house).chunks] == ["One of them.", "Two of them.", "Three of them."]
    assert [each.text for each in cut(house, disabled=True).chunks] == ["One of them.", "Three of them."]
    assert [each.text for each in cut(house, text="2.").chunks] == ["One of them.", "2.", "Three of them."]
    assert [each.text for each in cut(house, text="2.", applied=False).chunks][1] == "Two of them."


def test_what_was_encoded_is_not_encoded_again(house: House) -> None:
    encoding = Encoding(house.kb._archive, house.encoder, None, Settings())
    encoding.read([cut(house)])
    [change] = encoding.changes([cut(house, text="2.")])
    assert (encoding.encoded, encoding.reused) == (4, 0)
    assert [content_key(each.encoded) for each in change.chunks] == change.keys
    assert len(change.vectors) == 3
    house.kb._archive.replace([change])
    [again] = encoding.changes([cut(house, text="2.")])
    assert (encoding.encoded, encoding.reused) == (4, 3)
    assert (again.vectors.astype("f2") == change.vectors.astype("f2")).all()


def test_a_section_says_nothing_of_what_was_disabled_or_corrected(house: House) -> None:
    encoding = Encoding(house.kb._archive, house.encoder, None, Settings())
    [plain, off, other] = encoding.changes([cut(house), cut(house, disabled=True), cut(house, text="Said 2.")])
    for change, said in ((off, "Three of them."), (other, "Said 2.\nThree of them.")):
        texts = [each.encoded for each in change.chunks]
        assert list(change.sparse) == list(section_vectors(texts, f"{texts[0]}\n{said}"))
    whole = f"{plain.chunks[0].encoded}\n{TEXT[plain.chunks[0].end : plain.chunks[-1].end]}"
    assert list(plain.sparse) == list(section_vectors([each.encoded for each in plain.chunks], whole))
