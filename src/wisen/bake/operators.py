"""Which function writes which operator. One operator = one row of OPERATORS."""

from __future__ import annotations

from collections.abc import Callable

from wisen.bake.elementwise import EXPRESSIONS
from wisen.bake.moves import concat, copy, gather, lookup, pad, pointwise, resize
from wisen.bake.products import gemm, matmul
from wisen.bake.sheet import Sheet
from wisen.bake.steps import Step
from wisen.bake.sums import REDUCED, arg_max, reduce, softmax
from wisen.bake.views import VIEWS
from wisen.bake.windows import conv, pool

OPERATORS: dict[str, Callable[[Sheet, Step], None]] = {
    "Conv": conv,
    "Gemm": gemm,
    "MatMul": matmul,
    "MaxPool": pool,
    "AveragePool": pool,
    **dict.fromkeys(REDUCED, reduce),
    "Softmax": softmax,
    "ArgMax": arg_max,
    "ArgMin": arg_max,
    "Concat": concat,
    "Pad": pad,
    "Gather": gather,
    "Lookup": lookup,
    "Resize": resize,
    "Reshape": copy,
    "Flatten": copy,
    "Squeeze": copy,
    "Unsqueeze": copy,
    **dict.fromkeys(EXPRESSIONS, pointwise),
}
"""How each operator that moves or makes numbers is written; those of VIEWS are not, where they can be without."""

KNOWN = {*OPERATORS, *VIEWS}
"""All that can be written."""
