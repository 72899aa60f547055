"""Where a model lies and what is known of it: shipped, in a local folder, or on the Hugging Face hub."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wenyuan.errors import Damaged, MissingExtra, WrongModel, WrongUse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CARD = "model.json"
HUB = "hf:"
_SCORING = ("ForSequenceClassification", "BertReader")  # ends of names of architectures; a reader scores, too
NETWORKS = ("onnx/model.onnx", "model.onnx", "model.safetensors")  # the first that there is; the last needs torch
HUB_FILES = ["*.json", "1_Pooling/*", "onnx/model.onnx*", "model.onnx*"]
MODULES = {"Transformer", "Pooling", "Normalize"}  # of sentence-transformers, that the encoder knows to follow

Pooling = Literal["none", "mean", "cls", "last"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What one must know to use a model rightly; `model.json` beside its files."""

    name: str
    kind: str  # "encoder", "reranker", "projection", "classifier" or "fusion"
    dimension: int
    max_tokens: int  # prefix and special tokens included
    files: Mapping[str, str]  # path below the folder → sha256 hex
    network: str = "model.onnx"  # which of the files to run
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Pooling = "none"  # how token vectors become one; "none": the network does it
    labels: Sequence[str] = field(default_factory=list)  # of a classifier, in the order of its outputs
    heads: Sequence[str] = field(default_factory=list)  # of a reader, in the order of its outputs: "logit", "spans"
    tokens: str = ""  # the tensor within such a network that holds the vectors of the tokens
    licence: str = ""
    source: str = ""
    recipe: str = ""  # the command that makes the files again
    scores: Mapping[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write `model.json` into the folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model's folder and its card."""

    folder: Path
    card: ModelCard

    @property
    def id(self) -> str:
        """Name and the first eight hex digits of the hash over all its files: "embed@1f2e3d4c"."""
        digest = hashlib.sha256(json.dumps(self.card.files, sort_keys=True).encode()).hexdigest()
        return f"{self.card.name}@{digest[:8]}"

    @property
    def disk_mb(self) -> float:
        """Megabytes that the model's files take on disk."""
        paths = (self.folder / name for name in self.card.files)
        return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6

    def verify(self) -> None:
        """Damaged when a file is missing or is not the one that the card describes."""
        for name, expected in self.card.files.items():
            path = self.folder / name
            if not path.is_file():
                raise Damaged(f"Model file {path} is missing: install the model again.")
            if sha256(path) != expected:
                raise Damaged(f"Model file {path} is not the one its {CARD} describes (sha256): install it again.")


def locate(name: str) -> Artefact:
    """Find a model by shipped name ("embed"), local folder, or "hf:org/name".

    Raises:
        WrongUse: there is no such model, or it is of no known layout.
        MissingExtra: the package that has it is not installed.
        Damaged: its card cannot be read.
    """
    if name.startswith(HUB):
        return _read(_from_hub(name.removeprefix(HUB)), name)
    shipped = _shipped(name)
    if shipped:
        return _read(shipped, name)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _read(folder.resolve(), folder.resolve().name)
    raise WrongUse(f'There is no model "{name}": name a shipped one ("embed"), a local folder, or "hf:org/name".')


def locate_as(kind: str, name: str, mend: str) -> Artefact:
    """As `locate`; WrongModel, with what to do instead (`mend`), where the model is of another kind."""
    artefact = locate(name)
    if artefact.card.kind != kind:
        raise WrongModel(f'Model "{name}" is of kind "{artefact.card.kind}": {mend}.')
    return artefact


def install(artefact: Artefact, folder: Path) -> Artefact:
    """Copy the artefact to `folder`, in the place of a model that may be there, once the copy's hashes are right.

    Raises:
        WrongUse: `folder` holds something that is no model, is the artefact's own, or cannot be written.
        Damaged: the artefact is not what its card describes.
    """
    check_place(artefact, folder)
    fresh, old = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    try:
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(artefact.folder, fresh)
        Artefact(fresh, artefact.card).verify()
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        raise WrongUse(f"The model cannot be copied to {folder} ({error}): name another place.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return Artefact(folder, artefact.card)


def check_place(artefact: Artefact, folder: Path) -> None:
    """WrongUse when `install` would refuse this folder."""
    if artefact.folder.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise WrongUse(f"{folder} is the model's own folder: name another place.")
    model = (folder / CARD).is_file() or _network(folder)
    if folder.exists() and not model and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{folder} holds something that is no model: name a new folder, or one with a model.")


def sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shipped(name: str) -> Path | None:
    """The folder of a model of the distribution `wenyuan-models`."""
    if not name.isidentifier():
        return None
    try:
        import wenyuan_models
    except ImportError:
        if Path(name).is_dir():
            return None
        raise MissingExtra(f'Model "{name}" is in a package that is missing: `pip install wenyuan-models`.') from None
    folder: Path = wenyuan_models.path(name)
    return folder if folder.is_dir() else None


def _from_hub(repository: str) -> Path:
    """The local copy of a hub repository, downloaded when it is not in the cache."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError:
        raise MissingExtra(
            f'"{HUB}{repository}" needs the package huggingface_hub: `pip install huggingface_hub`.'
        ) from None
    try:
        folder = Path(snapshot_download(repository, allow_patterns=HUB_FILES))
        if not _network(folder):
            snapshot_download(repository, allow_patterns=NETWORKS[-1])
        return folder
    except (HFValidationError, HfHubHTTPError) as error:
        reason = str(error).splitlines()[0]
        raise WrongUse(f'The hub does not give "{repository}" ({reason}): check the name and your access.') from error
    except (LocalEntryNotFoundError, OSError) as error:
        raise WrongUse(
            f'"{HUB}{repository}" is not in the local cache and the hub cannot be reached: '
            "download it where there is a network and give its folder."
        ) from error


def _read(folder: Path, name: str) -> Artefact:
    if (folder / CARD).is_file():
        try:
            return Artefact(folder, ModelCard(**_json(folder / CARD)))
        except TypeError as error:
            raise Damaged(f"{folder / CARD} is not a model card ({error}): install the model again.") from error
    return Artefact(folder, _card_of_hugging_face(folder, name))


def _card_of_hugging_face(folder: Path, name: str) -> ModelCard:
    """Read the layout of sentence-transformers, of an encoder or of a cross-encoder.

    All but config.json, tokenizer.json and the network is optional.
    """
    network = _network(folder)
    if not (network and (folder / "config.json").is_file() and (folder / "tokenizer.json").is_file()):
        raise WrongUse(
            f"{folder} is no model: it needs {CARD}, or config.json, tokenizer.json and one of {', '.join(NETWORKS)}."
        )
    config = _json(folder / "config.json")
    scores = any(name.endswith(_SCORING) for name in config.get("architectures") or ())
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts", {})
    limits = [
        _json(folder / "sentence_bert_config.json").get("max_seq_length"),
        _json(folder / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
    ]
    files = [*sorted((folder / network).parent.glob(Path(network).name + "*")), folder / "tokenizer.json"]
    return ModelCard(
        name=name,
        kind="reranker" if scores else "encoder",
        dimension=1 if scores else config["hidden_size"],
        max_tokens=min(int(limit) for limit in limits if limit),
        files={path.relative_to(folder).as_posix(): sha256(path) for path in files},
        network=network,
        query_prefix=prompts.get("query", ""),
        passage_prefix=prompts.get("passage", prompts.get("document", "")),
        pooling="none" if scores else _pooling(folder),
    )


def _network(folder: Path) -> str | None:
    return next((name for name in NETWORKS if (folder / name).is_file()), None)


def _pooling(folder: Path) -> Pooling:
    """How the model pools; WrongUse when it has parts that we would have to leave out."""
    modules = folder / "modules.json"
    kinds = (
        {module["type"].rpartition(".")[2] for module in json.loads(modules.read_text())}
        if modules.is_file()
        else set()
    )
    config = _json(folder / "1_Pooling" / "config.json")
    modes = {mode for mode, on in config.items() if mode.startswith("pooling_mode_") and on}
    mode = str(config.get("pooling_mode") or ",".join(sorted(modes)) or "mean")
    known: dict[str, Pooling] = {
        "mean": "mean",
        "cls": "cls",
        "lasttoken": "last",
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
        "pooling_mode_lasttoken": "last",
    }
    if kinds - MODULES or mode not in known:
        parts = ", ".join(sorted(kinds - MODULES) or [mode])
        raise WrongUse(f"{folder} has parts that are not supported ({parts}): choose another model.")
    return known[mode]


def _json(path: Path) -> dict[str, Any]:
    """A JSON object; an empty one where there is no such file."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Damaged(f"{path} is not JSON ({error}): install the model again.") from error
    if not isinstance(value, dict):
        raise Damaged(f"{path} is not a JSON object: install the model again.")
    return value
