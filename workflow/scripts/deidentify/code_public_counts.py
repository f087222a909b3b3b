"""Give the schools of public tables of counts their study codes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.deidentify.public_counts import code_counts, school_codes
from recredit.disclosure.public_counts import read_counts


def main(
    sources: Sequence[Path],
    outputs: Sequence[Path],
    entries: Sequence[Mapping[str, Any]],
    crosswalk: Path,
    schools: Path | None = None,
) -> None:
    """Write `outputs`, one CSV per source and entry of `disclosure.known`, in the same order.

    With the table of `schools`, counts of schools become counts of their blocks.
    """
    codes = school_codes(crosswalk, schools)
    for source, output, entry in zip(sources, outputs, entries, strict=True):
        coded = code_counts(read_counts(entry, source), entry, codes)
        coded.to_csv(output, index=False, lineterminator="\n")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            sources=[Path(path) for path in snakemake.input.sources],
            outputs=[Path(path) for path in snakemake.output.tables],
            entries=snakemake.params.entries,
            crosswalk=Path(snakemake.params.crosswalk),
            schools=Path(snakemake.input.schools[0]) if snakemake.input.schools else None,
        )
