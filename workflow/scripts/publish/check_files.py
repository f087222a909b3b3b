"""Search every file that is to be published for identifiers, and refuse files of an unknown shape."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from recredit.publication.gate import check_files
from recredit.publication.layout import Published, published_files
from recredit.publication.roster import read_watchlist


def main(
    files: Sequence[Published],
    intake: Sequence[Path],
    coded: Sequence[Path],
    columns: Mapping[str, Mapping[str, Sequence[str]]],
    output: Path,
) -> None:
    """Write the gate's report on `files` to `output`; `intake` is empty where the run began from the coded zone."""
    report = check_files(files, read_watchlist(intake, coded, columns), roster=bool(intake))
    output.write_text(report, encoding="utf-8", newline="")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            files=published_files(
                tables=[Path(path) for path in snakemake.input.tables],
                figures=Path(snakemake.input.figures),
                briefs=[Path(path) for path in snakemake.input.briefs],
                numbers=[Path(path) for path in snakemake.input.numbers],
                certificate=Path(snakemake.input.certificate),
                determination=Path(snakemake.input.determination),
            ),
            intake=[Path(path) for path in snakemake.input.intake],
            coded=[Path(path) for path in snakemake.input.coded],
            columns=snakemake.params.columns,
            output=Path(snakemake.output.gate),
        )
