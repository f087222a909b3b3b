# Reads  the district's raw files (raw.folder, or identified/raw of a simulated study), the study's adapters, config/contract
# Writes identified/intake/unpacked (files taken out of archives and other formats), <table>.parquet, quarantine.parquet,
#        ledger.json, quality.parquet, quality_report.{parquet,md}
from recredit.intake.sources import missing_files, packed_files, planned_files, raw_files

try:
    if SIMULATED:
        RAW_FILES = planned_files(STUDY, SIMULATED_FILES)
        PACKED_FILES = []
    else:
        missing_files(STUDY)
        RAW_FILES = raw_files(STUDY)
        PACKED_FILES = packed_files(STUDY)
except RecreditError as error:
    say(str(error))
    sys.exit(1)


rule unpack_files:
    input:
        packed=[portable(file.path) for file in PACKED_FILES],
        modules=modules("intake/unpack_files.py"),
    output:
        folder=directory(identified("intake/unpacked")),
    log:
        log_of("intake", "unpack_files"),
    benchmark:
        benchmark_of("intake", "unpack_files")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        places=[[file.source, file.number, file.name] for file in PACKED_FILES],
        settings={"raw": SETTINGS.get("raw")},
        memory_gb=MEMORY_GB,
    message:
        "intake: unpacking archives and converting files into plain tables inside the vault"
    script:
        "../scripts/intake/unpack_files.py"


rule read_tables:
    input:
        raw=[portable(file.path) for file in RAW_FILES],
        unpacked=[identified("intake/unpacked")] if PACKED_FILES else [],
        adapters=[portable(STUDY.adapter(table)) for table in TABLES],
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("intake/read_tables.py"),
    output:
        tables=[identified(f"intake/{table}.parquet") for table in TABLES],
        quarantine=identified("intake/quarantine.parquet"),
        ledger=identified("intake/ledger.json"),
        quality=identified("intake/quality.parquet"),
        report=[identified(f"intake/quality_report.{form}") for form in ("parquet", "md")],
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
