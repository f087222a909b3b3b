"""Write the results with their manifest: the one rule that writes outside the vault."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.publication.layout import Published, published_files
from recredit.publication.manifest import MANIFEST, manifest_json
from recredit.publication.placing import place_folder


def main(
    files: Sequence[Published],
    gate: Path,
    code: Mapping[str, Path],
    configuration: Mapping[str, Path],
    settings: Mapping[str, Any],
    results: Path,
    output: Path,
) -> None:
    """Put `files`, the gate's report and the manifest in place of the old `results`; `output` keeps the manifest."""
    report = Published("audit/gate.json", gate, "publish/check_files", "workflow/scripts/publish/check_files.py")
    everything = sorted([*files, report], key=lambda file: file.path)
    manifest = manifest_json(results.name, everything, code, configuration, settings)
    contents = {file.path: file.source.read_bytes() for file in everything}
    place_folder({**contents, MANIFEST: manifest.encode()}, results)
    output.write_text(manifest, encoding="utf-8")


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
            gate=Path(snakemake.input.gate),
            code=dict(zip(snakemake.params.code, map(Path, snakemake.input.code), strict=True)),
            configuration=dict(
                zip(snakemake.params.configuration, map(Path, snakemake.input.configuration), strict=True)
            ),
            settings=snakemake.params.settings,
            results=Path(snakemake.params.results),
            output=Path(snakemake.output.published),
        )
