"""A server for each backend, shared by the tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from toys.loop import BACKENDS


@pytest.fixture(scope="module", params=list(BACKENDS))
def server(request: pytest.FixtureRequest) -> Iterator[object]:
    from tests.toys.httpd.program import httpd

    with httpd("--backend", request.param) as served:
        yield served
