"""The shipped classifier of intents over the shipped encoder, and what a classifier refuses."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from fakes import word_encoder
from wenyuan.errors import Damaged, WrongModel
from wenyuan.models import LinearClassifier, load_classifier, load_encoder, locate
from wenyuan.models.classifier import softmax
from wenyuan.understand.intent import INTENTS

QUESTIONS = {
    "打印机一直卡纸怎么回事": "troubleshooting",
    "the app closes itself right after I sign in": "troubleshooting",
    "怎样把数据库迁移到新服务器": "howto",
    "How do I change the language of the console?": "howto",
    "标准版和企业版有什么区别": "comparison",
    "拆封了还能退货吗": "policy",
    "你好呀": "chitchat",
    "where can I download the user manual": "navigation",
    "X200 的额定电压是多少": "lookup",
}


@pytest.fixture(scope="module")
def intents() -> LinearClassifier:
    made = load_classifier("intent", load_encoder("embed"))
    assert made is not None
    return made


def test_the_shipped_classifier_knows_the_intents(intents):
    intents.artefact.verify()
    assert set(intents.labels) == set(INTENTS)
    assert intents.artefact.card.scores["macro_f1"] > 0.85
    assert intents.id.startswith("intent@")


def test_plain_questions_are_told_apart_in_both_languages(intents):
    probabilities = intents.probabilities(load_encoder("embed").encode_queries(list(QUESTIONS)))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert [intents.labels[n] for n in probabilities.argmax(axis=1)] == list(QUESTIONS.values())


def test_it_is_none_for_the_vectors_of_another_encoder():
    assert load_classifier("intent", word_encoder()) is None


def test_a_model_of_another_kind_is_refused():
    with pytest.raises(WrongModel, match="name a classifier"):
        load_classifier("embed", load_encoder("embed"))


def test_a_damaged_head_is_noticed(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(locate("intent").folder, folder)
    (folder / "head.npy").write_bytes(b"no numbers")
    with pytest.raises(Damaged, match="sha256"):
        load_classifier(str(folder), load_encoder("embed"))


def test_softmax_of_large_numbers_is_finite():
    np.testing.assert_allclose(softmax(np.array([[1e4, 0.0], [0.0, 0.0]], np.float32)), [[1, 0], [0.5, 0.5]])
