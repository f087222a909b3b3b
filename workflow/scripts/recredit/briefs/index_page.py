"""The index page of a study: every file a reader can open, with its title."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.briefs.brief import SIMULATED
from recredit.briefs.document import check_self_contained
from recredit.briefs.released import Released

# The files of the folder `audit`, as the stage `publish` lays them down.
AUDIT = {
    "certificate.json": "Certificate: the released tables, held against the disclosure rules again, and attacked",
    "determination.json": "Determination record: the disclosure rules in force, who decided, and the risk that is left",
    "gate.json": "File gate: what was looked for in every published file",
    "manifest.json": "Manifest: every published file with its checksum and the rule that made it",
}
Entry = tuple[str, str, str]


def index_html(about: Mapping[str, Any], briefs: Sequence[str], released: Released, style: Path) -> str:
    """The index page, which lies beside the briefs.

    Parameters
    ----------
    about : the study's words (`about` in study.yaml).
    briefs : names of the briefs, in the order of the series.
    style : the style sheet of the briefs.
    """
    tables = [released.table(name) for name in released.table_names()]
    figures = [figure for name in released.figure_names() if (figure := released.figure(name))]
    parts = {
        "Briefs": _briefs(briefs),
        "Tables": _entries([(f"../tables/{table.name}.csv", table.title, _about_table(table)) for table in tables]),
        "Figures": _entries([(f"../figures/{figure.name}.png", figure.title, "") for figure in figures]),
        "Audit": _entries([*_audit(), *_numbers(briefs)]),
    }
    sections = "\n".join(f"<h2>{heading}</h2>\n{content}" for heading, content in parts.items() if content)
    notice = f'<p class="simulated">{SIMULATED}</p>\n' if about["simulated"] else ""
    title = html.escape(about["title"])
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<style>\n{style.read_text(encoding="utf-8")}</style>\n</head>\n<body class="index">\n'
        f'<header class="masthead">\n{notice}<p class="series">{html.escape(about["series"])}</p>\n<h1>{title}</h1>\n'
        f"</header>\n<main>\n{_summary(about['summary'])}\n{sections}\n</main>\n</body>\n</html>\n"
    )
    check_self_contained(page)
    return page


def _summary(text: str) -> str:
    return "\n".join(f"<p>{html.escape(' '.join(part.split()))}</p>" for part in text.strip().split("\n\n"))


def _briefs(briefs: Sequence[str]) -> str:
    items = []
    for name in briefs:
        words = html.escape(name.replace("_", " ").capitalize())
        items.append(
            f'<li><b>{words}</b>: <a href="{name}.html">{words}, web page</a> · '
            f'<a href="{name}.pdf">{words}, PDF</a> · '
            f'<a href="{name}_with_code.html">{words}, web page with code</a></li>'
        )
    return f"<ol>\n{chr(10).join(items)}\n</ol>"


def _about_table(table: Any) -> str:
    unit = f"{table.unit[:1].upper()}{table.unit[1:]}"
    return f"{unit}." if table else f"{unit}. Without rows in this study."


def _audit() -> list[Entry]:
    return [(f"../audit/{file}", words, "") for file, words in AUDIT.items()]


def _numbers(briefs: Sequence[str]) -> list[Entry]:
    return [
        (
            f"../audit/numbers_{name}.csv",
            f"Numbers of the brief “{name.replace('_', ' ')}”: the released cell behind each",
            "",
        )
        for name in briefs
    ]


def _entries(entries: Sequence[Entry]) -> str:
    """Links with what there is to say of each; a plain list where there is nothing to say."""
    if not any(more for _, _, more in entries):
        items = [f'<li><a href="{path}">{html.escape(words)}</a></li>' for path, words, _ in entries]
        return f"<ul>\n{chr(10).join(items)}\n</ul>" if items else ""
    lines = []
    for path, words, more in entries:
        beside = path.removesuffix(".csv") + ".json"
        described = f' (<a href="{beside}">description</a>)' if path.startswith("../tables/") else ""
        lines.append(f'<dt><a href="{path}">{html.escape(words)}</a></dt><dd>{html.escape(more)}{described}</dd>')
    return f"<dl>\n{chr(10).join(lines)}\n</dl>"
