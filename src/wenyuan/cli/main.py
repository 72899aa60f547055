"""Commands of `wenyuan`. Exit code 0: done; 1: failed; 2: wrong use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from wenyuan.cli import documents, measuring, printing, searching
from wenyuan.cli.asking import ask
from wenyuan.cli.backups import WholeHome, backup, restore, snapshots
from wenyuan.cli.benching import bench
from wenyuan.cli.calls import calls
from wenyuan.cli.commands import Commands
from wenyuan.cli.distilling import distil
from wenyuan.cli.helping import translate
from wenyuan.cli.llm import llm
from wenyuan.cli.mcp import mcp
from wenyuan.cli.models import models
from wenyuan.cli.options import KB, AsJson
from wenyuan.cli.reader import reader, told
from wenyuan.cli.rules import rules
from wenyuan.cli.serving import keys, serve
from wenyuan.cli.sources import sources
from wenyuan.cli.terminal import one_line
from wenyuan.cli.tracing import trace
from wenyuan.cli.training import train
from wenyuan.errors import NoKnowledgeBase, WenyuanError, WrongUse

_OFFERED = 1_000  # documents that are counted at most, where they are only offered

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Wenyuan 文渊: ask your documents, in Chinese and English, offline.",
)


def main() -> NoReturn:
    """Run the command line and leave with its exit code.

    An error of the user's or the environment's is one sentence on stderr, in the reader's language.
    """
    reader.arrive()
    try:
        command = get_command(app)
        if reader.language != "en":
            translate(command)
        code = command(prog_name="wenyuan", standalone_mode=False)
    except NoKnowledgeBase as error:
        code = _failed(_missing(error), 2)
    except WenyuanError as error:
        code = _failed(str(error), 2 if isinstance(error, WrongUse) else 1)
    except TyperException as error:
        code = _wrong(error)
    except typer.Abort:
        code = 1
    except BrokenPipeError:  # whoever read the output has gone: `wenyuan list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        code = _failed(f"{place}{os.strerror(error.errno or 0)}; check the path, its permissions and the disk.", 1)
    except MemoryError:
        code = _failed("There is not enough memory; free some, or split large files.", 1)
    except UnicodeEncodeError:
        code = _failed("What was typed is no UTF-8; set the terminal to UTF-8.", 2)
    sys.exit(code or 0)


@app.callback(invoke_without_command=True)
def _about(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        printing.out.print(f"wenyuan {installed('wenyuan')}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(2)


def _failed(sentence: str, code: int) -> int:
    printing.err.print(one_line(f"wenyuan: {told(sentence)}"))
    return code


def _missing(error: NoKnowledgeBase) -> str:
    """The sentence; where documents lie in this folder, with the command that makes a knowledge base of them."""
    from wenyuan.engine.places import documents_here

    if error.folder.exists() and not error.folder.is_dir():
        return f"{error.folder} is a file and no knowledge base; name the folder of one with --kb."
    count = documents_here(_OFFERED)
    if not count:
        return str(error)
    many = f"more than {_OFFERED:,}" if count > _OFFERED else str(count)
    given = "" if error.folder == Path("kb") else f" --kb {error.folder}"
    return f"There is no knowledge base in {error.folder}; make one of the {many} documents here: wenyuan add .{given}"


def _wrong(error: TyperException) -> int:
    """Usage that typer does not understand: its sentence, and where to read on; a group without a command: its help."""
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    if type(error).__name__ == "NoArgsIsHelpError":
        printing.err.print(said)
        return 2
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "wenyuan"
    printing.err.print(one_line(f"wenyuan: {told(said.rstrip('.'))}" + told(f"; see `{command} --help`.")))
    return 2


app.command()(documents.add)
app.command()(documents.sync)
app.command()(documents.delete)
app.command(name="list")(documents.list_)
app.command()(documents.show)


app.command()(searching.search)
app.command()(ask)
app.command()(searching.why)
app.command()(serve)
app.command()(mcp)
app.add_typer(keys, name="keys")
app.add_typer(sources, name="sources")
app.command()(backup)
app.command()(restore)
app.add_typer(snapshots, name="snapshots")
app.command(name="eval")(measuring.evaluate)
app.command(name="eval-make")(measuring.make)
app.add_typer(train, name="train")
app.add_typer(distil, name="distil")
app.add_typer(models, name="models")
app.add_typer(llm, name="llm")
app.add_typer(calls, name="calls")
app.add_typer(bench, name="bench")
app.add_typer(rules, name="rules")
app.add_typer(trace, name="trace")


@app.command()
def quantise(
    folder: Annotated[Path, typer.Argument(help="A trained reranker: the folder `model` of its run.")],
    target: Annotated[Path, typer.Option("--out", help="Where to write the ONNX model.")],
    check: Annotated[Path, typer.Option("--check", help="At least 1,000 dev examples (JSONL) that judge the loss.")],
    as_json: AsJson = False,
) -> None:
    """A trained reranker as int8 ONNX, which needs no torch; refused when it loses more than half a point of nDCG."""
    from wenyuan.training.data.examples import read_examples
    from wenyuan.training.export.cross_encoder import export

    made = export(
        folder, target, "int8", read_examples(check), on_note=lambda note: printing.say_aside(f"note: {note}")
    )
    printing.artefact(made, as_json)


@app.command()
def doctor(
    kb: KB = Path("kb"),
    rebuild: Annotated[
        bool, typer.Option(help="Make the search index anew from the catalogue, without encoding.")
    ] = False,
    llm: Annotated[
        str | None, typer.Option("--llm", help="Look at the language model at this base URL instead.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="With --llm: as the endpoint names it.")] = None,
    window: Annotated[
        int, typer.Option("--window", min=0, help="With --llm: try prompts of up to so many tokens, too.")
    ] = 0,
    home: WholeHome = None,
    as_json: AsJson = False,
) -> None:
    """Check a knowledge base: what is in it, whether all indexes agree, what to do where they do not.

    With --llm: what a language model's endpoint can do, kept for the knowledge base. With --home: a server's set-up.
    """
    if home is not None:
        from wenyuan.cli.doctoring import examine_home

        return examine_home(home, as_json)
    if llm:
        from wenyuan.engine.endpoints import examine

        return printing.examined(examine(kb, llm, model, window), kb, as_json)
    if model or window:
        raise WrongUse("--model and --window say how to look at an endpoint; name it with --llm URL.")
    from wenyuan.engine import KnowledgeBase

    with KnowledgeBase.open(kb, create=False, repair="index" if rebuild else None) as base:
        health = base.check()
    printing.health(health, as_json)
    if health.problems:
        raise typer.Exit(1)
    return None
