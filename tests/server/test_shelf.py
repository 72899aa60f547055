"""Knowledge bases that are open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from load import makers
from wenyuan.errors import Busy
from wenyuan.load import Limits
from wenyuan.load.highlight import Stretch
from wenyuan.models import CachedCrossEncoder
from wenyuan.server import shelf as module
from wenyuan.server.errors import Refused
from wenyuan.server.home import Home
from wenyuan.server.shelf import Loaders, Models, Shelf
from wenyuan.settings import EncoderSettings, LoadSettings, RerankSettings


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(Home(tmp_path / "home", {}), most=2)
    yield made
    made.close()


def test_one_is_opened_when_it_is_asked_for_and_stays_open(shelf: Shelf) -> None:
    shelf.make("acme", "kb")
    assert shelf.open() == 0
    with shelf.lent("acme", "kb") as first, shelf.lent("acme", "kb") as second:
        assert first is second
    assert shelf.open() == 1
    for tenant, name in (("acme", "absent"), ("other", "kb")):
        with pytest.raises(Refused), shelf.lent(tenant, name):
            pass


def test_who_wants_it_closed_waits_for_those_who_use_it(shelf: Shelf) -> None:
    shelf.make("acme", "kb")
    used, let_go, closed = threading.Event(), threading.Event(), threading.Event()

    def use() -> None:
        with shelf.lent("acme", "kb") as base:
            used.set()
            let_go.wait(60)
            assert base.documents() == []  # still open

    def close() -> None:
        with shelf.closed("acme", "kb"):
            closed.set()

    threads = [threading.Thread(target=use), threading.Thread(target=close)]
    threads[0].start()
    used.wait(60)
    threads[1].start()
    assert not closed.wait(0.1)
    let_go.set()
    for thread in threads:
        thread.join(60)
    assert closed.is_set()
    with shelf.lent("acme", "kb") as base:
        assert base.documents() == []


def test_while_it_is_closed_nobody_gets_it(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    shelf.make("acme", "kb")
    with shelf.closed("acme", "kb"), pytest.raises(Busy, match="being changed"), shelf.lent("acme", "kb"):
        pass


def test_those_that_nobody_uses_are_closed_where_too_many_are_open(shelf: Shelf) -> None:
    for name in ("a", "b", "c"):
        shelf.make("acme", name)
    with shelf.lent("acme", "a") as kept:
        for name in ("b", "c", "b"):
            with shelf.lent("acme", name):
                pass
        assert shelf.open() == 2
        assert kept.documents() == []


def test_one_that_is_emptied_reads_all_again(shelf: Shelf, tmp_path: Path) -> None:
    shelf.make("acme", "kb")
    file = tmp_path / "home" / "tenants" / "acme" / "kb" / "files" / "a.md"
    file.parent.mkdir()
    file.write_text("# A\n\nalpha")
    with shelf.lent("acme", "kb") as base:
        base.take("a.md")
    with shelf.emptied("acme", "kb") as base:
        assert base.documents() == []
        assert base.sync().added == ["a.md"]
    with shelf.lent("acme", "kb") as base:
        assert [info.id for info in base.documents()] == ["a.md"]


def test_models_are_shared_but_not_what_they_remember() -> None:
    models = Models()
    assert models.encoder(EncoderSettings()) is models.encoder(EncoderSettings())
    assert models.encoder(EncoderSettings(threads=2)) is not models.encoder(EncoderSettings())
    one, other = (models.reranker(RerankSettings(model="rerank")) for _ in range(2))
    assert isinstance(one, CachedCrossEncoder)
    assert isinstance(other, CachedCrossEncoder)
    assert one is not other
    assert one.model is other.model
    assert models.reranker(RerankSettings(model="none")) is None


def test_each_tenants_files_are_read_by_another_process(tmp_path: Path) -> None:
    loaders = Loaders()
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    try:
        for tenant in ("one", "two", "two"):
            load = loaders.of(tenant, LoadSettings())
            document = load(tmp_path / "a.md", id="a.md", metadata={"product": "X"}, limits=module.Limits())
            assert (document.title, document.metadata) == ("A", {"product": "X"})
    finally:
        loaders.close()


def test_highlights_are_found_while_a_file_is_read(tmp_path: Path) -> None:
    loaders, data = Loaders(), makers.pdf([["Rated power", "5 kW"]])
    files = loaders.of("acme", LoadSettings())
    read = threading.Event()

    class Waiting(type(tmp_path)):  # type: ignore[misc]
        def open(self, *given: Any, **more: Any) -> Any:
            assert read.wait(60)
            return super().open(*given, **more)

    (tmp_path / "a.pdf").write_bytes(data)
    given = {"id": "a.pdf", "metadata": {}, "limits": Limits()}
    thread = threading.Thread(target=files, args=(Waiting(tmp_path / "a.pdf"),), kwargs=given)
    thread.start()
    try:
        (found,) = files.highlights(data, [Stretch(1, "Rated power 5 kW", 0, 16)])
        assert len(found.rectangles) == 2
    finally:
        read.set()
        thread.join(60)
        loaders.close()


def test_files_of_two_tenants_are_read_at_once_and_neither_ends_the_others_reader(tmp_path: Path) -> None:
    loaders, failed = Loaders(), list[BaseException]()
    file = tmp_path / "a.md"
    file.write_text("# A", "utf-8")

    def read(tenant: str) -> None:
        load = loaders.of(tenant, LoadSettings())
        try:
            for n in range(10):
                load(file, id=f"{n}.md", metadata={}, limits=Limits())
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=read, args=(tenant,)) for tenant in ("acme", "other", "acme")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    loaders.close()
    assert failed == []
