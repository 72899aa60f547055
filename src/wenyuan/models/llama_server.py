"""A GGUF language model behind an OpenAI-compatible API on this machine, run by llama.cpp's server (`xllamacpp`)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import MissingExtra, WrongUse

_MAGIC = b"GGUF"
_ERRORS_ONLY = 1  # of llama.cpp's levels of logging
_CACHE_MB = 512  # memory for the state of earlier prompts: what a prompt shares with one of them is not read again


@dataclass(frozen=True, slots=True)
class Serving:
    """What is run, and where; `context` is the number of tokens that prompt and reply have together."""

    file: Path
    host: str = "127.0.0.1"
    port: int = 8080  # 0: any that is free
    threads: int = 1
    context: int = 4096
    key: str = ""  # what a client must send; "": nothing

    @property
    def model(self) -> str:
        """The name by which the server knows the model."""
        return self.file.stem

    def check(self) -> None:
        """See whether it can be served, before gigabytes are read.

        Raises:
            WrongUse: no such file, not a GGUF file, a host beyond this machine without a key, no address of this
                machine, or a port that is taken.
        """
        if not self.file.is_file():
            raise WrongUse(f"There is no file {self.file}: name a language model in GGUF format.")
        with self.file.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise WrongUse(f"{self.file} is not a GGUF file (it does not begin with GGUF): name one that is.")
        if not self.key and not _is_loopback(self.host):
            raise WrongUse(
                f"On {self.host} others could use the model: give a key with --api-key, or serve on 127.0.0.1."
            )
        _check_address(self.host, self.port)


@contextmanager
def serve(serving: Serving) -> Iterator[str]:
    """Load the model and answer requests on other threads until the block ends; gives the base URL, ending in /v1.

    Raises:
        WrongUse: as of `Serving.check`, or llama.cpp cannot run the file.
        MissingExtra: xllamacpp is not installed.
    """
    serving.check()
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtra("Serving a language model needs an extra: `pip install 'wenyuan[local-llm]'`.") from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(serving.file)
    parameters.model_alias = {serving.model}
    parameters.hostnames, parameters.port = [serving.host], serving.port
    parameters.n_ctx, parameters.n_parallel = serving.context, 1  # more at once would share the context
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = serving.threads
    parameters.cache_ram_mib = _CACHE_MB
    parameters.api_keys = [serving.key] if serving.key else []
    # Pages in a browser get nothing, no page of its own, and nobody sees what others asked.
    parameters.cors_origins, parameters.ui, parameters.endpoint_slots = "http://127.0.0.1", False, False
    parameters.offline, parameters.verbosity = True, _ERRORS_ONLY
    try:
        server = xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise WrongUse(
            f"llama.cpp cannot run {serving.file}: it is cut off, of an unknown architecture, or too large for the "
            "memory; try another file or a smaller --context."
        ) from error
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server  # its destructor stops the threads


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_address(host: str, port: int) -> None:
    """Bind and release: llama.cpp says of a port in use only that it failed, and on stderr."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)  # two may bind with SO_REUSEADDR, only one listens
    except socket.gaierror as error:
        raise WrongUse(f"{host} is no address of this machine ({error.strerror}): give one with --host.") from error
    except OSError as error:
        raise WrongUse(f"Port {port} on {host} cannot be used ({error.strerror}): give another with --port.") from error
