"""What the command line does, as methods of a function: objects that show themselves in a notebook.

Their options are those of `wisen.train` and its companions, written out for type checkers and for who asks for help; a
test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wisen.errors import NotInstalled
from wisen.progress import shown

if TYPE_CHECKING:
    from wisen.contract import Contract
    from wisen.descent import Event
    from wisen.explain import Explanation
    from wisen.explain.inside import Inside
    from wisen.function import Function
    from wisen.headtohead import Report
    from wisen.report import Page
    from wisen.sizes.frontier import Frontier
    from wisen.sizes.resized import Resized
    from wisen.train import Outcome


class Verbs:
    """The verbs of a decorated function. Each opens a door to a room below this one, when asked."""

    def train(
        self,
        examples: Any,
        *,
        held_out: Any = None,
        budget: float | str = 60.0,
        seed: int = 0,
        group: str | None = None,
        time: str | None = None,
        key: str | None = None,
        device: str = "auto",
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
        metric: str | None = None,
        network: Any = None,
        pretrained: bool = False,
        accept: bool = False,
        fresh: bool = False,
        listen: Callable[[Event], None] = shown,
    ) -> Outcome:
        """What learning the body from examples came to; a better program is installed. See `wisen.train`."""
        import wisen  # the door to the spine, which is below this room: opened when asked

        return wisen.train(
            itself(self),
            examples,
            held_out=held_out,
            budget=budget,
            seed=seed,
            group=group,
            time=time,
            key=key,
            device=device,
            returns=returns,
            columns=columns,
            encoding=encoding,
            metric=metric,
            network=network,
            pretrained=pretrained,
            accept=accept,
            fresh=fresh,
            listen=listen,
        )

    def test(
        self,
        examples: Any = None,
        *,
        by: str | tuple[str, ...] = (),
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
    ) -> Report:
        """The head-to-head of the program with the hand-written body, on held-out examples. See `wisen.test`."""
        import wisen  # the door to the spine, which is below this room: opened when asked

        return wisen.test(itself(self), examples, by=by, returns=returns, columns=columns, encoding=encoding)

    def report(
        self,
        examples: Any = None,
        *,
        by: str | tuple[str, ...] = (),
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
    ) -> Page:
        """The page that shows where the program fails. See `wisen.report`."""
        import wisen  # the door to the report, which is below this room: opened when asked

        return wisen.report(itself(self), examples, by=by, returns=returns, columns=columns, encoding=encoding)

    def contract(
        self,
        examples: Any = None,
        *,
        budget: float | str = 60.0,
        returns: str | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
    ) -> Contract:
        """Whether every call takes the same work, time and memory, measured. See `wisen.contract`."""
        import wisen  # the door to a room below this one: opened when asked

        return wisen.contract(
            itself(self), examples, budget=budget, returns=returns, columns=columns, encoding=encoding
        )

    def resize(
        self,
        examples: Any = None,
        *,
        time_per_call: float | str | None = None,
        faster: float | str | None = None,
        size: float | str | None = None,
        width: float | str | None = None,
        better: bool = False,
        budget: float | str = 60.0,
        seed: int = 0,
        device: str = "auto",
        accept: bool = False,
        fresh: bool = False,
        listen: Callable[[Event], None] = shown,
    ) -> Resized:
        """What a program of another size came to, beside the installed one. See `wisen.resize`."""
        import wisen  # the door to a room below this one: opened when asked

        return wisen.resize(
            itself(self),
            examples,
            time_per_call=time_per_call,
            faster=faster,
            size=size,
            width=width,
            better=better,
            budget=budget,
            seed=seed,
            device=device,
            accept=accept,
            fresh=fresh,
            listen=listen,
        )

    def back(self) -> Path:
        """The program of before a resizing answers again. See `wisen.back`."""
        import wisen  # the door to a room below this one: opened when asked

        return wisen.back(itself(self))

    def frontier(
        self,
        examples: Any = None,
        *,
        budget: float | str = 300.0,
        seed: int = 0,
        device: str = "auto",
        fresh: bool = False,
        listen: Callable[[Event], None] = shown,
    ) -> Frontier:
        """Quality against the time of a call, for a handful of widths. See `wisen.frontier`."""
        import wisen  # the door to a room below this one: opened when asked

        return wisen.frontier(
            itself(self), examples, budget=budget, seed=seed, device=device, fresh=fresh, listen=listen
        )

    def explain(
        self,
        *args: Any,
        method: str = "auto",
        output: str | None = None,
        target: str | None = None,
        layer: str | None = None,
        scored: bool = True,
        **kwargs: Any,
    ) -> Explanation:
        """How much each part of a call's arguments counted for its answer. See `wisen.explain.explain`."""
        try:
            from wisen.explain import explain  # a door to a room below this one: opened when asked
        except ModuleNotFoundError as error:
            told = f"{itself(self).name}.explain() needs {error.name}, which is not installed"
            raise NotInstalled(told, "pip install 'wisen[explain]'") from error

        return explain(
            itself(self), *args, method=method, output=output, target=target, layer=layer, scored=scored, **kwargs
        )

    @property
    def inside(self) -> Inside:
        """Ways to look into the program: as code, what it needs, what would turn an answer. See `wisen.Inside`."""
        from wisen.explain.inside import Inside  # a door to a room below this one: opened when asked

        return Inside(itself(self))

    def bake(self, to: str, output: str | os.PathLike[str] | None = None, **options: Any) -> Path:
        """The file that the program was exported to: "c" for one C file, "html" for a page. See `wisen export`."""
        from wisen.bake import bake

        function = itself(self)
        if function.program is None:
            raise function._not_trained("has no learned program to write")
        return bake(function.path, to, output, **options)


def itself(verbs: Verbs) -> Function[Any, Any]:
    """The function that has these verbs, as a type checker is to see it."""
    return cast("Function[Any, Any]", verbs)
