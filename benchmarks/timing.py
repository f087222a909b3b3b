"""What the benchmarks share: a way measured in a process of its own, and a section between marks on a page."""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from recredit.arithmetic import same_arithmetic


def in_a_process(script: str, way: str, folder: Path, options: argparse.Namespace) -> subprocess.CompletedProcess[str]:
    """Call ``script`` for one way alone, in the environment of the workflow's jobs.

    What it prints is the JSON of :func:`print_cost`.
    """
    limits = ["--memory-gb", str(options.memory_gb), "--cores", str(options.cores)]
    words = [sys.executable, script, "--way", way, "--folder", str(folder), *limits]
    environment = os.environ | same_arithmetic()
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment)


def print_cost(work: Callable[[], None]) -> None:
    """Do ``work`` and print what it took, as JSON: seconds, processor seconds, peak memory of this process."""
    begin, before = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - begin, time.process_time() - before
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"seconds": seconds, "processor_seconds": cpu, "peak_gb": used.ru_maxrss / 1e6}))


def section(page: Path, marks: tuple[str, str]) -> str:
    """The text between the two ``marks`` of ``page``; empty where they are not there."""
    return page.read_text(encoding="utf-8").partition(marks[0])[2].partition(marks[1])[0]


def write_section(page: Path, marks: tuple[str, str], heading: str, text: str) -> None:
    """Put ``text`` between the two ``marks`` of ``page``; where they are not there, at its end below ``heading``."""
    before, found, rest = page.read_text(encoding="utf-8").partition(marks[0])
    if not found:
        before = f"{before.rstrip()}\n\n{heading}\n\n"
    after = rest.partition(marks[1])[2] if found else "\n"
    page.write_text(f"{before}{marks[0]}\n{text}\n{marks[1]}{after}", encoding="utf-8")
