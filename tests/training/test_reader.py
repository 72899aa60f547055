"""The network of a reader: what it is made from, where a span may be, which span is best, what its folder holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.torch import load_file  # noqa: E402

from tiny_training import HIDDEN, tiny_model  # noqa: E402
from wenyuan.training.reader import LONGEST_SPAN, OUT, BertReader, best_span, padded, tokens_of  # noqa: E402


@pytest.fixture
def reader(tmp_path: Path) -> BertReader:
    torch.manual_seed(0)
    made = BertReader.open(tiny_model(tmp_path / "base"), early_layer=1).eval()
    made.tokenizer.model_max_length = 16
    return made


def test_a_reader_starts_as_the_cross_encoder_it_is_drawn_on(reader, tmp_path):
    transformers = pytest.importorskip("transformers")
    plain = transformers.BertForSequenceClassification.from_pretrained(tmp_path / "base").eval()
    inputs = padded(reader.encode([("what is red", "is red is blue"), ("what", "is")]))
    readable = inputs.pop("readable")
    with torch.no_grad():
        output, logits = reader(**inputs), plain(**inputs).logits[:, 0]
        states = reader.bert(**inputs, output_hidden_states=True).hidden_states
    torch.testing.assert_close(output.relevance, logits)
    torch.testing.assert_close(output.early, reader.early(states[1][:, 0])[:, 0])
    torch.testing.assert_close(output.spans, reader.spans(states[-1]))
    assert inputs["attention_mask"].sum(1).tolist() == [10, 5]
    assert readable.nonzero().tolist() == [[0, 0], *([0, token] for token in range(5, 9)), [1, 0], [1, 3]]


def test_the_saved_folder_is_one_of_hugging_face_and_opens_again(reader, tmp_path):
    reader.save_pretrained(tmp_path / "saved", create_model_card=False)
    tensors = load_file(tmp_path / "saved" / "model.safetensors")
    assert {name for name in tensors if not name.startswith("bert.")} == {
        f"{head}.{part}" for head in ("classifier", "spans", "early") for part in ("weight", "bias")
    }
    assert tensors["spans.weight"].shape == (2, HIDDEN)
    config = json.loads((tmp_path / "saved" / "config.json").read_text())
    assert (config["architectures"], config["model_type"], config["early_layer"]) == (["BertReader"], "bert", 1)
    assert (tmp_path / "saved" / "tokenizer.json").is_file()
    again = BertReader.open(tmp_path / "saved").eval()
    assert again.tokenizer.model_max_length == 16
    inputs = padded(again.encode([("what is red", "is red")]))
    inputs.pop("readable")
    with torch.no_grad():
        for ours, theirs in zip(again(**inputs), reader(**inputs), strict=True):
            torch.testing.assert_close(ours, theirs)


def test_its_folder_serves_as_a_cross_encoder_as_well(reader, tmp_path):
    pytest.importorskip("sentence_transformers")
    from wenyuan.models import load_cross_encoder

    reader.save_pretrained(tmp_path / "saved")
    passages = ["is red is blue", "is gold"]
    inputs = padded(reader.encode([("what is red", passage) for passage in passages]))
    inputs.pop("readable")
    with torch.no_grad():
        relevance = reader(**inputs).relevance.numpy()
    scores = load_cross_encoder(str(tmp_path / "saved")).score("what is red", passages)
    np.testing.assert_allclose(scores, relevance, atol=1e-5)


def test_a_folder_that_is_not_bert_is_no_reader(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ValueError, match="gpt2, not bert"):
        BertReader.open(tmp_path, 1)


def test_characters_become_the_tokens_that_hold_them_and_what_was_cut_off_none(reader):
    text = "is red is blue"
    (encoding,) = reader.encode([("what is red", text)])
    first, last = tokens_of(encoding, (text.index("blue"), len(text)))
    assert first == last
    assert text[encoding.offsets[first][0] : encoding.offsets[last][1]].strip() == "blue"
    assert tokens_of(encoding, (0, len(text))) == (last - 3, last)
    long = "is red " * 20 + "blue"
    (cut,) = reader.encode([("what is red", long)])
    assert len(cut.ids) == 16
    assert tokens_of(cut, (long.index("blue"), len(long))) is None  # wholly
    assert tokens_of(cut, (3, len(long))) is None  # in part
    assert tokens_of(cut, (0, 6)) is not None


def test_the_best_span_is_in_order_short_enough_and_measured_against_none():
    logits = np.full((8, 2), 0.0, np.float32)
    logits[0] = 1, 2
    logits[5, 0], logits[2, 1], logits[6, 1] = 4, 5, 3  # the best end lies before the best start
    assert best_span(logits) == (5, 6, 4.0)
    far = np.full((LONGEST_SPAN + 3, 2), -5.0, np.float32)
    far[1, 0] = far[LONGEST_SPAN + 1, 1] = 9
    assert best_span(far).last - best_span(far).first < LONGEST_SPAN
    far[LONGEST_SPAN + 1, 1], far[LONGEST_SPAN, 1] = -5, 9
    assert best_span(far) == (1, LONGEST_SPAN, 28.0)


def test_no_span_lies_in_the_query_or_the_padding():
    logits = np.full((6, 2), OUT, np.float32)
    logits[0] = 0
    logits[3:5] = -2
    assert best_span(logits) == (3, 3, -4.0)
