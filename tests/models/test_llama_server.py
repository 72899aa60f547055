"""What is seen before a language model is loaded; the real server is in tests/llm."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from wenyuan.errors import MissingExtra, WrongUse
from wenyuan.models.llama_server import Serving, serve


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    file = tmp_path / "small-model.gguf"
    file.write_bytes(b"GGUF" + bytes(20))
    return file


class Library(ModuleType):
    """Stands in for xllamacpp: keeps the parameters and what became of the server."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__("xllamacpp")
        self.parameters: Any = None
        self.running = 0
        library = self

        class Server:
            def __init__(self, parameters: Any) -> None:
                library.parameters = parameters
                if fails:
                    raise RuntimeError("Failed to init server, please check the input params.")
                library.running += 1
                self.listening_address = f"http://127.0.0.1:{parameters.port or 4321}"

            def __del__(self) -> None:
                library.running -= not fails

        self.Server = Server

    def CommonParams(self) -> Any:  # noqa: N802 - the library's name
        return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library()
    monkeypatch.setitem(sys.modules, "xllamacpp", made)
    return made


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def refusal(serving: Serving) -> str:
    with pytest.raises(WrongUse) as caught, serve(serving):
        pass
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_file_that_is_not_there_or_no_gguf_is_refused(tmp_path: Path) -> None:
    absent, other, empty = tmp_path / "absent.gguf", tmp_path / "other.gguf", tmp_path / "empty.gguf"
    other.write_bytes(b"PK\x03\x04")
    empty.write_bytes(b"")
    assert str(absent) in refusal(Serving(absent))
    assert str(tmp_path) in refusal(Serving(tmp_path))
    assert "not a GGUF file" in refusal(Serving(other))
    assert "not a GGUF file" in refusal(Serving(empty))


def test_a_port_that_is_taken_is_refused(gguf: Path, taken: int) -> None:
    assert f"Port {taken} on 127.0.0.1" in refusal(Serving(gguf, port=taken))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "model.example"])
def test_others_get_in_only_with_a_key(gguf: Path, host: str) -> None:
    assert "--api-key" in refusal(Serving(gguf, host))


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_is_refused(gguf: Path, host: str) -> None:
    assert host in refusal(Serving(gguf, host, 0, key="k"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_loopback_needs_no_key(gguf: Path, host: str) -> None:
    Serving(gguf, host, 0).check()


def test_without_the_extra_it_is_named(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtra, match=r"wenyuan\[local-llm\]"), serve(Serving(gguf, port=0)):
        pass


def test_the_model_is_served_until_the_block_ends(gguf: Path, library: Library) -> None:
    with serve(Serving(gguf, port=0, threads=3, context=2048, key="secret")) as url:
        assert url == "http://127.0.0.1:4321/v1"
        assert library.running == 1
    assert library.running == 0
    given = library.parameters
    assert (given.model.path, given.model_alias) == (str(gguf), {"small-model"})
    assert (given.hostnames, given.port, given.api_keys) == (["127.0.0.1"], 0, ["secret"])
    assert (given.n_ctx, given.cpuparams.n_threads, given.cpuparams_batch.n_threads) == (2048, 3, 3)


def test_the_server_stops_where_the_block_fails(gguf: Path, library: Library) -> None:
    with pytest.raises(KeyError), serve(Serving(gguf, port=0)):
        raise KeyError
    assert library.running == 0


def test_a_file_that_llama_cpp_cannot_run_is_refused(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", Library(fails=True))
    assert str(gguf) in refusal(Serving(gguf, port=0))
