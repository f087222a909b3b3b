# Reads  identified/intake: canonical tables, quality.parquet, ledger.json; state/crosswalk.parquet (never an output of a rule)
# Writes coded/deidentify/<table>.parquet, sessions/<bucket>.parquet, quality.parquet, codes.json; adds to the crosswalk; of a click
#        stream identified/deidentify/clicks (by bucket) and coded/deidentify/click_sessions/<bucket>.parquet
CODED_TABLES = [table for table in TABLES if table not in ("sessions", "events")]
PLACING_TABLES = [table for table in TABLES if table in ("terms", "sections", "enrollments", "events")]


rule assign_codes:
    input:
        tables=[identified(f"intake/{table}.parquet") for table in TABLES],
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("deidentify/assign_codes.py"),
    output:
        stamp=coded("deidentify/codes.json"),
    log:
        log_of("deidentify", "assign_codes"),
    benchmark:
        benchmark_of("deidentify", "assign_codes")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        crosswalk=state("crosswalk.parquet"),
        memory_gb=MEMORY_GB,
    message:
        "deidentify: giving random study codes to everyone who has none yet"
    script:
        "../scripts/deidentify/assign_codes.py"


rule code_tables:
    input:
        stamp=coded("deidentify/codes.json"),
        tables=[identified(f"intake/{table}.parquet") for table in TABLES],
        quality=identified("intake/quality.parquet"),
        ledger=identified("intake/ledger.json"),
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("deidentify/code_tables.py"),
    output:
        tables=[coded(f"deidentify/{table}.parquet") for table in CODED_TABLES],
        sessions=[coded(f"deidentify/sessions/{bucket}.parquet") for bucket in BUCKETS if "sessions" in TABLES],
        quality=coded("deidentify/quality.parquet"),
    log:
        log_of("deidentify", "code_tables"),
    benchmark:
        benchmark_of("deidentify", "code_tables")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        crosswalk=state("crosswalk.parquet"),
        time_zone=SETTINGS["time_zone"],
        buckets=BUCKETS,
        memory_gb=MEMORY_GB,
    message:
        "deidentify: leaving names, birth dates and clock times behind"
    script:
        "../scripts/deidentify/code_tables.py"


rule split_clicks:
    input:
        tables=[identified(f"intake/{table}.parquet") for table in PLACING_TABLES],
        # Codes that were lost are made anew with the coded tables: first those, then the clicks.
        coded=coded("deidentify/quality.parquet"),
        modules=modules("deidentify/split_clicks.py"),
    output:
        clicks=directory(identified("deidentify/clicks")),
    log:
        log_of("deidentify", "split_clicks"),
    benchmark:
        benchmark_of("deidentify", "split_clicks")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        crosswalk=state("crosswalk.parquet"),
        buckets=BUCKETS,
        completed_kinds=SETTINGS["measures"]["completed_kinds"],
        memory_gb=MEMORY_GB,
    message:
        "deidentify: laying the clicks apart by group of students"
    script:
        "../scripts/deidentify/split_clicks.py"


rule code_clicks:
    input:
        events=identified("intake/events.parquet"),
        clicks=identified("deidentify/clicks"),
        calendar=[identified("intake/calendar.parquet")] if "calendar" in TABLES else [],
        modules=modules("deidentify/code_clicks.py"),
    output:
        sessions=coded("deidentify/click_sessions/{bucket}.parquet"),
    log:
        log_of("deidentify", "code_clicks_{bucket}"),
    benchmark:
        benchmark_of("deidentify", "code_clicks_{bucket}")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        measures=SETTINGS["measures"],
        time_zone=SETTINGS["time_zone"],
        memory_gb=MEMORY_GB,
    message:
        "deidentify: turning the clicks of one group of students into sessions and pauses"
    script:
        "../scripts/deidentify/code_clicks.py"
