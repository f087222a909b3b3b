# Reads  coded/deidentify/sessions or click_sessions/<bucket>.parquet, or usage_totals.parquet, usage_days.parquet; coded/deidentify/
#        enrollments, sections, terms, calendar, marks.parquet (days and school days); coded/cohort/cohort.parquet
# Writes coded/measure/<bucket>.parquet and clicks/<bucket>.parquet (integer sums), weeks and years (measures by program week and by
#        school year), measures.parquet (one row per analysed enrollment), online.parquet (one per enrollment in the log);
#        types.parquet and type_fits.parquet (types of user, and what speaks for each number of them)
SESSION_BUCKETS = BUCKETS if "sessions" in TABLES else []
CLICK_BUCKETS = BUCKETS if "events" in TABLES else []


rule measure_bucket:
    input:
        sessions=coded("deidentify/sessions/{bucket}.parquet"),
        days=coded_tables("enrollments", "marks", "sections", "terms"),
        modules=modules("measure/measure_bucket.py"),
    output:
        sums=coded("measure/{bucket}.parquet"),
        weeks=coded("measure/weeks/{bucket}.parquet"),
        years=coded("measure/years/{bucket}.parquet"),
    log:
        log_of("measure", "measure_bucket_{bucket}"),
    benchmark:
        benchmark_of("measure", "measure_bucket_{bucket}")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        minimum_minutes=SETTINGS["measures"]["minimum_minutes"],
        memory_gb=MEMORY_GB,
    message:
        "measure: adding up the sessions of one group of students"
    script:
        "../scripts/measure/measure_bucket.py"


rule measure_clicks:
    input:
        sessions=coded("deidentify/click_sessions/{bucket}.parquet"),
        days=coded_tables("enrollments", "marks", "sections", "terms"),
        modules=modules("measure/measure_clicks.py"),
    output:
        sums=coded("measure/clicks/{bucket}.parquet"),
        weeks=coded("measure/clicks/weeks/{bucket}.parquet"),
        years=coded("measure/clicks/years/{bucket}.parquet"),
    log:
        log_of("measure", "measure_clicks_{bucket}"),
    benchmark:
        benchmark_of("measure", "measure_clicks_{bucket}")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        minimum_minutes=SETTINGS["measures"]["minimum_minutes"],
        memory_gb=MEMORY_GB,
    message:
        "measure: adding up the sessions that were computed from clicks, of one group of students"
    script:
        "../scripts/measure/measure_clicks.py"


rule combine_measures:
    input:
        cohort=coded("cohort/cohort.parquet"),
        sums=[coded(f"measure/{bucket}.parquet") for bucket in SESSION_BUCKETS],
        click_sums=[coded(f"measure/clicks/{bucket}.parquet") for bucket in CLICK_BUCKETS],
        totals=coded_tables("usage_totals") if not (SESSION_BUCKETS or CLICK_BUCKETS) else [],
        usage_days=coded_tables("usage_days"),
        enrollments=coded_tables("enrollments"),
        sections=coded_tables("sections"),
        terms=coded_tables("terms"),
        calendar=coded_tables("calendar"),
        modules=modules("measure/combine_measures.py"),
    output:
        measures=coded("measure/measures.parquet"),
        online=coded("measure/online.parquet"),
    log:
        log_of("measure", "combine_measures"),
    benchmark:
        benchmark_of("measure", "combine_measures")
    # Most estimates wait for this and its types; what nothing waits for comes after them.
    priority: 3
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        minimum_minutes=SETTINGS["measures"]["minimum_minutes"],
        target_minutes=SETTINGS["measures"]["target_minutes"],
        memory_gb=MEMORY_GB,
    message:
        "measure: time, idle share, pace and work outside the school day of each student in each course"
    script:
        "../scripts/measure/combine_measures.py"


rule find_types:
    input:
        online=coded("measure/online.parquet"),
        modules=modules("measure/find_types.py"),
    output:
        types=coded("measure/types.parquet"),
        fits=coded("measure/type_fits.parquet"),
    log:
        log_of("measure", "find_types"),
    benchmark:
        benchmark_of("measure", "find_types")
    # The longest way to the release: types, then the models of the whole log.
    priority: 3
    conda:
        "../../environment.yml"
    params:
        typology=SETTINGS["typology"],
        seed=SETTINGS["seed"],
    message:
        "measure: looking for types of user in the log"
    script:
        "../scripts/measure/find_types.py"
