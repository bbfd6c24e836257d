"""wisen writes the body of your function by gradient descent.

    import wisen
    from wisen import Image

    @wisen.function
    def is_face(photo: Image) -> bool:
        ...

The public words are loaded when they are used; importing wisen imports neither torch nor onnxruntime.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

    from wisen.contract import Contract, contract
    from wisen.errors import (
        BadExamples,
        BadNetwork,
        BadProgram,
        BadSignature,
        BadValue,
        Busy,
        NotInstalled,
        NotTrained,
        Stopped,
        Unsure,
        WisenError,
    )
    from wisen.explain.explanation import Explanation
    from wisen.explain.inside import Inside
    from wisen.function import Function, function
    from wisen.headtohead import Report
    from wisen.kinds.audio import Rate
    from wisen.kinds.box import Box
    from wisen.kinds.category import Category
    from wisen.kinds.image import Size
    from wisen.kinds.output import Interval
    from wisen.kinds.sounds import Audio
    from wisen.kinds.steps import Next, Past
    from wisen.kinds.wording import Beam
    from wisen.program import Prediction, Program, load
    from wisen.report import Page, report
    from wisen.sizes.frontier import Frontier, frontier
    from wisen.sizes.resize import back, resize
    from wisen.sizes.resized import Resized
    from wisen.train import Outcome, test, train

__version__ = "0.1.0"

PUBLIC = {
    "function": "wisen.function:function",
    "Function": "wisen.function:Function",
    "Image": "PIL.Image:Image",
    "Size": "wisen.kinds.image:Size",
    "Audio": "wisen.kinds.sounds:Audio",
    "Rate": "wisen.kinds.audio:Rate",
    "Box": "wisen.kinds.box:Box",
    "Beam": "wisen.kinds.wording:Beam",
    "Category": "wisen.kinds.category:Category",
    "Past": "wisen.kinds.steps:Past",
    "Next": "wisen.kinds.steps:Next",
    "train": "wisen.train:train",
    "test": "wisen.train:test",
    "report": "wisen.report:report",
    "contract": "wisen.contract:contract",
    "resize": "wisen.sizes.resize:resize",
    "back": "wisen.sizes.resize:back",
    "frontier": "wisen.sizes.frontier:frontier",
    "Resized": "wisen.sizes.resized:Resized",
    "Frontier": "wisen.sizes.frontier:Frontier",
    "load": "wisen.program:load",
    "Program": "wisen.program:Program",
    "Interval": "wisen.kinds.output:Interval",
    "Prediction": "wisen.program:Prediction",
    "Outcome": "wisen.train:Outcome",
    "Contract": "wisen.contract:Contract",
    "Page": "wisen.report:Page",
    "Report": "wisen.headtohead:Report",
    "Explanation": "wisen.explain.explanation:Explanation",
    "Inside": "wisen.explain.inside:Inside",
    "WisenError": "wisen.errors:WisenError",
    "BadSignature": "wisen.errors:BadSignature",
    "BadExamples": "wisen.errors:BadExamples",
    "BadValue": "wisen.errors:BadValue",
    "BadNetwork": "wisen.errors:BadNetwork",
    "BadProgram": "wisen.errors:BadProgram",
    "NotTrained": "wisen.errors:NotTrained",
    "Busy": "wisen.errors:Busy",
    "Unsure": "wisen.errors:Unsure",
    "Stopped": "wisen.errors:Stopped",
    "NotInstalled": "wisen.errors:NotInstalled",
}

__all__ = [
    "Audio",
    "BadExamples",
    "BadNetwork",
    "BadProgram",
    "BadSignature",
    "BadValue",
    "Beam",
    "Box",
    "Busy",
    "Category",
    "Contract",
    "Explanation",
    "Frontier",
    "Function",
    "Image",
    "Inside",
    "Interval",
    "Next",
    "NotInstalled",
    "NotTrained",
    "Outcome",
    "Page",
    "Past",
    "Prediction",
    "Program",
    "Rate",
    "Report",
    "Resized",
    "Size",
    "Stopped",
    "Unsure",
    "WisenError",
    "back",
    "contract",
    "frontier",
    "function",
    "load",
    "report",
    "resize",
    "test",
    "train",
]


def _word(name: str) -> Any:
    """A public word, loaded."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'wisen' has no attribute {name!r}")
    module, _, inside = PUBLIC[name].partition(":")
    try:
        found = getattr(import_module(module), inside)
    except ModuleNotFoundError as error:
        if (error.name or "wisen").partition(".")[0] == "wisen":
            raise
        from wisen.errors import NotInstalled

        told = f"wisen.{name} needs {error.name}, which is not installed"
        raise NotInstalled(told, "pip install 'wisen[train]'") from error
    globals()[name] = found
    return found


if not TYPE_CHECKING:  # a type checker has the words above, and shall refuse any other
    __getattr__ = _word


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class Package(ModuleType):
    """This package: a submodule (`wisen/function.py`) never takes the place of a public word (`wisen.function`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = Package
