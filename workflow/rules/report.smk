# Reads  coded/release/{tables,figures,certificate.json}; notebooks/<brief>.ipynb; the templates in workflow/report. Briefs
#        are written while the tables are attacked: they stay in the vault, and nothing is published without the certificate.
# Writes coded/report/briefs/<brief>.html, <brief>_with_code.html, <brief>.pdf, index.html; coded/report/numbers/<brief>.csv
NOTEBOOKS = REPOSITORY / "notebooks"
TEMPLATES = REPOSITORY / "workflow" / "report"
TOLD = {"tables": RELEASED, "sidecars": SIDECARS, "figures": coded("release/figures")}


rule execute_brief:
    input:
        **TOLD,
        source=portable(NOTEBOOKS / "{brief}.ipynb"),
        modules=lambda wildcards: modules(NOTEBOOKS / f"{wildcards.brief}.ipynb"),
    output:
        numbers=coded("report/numbers/{brief}.csv"),
    log:
        notebook=coded("logs/report/execute_brief_{brief}.ipynb"),
    benchmark:
        benchmark_of("report", "execute_brief_{brief}")
    wildcard_constraints:
        brief="|".join(BRIEFS),
    conda:
        "../../environment.yml"
    params:
        released=lambda wildcards, input: str(Path(input.figures).parent),
        about=SETTINGS["about"],
        rules={key: SETTINGS["disclosure"][key] for key in ("minimum_group", "minimum_units", "round_counts_to")},
        briefs=BRIEFS,
    message:
        "report: writing the brief {wildcards.brief} from the released tables"
    notebook:
        "../../notebooks/{wildcards.brief}.ipynb"


rule render_brief:
    input:
        **TOLD,
        notebook=portable(NOTEBOOKS / "{brief}.ipynb"),
        executed=coded("logs/report/execute_brief_{brief}.ipynb"),
        numbers=coded("report/numbers/{brief}.csv"),
        template=[
            portable(TEMPLATES / name)
            for name in ("html/index.html.j2", "html/conf.json", "html/brief.css", "pdf/brief.typ")
        ],
        modules=modules("report/render_brief.py"),
    output:
        plain=coded("report/briefs/{brief}.html"),
        code=coded("report/briefs/{brief}_with_code.html"),
        pdf=coded("report/briefs/{brief}.pdf"),
    log:
        log_of("report", "render_brief_{brief}"),
    benchmark:
        benchmark_of("report", "render_brief_{brief}")
    wildcard_constraints:
        brief="|".join(BRIEFS),
    conda:
        "../../environment.yml"
    params:
        released=lambda wildcards, input: str(Path(input.figures).parent),
    message:
        "report: rendering the brief {wildcards.brief} as web pages and as a tagged PDF"
    script:
        "../scripts/report/render_brief.py"


rule render_index:
    input:
        certificate=coded("release/certificate.json"),
        style=portable(TEMPLATES / "html" / "brief.css"),
        modules=modules("report/render_index.py"),
    output:
        index=coded("report/briefs/index.html"),
    log:
        log_of("report", "render_index"),
    benchmark:
        benchmark_of("report", "render_index")
    conda:
        "../../environment.yml"
    params:
        released=lambda wildcards, input: str(Path(input.certificate).parent),
        about=SETTINGS["about"],
        briefs=BRIEFS,
    message:
        "report: listing the study's briefs, tables and figures on the index page"
    script:
        "../scripts/report/render_index.py"
