"""Programs as C files say what they say as ONNX files: for each shape of network that is tried for a signature."""

from __future__ import annotations

import ctypes
import datetime as dt
import math
import random
import re
import subprocess
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import PIL.Image
import pytest
import torch

import wisen
from tests.bake.compiled import COMPILER, STRICT, Baked, compiled, farthest, needs_compiler
from wisen import Category, Image, Next, Past, Size
from wisen.bake import TARGETS, bake
from wisen.bake.words import comment, function_named, quoted
from wisen.descent import Learned
from wisen.errors import BadProgram, NotTrained, WisenError
from wisen.examples import fitted, known, split
from wisen.export import file_of, manifest_of, model_of
from wisen.plans import plans
from wisen.program import load
from wisen.signature import signature_of


@dataclass(frozen=True)
class Point:
    """A record that goes in."""

    x: float
    y: float | None


def numbers(a: float, b: float, c: int | None) -> float: ...
def price(size: float | None) -> int: ...
def mixed(
    size: float,
    fresh: bool,
    kind: Literal["a", "ß", 'q"\\?'] | None,
    place: Annotated[str, Category],
    day: dt.date | None,
) -> Literal["keep", "sell", "scrap"]: ...
def moment(when: dt.datetime, at: Point) -> bool: ...
def words(one: Literal["x", "y", "z"], double: Annotated[str, Category]) -> Literal["yes", "no"]: ...
def grey(photo: Annotated[Image, Size(12)]) -> bool: ...
def colour(photo: Annotated[Image, Size(9)], size: float) -> Literal["r", "g", "b"]: ...
def twins(a: Annotated[Image, Size(10)], b: Annotated[Image, Size(10)]) -> bool: ...
def ahead(
    when: dt.datetime, past: Annotated[list[float], Past(9)], other: Annotated[list[float], Past(4)]
) -> Annotated[list[float], Next(3)]: ...
def gaps(past: Annotated[list[float], Past(6)] | None, when: dt.datetime) -> bool: ...


def cell(annotation: str, chance: random.Random) -> Any:
    """A good cell of a type."""
    for words_, make in CELLS.items():
        if re.search(words_, annotation):
            return make(chance)
    raise ValueError(annotation)


def picture(height: int, width: int, mode: str = "L") -> Callable[[random.Random], PIL.Image.Image]:
    """What makes pictures of a size."""

    def make(chance: random.Random) -> PIL.Image.Image:
        pixels = np.random.default_rng(chance.randrange(2**31)).integers(0, 256, (height, width, len(mode)))
        return PIL.Image.fromarray(pixels.astype(np.uint8).squeeze())

    return make


CELLS: dict[str, Callable[[random.Random], Any]] = {
    r"Past\(9\)": lambda chance: [chance.gauss(5, 3) for _ in range(9)],
    r"Past\(4\)": lambda chance: [chance.gauss(-5, 30) for _ in range(4)],
    r"Past\(6\)": lambda chance: [chance.choice([chance.gauss(0, 1), math.nan]) for _ in range(6)],
    r"Next\(3\)": lambda chance: [chance.gauss(0, 1) for _ in range(3)],
    r"Size.*=4\b": picture(4, 4),
    r"Size.*=9\b": picture(9, 9, "RGB"),
    r"Size.*=10\b": picture(31, 6),
    r"Size.*=12\b": picture(12, 12),
    "Point": lambda chance: Point(chance.gauss(0, 1), chance.choice([None, 2.5])),
    "datetime": lambda chance: dt.datetime(2020, 1, 1) + dt.timedelta(hours=chance.uniform(0, 20000)),
    "date": lambda chance: dt.date(2020, 1, 1) + dt.timedelta(days=chance.randrange(900)),
    "bool": lambda chance: chance.random() < 0.5,
    "Category": lambda chance: chance.choice(["Bern", "bern", "Köln", "日本", "a,b"]),
    "Literal": lambda chance: None,
    "float": lambda chance: math.exp(chance.gauss(0, 2)),
    "int": lambda chance: chance.randrange(100),
}


def choices(annotation: Any) -> tuple[Any, ...]:
    """The labels of a Literal."""
    inner = [a for a in getattr(annotation, "__args__", ()) if hasattr(a, "__args__")]
    return choices(inner[0]) if inner else annotation.__args__


def rows_of(body: Callable[..., Any], count: int = 60, seed: int = 0) -> list[Any]:
    """Examples of a function, by chance."""
    chance = random.Random(seed)

    def of(annotation: Any) -> Any:
        text = str(annotation)
        if "None" in text and chance.random() < 0.2:
            return None
        return chance.choice(choices(annotation)) if "Literal" in text else cell(text, chance)

    hints = typing.get_type_hints(body, include_extras=True)
    answer = hints.pop("return")
    made = [(tuple(of(each) for each in hints.values()), of(answer)) for _ in range(count)]
    return [(inputs if len(hints) > 1 else inputs[0], said) for inputs, said in made]


def programs(body: Callable[..., Any]) -> list[tuple[Any, Any]]:
    """(a plan, its columns) of networks that would be tried for a function, if narrow ones: a linear one, a team, a
    committee; or where pictures are read, with them one of each way to read."""
    parts = split(known(rows_of(body), signature_of(body)))
    inputs, outputs = fitted(parts)
    tried = list(plans(inputs, outputs, sizes=((0, 1), (20, 1), (20, 5))))
    if tried[0].light:
        tried = [tried[0], tried[2], replace(tried[2], together=2, beside=((tried[1], 0.375),))]
    return [(plan, (inputs, outputs, parts)) for plan in tried]


def file_with(plan: Any, columns: Any, path: Path, name: str) -> Path:
    """A program of a plan, with weights by chance."""
    inputs, outputs, parts = columns
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network: Any = plan.build()
        for key, weight in network.named_parameters():
            if weight.ndim > 1 and weight.numel() and key.endswith("weight"):
                torch.nn.init.normal_(weight, std=0.7 * weight[0].numel() ** -0.5)
        for key, buffer in network.named_buffers():
            if key.endswith(("running_mean", "running_var")):
                buffer.uniform_(*((-0.3, 0.3) if key.endswith("mean") else (0.2, 0.8)))
    learned = Learned(plan, network.eval(), inputs, outputs, {}, (), "")
    model, told = model_of(learned)
    path.write_bytes(
        file_of(model, {**manifest_of(learned, name, "A test */", model, parts.learning.take([0])), **told})
    )
    return path


def wild(program: Any, body: Callable[..., Any], count: int = 150) -> dict[str, np.ndarray]:
    """The tensors of many examples, some of whose cells were made missing, unknown or extreme."""
    signature = signature_of(body)
    examples = known(rows_of(body, count, seed=1), signature)
    values = list(zip(*[examples.inputs[column.name][:] for column in signature.inputs], strict=True))
    rng = np.random.default_rng(0)
    found = {}
    for feed in program.feeds:
        for name, array in feed.arrays(values).items():
            array = array.copy()
            odd = ODD.get(array.dtype.kind)
            if odd is not None:
                array = array.astype(object) if array.dtype.kind in "UO" else array
                places = rng.random(array.shape) < 0.15
                places[: count // 2] = False
                array[places] = rng.choice(odd, places.sum())
            found[name] = array
    return found


ODD: dict[str, np.ndarray] = {
    # No -1e30: where 1e30 - 1e30 + 1 is 0 or 1 by the order, ONNX Runtime alone says two things.
    "f": np.array([np.nan, np.inf, -np.inf, 1e30, 1e-40, 0.0, -0.0], np.float32),
    "i": np.array([-(2**63), 0, -1, 2**33, -(2**33)]),
    "U": np.array(["", "nix", "BERN", "日", "a" * 300], object),
    "O": np.array(["", "nix", "BERN", "日", "a" * 300], object),
}
BODIES = [numbers, price, mixed, moment, words, grey, colour, twins, ahead, gaps]


@needs_compiler
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_a_program_in_c_says_the_same(body: Callable[..., Any], tmp_path: Path) -> None:
    every = programs(body)
    assert every
    for number, (plan, columns) in enumerate(every):
        place = tmp_path / str(number)
        place.mkdir()
        source = bake(file_with(plan, columns, place / "p.onnx", body.__name__), "c", place / "p.c")
        program = load(place / "p.onnx")
        worst, others = farthest(program, Baked.of(source, "-O0"), wild(program, body))
        assert worst < 2e-5, plan.name
        assert others <= 1, plan.name  # of 150: where two labels are as likely, rounding decides


@needs_compiler
def test_the_file_is_plain_c_that_allocates_nothing(tmp_path: Path) -> None:
    plan, columns = programs(mixed)[-1]
    source = bake(file_with(plan, columns, tmp_path / "p.onnx", "double"), "c", tmp_path / "p.c")
    text = source.read_text()
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(malloc|calloc|realloc|free|alloca|new|printf)\b", code.split("#ifdef WISEN_MAIN")[0])
    assert code.isascii() and re.search(r"^int double_\(const struct double__input \*input", text, re.MULTILINE)
    assert '"keep", "sell", "scrap"' in text and "missing: NULL" in text and "missing: INT64_MIN" in text
    assert COMPILER
    for standard in (["-std=c99", "-O2"], ["-std=c11", "-Os"], ["-x", "c++", "-O1"]):
        command = [COMPILER, "-pedantic-errors", *STRICT[1:], *standard, "-c", str(source), "-o", str(tmp_path / "p.o")]
        assert subprocess.run(command, capture_output=True, text=True).stderr == ""
    names = subprocess.run(["nm", "-g", str(tmp_path / "p.o")], capture_output=True, text=True).stdout
    assert {line.split()[-1] for line in names.splitlines() if " T " in line} <= {"double_"}


@needs_compiler
def test_vectors_are_chosen_when_it_is_loaded(tmp_path: Path) -> None:
    plan, columns = programs(numbers)[-1]
    source = bake(file_with(plan, columns, tmp_path / "p.onnx", "numbers"), "c", tmp_path / "p.c")
    chooses = run_of(str(COMPILER), "-dM", "-E", "-include", "stdint.h", "-x", "c", "/dev/null")
    version = re.search(r"__GNUC__ (\d+)", chooses)
    able = version is not None and int(version[1]) >= 6 and "__clang__" not in chooses
    able = able and all(word in chooses for word in ("__x86_64__", "__gnu_linux__", "__GLIBC__"))
    found: dict[tuple[str, ...], list[Any]] = {}
    for flags in (("-O2",), ("-O2", "-DWISEN_PLAIN"), ("-Os",), ("-O0",)):
        library = compiled(source, *flags)
        assert (".avx512f" in run_of("nm", str(library))) == (able and flags == ("-O2",)), flags
        copy = source.with_name(f"p{len(found)}.c")
        copy.write_text(source.read_text())  # a library that is loaded stays what it was
        baked = Baked.of(copy, *flags)
        found[flags] = [baked.answer([np.float32(x), np.float32(2 - x), np.float32(7)]) for x in range(40)]
    assert all(answers == found["-O2",] for answers in found.values())  # to the last bit
    assert len({answer["value"] for answer in found["-O2",]}) > 9


def run_of(*command: str) -> str:
    """What a command says."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@needs_compiler
def test_functions_and_fields_may_have_any_names(tmp_path: Path) -> None:
    wanted = {name: f"{name}_" for name in ("expf", "scalbn", "tgammal", "cexp", "gamma", "read", "open", "linux")}
    wanted |= {"_f": "x_f", "pthread_create": "xpthread_create", "WISEN_THREAD": "xWISEN_THREAD", "fit": "fit"}
    assert {name: function_named(name) for name in wanted} == wanted
    plan, columns = programs(words)[0]
    for name, said in {"write": "write_", "rest": "rest", "weights_4": "weights_4", "wisen_fit": "xwisen_fit"}.items():
        source = bake(file_with(plan, columns, tmp_path / "p.onnx", name), "c", tmp_path / "p.c")
        strict(source, "-DWISEN_MAIN")
        assert f"int {said}(const struct {said}_input *input" in source.read_text()


@needs_compiler
@pytest.mark.parametrize("letters", ["words", "pictures"])
def test_fields_that_are_macros_or_variables(letters: str, tmp_path: Path) -> None:
    def words(
        linux: float,
        unix: float,
        INT64_MIN: float,  # noqa: N803
        M_PI: float,  # noqa: N803
        WISEN_THREAD: float,  # noqa: N803
        int64_t: dt.datetime,
    ) -> bool: ...
    def pictures(
        i: Annotated[Image, Size(4)],
        rest: Annotated[Image, Size(4)],
        cell: Annotated[Image, Size(4)],
        line: Annotated[Image, Size(4)],
        printf: Annotated[Image, Size(4)],
        next_cell: Annotated[Image, Size(4)],
    ) -> bool: ...

    bodies: dict[str, Any] = {"words": words, "pictures": pictures}
    plan, columns = programs(bodies[letters])[0]
    source = bake(file_with(plan, columns, tmp_path / "p.onnx", "f"), "c", tmp_path / "p.c")
    for mode in (("-DWISEN_MAIN",), ("-DWISEN_MAIN", "-std=c99", "-pedantic"), ("-x", "c++")):
        strict(source, *mode)


def strict(source: Path, *flags: str) -> None:
    """Compiles a file with all warnings as errors, with the macros that a compiler has by itself."""
    command = [str(COMPILER), *STRICT[1:], *flags, "-fsyntax-only", str(source)]
    assert subprocess.run(command, capture_output=True, text=True).stderr == ""


@needs_compiler
def test_other_files_include_it_for_what_it_declares(tmp_path: Path) -> None:
    plan, columns = programs(price)[0]
    bake(file_with(plan, columns, tmp_path / "p.onnx", "price"), "c", tmp_path / "p.c")
    (tmp_path / "main.c").write_text(
        '#define WISEN_DECLARATIONS\n#include "p.c"\n#include <stdio.h>\n'
        "int main(void) { struct price_input in; struct price_answer out; in.size = NAN;\n"
        'if (price(0, &out) != -1 || price(&in, &out)) return 1;\nprintf("%.0f", (double)out.value); return 0; }\n'
    )
    command = [str(COMPILER), *STRICT, "main.c", "p.c", "-lm", "-o", "main"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stderr == ""
    said = subprocess.run([str(tmp_path / "main")], capture_output=True, text=True, check=True).stdout
    assert float(said) == load(tmp_path / "p.onnx")([None])[0]


def command_of(source: Path) -> str:
    """The command that a C file compiles to, without a word of the compiler's."""
    made = str(source.with_suffix(""))
    compiling = [str(COMPILER), *STRICT, "-DWISEN_MAIN", str(source), "-lm", "-o", made]
    assert subprocess.run(compiling, capture_output=True, text=True).stderr == ""
    return made


@needs_compiler
def test_it_can_be_a_command(tmp_path: Path) -> None:
    plan, columns = programs(moment)[0]
    source = bake(file_with(plan, columns, tmp_path / "p.onnx", "moment"), "c", tmp_path / "p.c")
    command = command_of(source)
    given = "1600000000,0.5,\n1600000000,-2,1e3\n"
    said = subprocess.run([command], input=given, capture_output=True, text=True, check=True).stdout
    program = load(tmp_path / "p.onnx")
    when = dt.datetime.fromtimestamp(1600000000, dt.UTC)
    for line, values in zip(said.splitlines(), ([when, 0.5, None], [when, -2.0, 1000.0]), strict=True):
        assert isinstance(values, list)
        place, label, *chances = line.split(",")
        wanted = program.predict(values)[0]
        assert label == str(wanted.value) and int(place) == int(wanted.value)
        assert float(max(chances, key=float)) == pytest.approx(wanted.probability, abs=1e-6)


@needs_compiler
def test_a_command_says_why_it_ends(tmp_path: Path) -> None:
    plan, columns = programs(price)[0]
    source = bake(file_with(plan, columns, tmp_path / "p.onnx", "price"), "c", tmp_path / "p.c")
    command = command_of(source)
    given = "1\n" + "2" * 9000 + "\n3\n"
    done = subprocess.run([command], input=given, capture_output=True, text=True)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 1
    assert re.fullmatch(r"row 2 is longer than \d{4} bytes\n", done.stderr)
    refusing = source.read_text().replace("\n    return 0;\n}", "\n    return -1;\n}", 1)
    assert refusing != source.read_text()
    source.write_text(refusing)
    command = command_of(source)
    done = subprocess.run([command], input="1\n", capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("row 1 cannot be answered")


def test_what_it_cannot_take_is_refused_in_words(tmp_path: Path) -> None:
    def spoken(note: str) -> bool: ...

    parts = split(known([(f"note {n}", n % 2 == 0) for n in range(60)], signature_of(spoken)))
    inputs, outputs = fitted(parts)
    path = file_with(plans(inputs, outputs)[0], (inputs, outputs, parts), tmp_path / "p.onnx", "spoken")
    with pytest.raises(BadProgram, match=r"p.onnx cannot be written as C: note: str: a value of any length"):
        bake(path, "c", tmp_path / "p.c")
    assert not (tmp_path / "p.c").exists()
    with pytest.raises(BadProgram, match="not to 'd'"):
        bake(path, "d")
    with pytest.raises(BadProgram, match="cannot be read"):
        bake(tmp_path / "none.onnx", "c")


@needs_compiler
def test_comments_hold_any_text(tmp_path: Path) -> None:
    odd = (
        "end */ int x;",
        "??/",
        "a\\",
        "b \\ ",
        "/* new",
        "a\0b",
        "\ud800",
        "\u202e turned",
        "*\0/ int y;",
        "what???/",
        "",
    )
    text = comment("\n".join(odd))
    path = tmp_path / "p.c"
    path.write_bytes(f"/*\n{text}\n */\n/* {comment(odd[3])} */\nint z;\n".encode())
    for standard in ("-std=c99", "-std=gnu17"):
        strict(path, "-pedantic", standard)
    assert text.count("\n") == len(odd) - 1 and "int x;" in text
    assert quoted('"??/\\\n\u202e') == '"\\042\\077\\077/\\134\\012\\342\\200\\256"'
    with pytest.raises(BadProgram, match=r"the label 'a\\x00b' has a character of the number 0"):
        quoted("a\0b")


def test_what_is_no_place_for_it_is_refused(tmp_path: Path) -> None:
    plan, columns = programs(words)[0]
    path = file_with(plan, columns, tmp_path / "p.onnx", "words")
    before = path.read_bytes()
    (tmp_path / "p.py").write_text("1")
    for place, told in (
        (path, r"is the program itself\n--output p\.c"),
        (tmp_path / "q.onnx", r"would be replaced(.|\n)*--output .*q\.c"),
        (tmp_path / "p.py", r"would be replaced(.|\n)*--output .*p\.c"),
        (tmp_path, r"is a folder, not a file\n--output .*NAME\.c"),
        (tmp_path / "none" / "p.c", r"none is no folder that p.c could be written in\nmkdir .*none"),
    ):
        with pytest.raises(BadProgram, match=told):
            bake(path, "c", place)
    (tmp_path / "link.c").symlink_to(path)
    with pytest.raises(BadProgram, match="is the program itself"):
        bake(path, "c", tmp_path / "link.c")
    assert path.read_bytes() == before and (tmp_path / "p.py").read_text() == "1"


def test_a_function_writes_its_own_program(module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    f = module("import wisen\n@wisen.function\ndef heavy(x: float) -> bool:\n    return x > 1").heavy
    with pytest.raises(NotTrained):
        f.bake("c")
    parts = split(known([(x / 10, x > 20) for x in range(60)], f.signature))
    inputs, outputs = fitted(parts)
    file_with(plans(inputs, outputs)[0], (inputs, outputs, parts), f.path, "heavy")
    f.reload()
    monkeypatch.chdir(tmp_path)
    made = f.bake("c")
    assert made.name == f"{f.path.stem}.c" and "struct heavy_input" in made.read_text()
    assert "c" in TARGETS and isinstance(wisen.load(f.path), wisen.Program)
    with pytest.raises(WisenError):
        f.bake("cc")


@needs_compiler
def test_pictures_of_any_size_are_made_to_fit(tmp_path: Path) -> None:
    plan, columns = programs(grey)[0]  # a linear one, which hears every number
    source = bake(file_with(plan, columns, tmp_path / "p.onnx", "grey"), "c", tmp_path / "p.c")
    program, baked = load(tmp_path / "p.onnx"), Baked.of(source, "-O2")
    rng = np.random.default_rng(0)
    for sides in [(12, 12), (1, 1), (3, 50), (200, 7), (97, 131), (12, 13), (24, 24)]:
        pixels = rng.integers(0, 256, (3, *sides, 1)).astype(np.uint8)
        worst, others = farthest(program, baked, {"photo": pixels})
        assert worst < 2e-5 and others == 0, sides
    for height, width in ((-1, 5), (0, 5), (5, 0)):
        given = baked.input_type(photo=pixels.ctypes.data_as(baked.input_type._fields_[0][1]))
        given.photo_height, given.photo_width = height, width
        assert baked.call(ctypes.byref(given), ctypes.byref(baked.answer_type())) == -1
