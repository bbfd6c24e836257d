"""Labels: which texts mean them, which spellings are one, and what a program makes of the others."""

from __future__ import annotations

import enum
import json
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import onnxruntime
import pytest
import spox

import wisen
from wisen import Category
from wisen.descent.batches import reader
from wisen.errors import BadSignature, BadValue
from wisen.examples import fitted, known, split
from wisen.kinds import Input, Kind, Output, from_json, kind_of
from wisen.kinds.chances import calibration_error
from wisen.signature import Column, feeds


class Level(enum.Enum):
    HIGH = "h"
    LOW = "l"
    TOP = "h"  # noqa: PIE796 - an alias is what is tested


class Grade(enum.Enum):
    ONE = 2
    TWO = 1


def test_0_and_1_are_no_bool() -> None:
    kind: Any = kind_of(Literal[0, 1])
    assert kind.annotation == "Literal[0, 1]" and not kind.yes_no
    assert [kind.read(raw) for raw in (0.0, 1.0, "1.0", "0", 1)] == [0, 1, 1, 0, 1]
    assert all(type(kind.read(raw)) is int for raw in (0.0, "1", 1))
    with pytest.raises(BadValue, match="none of 0, 1"):
        kind.read("yes")
    both: Any = kind_of(Literal[True, False])
    assert both.annotation == "bool" and both.yes_no and both.read("yes") is True
    assert not Category(open=True).yes_no


def test_a_program_answers_with_the_labels_of_the_function() -> None:
    trained: Any = from_json(listed(kind_of(Literal["1", "2"]).fit([]).to_json()))
    own: Any = kind_of(Literal[1, 2])
    assert trained.key() == own.key()
    assert trained.answer({"": "1"}) == "1" and trained.adopt(own).answer({"": "1"}) == 1
    named: Any = from_json(listed(kind_of(Level).fit([]).to_json()))
    assert named.adopt(kind_of(Level)).answer({"": "HIGH"}) is Level.HIGH


def listed(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Literal[Level.HIGH, Level.LOW], r"<Level.HIGH: 'h'> is no text, whole number or bool\nWrite the Enum itself"),
        (Literal[b"a", b"b"], r"b'a' is no text, whole number or bool\nWrite Literal\["),
        (Literal["a", "b", None], r"None is no text, whole number or bool\nWrite `\| None` behind"),
        (Literal["a"], "two or more labels"),
    ],
)
def test_what_no_label_can_be_is_refused(annotation: Any, said: str) -> None:
    with pytest.raises(BadSignature, match=said):
        kind_of(annotation)


def test_a_member_of_an_enum_is_known_by_its_names_and_its_value() -> None:
    kind: Any = kind_of(Level)
    assert kind.labels() == ["HIGH", "LOW"]  # TOP is another name of HIGH
    for raw in ("HIGH", "high", "TOP", "h", "H", Level.TOP):
        assert kind.read(raw) is Level.HIGH, raw
    assert kind.read(" l ") is Level.LOW
    with pytest.raises(BadValue, match="none of HIGH, LOW"):
        kind.read("x")
    assert [kind_of(Grade).read(raw) for raw in (1, "2", 2.0)] == [Grade.TWO, Grade.ONE, Grade.ONE]


# ---- spellings ---------------------------------------------------------------------------------


@wisen.function
def mood(colour: Annotated[str, Category], size: float) -> Annotated[str, Category]: ...


COLOURS = ["red", "red", "RED", "deep  blue", "deep blue", "green"]


def rows(count: int = 120) -> dict[str, list[Any]]:
    colours = [COLOURS[place % 6] for place in range(count)]
    return {
        "colour": colours,
        "size": [float(place) for place in range(count)],
        "mood": [
            ("Pos" if place % 5 == 0 else "pos") if "r" in c.lower() else "neg" for place, c in enumerate(colours)
        ],
    }


def ids(kind: Kind, *labels: str) -> list[int]:
    assert isinstance(kind, Input)
    (feed,) = feeds([Column("colour", kind)])
    return [int(row[0]) for row in reader(feed).run(None, feed.arrays([[text] for text in labels]))[0]]


def test_all_spellings_of_an_input_enter_the_program_as_one() -> None:
    found = known(rows(), mood.signature)
    assert "colour: 'RED' (20 times) is taken as 'red'" in found.notes
    kind = fitted(split(found))[0][0].kind
    red, capital, deep, wide, green, unseen = ids(kind, "red", "RED", "deep blue", "deep  blue", "green", "Red")
    assert red == capital and deep == wide and len({red, deep, green}) == 3 and min(red, deep, green) > 1
    assert unseen == 1  # as in every other runtime: the program knows the spellings of its examples
    assert ids(from_json(listed(kind.to_json())), "RED", "red") == [capital, red]


def test_labels_that_a_person_named_stay_apart() -> None:
    kind = kind_of(Literal["a", "A"]).fit([])
    assert len(set(ids(kind, "a", "A"))) == 2
    (feed,) = feeds([Column("x", kind), Column("y", kind_of(Annotated[str, Category]).fit(["a", "A"]))])
    assert str(feed.kind.form()) == "ids of 2 columns, 7 classes"


def test_duplicates_that_differ_in_spelling_do_not_straddle() -> None:
    found = known(
        {"colour": ["red", "RED", "Red "] * 4, "size": [1.0] * 12, "mood": ["a", "b", "c"] * 4}, mood.signature
    )
    assert len(set(found.digests)) == 1


def test_the_commonest_spelling_of_an_answer_is_its_label() -> None:
    kind: Any = Category(open=True).with_labels(["pos", "Pos", "pos", "neg"])
    assert kind.labels() == ["neg", "pos"]
    assert kind.target(["Pos", "NEG", "pos"]).tolist() == [1, 0, 1]
    assert kind.merits(["pos", "neg", None], ["Pos", "Pos", "pos"]).tolist() == [1, 0, 0]
    assert kind.groups(["POS", "neg"]) == ["pos", "neg"] and kind.naive(["Pos", "POS", "neg"]) == "pos"


def test_a_true_answer_that_the_program_does_not_know_is_wrong() -> None:
    kind: Any = Category(open=True).with_labels(["pos", "neg"])
    chances = {"probabilities": np.array([[0.2, 0.8], [0.9, 0.1]])}
    names = [metric.name for metric in kind.metrics(["pos", "neg"], ["Pos", "Neg"], chances)]
    assert names[:4] == ["accuracy", "balanced accuracy", "ROC AUC", "log loss"]
    assert names[4:] == ["calibration error", "calibration error before"]
    found = kind.metrics(["pos", "neg"], ["Pos", "unheard"], chances)
    assert [(metric.name, metric.value) for metric in found][:1] == [("accuracy", 0.5)]
    assert {metric.name for metric in found} <= {"accuracy", "balanced accuracy"}
    assert kind.groups(["unheard"]) == ["unheard"] and kind.naive(["unheard"]) in ("pos", "neg")


def test_a_table_in_other_spellings_tests_a_program(module: Any) -> None:
    f = module(
        """
        from typing import Annotated
        import wisen
        from wisen import Category

        @wisen.function
        def mood(colour: Annotated[str, Category], size: float) -> Annotated[str, Category]: ...
        """
    ).mood
    table = rows(200)
    f.train(table, budget=3, accept=True)
    assert f("RED", 3.0) == f("red", 3.0) == "pos" and f("deep  blue", 3.0) == "neg"
    other = {**table, "mood": [text.upper() for text in table["mood"]]}
    score = f.test(other).results[0].score("learned")
    assert score.first.value == 1.0 and len(score.metrics) > 2
    odd = {**table, "mood": ["other" if place % 3 == 0 else text for place, text in enumerate(table["mood"])]}
    assert 0.4 < f.test(odd).results[0].score("learned").first.value < 0.9


def test_numbers_that_rise_are_labels_in_an_order() -> None:
    class Grade(enum.Enum):
        LOW = 1
        MIDDLE = 2
        HIGH = 3

    class Colour(enum.Enum):
        RED = "red"
        BLUE = "blue"
        GREEN = "green"

    ordered = (Literal[1, 2, 3], Grade)
    assert all(kind_of(each).ordered for each in ordered)  # type: ignore[attr-defined]  # of categories only
    plain = (bool, Literal[3, 1, 2], Literal["a", "b", "c"], Colour, Annotated[str, Category])
    assert not any(kind_of(each).ordered for each in plain)  # type: ignore[attr-defined]
    (feed,) = feeds([Column(name, kind_of(each).fit([])) for name, each in zip("ab", ordered, strict=True)])
    form: Any = feed.kind.form()
    assert form.rising == (True, True)


def test_of_many_labels_those_seen_once_are_as_good_as_unknown() -> None:
    kind: Any = kind_of(Annotated[str, Category])
    few = [f"label {number}" for number in range(100)]
    assert len(kind.fit(few).columns[0]) == 100
    many = [f"label {number}" for number in range(600)]
    assert kind.fit([*many, "label 7", "LABEL 8"]).columns[0] == ("LABEL 8", "label 7", "label 8")
    assert len(kind.fit(many).columns[0]) == 600  # each of them once: there is nothing else to go by


def test_balanced_accuracy_lets_all_classes_count_alike() -> None:
    truths = [False] * 90 + [True] * 10
    plain: Any = kind_of(bool, Output)
    fitted = replace(plain, metric="balanced accuracy").fit(truths)
    assert fitted.weights == pytest.approx((100 / 180, 5.0))
    said = [False] * 95 + [True] * 5
    first, second = fitted.metrics(said, truths)
    assert (first.name, second.name) == ("balanced accuracy", "accuracy") and not first.share
    assert first.value == pytest.approx(0.75) == fitted.merits(said, truths).mean() and second.value == 0.95


def test_the_weights_decide_and_leave_the_probabilities_true() -> None:
    kind: Any = kind_of(bool, Output)
    weighted = replace(kind, metric="balanced accuracy").fit([False] * 9 + [True])
    logits = np.log(np.array([[0.7, 0.3], [0.95, 0.05]], np.float32))
    said = [spoken(each.fit([False] * 9 + [True]), logits) for each in (kind, weighted)]
    assert said[0][""].tolist() == ["False", "False"] and said[1][""].tolist() == ["True", "False"]
    np.testing.assert_allclose(said[0]["probabilities"], said[1]["probabilities"])
    assert weighted.chances(said[1], [True, False]) == pytest.approx([0.3, 0.95])
    assert weighted.lead({"probabilities": np.array([0.9, 0.1])}) == pytest.approx(0.0)


def test_a_program_whose_answer_is_worth_most_though_not_the_likeliest_is_a_program(module: Any) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def rare(x: float | None) -> bool: ...
        """
    ).rare
    rng = np.random.default_rng(0)
    known = [(float(x), bool(x > 2 or rng.random() < 0.05)) for x in rng.normal(size=600)]
    f.train(
        [*known, *((None, place % 3 == 0) for place in range(60))], budget=2, metric="balanced accuracy", accept=True
    )
    said = f.predict(None)  # of what is missing, one in three is rare: the answer is yes, and no is likelier
    assert said.value is True and said.probability is not None and said.probability < 0.5
    assert f(None) is True and wisen.load(f.path).manifest["function"] == "rare"


def spoken(kind: Any, guess: np.ndarray) -> dict[str, np.ndarray]:
    """What the program says where the network says `guess`."""
    raw = spox.argument(spox.Tensor(np.float32, ("batch", guess.shape[1])))
    named = {name or "answer": tensor for name, tensor in kind.say(raw).items()}
    session = onnxruntime.InferenceSession(spox.build({"x": raw}, named).SerializeToString())
    found = session.run(list(named), {"x": guess})
    return {"" if name == "answer" else name: array for name, array in zip(named, found, strict=True)}


def test_the_calibration_error_is_that_of_a_slow_count() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet([1.0, 1.0, 1.0], 500)
    target = rng.integers(0, 3, 500)
    total = 0.0
    for low in range(15):
        rows = [n for n in range(500) if low / 15 <= chances[n].max() < (low + 1) / 15]
        if rows:
            sure = sum(float(chances[n].max()) for n in rows) / len(rows)
            right = sum(int(chances[n].argmax()) == target[n] for n in rows) / len(rows)
            total += len(rows) / 500 * abs(sure - right)
    assert calibration_error(chances, target) == pytest.approx(total)


def test_calibration_is_measured_before_and_after() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, 4000)
    logits = np.where(np.eye(2)[target] > 0, 1.0, 0.0) + rng.normal(0, 1, (4000, 2))
    kind: Any = kind_of(bool, Output).fit([False, True])
    found = {}
    for sharp in (1.0, 5.0):
        calibrated = kind.calibrate((sharp * logits).astype(np.float32), target)
        said = spoken(calibrated, (sharp * logits).astype(np.float32))
        answers, truths = [calibrated.answer({"": text}) for text in said[""]], [bool(place) for place in target]
        found[sharp] = {metric.name: metric.value for metric in calibrated.metrics(answers, truths, said)}
    assert found[5.0]["calibration error before"] > 0.1 > 0.03 > found[5.0]["calibration error"]
    assert found[1.0]["calibration error"] == pytest.approx(found[5.0]["calibration error"], abs=0.01)


def test_balanced_accuracy_of_a_part_is_that_of_the_part() -> None:
    from sklearn.metrics import balanced_accuracy_score

    plain: Any = kind_of(Literal["a", "b", "c"])
    kind = replace(plain, metric="balanced accuracy")
    chance = np.random.default_rng(0)
    truths, said = (chance.choice(["a", "b", "c"], 300, p=[0.8, 0.15, 0.05]).tolist() for _ in range(2))
    merits = kind.merits(said, truths)
    whole = balanced_accuracy_score(truths, said)
    assert kind.overall(merits, truths) == pytest.approx(merits.mean()) == pytest.approx(whole)
    for part in (range(40), range(40, 90), [place for place, text in enumerate(truths) if text == "a"]):
        some = [truths[place] for place in part]
        pairs = list(zip([said[place] for place in part], some, strict=True))
        rights = [[answer == text for answer, text in pairs if text == each] for each in set(some)]
        assert kind.overall(merits[list(part)], some) == pytest.approx(np.mean([np.mean(each) for each in rights]))
    assert plain.overall(np.array([1.0, 0.0]), ["a", "b"]) == 0.5
