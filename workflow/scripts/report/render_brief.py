"""Render an executed notebook: a page without code, one with code, and a tagged PDF."""

from pathlib import Path

from recredit.briefs.document import file_forms, merge_outputs, to_html
from recredit.briefs.notebook import read_notebook
from recredit.briefs.page_check import check_numbers
from recredit.briefs.released import Released
from recredit.briefs.typeset import notebook_blocks, to_pdf


def main(notebook: Path, executed: Path, templates: Path, released: Path, name: str, pages: dict[str, Path]) -> None:
    """Write the forms `plain`, `code` and `pdf` of brief `name` to `pages`, every number checked against its cell."""
    source = read_notebook(notebook)
    tables = Released(released)
    merged = merge_outputs(source, read_notebook(executed), tables.made())
    blocks, figures = notebook_blocks(merged)
    for form in ("plain", "code"):
        words = {"title": blocks[0]["title"], "forms": file_forms(name, form)}
        page = to_html(merged, templates, words, with_code=form == "code")
        check_numbers(page, tables)
        pages[form].write_text(page, encoding="utf-8", newline="")
    pages["pdf"].write_bytes(to_pdf(blocks, figures, templates / "pdf" / "brief.typ"))


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            notebook=Path(snakemake.input.notebook),
            executed=Path(snakemake.input.executed),
            templates=Path(snakemake.input.template[0]).parents[1],
            released=Path(snakemake.params.released),
            name=snakemake.wildcards.brief,
            pages={form: Path(path) for form, path in snakemake.output.items()},
        )
