"""What a test or its module sets for readers (language, a client's names) ends with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keytouch import labels, words


def kept() -> Iterator[None]:
    language, names = words.language(), dict(labels._names)
    yield
    words.set_language(language)
    labels._names.clear()
    labels._names.update(names)


of_module = pytest.fixture(kept, scope="module", autouse=True)
of_test = pytest.fixture(kept, autouse=True)
