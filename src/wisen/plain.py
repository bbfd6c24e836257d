"""Values as JSON can hold them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def finite(value: Any) -> Any:
    """The value with null where JSON has no number: NaN and the infinities."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def plain(value: Any) -> Any:
    """The value with names in place of what JSON does not know."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return str(getattr(value, "name", value))
    return value
