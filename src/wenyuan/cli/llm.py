"""`wenyuan llm`: a language model on this machine, for those who have no endpoint."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.commands import Commands

if TYPE_CHECKING:
    from wenyuan.models.llama_server import Serving

llm = typer.Typer(cls=Commands, no_args_is_help=True, help="A language model on this machine.")


@llm.command()
def serve(
    file: Annotated[Path, typer.Argument(metavar="GGUF", help="A language model in GGUF format.")],
    host: Annotated[str, typer.Option(help="The address; another than this machine's own needs --api-key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8080,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Threads that compute.")] = 1,
    context: Annotated[int, typer.Option(min=512, help="Tokens that prompt and reply have together.")] = 4096,
    key: Annotated[
        str, typer.Option("--api-key", envvar="WENYUAN_LLM__KEY", help="A key that every request must bring.")
    ] = "",
) -> None:
    """Run a GGUF file behind an OpenAI-compatible API, until Ctrl-C or SIGTERM; needs the extra [local-llm]."""
    from wenyuan.models.llama_server import Serving
    from wenyuan.models.llama_server import serve as served

    serving = Serving(file, host, port, threads, context, key)
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    with served(serving) as url:
        _announce(serving, url)
        while not stopped.wait(0.5):  # without a limit the wait would hold signals off on some systems
            pass


def _announce(serving: Serving, url: str) -> None:
    printing.say(f"{serving.model} answers at {url} until Ctrl-C. To use it, write into wenyuan.toml:")
    printing.out.print(f'\n[llm]\nurl = "{url}"\nmodel = "{serving.model}"\nwindow = {serving.context}\n')
    # Small models call functions only as JSON that fits a schema, and that must be found out first.
    printing.say(f"Then see once what it can do: wenyuan doctor --kb KB --llm {url} --model {serving.model}")
    printing.out.file.flush()  # whoever started this process waits for the address
