"""Texts as answers: pieces, search, judging, and a function that says texts, from the examples to a call."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import onnxruntime
import pytest
import spox
import torch

import wisen
from tests.conftest import imported
from wisen import nn
from wisen.drawn import draw
from wisen.errors import BadSignature
from wisen.kinds import KINDS, from_json, generated, subtitles
from wisen.kinds.wording import LONGEST, Wording, joined, padded
from wisen.nn import prefixes
from wisen.nn.form import Grid, Layer, Sequence, Texts, Tokens
from wisen.nn.form import Wording as Size
from wisen.plans import plans
from wisen.signature import Column

BUDGET = 3
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def numbers(count: int, most: int = 3) -> list[dict[str, str]]:
    chance = random.Random(0)
    every = ["".join(chance.choice("0123456789") for _ in range(chance.randint(1, most))) for _ in range(count)]
    return [{"number": each, "answer": " ".join(WORDS[int(digit)] for digit in each)} for each in every]


def fitted(texts: list[str]) -> Any:
    return KINDS["text"]().with_labels(texts).fit(texts)  # type: ignore[attr-defined]


# ---- pieces ------------------------------------------------------------------------------------


def test_pieces_put_together_are_the_text_again() -> None:
    texts = ["eins zwei", " two  spaces ", "señor: 12 €", "ὑπό τὴν", "line\nline", ""] * 3
    wording = Wording(texts)
    for text, row in zip(texts, wording.numbers(texts), strict=True):
        assert "".join(wording.pieces[number] for number in row) == text
    assert wording.pieces[0] == "" and len(set(wording.pieces)) == len(wording.pieces)


def test_pieces_are_the_same_in_every_process() -> None:
    code = """
from wisen.kinds.wording import Wording
words = Wording([f"the {word} of {n} words, Größe {7 * n}" for n, word in enumerate("red blue sea αβγ".split() * 20)])
print(words.read, words.pieces)
"""
    said = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(3)}
    assert len(said) == 1


def test_half_a_character_is_a_question_mark() -> None:
    wording = Wording(["one \ud800 two", "three"] * 9)
    assert "?" in "".join(wording.pieces) and wording.read
    assert wording.numbers(["one \udfff"]) == wording.numbers(["one ?"])


def test_characters_that_no_example_has_are_left_out() -> None:
    wording = Wording(["abc abc"] * 9)
    (row,) = wording.numbers(["abc 漢 abc"])
    assert "".join(wording.pieces[number] for number in row).split() == ["abc", "abc"]


def test_names_are_said_letter_by_letter() -> None:
    wording = Wording(["anna", "hannah", "nathan"] * 50)
    assert {len(piece) for piece in wording.pieces[1:]} == {1}


def test_no_text_is_longer_than_its_limit() -> None:
    long = ["a b c d e f g h " * 100]
    assert Wording(long).most == LONGEST
    kind = fitted(long)
    target = kind.target(long)
    assert target.shape == (1, LONGEST + 1) and target[0, -1] == 0 and (target[0, :-1] > 0).all()
    assert padded([[1, 2, 3], []], 2).tolist() == [[1, 2, 0], [0, 0, 0]]
    assert "longer than 8,192 bytes in 1 examples" in " ".join(kind.doubts(["x" * 9000, "y"]))


def test_texts_are_joined_inside_the_graph() -> None:
    raw = spox.argument(spox.Tensor(np.int64, ("batch", 2, 4)))
    model = spox.build({"numbers": raw}, {"texts": joined(raw, ["", "ab", " c", "é"])})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found = session.run(None, {"numbers": np.array([[[1, 2, 0, 0], [0, 0, 0, 0]], [[3, 3, 3, 3], [2, 0, 0, 0]]])})[0]
    assert found.tolist() == [["ab c", ""], ["éééé", " c"]]


# ---- heads -------------------------------------------------------------------------------------

SIZE = Size(40, 12, 16)


def head_and_input(form: Any, layers: tuple[Layer, ...]) -> tuple[Any, torch.Tensor, spox.Var]:
    torch.manual_seed(0)
    chain = nn.build(layers, form).eval()
    with torch.no_grad():
        for weight in chain.parameters():
            weight.mul_(3)  # so that it is sure of something
        if layers[-1].block == "decoder":
            decoder: Any = chain.blocks[-1]
            decoder.bias[0] += 4  # so that some texts end
    match form:
        case Tokens():
            x = torch.randint(1, form.vocabulary, (6, 9))
            x[1, 4:] = x[2, 1:] = x[3] = 0
            raw = spox.argument(spox.Tensor(np.int64, ("batch", "time")))
        case Grid():
            x = torch.randn(6, 1, form.height, form.width)
            raw = spox.argument(spox.Tensor(np.float32, ("batch", 1, form.height, form.width)))
        case _:
            x = torch.randn(6, 9, form.width)
            raw = spox.argument(spox.Tensor(np.float32, ("batch", "time", form.width)))
    return chain, x, raw


HEADS = [
    (Tokens(30), (Layer("ordered", 16), Layer("recurrent", 16), Layer("decoder", SIZE))),
    (Sequence(8), (Layer("recurrent", 16), Layer("decoder", SIZE))),
    (Sequence(8), (Layer("decoder", SIZE),)),
    (Grid(1, 4, 40), (Layer("columns"), Layer("recurrent", 16), Layer("ctc", SIZE))),
    (Sequence(8), (Layer("ctc", SIZE),)),
    (Sequence(8), (Layer("ctc", replace(SIZE, beam=1)),)),
    (Sequence(8), (Layer("decoder", replace(SIZE, beam=1)),)),
]


@pytest.mark.parametrize(("form", "layers"), HEADS, ids=[f"{f} {ls[-1].block}" for f, ls in HEADS])
def test_the_graph_finds_the_same_texts(form: Any, layers: tuple[Layer, ...]) -> None:
    chain, x, raw = head_and_input(form, layers)
    session = onnxruntime.InferenceSession(spox.build({"x": raw}, {"y": chain.graph(raw)}).SerializeToString())
    with torch.no_grad():
        wanted = chain(x).numpy()
    said = session.run(None, {"x": x.numpy()})[0]
    gives = chain.gives
    assert isinstance(gives, Texts) and wanted.shape == (6, gives.beam, 2 + SIZE.most * (1 + gives.timed))
    np.testing.assert_allclose(said, wanted, rtol=1e-4, atol=1e-3)
    for place in range(6):  # alone as in a batch
        alone = session.run(None, {"x": x[place : place + 1].numpy()})[0]
        np.testing.assert_allclose(alone[0], said[place], rtol=1e-4, atol=1e-3)


def test_the_search_gives_the_probability_that_the_head_has_when_it_is_told_the_text() -> None:
    chain, x, _ = head_and_input(*HEADS[0])
    with torch.no_grad():
        found = chain(x)[:, 0]
        whole = (found[:, 2:] == 0).any(1)  # others were cut at the limit
        told = chain.told(x, torch.nn.functional.pad(found[:, 2:], (0, 1)).long()).sum(1)
    assert whole.any()
    torch.testing.assert_close(told[whole], found[whole, 0], rtol=1e-3, atol=1e-3)


def test_a_wider_search_finds_likelier_texts() -> None:
    chain, x, _ = head_and_input(*HEADS[0])
    scores = []
    for beam in (1, 4, 8):
        chain.blocks[-1].size = replace(SIZE, beam=beam)
        with torch.no_grad():
            scores.append(float(chain(x)[:, 0, 0].mean()))
    assert scores[0] <= scores[1] + 1e-4 <= scores[2] + 2e-4


def test_told_the_truth_a_head_says_a_number_for_each_piece_and_its_end() -> None:
    chain, x, _ = head_and_input(*HEADS[0])
    truth = torch.zeros(6, SIZE.most + 1, dtype=torch.int32)
    truth[0, :3] = 5
    with torch.no_grad():
        said = chain.told(x, truth)
    assert said.shape == truth.shape and (said <= 0).all()
    assert (said[0, :4] < 0).all() and (said[0, 4:] == 0).all() and (said[1:, 1:] == 0).all()


def spelled(logs: np.ndarray) -> list[tuple[tuple[int, ...], float]]:
    """Every text that steps spell, and the logarithm of its probability, the likeliest first: by trying all ways."""
    found: dict[tuple[int, ...], float] = {}
    for way in itertools.product(range(logs.shape[1]), repeat=len(logs)):
        text = tuple(piece for place, piece in enumerate(way) if piece and (not place or way[place - 1] != piece))
        chance = float(sum(logs[step, piece] for step, piece in enumerate(way)))
        found[text] = float(np.logaddexp(found.get(text, -np.inf), chance))
    return sorted(found.items(), key=lambda each: -each[1])


def test_prefix_search_finds_the_likeliest_texts_and_how_likely_they_are() -> None:
    torch.manual_seed(0)
    logs, flags = torch.randn(5, 5, 4).mul(1.5).log_softmax(2), torch.ones(5, 5)
    flags[1, 3:] = flags[2, 1:] = 0
    found = prefixes.found(logs, flags, Size(4, 5, 8, beam=400))
    for place, steps in enumerate(flags.sum(1).int().tolist()):
        for said, (text, chance) in zip(found[place, :4], spelled(logs[place, :steps].numpy()), strict=False):
            assert [piece for piece in said[2:7].int().tolist() if piece] == list(text)
            assert float(said[0]) == pytest.approx(chance, abs=1e-4)
            begins = said[7 : 7 + len(text)].tolist()
            assert begins == sorted(begins) and all(0 <= each < 1 for each in begins)


def test_a_text_of_a_narrow_prefix_search_is_no_likelier_than_it_is() -> None:
    torch.manual_seed(1)
    logs = torch.randn(4, 6, 3).log_softmax(2)
    found = prefixes.found(logs, torch.ones(4, 6), Size(3, 6, 8, beam=2))
    for place in range(4):
        whole = dict(spelled(logs[place].numpy()))
        for said in found[place]:
            text = tuple(piece for piece in said[2:8].int().tolist() if piece)
            assert float(said[0]) <= whole[text] + 1e-4


def test_ctc_does_not_believe_in_a_text_that_is_longer_than_the_sound() -> None:
    chain, x, _ = head_and_input(*HEADS[4])
    truth = torch.zeros(6, SIZE.most + 1, dtype=torch.int32)
    truth[:, :12] = 5  # the same piece twelve times needs 23 steps
    with torch.no_grad():
        said = chain.told(x, truth)
    assert (said[:, 0] == -1000).all()
    chain.train()
    assert chain.told(x, truth).isfinite().all()


@pytest.mark.parametrize("wrong", [0, -1, 65, 1.5, "4"])
def test_a_beam_keeps_a_sensible_number_of_texts(wrong: Any) -> None:
    with pytest.raises(BadSignature, match=r"Write Beam\(1\) to Beam\(64\)"):
        wisen.Beam(wrong)


def test_a_signature_says_how_many_texts_the_search_keeps() -> None:
    @wisen.function
    def said(text: str) -> Annotated[str, wisen.Beam(1)]: ...

    kind: Any = said.signature.outputs[0].kind
    assert kind.beam == 1 and from_json(json.loads(json.dumps(kind.to_json()))).beam == 1  # type: ignore[attr-defined]
    assert KINDS["text"]().beam == 4  # type: ignore[attr-defined]
    (plan,) = plans((Column("text", KINDS["text"]().fit(["a"] * 9)),), (Column("answer", kind.fit(["a b"] * 9)),))
    size: Any = plan.placed[0][1].layers[-1].size
    assert size.beam == 1


# ---- subtitles ---------------------------------------------------------------------------------


def test_subtitles_begin_anew_after_a_pause_and_where_a_line_is_full() -> None:
    pieces = ["he", "llo", " world", " ", "again", "", ""]
    assert subtitles.words(pieces, [0.5, 0.7, 1.0, 3.9, 4.0, 0.0, 0.0]) == [
        ("hello", 0.5),
        ("world", 1.0),
        ("again", 4.0),
    ]
    assert subtitles.written(pieces, [0.5, 0.7, 1.0, 3.9, 4.0, 0.0, 0.0]) == (
        "1\n00:00:00,500 --> 00:00:02,000\nhello world\n\n2\n00:00:04,000 --> 00:00:05,000\nagain\n"
    )
    many = [(f"word{number:02}", 0.3 * number) for number in range(40)]
    lines = subtitles.lined(many)
    assert [word for line in lines for word in line] == many
    assert len(lines) == 7  # six words of six letters in a line of 42
    assert all(sum(len(word) + 1 for word, _ in line) <= 43 for line in lines)
    slow = subtitles.lined([(f"w{number}", 1.4 * number) for number in range(10)])
    assert all(line[-1][1] - line[0][1] <= 6 for line in slow)
    assert subtitles.written([], []) == "" and subtitles.moment(3661.0015) == "01:01:01,002"


# ---- judging -----------------------------------------------------------------------------------


def test_metrics_are_those_of_sacrebleu_and_jiwer() -> None:
    truths, answers = ["the cat sat on the mat", "hello world"], ["the cat sat on a mat", "hello"]
    kind = fitted(truths)
    found = {metric.name: metric.value for metric in kind.metrics(answers, truths)}
    assert next(iter(found)) == "chrF" == kind.goal
    assert found["word error rate"] == pytest.approx((1 / 6 + 1 / 2) / 2)
    assert found["exact match"] == 0
    assert found["chrF"] == pytest.approx(kind.merits(answers, truths).mean())
    assert 0 < found["BLEU"] < 100


@pytest.mark.parametrize("goal", generated.MEASURES)
def test_a_goal_is_the_mean_of_the_merits_of_each_answer(goal: str) -> None:
    truths = ["one two", "three", "", "four five six"]
    kind = replace(fitted(truths), metric=goal)
    for answers in (truths, ["one", "three", "x", ""], [None] * 4):
        metric, merits = kind.metrics(answers, truths)[0], kind.merits(answers, truths)
        assert metric.name == goal
        assert metric.value == pytest.approx(float(merits.mean()) * (1 if metric.better == "higher" else -1))
        assert kind.merits(truths, truths).mean() >= merits.mean()
    assert kind.naive(["b", "a", "b"]) == "b"


def test_what_is_sure_is_right_as_often_as_it_says() -> None:
    chance = np.random.default_rng(0)
    logs = -np.sort(chance.exponential(2.0, (4000, 4)), axis=1) - 0.7
    honest = np.concatenate([np.exp(logs), 1 - np.exp(logs).sum(1, keepdims=True).clip(0, 0.999)], axis=1) ** 0.5
    honest /= honest.sum(1, keepdims=True)
    right = np.array([chance.choice(5, p=row) for row in honest])
    trust = generated.trusted(logs, right)
    said = generated.chances(logs, trust)
    assert abs(said[:, 0].mean() - (right == 0).mean()) < 0.02
    raw = spox.argument(spox.Tensor(np.float32, ("batch", 4)))
    graph = spox.build({"logs": raw}, {"chances": generated.chances_graph(raw, trust)})
    found = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"logs": logs.astype(np.float32)})[0]
    np.testing.assert_allclose(found, said[:, :4], atol=1e-5)


# ---- plans -------------------------------------------------------------------------------------


def columns(inputs: dict[str, Any], texts: list[str]) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    return tuple(Column(name, kind) for name, kind in inputs.items()), (Column("answer", fitted(texts)),)


def test_a_text_is_said_by_attention_and_a_sound_in_its_order() -> None:
    texts = ["one two three"] * 9
    (plan,) = plans(*columns({"text": KINDS["text"]().fit(texts)}, texts))
    assert plan.placed[0][1].layers[-1].block == "decoder" and not plan.linear and not plan.light
    labels = KINDS["category"](choices=("a", "b")).fit(["a", "b"] * 9)  # type: ignore[call-arg]
    (plan,) = plans(*columns({"one": labels, "other": labels}, texts))
    assert [layer.block for layer in plan.placed[0][1].layers] == ["embed", "steps", "decoder"]
    sound = KINDS["audio"]()
    (plan,) = plans(*columns({"sound": sound.fit(sound.samples())}, texts))
    assert plan.placed[0][1].layers[-1].block == "ctc"


def test_short_texts_are_read_byte_by_byte_and_sentences_in_pieces() -> None:
    short = KINDS["text"]().fit(["word", "words"] * 9)
    long = KINDS["text"]().fit(["many words that make a sentence, and so on until the line is full of them"] * 9)
    (one,) = plans(*columns({"text": short}, ["a b"] * 9))
    (other,) = plans(*columns({"text": long}, ["a b"] * 9))
    assert one.placed[0][1].form == Tokens(257)
    assert other.placed[0][1].form != Tokens(257) and other.reads == ("text spelled",)


def test_a_text_that_should_depend_on_several_inputs_is_refused() -> None:
    text, number = KINDS["text"]().fit(["a"] * 9), KINDS["number"]().fit([1.0, 2.0])
    with pytest.raises(BadSignature, match="cannot depend on"):
        plans(*columns({"text": text, "other": text}, ["a b"] * 9))
    with pytest.raises(BadSignature, match="none of"):
        plans(*columns({"number": number}, ["a b"] * 9))


def test_the_manifest_gives_an_answer_back() -> None:
    kind = replace(fitted(["one two"] * 9), trust=(0.5, 1.0), metric="exact match")
    assert from_json(json.loads(json.dumps(kind.to_json()))) == kind
    for wrong in ({"most": -1}, {"most": 10**6}, {"trust": [1.0]}, {"trust": [1e9, 0.0]}, {"metric": "taste"}):
        with pytest.raises(wisen.WisenError):
            from_json({**kind.to_json(), **wrong})


# ---- from examples to a call -------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp("spell")
    file = folder / "spelling.py"
    file.write_text(
        "import wisen\n\n@wisen.function\ndef spell(number: str) -> str:\n"
        '    """The digits of a number as words."""\n    return "one"\n'
    )
    function = imported(file).spell
    outcome = function.train(numbers(500, 2), budget=BUDGET, metric="exact match", listen=lambda _: None)
    return function, outcome.report


@pytest.fixture
def spell(trained: Any) -> Any:
    return trained[0]


def test_a_function_that_says_texts_is_learned(trained: Any) -> None:
    spell, report = trained
    assert report.verdict == "better" and report.results[0].score("learned").first.value > 0.8
    assert spell("42") == "four two"


def test_a_prediction_has_other_texts_and_a_probability(spell: Any) -> None:
    said = spell.predict("42")
    assert said.value == "four two" == said.alternatives[0][0] and 0.5 < said.probability <= 1
    assert len(said.alternatives) > 1 and sum(chance for _, chance in said.alternatives) <= 1 + 1e-5


def test_many_are_answered_as_each(spell: Any) -> None:
    every = [row["number"] for row in numbers(40, 2)]
    assert spell.map(every) == [spell(each) for each in every]


@pytest.mark.parametrize("odd", ["", " ", "漢字", "\0", "9" * 5000, "😀", "\ud800"])
def test_odd_texts_have_an_answer_of_limited_length(spell: Any, odd: str) -> None:
    said = spell(odd)
    assert isinstance(said, str) and len(said.split()) <= spell.program.outputs[0].kind.most


def test_a_program_is_called_with_numpy_and_onnxruntime_alone(spell: Any) -> None:
    session = onnxruntime.InferenceSession(spell.path.read_bytes())
    text = np.frombuffer(b"35", np.uint8)[None]
    given = {"number": text, "number.lengths": np.array([2], np.int64)}
    assert session.run(["answer"], given)[0].tolist() == ["three five"]


TONES = {"low": 300, "middle": 700, "high": 1500}


def tune(chance: np.random.Generator) -> tuple[wisen.Audio, str]:
    names = chance.choice(list(TONES), chance.integers(1, 3)).tolist()
    time = np.arange(1000) / 8000
    parts = [np.zeros(400)]
    for name in names:
        parts += [np.sin(2 * np.pi * TONES[name] * chance.uniform(0.95, 1.05) * time), np.zeros(600)]
    samples = np.concatenate(parts) + chance.normal(0, 0.01, len(np.concatenate(parts)))
    return wisen.Audio(samples.astype(np.float32), 8000), " ".join(names)


def test_a_sound_is_written_down(tmp_path) -> None:
    file = tmp_path / "tunes.py"
    file.write_text("import wisen\n\n@wisen.function\ndef heard(clip: wisen.Audio) -> str:\n    return 'low'\n")
    heard, chance = imported(file).heard, np.random.default_rng(0)
    examples = [tune(chance) for _ in range(150)]
    outcome = heard.train(examples, budget=1.5, metric="word error rate", accept=True, listen=lambda _: None)
    assert outcome.report.results[0].score("learned").first.value < 0.7  # the naive answer has 0.8
    for clip, said in (tune(chance) for _ in range(3)):
        assert isinstance(heard(clip), str) and said
    assert isinstance(heard(wisen.Audio(np.zeros(8000 * 60, np.float32), 8000)), str)
    assert_timed(heard, [tune(chance)[0] for _ in range(20)])
    assert_written(heard, tune(chance)[0], tmp_path)


def assert_timed(heard: Any, clips: list[wisen.Audio]) -> None:
    """The pieces of the program's answers are those of its text, in the order in which they are heard."""
    tensors = heard.program.tensors([clips])
    for place, clip in enumerate(clips):
        row = heard.program.row(tensors, heard.program.outputs[0], place)
        pieces = [piece for piece in row["pieces"].tolist() if piece]
        when = row["when"][: len(pieces)].tolist()
        assert "".join(pieces) == row[""] and when == sorted(when)
        assert all(0 <= each <= clip.seconds for each in when)
        assert (row["when"][len(pieces) :] == 0).all()


def assert_written(heard: Any, clip: wisen.Audio, folder: Any) -> None:
    """A sound's answer is written as subtitles beside its name."""
    (path,) = draw(heard, "talk.wav", [clip], [heard(clip)], folder / "seen")
    assert path.name == "talk.srt"
    blocks = path.read_text().split("\n\n")
    assert " ".join(block.splitlines()[2] for block in blocks if block.strip()) == heard(clip)
