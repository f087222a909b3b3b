"""The same arithmetic on every machine: how NumPy and BLAS compute must not hang on the processor."""

import platform
from collections.abc import Mapping
from pathlib import Path

# Threaded BLAS adds in another order.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# With the instructions of AVX-512, which not every processor has, NumPy's exp and log and the products of OpenBLAS
# differ in their last bits. NumPy's sort with them takes five times as long on AMD's processors.
_NO_AVX_512 = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Haswell"}
_PROCESSOR = Path("/proc/cpuinfo")


def same_arithmetic() -> Mapping[str, str]:
    """Variables of the environment under which a process must start, for results that are the same to the last bit.

    They hold for x86 processors with AVX2 (Intel since 2013, AMD since 2015); others compute as they do.
    """
    return _ONE_THREAD | (_NO_AVX_512 if _has_avx2() else {})


def _has_avx2() -> bool:
    """Whether this is such a processor. Where the system does not tell (macOS), all that run it are."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return False
    return not _PROCESSOR.exists() or " avx2 " in _PROCESSOR.read_text()
