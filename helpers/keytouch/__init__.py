"""keytouch: find the touchpoints that decide a customer's experience, and say how sure it is.

    import keytouch as kt

Names are loaded when first used, so that the command line starts at once.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS: dict[str, tuple[str, ...]] = {
    "problems": ("DataError", "Problem"),
    "engine": ("Missing",),
    "intake": ("open_client",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"keytouch has no {name!r}")
    return getattr(importlib.import_module(f"keytouch.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
