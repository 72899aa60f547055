"""Feature transfer between models of different width, heads and depth."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from sentence_transformers import CrossEncoder  # noqa: E402
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification  # noqa: E402

from tiny_training import tiny_model  # noqa: E402
from wenyuan.errors import WrongUse  # noqa: E402
from wenyuan.training.config import Distil, LayerMatch  # noqa: E402
from wenyuan.training.losses.features import FeatureMatch, load_teacher, recorded  # noqa: E402
from wenyuan.training.losses.ranking import make_loss  # noqa: E402

PAIRS = [("what is red", "is red"), ("what is blue", "is green is green is blue is blue")]
BOTH = (LayerMatch(3, 1), LayerMatch(0, 0, weight=0.5), LayerMatch(3, 2, "attention"))


def opened(folder):
    return CrossEncoder(str(folder), num_labels=1, max_length=32, device="cpu")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A student (2 layers, width 32, 2 heads) and a teacher (3 layers, width 48, 3 heads) of one tokenizer."""
    root = tmp_path_factory.mktemp("models")
    student, teacher = tiny_model(root / "student"), root / "teacher"
    torch.manual_seed(5)
    config = BertConfig.from_pretrained(
        student, hidden_size=48, num_attention_heads=3, num_hidden_layers=3, num_labels=1
    )
    BertForSequenceClassification(config).save_pretrained(teacher)
    AutoTokenizer.from_pretrained(student).save_pretrained(teacher)
    return student, teacher


@pytest.fixture
def pair(folders):
    return opened(folders[0]).eval(), load_teacher(str(folders[1]), "cpu")


def distances(match, student, pairs):
    tokens = student.preprocess(pairs)
    with recorded(student, match.matches) as caught:
        student(dict(tokens))
    return match(tokens, caught[0])


def test_a_model_is_at_distance_zero_from_itself(folders):
    student = opened(folders[0]).eval()
    matches = (LayerMatch(0, 0), LayerMatch(2, 2), LayerMatch(1, 1, "attention"))
    match = FeatureMatch(student, load_teacher(str(folders[0]), "cpu"), matches)
    assert distances(match, student, PAIRS).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)


def test_hidden_and_attention_distances_equal_a_plain_computation_without_padding(pair):
    student, teacher = pair
    match = FeatureMatch(student, teacher, BOTH)
    together = distances(match, student, PAIRS)
    for n, texts in enumerate(PAIRS):
        tokens = {k: v for k, v in student.preprocess([texts]).items() if k != "modality"}
        ask = {"output_hidden_states": True, "output_attentions": True}
        ours, theirs = student.transformers_model(**tokens, **ask), teacher.transformers_model(**tokens, **ask)
        deep = (match.adapters[0](ours.hidden_states[1]) - theirs.hidden_states[3]).square().mean()
        words = (match.adapters[1](ours.hidden_states[0]) - theirs.hidden_states[0]).square().mean()
        mixed = torch.einsum("hqk,oh->oqk", ours.attentions[1][0], match.adapters[2].weight)
        maps = (mixed - theirs.attentions[2][0]).square().sum(-1).mean()
        assert together[n].item() == pytest.approx((deep + 0.5 * words + maps).item(), rel=1e-4)


def test_only_the_student_and_the_adapters_learn(pair):
    student, teacher = pair
    match = FeatureMatch(student, teacher, BOTH)
    distances(match.train(), student.train(), PAIRS).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in match.adapters.parameters())
    assert student.transformers_model.bert.encoder.layer[0].output.dense.weight.grad.abs().sum() > 0
    assert not teacher.training
    assert all(p.grad is None and not p.requires_grad for p in teacher.parameters())
    assert len(list(match.parameters())) == len(list(match.adapters.parameters())) == 5


def test_adapters_and_hooks_leave_no_trace_in_the_saved_student(folders, tmp_path):
    student = opened(folders[0])
    config = Distil(teacher=str(folders[1]), features=BOTH)
    loss = make_loss(student, config)
    labels = [torch.tensor([[1.0, 0.0], [3.0, -1.0], [1.0, 1.0]])]
    loss(([PAIRS[0][0]], [[PAIRS[0][1], PAIRS[1][1]]]), labels)["features"].backward()
    student.save_pretrained(str(tmp_path / "out"))
    opened(folders[0]).save_pretrained(str(tmp_path / "untouched"))
    for file in ("config.json", "sentence_bert_config.json", "modules.json"):
        assert (tmp_path / "out" / file).read_text() == (tmp_path / "untouched" / file).read_text()
    assert set(opened(tmp_path / "out").state_dict()) == set(opened(folders[0]).state_dict())
    assert not student.transformers_model.base_model._forward_hooks


def test_a_match_lowers_the_distance(pair):
    student, teacher = pair
    match = FeatureMatch(student, teacher, BOTH)
    optimiser = torch.optim.AdamW([*student.parameters(), *match.parameters()], lr=3e-3)
    course = []
    for _ in range(30):
        loss = distances(match, student, PAIRS).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        course.append(loss.item())
    assert course[-1] < 0.5 * course[0]


def test_distances_are_float32_under_autocast(pair):
    student, teacher = pair
    match = FeatureMatch(student, teacher, BOTH)
    exact = distances(match, student, PAIRS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = distances(match, student, PAIRS)
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx(exact.tolist(), rel=0.05)


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (LayerMatch(4, 1), "teacher has no hidden layer 4: its layers are 0 to 3"),
        (LayerMatch(1, 3), "student has no hidden layer 3: its layers are 0 to 2"),
        (LayerMatch(1, 0, "attention"), "student has no attention layer 0: its layers are 1 to 2"),
    ],
)
def test_a_layer_that_does_not_exist_is_named(pair, match, words):
    with pytest.raises(WrongUse, match=words):
        FeatureMatch(*pair, [match])


def test_another_tokenizer_is_refused_for_features_and_welcome_for_scores(folders, tmp_path):
    student, teacher = opened(folders[0]), tmp_path / "other"
    BertForSequenceClassification.from_pretrained(folders[1]).save_pretrained(teacher)
    AutoTokenizer.from_pretrained(folders[1]).save_pretrained(teacher)
    file = teacher / "tokenizer.json"
    file.write_text(file.read_text("utf-8").replace("▁red", "▁rot"), "utf-8")
    with pytest.raises(WrongUse, match="different tokenizers"):
        make_loss(student, Distil(teacher=str(teacher), features=(LayerMatch(1, 1),)))
    assert make_loss(student, Distil(teacher=str(teacher))).features is None


def test_a_teacher_that_cannot_be_used_is_refused(folders, tmp_path):
    with pytest.raises(WrongUse, match="cannot be loaded"):
        load_teacher(str(tmp_path / "nothing"), "cpu")
    student = CrossEncoder(str(folders[0]), num_labels=1, max_length=65, device="cpu")
    student.max_seq_length = 65
    with pytest.raises(WrongUse, match="lower max_tokens"):
        FeatureMatch(student, load_teacher(str(folders[1]), "cpu"), [LayerMatch(1, 1)])
