"""What NumPy and BLAS compute with is the same on every x86 processor with AVX2."""

import os
import platform
import subprocess
import sys

import pytest

from recredit.arithmetic import same_arithmetic

# Which instructions NumPy takes of those that it was built for, and whose code each BLAS runs.
SHOW = """
import threadpoolctl
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print(*[name for name in __cpu_dispatch__ if __cpu_features__[name]])
print(*[f"{one['architecture']} {one['num_threads']}" for one in threadpoolctl.threadpool_info()], sep=", ")
"""


def has(feature: str) -> bool:
    from numpy._core._multiarray_umath import __cpu_features__

    return bool(__cpu_features__.get(feature))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="other processors have other instructions")
def test_numpy_and_blas_compute_without_what_few_processors_have() -> None:
    environment = {**os.environ, **same_arithmetic()}
    # A name that NumPy does not know would only warn, and nothing would be left out.
    command = [sys.executable, "-W", "error", "-c", SHOW]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    features, libraries = done.stdout.splitlines()
    assert features == ("X86_V3" if has("X86_V3") else "")
    assert set(libraries.split(", ")) == {"Haswell 1"}
