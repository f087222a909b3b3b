# Reads  coded/estimate/<table>.parquet with <table>.json (what each column is), all tables of the study together;
#        coded/estimate/bases: the rows that the tables count; coded/deidentify/known: public counts;
#        state/registry: what was published before (read only)
# Writes coded/release/tables/<table>.csv and .json, coded/release/figures/<figure>.png and .json,
#        coded/release/attack.json, certificate.json, determination.json and inputs.json (what `make publish` needs beside it)
from recredit.disclosure.registry_files import release_files

# Every table of the stage `estimate` is released, all in one call, but those that the study leaves out; the stage
# before names them (EXACT_TABLES).
EXACT = [coded(f"estimate/{table}.parquet") for table in EXACT_TABLES]
SPECIFICATIONS = [coded(f"estimate/{table}.json") for table in EXACT_TABLES]
RELEASED_TABLES = [table for table in EXACT_TABLES if table not in SETTINGS["disclosure"]["leave_out"]]
RELEASED = [coded(f"release/tables/{table}.csv") for table in RELEASED_TABLES]
SIDECARS = [coded(f"release/tables/{table}.json") for table in RELEASED_TABLES]

KNOWN = [coded(f"deidentify/known/{entry['name']}.csv") for entry in SETTINGS["disclosure"]["known"]]
# What was published before. `make publish` adds to it and no rule does, so it is never deleted before a re-run.
REGISTRY = [portable(path) for path in release_files(STUDY.root("state") / "registry")]


rule protect_tables:
    input:
        tables=EXACT,
        specifications=SPECIFICATIONS,
        bases=BASES,
        known=KNOWN,
        registry=REGISTRY,
        modules=modules("release/protect_tables.py"),
    output:
        tables=RELEASED,
        sidecars=SIDECARS,
        exact_cells=coded("release/exact_cells.json"),
    log:
        log_of("release", "protect_tables"),
    benchmark:
        benchmark_of("release", "protect_tables")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        disclosure=SETTINGS["disclosure"],
        registry=state("registry"),
    message:
        "release: protecting all tables together, so that no figure leads to a student"
    script:
        "../scripts/release/protect_tables.py"


rule draw_figures:
    input:
        tables=RELEASED,
        sidecars=SIDECARS,
        modules=modules("release/draw_figures.py"),
    output:
        # A folder, since which figures there are depends on what the tables show.
        figures=directory(coded("release/figures")),
    log:
        log_of("release", "draw_figures"),
    benchmark:
        benchmark_of("release", "draw_figures")
    conda:
        "../../environment.yml"
    message:
        "release: drawing the figures from the released tables"
    script:
        "../scripts/release/draw_figures.py"


rule attack_tables:
    input:
        exact=EXACT,
        specifications=SPECIFICATIONS,
        bases=BASES,
        known=KNOWN,
        registry=REGISTRY,
        tables=RELEASED,
        sidecars=SIDECARS,
        exact_cells=coded("release/exact_cells.json"),
        modules=modules("release/attack_tables.py"),
    output:
        attack=coded("release/attack.json"),
        determination=coded("release/determination.json"),
        inputs=coded("release/inputs.json"),
    log:
        log_of("release", "attack_tables"),
    benchmark:
        benchmark_of("release", "attack_tables")
    # Before the figures and the briefs, which wait for nothing else: this takes longest, and publishing waits for it.
    priority: 1
    conda:
        "../../environment.yml"
    params:
        disclosure=SETTINGS["disclosure"],
        registry=state("registry"),
        title=SETTINGS["about"]["title"] if "about" in SETTINGS else STUDY.name,
    message:
        "release: attacking the released tables, all together"
    script:
        "../scripts/release/attack_tables.py"


rule certify_release:
    input:
        exact=EXACT,
        specifications=SPECIFICATIONS,
        bases=BASES,
        known=KNOWN,
        registry=REGISTRY,
        tables=RELEASED,
        sidecars=SIDECARS,
        figures=coded("release/figures"),
        exact_cells=coded("release/exact_cells.json"),
        attack=coded("release/attack.json"),
        modules=modules("release/certify_release.py"),
    output:
        certificate=coded("release/certificate.json"),
    log:
        log_of("release", "certify_release"),
    benchmark:
        benchmark_of("release", "certify_release")
    conda:
        "../../environment.yml"
    params:
        disclosure=SETTINGS["disclosure"],
        registry=state("registry"),
    message:
        "release: holding every figure against the rules once more, and writing the certificate"
    script:
        "../scripts/release/certify_release.py"
