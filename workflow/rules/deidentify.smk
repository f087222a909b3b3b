# Reads  identified/intake: canonical tables, quality.parquet, ledger.json; state/crosswalk.parquet (never an output of a rule)
# Writes coded/deidentify/<table>.parquet, sessions/<bucket>.parquet, quality.parquet, codes.json; adds to the crosswalk
CODED_TABLES = [table for table in TABLES if table != "sessions"]


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


# Reads the public tables of counts that the study names (disclosure.known); writes coded/deidentify/known/<name>.csv.
if SETTINGS["disclosure"]["known"]:

    rule code_public_counts:
        input:
            stamp=coded("deidentify/codes.json"),
            sources=[portable(STUDY.folder / entry["file"]) for entry in SETTINGS["disclosure"]["known"]],
            modules=modules("deidentify/code_public_counts.py"),
        output:
            tables=[coded(f"deidentify/known/{entry['name']}.csv") for entry in SETTINGS["disclosure"]["known"]],
        log:
            log_of("deidentify", "code_public_counts"),
        benchmark:
            benchmark_of("deidentify", "code_public_counts")
        conda:
            "../../environment.yml"
        params:
            entries=SETTINGS["disclosure"]["known"],
            crosswalk=state("crosswalk.parquet"),
        message:
            "deidentify: giving the schools of public tables their study codes"
        script:
            "../scripts/deidentify/code_public_counts.py"


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
