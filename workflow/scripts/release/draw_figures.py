"""Draw the figures of the release from its tables as they are shown, each with a sidecar."""

import json
from collections.abc import Sequence
from pathlib import Path

from recredit.disclosure.files import read_csv_rows, read_sidecar
from recredit.figures.charts import draw_release
from recredit.figures.shown import MARK, ReleasedTable


def read_released(path: Path) -> ReleasedTable:
    """The released table in `path` with its sidecar."""
    header, *rows = read_csv_rows(path)
    sidecar = read_sidecar(path)
    # What the study leaves out is to a figure as a column of which no cell is shown.
    gone = dict.fromkeys(sidecar.get("left_out", {}), MARK)
    shown = [{**dict(zip(header, row, strict=True)), **gone} for row in rows]
    columns = {**sidecar["columns"], **sidecar.get("left_out", {})}
    return ReleasedTable(path.stem, shown, {**sidecar, "columns": columns})


def main(sources: Sequence[Path], output: Path) -> None:
    """Write the figures that `sources` allow into the folder `output`, each a PNG and a JSON sidecar."""
    output.mkdir(parents=True, exist_ok=True)
    for name, (png, drawing, source) in draw_release({path.stem: read_released(path) for path in sources}).items():
        words = {"title": drawing.title, "alt_text": drawing.alt_text, "shows": dict(drawing.shows)}
        sidecar = {"name": name, **words, "source_tables": [source]}
        (output / f"{name}.png").write_bytes(png)
        text = json.dumps(sidecar, indent=1, ensure_ascii=False) + "\n"
        (output / f"{name}.json").write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(sources=[Path(path) for path in snakemake.input.tables], output=Path(snakemake.output.figures))
