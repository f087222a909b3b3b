# Reads  coded/release, coded/report, the roster in identified/intake (not in a run from the coded zone), the study codes
#        in coded/deidentify; the files of the workflow and the configuration
# Writes coded/publish/gate.json and published.json; results/<study>/{tables,figures,briefs,audit}, which nothing else
#        writes. They are no outputs for Snakemake: it deletes outputs before a re-run, and a failed run must leave the old
#        results whole. A git checkout, too, holds a manifest without the vault that it was made from.
from recredit.publication.columns import columns_by_use
from recredit.publication.manifest import code_files, configuration_files, portable_settings

# The logs hold one row a log-in, a click or a day; every identifier of a person in them stands in these tables too.
ROSTER_TABLES = [table for table in TABLES if table not in ("sessions", "events", "usage_days")]
CODE = code_files(REPOSITORY)
CONFIGURATION = configuration_files(REPOSITORY, STUDY.folder, [STUDY.root("vault"), STUDY.root("results")])
PUBLISHED = {
    "tables": RELEASED,
    "figures": coded("release/figures"),
    "briefs": [
        *(
            coded(f"report/briefs/{brief}{ending}")
            for brief in BRIEFS
            for ending in (".html", "_with_code.html", ".pdf")
        ),
        coded("report/briefs/index.html"),
    ],
    "numbers": [coded(f"report/numbers/{brief}.csv") for brief in BRIEFS],
    "certificate": coded("release/certificate.json"),
    "determination": coded("release/determination.json"),
}


rule check_files:
    input:
        **PUBLISHED,
        sidecars=SIDECARS,
        intake=[identified(f"intake/{table}.parquet") for table in ROSTER_TABLES] if FROM_RAW else [],
        coded=[coded(f"deidentify/{table}.parquet") for table in ROSTER_TABLES],
        cohort=coded("cohort/cohort.parquet"),
        modules=modules("publish/check_files.py"),
    output:
        gate=coded("publish/gate.json"),
    log:
        log_of("publish", "check_files"),
    benchmark:
        benchmark_of("publish", "check_files")
    conda:
        "../../environment.yml"
    params:
        columns={table: columns_by_use(CONTRACT[table]) for table in ROSTER_TABLES},
    message:
        "publish: searching every file for names, identifiers and study codes"
    script:
        "../scripts/publish/check_files.py"


rule publish_results:
    input:
        **PUBLISHED,
        sidecars=SIDECARS,
        gate=coded("publish/gate.json"),
        code=list(map(portable, CODE.values())),
        configuration=list(map(portable, CONFIGURATION.values())),
        modules=modules("publish/publish_results.py"),
    output:
        published=coded("publish/published.json"),
    log:
        log_of("publish", "publish_results"),
    benchmark:
        benchmark_of("publish", "publish_results")
    conda:
        "../../environment.yml"
    params:
        code=list(CODE),
        configuration=list(CONFIGURATION),
        settings=portable_settings(SETTINGS),
        results=results(""),
    message:
        "publish: putting the checked files in place, with a manifest"
    script:
        "../scripts/publish/publish_results.py"
