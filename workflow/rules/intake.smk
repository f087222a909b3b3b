# Reads  the district's raw files (raw.folder, or identified/raw of a simulated study), the study's adapters, config/contract
# Writes identified/intake/<table>.parquet, quarantine.parquet, ledger.json, quality.parquet
from recredit.intake.sources import missing_files, planned_files, raw_files

try:
    if SIMULATED:
        RAW_FILES = planned_files(STUDY, SIMULATED_FILES)
    else:
        missing_files(STUDY)
        RAW_FILES = raw_files(STUDY)
except RecreditError as error:
    say(str(error))
    sys.exit(1)


rule read_tables:
    input:
        raw=[portable(file.path) for file in RAW_FILES],
        adapters=[portable(STUDY.adapter(table)) for table in TABLES],
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("intake/read_tables.py"),
    output:
        tables=[identified(f"intake/{table}.parquet") for table in TABLES],
        quarantine=identified("intake/quarantine.parquet"),
        ledger=identified("intake/ledger.json"),
        quality=identified("intake/quality.parquet"),
    log:
        log_of("intake", "read_tables"),
    benchmark:
        benchmark_of("intake", "read_tables")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        places=[[file.source, file.number, file.name] for file in RAW_FILES],
        tables=TABLES,
        settings={
            key: SETTINGS[key]
            for key in (
                "raw",
                "tables",
                "time_zone",
                "date_formats",
                "timestamp_formats",
                "checks",
                "quarantine_limit",
            )
        },
        memory_gb=MEMORY_GB,
    message:
        "intake: reading the raw files, and checking every value of every row"
    script:
        "../scripts/intake/read_tables.py"
