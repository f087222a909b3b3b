"""What lies around a release, read from files: the counted rows, public tables of counts, earlier releases."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.files import read_bases
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.public_counts import read_known
from recredit.disclosure.registry import earlier_releases, inputs_digest

# Columns of the counted tables that hold random study codes: no result may depend on their order.
CODES = ("school_id", "section_id", "teacher_id", "lottery_block", "student_id")
SCHOOLS = "school_id"


def read_surroundings(
    tables: Mapping[str, ExactTable],
    bases: Sequence[Path],
    disclosure: Mapping[str, Any],
    known: Mapping[str, Path],
    registry: Path,
) -> Surroundings:
    """The surroundings of a release.

    Parameters
    ----------
    tables : its exact tables by name.
    bases : the counted tables, as the stage `estimate` wrote them.
    disclosure : the section `disclosure` of the study's settings.
    known : the files of the public tables of counts by name.
    registry : the folder of what was published before; it need not be there.
    """
    public = [read_known(entry, known[entry["name"]]) for entry in disclosure["known"]]
    inputs = inputs_of(tables, disclosure, known)
    insider = SCHOOLS if disclosure["insiders"] == "schools" else ""
    return Surroundings(read_bases(bases), public, earlier_releases(registry, inputs), CODES, insider)


def inputs_of(tables: Mapping[str, ExactTable], disclosure: Mapping[str, Any], known: Mapping[str, Path]) -> str:
    """The digest of what a release is made from; codes of schools in the public tables are no part of it."""
    texts = [
        read_known(entry, known[entry["name"]]).counts.drop(columns=[*CODES], errors="ignore").to_csv(index=False)
        for entry in disclosure["known"]
    ]
    return inputs_digest(tables, disclosure, texts)
