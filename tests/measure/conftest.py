"""Loads the scripts of the stage."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def load(repository: Path) -> Callable[[str], ModuleType]:
    """Loads a script of this stage by its rule's name."""

    def by_name(rule: str) -> ModuleType:
        path = repository / "workflow" / "scripts" / "measure" / f"{rule}.py"
        specification = importlib.util.spec_from_file_location(f"{rule}_script", path)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return module

    return by_name
