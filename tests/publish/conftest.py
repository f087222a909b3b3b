"""A small release with its briefs, roster and coded tables, as the stages before `publish` leave them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from pypdf import PdfWriter

from recredit.publication.layout import Published, published_files

SIDECAR = '{"columns": {"course": {"kind": "label"}, "students": {"kind": "count"}}}'
COLUMNS = {
    "students": {
        "identifier": ["student_id", "given_name", "family_name", "email"],
        "code": ["student_id"],
        "public": [],
    },
    "courses": {"identifier": [], "code": [], "public": ["course_id", "title"]},
}


@dataclass(frozen=True)
class Vault:
    """Files of a small study."""

    folder: Path

    @property
    def files(self) -> list[Published]:
        return published_files(
            tables=[self.folder / "tables" / "outcomes.csv"],
            figures=self.folder / "figures",
            briefs=[self.folder / "briefs" / name for name in ("overview.html", "overview.pdf", "index.html")],
            numbers=[self.folder / "numbers" / "overview.csv"],
            certificate=self.folder / "certificate.json",
            determination=self.folder / "determination.json",
        )

    @property
    def intake(self) -> list[Path]:
        return [self.folder / "intake" / f"{table}.parquet" for table in COLUMNS]

    @property
    def coded(self) -> list[Path]:
        return [self.folder / "deidentify" / f"{table}.parquet" for table in COLUMNS]

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "vault")
    made.write("tables/outcomes.csv", "course,students\nAlgebra 1,60180\n")
    made.write("tables/outcomes.json", SIDECAR)
    made.write("figures/.snakemake_timestamp", "")
    Figure(figsize=(1, 1)).savefig(made.write("figures/bars.png", ""), format="png", metadata={"Software": None})
    made.write("figures/bars.json", '{"alt_text": "Bars"}')
    made.write("briefs/overview.html", "<html><body><p>In Algebra 1 there were 60180 log-ins.</p></body></html>")
    made.write("briefs/index.html", "<html><body>Index</body></html>")
    PdfWriter().write(made.write("briefs/overview.pdf", ""))
    made.write("numbers/overview.csv", "sentence,printed,table,row,column\n")
    made.write("certificate.json", "{}")
    made.write("determination.json", "{}")
    students = {
        "student_id": ["60180", "60186", "12"],
        "given_name": ["Ada", "Grace", "Alan"],
        "family_name": ["Lovelace", "Hopper", "Turing"],
        "email": ["ada@school.example", None, "alanturing"],
    }
    courses = pd.DataFrame({"course_id": ["ALG-1"], "title": ["Algebra 1"]})
    codes = pd.DataFrame({"student_id": ["qx7k2m9p4rta", "b8w3n6z1c5vd", "h4j9s2f7g1ly"]})
    for folder in ("intake", "deidentify"):
        made.write(f"{folder}/x", "")
        courses.to_parquet(made.folder / folder / "courses.parquet", index=False)
    pd.DataFrame(students).to_parquet(made.folder / "intake" / "students.parquet", index=False)
    codes.to_parquet(made.folder / "deidentify" / "students.parquet", index=False)
    return made
