"""Finding models: shipped, in folders of either layout, on the hub; and noticing what is wrong with them."""

from __future__ import annotations

import json
import sys

import pytest

from wenyuan.errors import Damaged, MissingExtra, WrongUse
from wenyuan.models import PRESETS, Artefact, ModelCard, install, locate
from wenyuan.models.artefact import sha256


@pytest.fixture
def hub_folder(tmp_path):
    """A folder as sentence-transformers writes it."""
    (tmp_path / "onnx").mkdir()
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"graph")
    (tmp_path / "tokenizer.json").write_text("{}")
    write(tmp_path / "config.json", hidden_size=32, max_position_embeddings=514)
    write(tmp_path / "tokenizer_config.json", model_max_length=512)
    write(tmp_path / "1_Pooling" / "config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    write(tmp_path / "config_sentence_transformers.json", prompts={"query": "Q: ", "document": "D: "})
    return tmp_path


def write(path, **values):
    path.write_text(json.dumps(values))


def test_the_shipped_model_is_what_its_card_says():
    artefact = locate("embed")
    artefact.verify()
    card = artefact.card
    assert (card.dimension, card.max_tokens) == (384, 512)
    assert card.licence.startswith("MIT")
    assert set(card.files) == {"model.onnx", "tokenizer.json"}
    assert sum((artefact.folder / name).stat().st_size for name in card.files) <= 50e6
    assert card.scores["ndcg10_zh_en"] > 0.7


def test_card_survives_writing(tmp_path):
    card = ModelCard("m", "encoder", 8, 16, files={"a": "0"}, query_prefix="问：", scores={"x": 0.5})
    card.write(tmp_path)
    assert locate(str(tmp_path)) == Artefact(tmp_path, card)


def test_a_changed_file_is_damaged_and_changes_the_id(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"one")
    card = ModelCard("m", "encoder", 8, 16, files={"model.onnx": sha256(tmp_path / "model.onnx")})
    Artefact(tmp_path, card).verify()
    (tmp_path / "model.onnx").write_bytes(b"two")
    with pytest.raises(Damaged, match="sha256"):
        Artefact(tmp_path, card).verify()
    other = ModelCard("m", "encoder", 8, 16, files={"model.onnx": sha256(tmp_path / "model.onnx")})
    assert Artefact(tmp_path, card).id != Artefact(tmp_path, other).id
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(Damaged, match="missing"):
        Artefact(tmp_path, card).verify()


def test_layout_of_sentence_transformers_is_read(hub_folder):
    card = locate(str(hub_folder)).card
    assert (card.network, card.pooling, card.dimension, card.max_tokens) == ("onnx/model.onnx", "cls", 32, 512)
    assert (card.query_prefix, card.passage_prefix) == ("Q: ", "D: ")
    assert set(card.files) == {"onnx/model.onnx", "tokenizer.json"}


def test_layout_without_the_optional_files(hub_folder):
    for name in ("tokenizer_config.json", "1_Pooling/config.json", "config_sentence_transformers.json"):
        (hub_folder / name).unlink()
    card = locate(str(hub_folder)).card
    assert (card.pooling, card.max_tokens, card.query_prefix) == ("mean", 514, "")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("modules.json", [{"type": "sentence_transformers.models.Dense"}]),
    ],
)
def test_parts_we_would_leave_out_are_refused(hub_folder, file, content):
    (hub_folder / file).write_text(json.dumps(content))
    with pytest.raises(WrongUse, match="not supported"):
        locate(str(hub_folder))


def test_safetensors_serve_where_there_is_no_graph(hub_folder):
    (hub_folder / "onnx" / "model.onnx").unlink()
    with pytest.raises(WrongUse, match="is no model"):
        locate(str(hub_folder))
    (hub_folder / "model.safetensors").write_bytes(b"weights")
    assert locate(str(hub_folder)).card.network == "model.safetensors"


@pytest.mark.parametrize("text", ["{", "[]", '{"surprise": 1}'])
def test_a_broken_card_is_damaged(tmp_path, text):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(Damaged, match=r"model\.json"):
        locate(str(tmp_path))


@pytest.mark.parametrize("name", ["nothing", "/no/such/folder"])
def test_unknown_names(name):
    with pytest.raises(WrongUse, match="There is no model"):
        locate(name)


def test_without_the_package_of_models(monkeypatch):
    monkeypatch.setitem(sys.modules, "wenyuan_models", None)
    with pytest.raises(MissingExtra, match="pip install wenyuan-models"):
        locate("embed")


def test_hub_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match="huggingface_hub"):
        locate("hf:org/name")


def test_hub_offline(monkeypatch, tmp_path):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WrongUse, match="not in the local cache"):
        locate("hf:org/name")
    with pytest.raises(WrongUse, match="check the name"):
        locate("hf:no/such/name")


def test_hub_snapshot_is_read_like_a_folder(monkeypatch, hub_folder):
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", lambda repository, **_: str(hub_folder))
    assert locate("hf:org/name").card.name == "hf:org/name"


def test_presets_have_distinct_names_and_cover_both_languages():
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    for stage in ("encoder", "reranker"):
        assert {language for preset in PRESETS if preset.stage == stage for language in preset.languages} == {
            "zh",
            "en",
        }
    assert locate(PRESETS[0].model).card.kind == "encoder"


def test_only_what_is_shipped_needs_nothing():
    assert [preset.name for preset in PRESETS if not preset.needs] == ["embed", "rerank"]
    assert all(preset.shipped == (not preset.needs) for preset in PRESETS)
    assert {preset.needs for preset in PRESETS if preset.stage == "base"} == {"wenyuan[train]"}


@pytest.mark.parametrize(
    "model",
    [
        *("hf:hfl/chinese-roberta-wwm-ext", "hf:hfl/chinese-macbert-base"),
        *("hf:nghuyong/ernie-3.0-base-zh", "hf:Langboat/mengzi-t5-base"),
        *("hf:sentence-transformers/all-MiniLM-L6-v2", "hf:sentence-transformers/all-mpnet-base-v2"),
        *("hf:sentence-transformers/multi-qa-MiniLM-L6-cos-v1", "hf:cross-encoder/ms-marco-MiniLM-L-6-v2"),
        *("hf:BAAI/bge-m3", "hf:BAAI/bge-reranker-base", "hf:intfloat/multilingual-e5-base"),
    ],
)
def test_the_models_of_each_language_and_stage_are_presets(model):
    assert model in {preset.model for preset in PRESETS}


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"new")
    card = ModelCard("m", "reranker", 1, 16, files={"model.onnx": sha256(folder / "model.onnx")})
    card.write(folder)
    return Artefact(folder, card)


def test_an_installed_model_is_the_same_and_takes_the_place_of_another(tmp_path, model):
    place = tmp_path / "place"
    assert install(model, place).id == model.id
    (place / "model.onnx").write_bytes(b"old")
    install(model, place)
    locate(str(place)).verify()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "place"]


def test_a_damaged_model_is_not_installed(tmp_path, model):
    place = tmp_path / "place"
    install(model, place)
    (model.folder / "model.onnx").write_bytes(b"broken")
    with pytest.raises(Damaged, match="sha256"):
        install(model, place)
    locate(str(place)).verify()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "place"]


def test_a_model_is_installed_neither_in_its_own_folder_nor_over_something_else(tmp_path, model):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("mine")
    for place in (model.folder, model.folder / "inner", tmp_path / "notes"):
        with pytest.raises(WrongUse, match="name a"):
            install(model, place)
