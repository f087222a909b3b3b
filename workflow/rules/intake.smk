# Reads  the district's raw files (raw.folder, or identified/raw of a simulated study), the study's adapters, config/contract
# Writes identified/files (links to the raw files under names that are nobody's), identified/intake/unpacked (files taken out of archives and other formats), <table>.parquet, quarantine.parquet,
#        ledger.json, quality.parquet, quality_report.{parquet,md}
from recredit.intake.sources import missing_files, nameless_files, packed_files, planned_files, raw_files

try:
    if SIMULATED:
        RAW_FILES = planned_files(STUDY, SIMULATED_FILES)
        PACKED_FILES = []
    else:
        missing_files(STUDY)
        RAW_FILES = raw_files(STUDY)
        PACKED_FILES = packed_files(STUDY)
    # The name of a file can be a person's, and Snakemake writes down the names of inputs.
    RAW_PATHS, PACKED_PATHS = (
        nameless_files(files, STUDY.root("identified") / "files" / kind, link=not SIMULATED)
        for kind, files in (("plain", RAW_FILES), ("packed", PACKED_FILES))
    )
except RecreditError as error:
    say(str(error))
    sys.exit(1)


rule unpack_files:
    input:
        packed=list(map(portable, PACKED_PATHS)),
        names=identified("files/packed/names.json"),
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
        places=[[file.source, file.number] for file in PACKED_FILES],
        settings={"raw": SETTINGS.get("raw")},
        memory_gb=MEMORY_GB,
    message:
        "intake: unpacking archives and converting files into plain tables inside the vault"
    script:
        "../scripts/intake/unpack_files.py"


rule read_tables:
    input:
        raw=list(map(portable, RAW_PATHS)),
        names=identified("files/plain/names.json"),
        unpacked=[identified("intake/unpacked")] if PACKED_FILES else [],
        adapters=[portable(STUDY.adapter(table)) for table in TABLES],
        contract=list(map(portable, CONTRACT_FILES)),
        modules=modules("intake/read_tables.py"),
    output:
        tables=[identified(f"intake/{table}.parquet") for table in TABLES],
        quarantine=identified("intake/quarantine.parquet"),
        set_aside=identified("intake/set_aside.parquet"),
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
        places=[[file.source, file.number] for file in RAW_FILES],
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
