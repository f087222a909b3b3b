# Reads  the study's district.yaml (only a simulated study has one)
# Writes identified/raw: rosters, session logs and supplements as a district hands them over; identified/simulate: the truth
from recredit.configuration import read_yaml
from simulator.district import raw_files
from simulator.reading import SettingsError, read_settings

DISTRICT = STUDY.folder / SETTINGS["simulate"]["district"]

try:
    SIMULATED_FILES = raw_files(read_settings(read_yaml(DISTRICT)))
except (RecreditError, SettingsError) as error:
    say(f"{DISTRICT}: {error}")
    sys.exit(1)


rule simulate_district:
    input:
        settings=portable(DISTRICT),
        modules=modules("simulate/simulate_district.py"),
    output:
        files=[identified(f"raw/{name}") for name in SIMULATED_FILES],
        truth=identified("simulate/truth.json"),
        students=identified("simulate/students.csv"),
    log:
        log_of("simulate", "simulate_district"),
    benchmark:
        benchmark_of("simulate", "simulate_district")
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        seed=SETTINGS["seed"],
    message:
        "simulate: invent a district, its rosters, session logs and marks"
    script:
        "../scripts/simulate/simulate_district.py"
