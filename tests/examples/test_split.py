"""Adding examples moves none across; duplicates and groups never straddle."""

from __future__ import annotations

import math
import random
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import wisen
from wisen.errors import BadExamples, BadProgram
from wisen.examples import Examples, brought, known, split
from wisen.examples.split import FOLDS, Rule, column, touching


@wisen.function
def large(size: float) -> bool: ...


def examples(numbers: list[int]) -> Examples:
    columns = {"size": numbers, "large": [n % 2 == 0 for n in numbers], "person": [f"p{n % 40}" for n in numbers]}
    return known(columns, large.signature)


def parts_of(found: Examples, rule: Rule) -> dict[str, set[Any]]:
    parts = split(found, rule)
    named = {"training": parts.training, "validation": parts.validation, "held_out": parts.held_out}
    return {name: set(part.inputs["size"]) for name, part in named.items()}


def test_adding_and_shuffling_moves_no_example() -> None:
    numbers = list(range(300))
    before = parts_of(examples(numbers), Rule())
    more = [*numbers, *range(300, 900)]
    random.Random(0).shuffle(more)
    after = parts_of(examples(more), Rule())
    assert all(before[name] <= after[name] for name in before)
    shares = [len(after[name]) / 900 for name in ("held_out", "validation")]
    assert shares == pytest.approx([Rule().held_out, (1 - Rule().held_out) / FOLDS], abs=0.05)


def test_the_first_fold_is_no_larger_than_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["wisen.examples.split"], "ENOUGH", 20)
    found, more = examples(list(range(600))), examples(list(range(900)))
    for divide in (split, lambda each: brought(each, examples(list(range(-30, 0))))):
        before, after = divide(found), divide(more)
        assert len(before.validation) == len(after.validation) == 20
        assert set(before.learning.inputs["size"]) <= set(after.learning.inputs["size"])
        assert len(before.training) + 20 == len(before.learning)
    grouped = split(found, Rule("person"))
    people = [set(part.others["person"]) for part in (grouped.training, grouped.validation)]
    assert not people[0] & people[1] and 15 <= len(grouped.validation) <= 40


def test_duplicates_never_straddle() -> None:
    found = parts_of(examples(list(range(150)) * 3), Rule())
    assert sum(map(len, found.values())) == 150


def test_groups_never_straddle() -> None:
    parts = split(examples(list(range(600))), Rule("person"))
    people = [set(part.others["person"]) for part in (parts.training, parts.validation, parts.held_out)]
    assert sum(map(len, people)) == 40 and len(set.union(*people)) == 40
    with pytest.raises(BadExamples, match=r"there is no column 'persn'\nDid you mean 'person'\?"):
        split(examples(list(range(600))), Rule("persn"))


@wisen.function
def late(home_city: str, miles: float) -> bool: ...


@pytest.mark.parametrize("name", ["Home City", "home_city", "HOME CITY", "km", "miles", "Km", "late"])
def test_a_column_goes_by_the_name_in_the_file_and_by_the_parameters(name: str) -> None:
    rows = {"Home City": ["Bern", "Rome"] * 9, "km": list(range(18)), "late": [True, False] * 9}
    found = known(rows, late.signature, columns={"miles": "km"})
    wanted = rows["Home City" if "ity" in name.lower() else "late" if name == "late" else "km"]
    assert list(column(found, name)) == wanted
    assert len(split(found.take(range(18)), Rule()).training)  # parts know the names too
    assert list(column(found.take([0, 1]), name)) == wanted[:2]


def test_a_column_that_two_names_could_be_is_not_guessed() -> None:
    rows = {"size": [1.0, 2.0] * 9, "large": [True, False] * 9, "A b": ["x"] * 18, "a_B": ["y"] * 18}
    found = known(rows, large.signature)
    assert column(found, "A b")[0] == "x" and column(found, "a_B")[0] == "y"
    with pytest.raises(BadExamples, match="there is no column 'ab'"):
        column(found, "ab")


def columns_of(sizes: list[int], people: list[Any]) -> dict[str, list[Any]]:
    return {"size": sizes, "large": [n % 2 == 0 for n in sizes], "person": people}


@wisen.function
def near(one: float, other: float) -> bool: ...


def pairs(people: int = 40) -> Examples:
    every = [(a, b) for a in range(people) for b in range(people)]
    named = {name: [f"p{pair[place]}" for pair in every] for place, name in enumerate(("who", "whom"))}
    columns = {"one": [a for a, _ in every], "other": [b for _, b in every], "near": [abs(a - b) < 5 for a, b in every]}
    return known({**columns, **named}, near.signature)


def people_of(found: Examples) -> set[str]:
    return {*found.others["who"], *found.others["whom"]}


def test_pairs_of_groups_never_straddle() -> None:
    parts = split(pairs(), Rule("who, whom"))
    assert not people_of(parts.learning) & people_of(parts.held_out)
    left_out = 1600 - len(parts.learning) - len(parts.held_out)
    assert left_out > 100 and any(f"{left_out} examples are left out" in note for note in parts.learning.notes)
    assert len(people_of(parts.learning)) ** 2 == len(parts.learning)  # all pairs of them
    for fold in range(FOLDS):
        judged = parts.learning.take(np.flatnonzero(parts.folds == fold))
        learned = parts.learning.take(np.flatnonzero(~touching(parts.folds, fold)))
        assert not people_of(judged) & people_of(learned)
        assert people_of(judged) | people_of(learned) == people_of(parts.learning)
    assert people_of(parts.training).isdisjoint(people_of(parts.validation))
    apart = brought(
        pairs(),
        known([((100, 101), True)] * 3 + [((n, n), n % 2 == 0) for n in range(200, 300)], near.signature),
        Rule("who,whom"),
    )
    assert (apart.folds >= FOLDS).any() and people_of(apart.training).isdisjoint(people_of(apart.validation))


def test_a_column_may_have_a_comma_in_its_name() -> None:
    found = replace(examples(list(range(600))), others={"a,b": [f"p{n % 40}" for n in range(600)]})
    parts = split(found, Rule("a,b"))
    assert set(parts.training.others["a,b"]).isdisjoint(parts.validation.others["a,b"])


def test_rows_without_a_group_are_divided_each_for_itself() -> None:
    count = 400
    people = [[None, "", " ", math.nan][n % 4] if n < 300 else f"p{n % 20}" for n in range(count)]
    found = known(columns_of(list(range(count)), people), large.signature)
    alone = parts_of(found.take(range(300)), Rule("person"))
    assert [len(alone[name]) / 300 for name in ("held_out", "validation")] == pytest.approx([0.30, 0.15], abs=0.08)
    assert alone == parts_of(found.take(range(300)), Rule())


def test_neither_groups_nor_duplicates_straddle() -> None:
    # Each person has ten examples; every fourth shares one with the next, and some have none at all.
    sizes = [n - 1 if n % 40 == 10 else n for n in range(1200)]
    people: list[Any] = [f"p{n // 10}" for n in range(1200)]
    sizes += [5, 705, 5000]
    people += [None, "", None]
    found = known(columns_of(sizes, people), large.signature)
    parts = split(found, Rule("person"))
    three = (parts.training, parts.validation, parts.held_out)
    for key in (lambda part: part.digests, lambda part: [cell for cell in part.others["person"] if cell]):
        sets = [set(key(part)) for part in three]
        assert sum(map(len, sets)) == len(set.union(*sets))
    shuffled = found.take(random.Random(1).sample(range(len(found)), len(found)))
    assert parts_of(shuffled, Rule("person")) == {
        name: set(part.inputs["size"]) for name, part in zip(("training", "validation", "held_out"), three, strict=True)
    }


def test_groups_that_are_all_one_by_their_duplicates_cannot_be_divided() -> None:
    found = known(columns_of([n % 2 for n in range(100)], [f"p{n // 3}" for n in range(100)]), large.signature)
    with pytest.raises(BadExamples, match=r"1 different values of 'person' \(those with an example of equal inputs"):
        split(found, Rule("person"))


def test_a_rule_comes_back_from_its_manifest() -> None:
    for rule in (Rule(), Rule("person", 0.1), Rule(held_out=0.0)):
        assert Rule.of({"split": rule.to_json()}) == rule
    assert Rule.of({}) == Rule()


@pytest.mark.parametrize(
    "lie",
    [
        {"group": 3},
        {"group": ["a"]},
        {"held_out": "0.2"},
        {"held_out": -1},
        {"held_out": 1},
        {"held_out": True},
        {"cut": "soon"},
        {"cut": 3},
    ],
)
def test_a_rule_that_is_none_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(BadProgram, match="tells of no split of examples"):
        Rule.of({"split": {**replace(Rule()).to_json(), **lie}})


def test_held_out_examples_can_be_brought_by_themselves() -> None:
    parts = brought(examples(list(range(100))), examples([5, 6, *range(200, 220)]))
    assert set(parts.learning.inputs["size"]) == set(range(100)) - {5, 6}
    assert set(parts.held_out.inputs["size"]) == {5, 6, *range(200, 220)}
    assert parts.learning.notes[-1].startswith("2 examples are left out") and parts.rule == Rule(held_out=0.0)
    assert len(parts.training) + len(parts.validation) == 98 and len(set(parts.folds.tolist())) == FOLDS
    everything = split(examples(list(range(30))), parts.rule)
    assert len(everything.held_out) == 30
