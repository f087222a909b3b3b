"""Render the index page: the study's briefs, tables, figures and audit files, each with a link."""

from pathlib import Path

from recredit.briefs.index_page import index_html
from recredit.briefs.released import Released


def main(about: dict[str, str], briefs: list[str], released: Path, templates: Path, output: Path) -> None:
    """Write the index page of the study to `output`."""
    page = index_html(about, briefs, Released(released), templates / "html" / "brief.css")
    output.write_text(page, encoding="utf-8", newline="")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            about=snakemake.params.about,
            briefs=snakemake.params.briefs,
            released=Path(snakemake.params.released),
            templates=Path(snakemake.input.style).parents[1],
            output=Path(snakemake.output.index),
        )
