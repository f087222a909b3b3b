# Reads  identified/intake: canonical tables, quality.parquet, ledger.json, set_aside.parquet; state/crosswalk.parquet (never an output of a rule)
#        public tables of counts that the study names (disclosure.known)
# Writes coded/deidentify/<table>.parquet, sessions/<bucket>.parquet, quality.parquet, codes.json, known/<name>.csv,
#        set_aside.parquet (whose marks were quarantined); adds
#        to the crosswalk; of a click stream identified/deidentify/clicks (by bucket) and click_sessions/<bucket>.parquet;
#        reidentification_risk.{json,md,parquet} and handover.json, the list of what `make deidentify` hands over
from recredit.deidentify.handover import agreed_settings

CODED_TABLES = [table for table in TABLES if table not in ("sessions", "events")]
PLACING_TABLES = [table for table in TABLES if table in ("terms", "sections", "enrollments", "events")]
CLICK_BUCKETS = BUCKETS if "events" in TABLES else []


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
            # Where blocks stand for schools, the public counts are of blocks, too.
            schools=[identified("intake/schools.parquet")] if SETTINGS["coarsening"]["school"] == "block" else [],
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
        set_aside=identified("intake/set_aside.parquet"),
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("deidentify/code_tables.py"),
    output:
        tables=[coded(f"deidentify/{table}.parquet") for table in CODED_TABLES],
        sessions=[coded(f"deidentify/sessions/{bucket}.parquet") for bucket in BUCKETS if "sessions" in TABLES],
        quality=coded("deidentify/quality.parquet"),
        set_aside=coded("deidentify/set_aside.parquet"),
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
        school=SETTINGS["coarsening"]["school"],
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


rule describe_handover:
    input:
        tables=rules.code_tables.output.tables,
        # Whatever else the rules above put into the coded zone for the stages after them.
        files=[
            path
            for each in workflow.rules
            for path in each.output
            if path.startswith(coded("deidentify/"))
            and "{" not in path
            and path not in rules.code_tables.output.tables
        ],
        clicks=[coded(f"deidentify/click_sessions/{bucket}.parquet") for bucket in CLICK_BUCKETS],
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("deidentify/describe_handover.py"),
    output:
        risk=[coded(f"deidentify/reidentification_risk.{form}") for form in ("json", "md", "parquet")],
        listed=coded("deidentify/handover.json"),
    log:
        log_of("deidentify", "describe_handover"),
    benchmark:
        benchmark_of("deidentify", "describe_handover")
    conda:
        "../../environment.yml"
    params:
        minimum=SETTINGS["disclosure"]["minimum_group"],
        settings=agreed_settings(SETTINGS),
    message:
        "deidentify: measuring how alike the coded students are, and listing what may be handed over"
    script:
        "../scripts/deidentify/describe_handover.py"
