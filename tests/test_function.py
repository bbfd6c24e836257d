"""The decorated thing is still the function, and runs the learned program where there is one."""

from __future__ import annotations

import copy
import doctest
import functools
import inspect
import json
import multiprocessing
import os
import pickle
import pydoc
import random
import shutil
import subprocess
import sys
import threading
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import wisen
from tests.conftest import imported

SOURCE = '''
from typing import Literal
import wisen

@wisen.function
def place(x: float, y: float = 0.9, *, colour: Literal["red", "blue"] = "red") -> Literal["in", "out"]:
    """Where a point lies.

    >>> place.by_hand(0.95)
    'in'
    """
    return "in" if x > 0.9 else "out"

@wisen.function
def plain(x: float) -> bool:
    return x > 1

@wisen.function
def empty(x: float) -> bool:
    """Nothing is written yet."""
    ...
'''


def pairs(count: int = 240) -> list[tuple[tuple[float, float, str], str]]:
    rng = random.Random(0)
    rows = [(rng.random(), rng.random(), rng.choice(["red", "blue"])) for _ in range(count)]
    return [(row, "in" if row[0] + row[1] > 1 else "out") for row in rows]


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> ModuleType:
    path = tmp_path_factory.mktemp("trained") / "places.py"
    path.write_text(SOURCE)
    found = imported(path)
    found.place.train(pairs(), budget=3, accept=True)
    return found


@pytest.fixture
def untrained(module) -> Any:
    return module(SOURCE)


def outside(folder: Path, code: str) -> str:
    """What code prints in a process of its own, in which the modules of a folder can be imported."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- still the function ------------------------------------------------------------------------


def test_it_keeps_name_module_documentation_and_annotations(untrained) -> None:
    place = untrained.place
    assert place.__name__ == place.__qualname__ == "place"
    assert place.__module__ == untrained.__name__
    assert place.__doc__.startswith("Where a point lies.")
    assert place.__annotations__["x"] is float
    assert typing.get_type_hints(place)["return"] == typing.Literal["in", "out"]
    assert callable(place) and inspect.isroutine(place)
    assert inspect.unwrap(place).__code__.co_name == "place"


def test_it_keeps_its_signature(untrained) -> None:
    assert inspect.signature(untrained.place) == inspect.signature(untrained.place.__wrapped__)
    assert list(inspect.signature(untrained.place).parameters) == ["x", "y", "colour"]


def test_help_shows_signature_and_documentation(untrained) -> None:
    text = pydoc.plain(pydoc.render_doc(untrained.place))
    assert "place(x: float, y: float = 0.9, *, colour: Literal['red', 'blue'] = 'red')" in text
    assert "Where a point lies." in text
    listed = pydoc.plain(pydoc.render_doc(untrained))
    assert "FUNCTIONS" in listed and "place(x: float" in listed and "plain(x: float) -> bool" in listed


def test_functools_wraps_takes_it(untrained) -> None:
    @functools.wraps(untrained.place)
    def louder(*args, **kwargs):
        return untrained.place(*args, **kwargs).upper()

    assert louder(0.95) == "IN"
    assert louder.__doc__ == untrained.place.__doc__
    assert inspect.signature(louder) == inspect.signature(untrained.place)


def test_doctest_finds_its_examples(untrained) -> None:
    tests = [found for found in doctest.DocTestFinder().find(untrained, untrained.__name__) if found.examples]
    assert [found.name for found in tests] == [f"{untrained.__name__}.place"]
    results = doctest.DocTestRunner(verbose=False).run(tests[0])
    assert (results.attempted, results.failed) == (1, 0)


def test_copies_are_the_function_itself(untrained) -> None:
    assert copy.copy(untrained.place) is untrained.place
    assert copy.deepcopy([untrained.place])[0] is untrained.place


def test_as_an_attribute_it_binds_as_functions_do(module) -> None:
    made = module(
        """
        from dataclasses import dataclass
        import wisen

        @wisen.function
        def tall(height: float) -> bool:
            return height > 180

        class Person(float):
            is_tall = tall
        """
    )
    assert made.Person.is_tall is made.tall
    assert made.Person(190.0).is_tall() is True


def test_it_pickles_by_name(trained) -> None:
    assert pickle.loads(pickle.dumps(trained.place)) is trained.place
    data = pickle.dumps(trained.place)
    assert len(data) < 100  # a name, not a program
    code = f"import pickle; f = pickle.loads({data!r}); print(f.__name__, f(0.9, 0.9), f.program is not None)"
    assert outside(Path(trained.__file__).parent, code).split() == ["place", "in", "True"]


def test_a_local_function_pickles_as_little_as_a_plain_one() -> None:
    @wisen.function
    def local(x: float) -> bool:
        return x > 1

    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(local)


def test_multiprocessing_with_spawn_calls_it(trained, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(Path(trained.__file__).parent))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(trained.place, [-0.5, 0.95]) == ["out", "in"]


# ---- calls -------------------------------------------------------------------------------------


def test_positional_keyword_and_default_arguments_mean_the_same(trained) -> None:
    place = trained.place
    said = place.predict(0.6, 0.9, colour="red")
    assert place.predict(0.6) == place.predict(x=0.6) == said
    assert place.predict(y=0.9, x=0.6) == place.predict(0.6, y=0.9) == said
    assert place.predict(0.6, 0.1) != said


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda f: f(), "missing a required argument: 'x'"),
        (lambda f: f(0.1, 0.2, "red"), "too many positional arguments"),
        (lambda f: f(0.1, z=3), "unexpected keyword argument 'z'"),
        (lambda f: f(0.1, x=3), "multiple values for argument 'x'"),
        (lambda f: f(x=0.1, y=0.2, color="red"), "unexpected keyword argument 'color'"),
    ],
)
@pytest.mark.parametrize("way", ["__call__", "predict", "by_hand"])
def test_calls_with_other_arguments_raise_typeerror(trained, call, what, way) -> None:
    with pytest.raises(TypeError, match=what) as raised:
        call(getattr(trained.place, way))
    assert str(raised.value).startswith("place()")


def test_a_wrong_value_is_told_with_function_and_argument(trained) -> None:
    with pytest.raises(wisen.BadValue, match=r"place\(\): argument 'x' is 'far'"):
        trained.place("far")
    with pytest.raises(wisen.BadValue, match=r"place\(\): argument 'colour' is 'green', which is none of red, blue"):
        trained.place(0.1, colour="green")


def test_positional_only_parameters_stay_so(module) -> None:
    f = module(
        """
        import wisen

        @wisen.function
        def f(x: float, /, y: float) -> bool:
            return x > y
        """
    ).f
    assert f(2.0, 1.0) is True and f(2.0, y=3.0) is False
    with pytest.raises(TypeError, match=r"positional[- ]only"):
        f(x=2.0, y=1.0)


def test_map_takes_values_tuples_and_mappings(trained) -> None:
    rows = [(0.9, 0.9, "red"), [0.05, 0.05, "blue"], {"x": 0.9, "y": 0.9}, {"colour": "red", "x": 0.05, "y": 0.05}]
    assert trained.place.map(rows) == ["in", "out", "in", "out"]
    assert trained.place.map(iter(rows)) == ["in", "out", "in", "out"]
    assert trained.place.map([]) == []
    assert trained.plain.map([0, 1.5, 2]) == [False, True, True]


def test_map_answers_as_calls_do_over_many_batches(trained) -> None:
    rows = [row for row, _ in pairs(700)]
    assert trained.place.map(rows) == [trained.place(x, y, colour=colour) for x, y, colour in rows]


@pytest.mark.parametrize(("row", "what"), [((1.0, "up", "red"), "argument 'y'"), (5.0, "takes 3 inputs"), ({}, "'x'")])
def test_map_names_the_input_that_is_wrong(trained, row, what) -> None:
    with pytest.raises(wisen.BadValue, match="input 1: ") as raised:
        trained.place.map([(0.5, 0.5, "red"), row])
    assert what in str(raised.value)


def test_map_shows_a_bar_only_where_it_is_asked_for(trained, capfd) -> None:
    trained.place.map([(0.5, 0.5, "red")] * 3)
    assert capfd.readouterr() == ("", "")
    trained.place.map([(0.5, 0.5, "red")] * 3, progress=True)
    said = capfd.readouterr()
    assert said.out == "" and "place" in said.err


def test_predict_says_how_sure_it_is(trained) -> None:
    said = trained.place.predict(0.95, 0.95)
    assert said.value == "in" and said.alternatives[0] == ("in", said.probability)
    assert sum(chance for _, chance in said.alternatives) == pytest.approx(1, abs=1e-5)


def test_the_body_stays_at_hand(trained) -> None:
    assert trained.place(0.8, 0.9) == "in"
    assert trained.place.by_hand(0.8, 0.9) == "out"


def test_without_a_program_the_body_answers(untrained) -> None:
    assert untrained.place(0.95) == "in" and untrained.place(0.6) == "out"
    assert untrained.place.map([(0.95, 0, "red"), (0.1, 0, "blue")]) == ["in", "out"]
    assert untrained.place.program is None and untrained.place.written


def test_the_verbs_have_the_options_of_the_module(untrained) -> None:
    for name in ("train", "test", "report", "contract", "resize", "back", "frontier"):
        verb, function = getattr(wisen.Function, name), getattr(wisen, name)
        mine = list(inspect.signature(verb).parameters.values())[1:]
        its = list(inspect.signature(function).parameters.values())[1:]
        assert [(p.name, p.kind) for p in mine] == [(p.name, p.kind) for p in its]
        assert [p.default for p in mine if p.name != "listen"] == [p.default for p in its if p.name != "listen"]


# ---- no body and no program --------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "...",
        "pass",
        '"""Only words."""',
        "raise NotImplementedError",
        'raise NotImplementedError("later")',
        "return None",
    ],
)
def test_without_body_and_program_a_call_says_what_to_type(module, body) -> None:
    made = module(f"import wisen\n\n@wisen.function\ndef f(x: float) -> bool:\n    {body}\n")
    assert not made.f.written
    for call in (made.f, made.f.by_hand, made.f.predict, lambda x: made.f.map([x])):
        with pytest.raises(wisen.NotTrained, match=r"f\(\) cannot answer") as raised:
            call(1.0)
        assert f"wisen train {made.__name__}.py:f --examples" in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        "return x > 1",
        "return False",
        'return "False" == x',
        "if x < 0:\n        raise NotImplementedError\n    return x > 1",
        'if x > 1:\n        return True\n    raise NotImplementedError("small")',
    ],
)
def test_a_body_that_can_answer_is_one(module, body) -> None:
    made = module(f"import wisen\n\n@wisen.function\ndef f(x: float) -> bool:\n    {body}\n")
    assert made.f.written
    assert made.f(2.0) in (True, False)


def test_predict_needs_a_program(untrained) -> None:
    with pytest.raises(wisen.NotTrained, match="no learned program") as raised:
        untrained.place.predict(0.5)
    assert "wisen train" in raised.value.hint


def test_at_a_prompt_the_call_is_named() -> None:
    space: dict[str, Any] = {"wisen": wisen}
    exec(compile("@wisen.function\ndef f(x: float) -> bool: ...", "<stdin>", "exec"), space)
    with pytest.raises(wisen.NotTrained, match=r"f\.train\(examples\)"):
        space["f"](1.0)


# ---- what is refused ---------------------------------------------------------------------------


def refused(module, source: str) -> str:
    with pytest.raises(wisen.BadSignature) as raised:
        module("import wisen\nfrom typing import *\nfrom datetime import datetime\nfrom wisen import Image\n" + source)
    assert raised.value.message and raised.value.hint, "an error says what to type instead"
    return str(raised.value)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("class A:\n @wisen.function\n def f(self, x: float) -> bool: ...", "A.f is a method"),
        ("class A:\n @wisen.function\n @classmethod\n def f(cls, x: float) -> bool: ...", "no plain function"),
        ("class A:\n @wisen.function\n @staticmethod\n def f(x: float) -> bool: ...", "no plain function"),
        ("class A:\n @staticmethod\n @wisen.function\n def f(x: float) -> bool: ...", "A.f is a method"),
        ("@wisen.function\nasync def f(x: float) -> bool: ...", "f is async"),
        ("@wisen.function\nasync def f(x: float) -> bool: yield True", "f is async"),
        ("@wisen.function\ndef f(x: float) -> bool: yield True", "f is a generator"),
        ("wisen.function(lambda x: x > 1)", "lambda"),
        ("wisen.function(len)", "len is no plain function"),
        ("wisen.function(int)", "int is no plain function"),
        ("wisen.function(3)", "3 is no plain function"),
        ("@wisen.function\n@wisen.function\ndef f(x: float) -> bool: ...", "f is no plain function"),
    ],
)
def test_what_is_no_plain_function_is_refused(module, source, what) -> None:
    assert what in refused(module, source)


@pytest.mark.parametrize(
    ("parameters", "returned", "what"),
    [
        ("*xs: float", "bool", "*xs has no fixed number"),
        ("**xs: float", "bool", "**xs has no fixed number"),
        ("x: float, y", "bool", "parameter 'y' has no type"),
        ("", "bool", "f() has no parameter"),
        ("x: float", None, "f() does not say what it returns"),
        ("x: float", "None", "f() does not say what it returns"),
        ("x: 'Nowhere'", "bool", "an annotation cannot be understood"),
        ("x: 'fl oat'", "bool", "an annotation cannot be understood"),
        ("x: float", "bool | None", "an answer cannot be missing"),
        ("x: float", "datetime", "moment cannot be an output"),
        ("x: float", "Image", "image cannot be an output"),
        ("x: float", "Image", "str, Annotated[str, Beam(8)], Annotated[list[float], Next(7, 'column')], list[Box["),
        ("x: list[float]", "bool", "parameter 'x': list[float] does not say which steps of time it holds"),
        ("x: float | str", "bool", "float | str is no type that wisen can take"),
        ("x: object", "bool", "object is no type that wisen can take"),
        ("x: Any", "bool", "Any is no type that wisen can take"),
        ("x: float", "tuple[float, float]", "tuple[float, float] is no type that wisen can take"),
        ("x: Literal['one']", "bool", "needs two or more labels"),
    ],
)
def test_a_signature_that_wisen_cannot_take_is_refused(module, parameters, returned, what) -> None:
    arrow = f" -> {returned}" if returned else ""
    assert what in refused(module, f"@wisen.function\ndef f({parameters}){arrow}: ...")


def test_a_refused_type_comes_with_the_list_of_those_it_can_take(module) -> None:
    said = refused(module, "@wisen.function\ndef f(x: complex) -> bool: ...")
    inputs = ("float", "int", "bool", "Literal[...]", "Enum", "Annotated[str, Category]", "str", "datetime", "Image")
    assert all(word in said for word in inputs)
    said = refused(module, "@wisen.function\ndef f(x: float) -> complex: ...")
    assert "Literal[...]" in said and "datetime" not in said and "Image" not in said


# ---- many at once ------------------------------------------------------------------------------


def test_threads_get_the_same_answers(trained) -> None:
    place, rows = trained.place, [row for row, _ in pairs(200)]
    place.reload()  # the first call of all of them loads the program
    wanted: list[list[str]] = []
    start = threading.Barrier(8)

    def call() -> None:
        start.wait()
        wanted.append([place(x, y, colour=colour) for x, y, colour in rows])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wanted) == 8 and all(answers == wanted[0] for answers in wanted)
    assert set(wanted[0]) == {"in", "out"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_answers(trained) -> None:
    # In a process of its own: forking pytest with torch's threads in it would prove nothing.
    code = (
        "import os, json, places\n"
        "wanted = places.place(0.9, 0.9)\n"
        "read, write = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.write(write, json.dumps([places.place(0.9, 0.9), places.place(0.05, 0.05)]).encode())\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "print(os.read(read, 1000).decode(), wanted)"
    )
    said = outside(Path(trained.__file__).parent, code)
    assert json.loads(said.rpartition(" ")[0]) == ["in", "out"] and said.split()[-1] == "in"


# ---- the program's file ------------------------------------------------------------------------


def test_a_program_of_another_signature_is_refused(trained, tmp_path) -> None:
    path = tmp_path / "places.py"
    path.write_text(SOURCE.replace("y: float = 0.9", "height: float = 0.9"))
    shutil.copy(trained.place.path, tmp_path)
    with pytest.raises(wisen.BadProgram, match=r"was trained for \(x: float, y: float") as raised:
        imported(path).place(0.5)
    assert "Train it again" in raised.value.hint


def test_a_program_that_appears_is_found_after_reload(trained, tmp_path) -> None:
    path = tmp_path / "places.py"
    path.write_text(SOURCE)
    place = imported(path).place
    assert place(0.8, 0.9) == "out"
    shutil.copy(trained.place.path, place.path)
    place.reload()
    assert place(0.8, 0.9) == "in"
