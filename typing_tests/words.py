"""The public words have types, though they are loaded lazily."""

from typing import Annotated, assert_type

import PIL.Image

import wisen
from wisen import Category, Image, Size


def image_is_pillows(photo: PIL.Image.Image) -> Image:
    return photo


def annotations(photo: Annotated[Image, Size(64)], town: Annotated[str, Category]) -> None:
    assert_type(photo.convert("L"), PIL.Image.Image)
    assert_type(town.upper(), str)
    Size("64")  # type: ignore[arg-type]


def programs() -> None:
    program = wisen.load("faces.is_face.onnx")
    assert_type(program, wisen.Program)
    wisen.load(3)  # type: ignore[arg-type]
    wisen.nothing  # type: ignore[attr-defined]  # noqa: B018


def errors() -> None:
    try:
        wisen.load("faces.is_face.onnx")
    except wisen.BadProgram as error:
        assert_type(error.message, str)
        assert_type(error.hint, str)
        found: wisen.WisenError = error
        value: ValueError = error  # type: ignore[assignment]
        assert_type((found, value), tuple[wisen.WisenError, ValueError])
