"""What lies around a release, read from files: the counted rows, public tables of counts, earlier releases."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.files import read_bases
from recredit.disclosure.linked.release import Surroundings

# Columns of the counted tables that hold random study codes: no result may depend on their order.
CODES = ("school_id", "section_id", "teacher_id", "lottery_block", "student_id")
SCHOOLS = "school_id"


def read_surroundings(bases: Sequence[Path], disclosure: Mapping[str, Any]) -> Surroundings:
    """The surroundings of a release.

    Parameters
    ----------
    bases : the counted tables, as the stage `estimate` wrote them.
    disclosure : the section `disclosure` of the study's settings.
    """
    insider = SCHOOLS if disclosure["insiders"] == "schools" else ""
    return Surroundings(read_bases(bases), codes=CODES, insider=insider)
