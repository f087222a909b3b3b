# Reads  coded/deidentify/<table>.parquet: enrollments, sections, courses, terms and, where the study has them, students,
#        marks, attendance, tests; set_aside (whose marks were quarantined)
# Writes coded/cohort/cohort.parquet (one row per analysed enrollment), coded/cohort/flow.parquet (every exclusion counted),
#        coded/cohort/flow_rows.parquet (one row per enrollment on file and step that it counts in)
COHORT_TABLES = [
    table
    for table in (
        "enrollments",
        "sections",
        "courses",
        "terms",
        "students",
        "marks",
        "attendance",
        "tests",
    )
    if table in TABLES
]


rule build_cohort:
    input:
        tables=[coded(f"deidentify/{table}.parquet") for table in [*COHORT_TABLES, "set_aside"]],
        modules=modules("cohort/build_cohort.py"),
    output:
        cohort=coded("cohort/cohort.parquet"),
        flow=coded("cohort/flow.parquet"),
        flow_rows=coded("cohort/flow_rows.parquet"),
    log:
        log_of("cohort", "build_cohort"),
    benchmark:
        benchmark_of("cohort", "build_cohort")
    # Before the two jobs that nothing but the release waits for.
    priority: 3
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        cohort=SETTINGS["cohort"],
        memory_gb=MEMORY_GB,
    message:
        "cohort: deciding who is analysed, and counting everybody who is not"
    script:
        "../scripts/cohort/build_cohort.py"
