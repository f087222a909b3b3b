"""Packages imported without what they load for nothing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# jsonschema imports a grammar of internationalised addresses wherever it is installed, which takes more than a second,
# for formats that no schema asks for here, and none of nbformat's.
SLOW_FORMATS = "rfc3987_syntax"


@contextmanager
def without_module(name: str) -> Iterator[None]:
    """Let packages that can do without the module ``name`` do so while they are imported."""
    if name in sys.modules:
        yield
        return
    # Python takes None for a module that is not there.
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
