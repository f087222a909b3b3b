# Reads  coded/deidentify/sessions/<bucket>.parquet or coded/deidentify/usage_totals.parquet, usage_days.parquet, coded/cohort/cohort.parquet
# Writes coded/measure/<bucket>.parquet (integer sums), coded/measure/measures.parquet (one row per analysed enrollment)
SESSION_BUCKETS = BUCKETS if "sessions" in TABLES else []


rule measure_bucket:
    input:
        sessions=coded("deidentify/sessions/{bucket}.parquet"),
        modules=modules("measure/measure_bucket.py"),
    output:
        sums=coded("measure/{bucket}.parquet"),
    log:
        log_of("measure", "measure_bucket_{bucket}"),
    benchmark:
        benchmark_of("measure", "measure_bucket_{bucket}")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        memory_gb=MEMORY_GB,
    message:
        "measure: adding up the sessions of one group of students"
    script:
        "../scripts/measure/measure_bucket.py"


rule combine_measures:
    input:
        cohort=coded("cohort/cohort.parquet"),
        sums=[coded(f"measure/{bucket}.parquet") for bucket in SESSION_BUCKETS],
        totals=([coded("deidentify/usage_totals.parquet")] if "usage_totals" in TABLES and not SESSION_BUCKETS else []),
        usage_days=[coded("deidentify/usage_days.parquet")] if "usage_days" in TABLES else [],
        modules=modules("measure/combine_measures.py"),
    output:
        measures=coded("measure/measures.parquet"),
    log:
        log_of("measure", "combine_measures"),
    benchmark:
        benchmark_of("measure", "combine_measures")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        minimum_minutes=SETTINGS["measures"]["minimum_minutes"],
        memory_gb=MEMORY_GB,
    message:
        "measure: time, idle share, pace and work outside the school day of each student in each course"
    script:
        "../scripts/measure/combine_measures.py"
