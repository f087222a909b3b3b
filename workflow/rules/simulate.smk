# Reads  the study's district.yaml (only a simulated study has one)
# Writes identified/raw: rosters, session logs and supplements as a district hands them over; identified/simulate: the truth
SIMULATED_FILES = [
    "oneroster/manifest.csv",
    "oneroster/academicSessions.csv",
    "oneroster/orgs.csv",
    "oneroster/courses.csv",
    "oneroster/classes.csv",
    "oneroster/users.csv",
    "oneroster/roles.csv",
    "oneroster/enrollments.csv",
    "oneroster/demographics.csv",
    "vendor/session_log_2018.csv",
    "vendor/session_log_2019.csv",
    "district/lottery.csv",
    "district/student_supplement.csv",
    "district/enrollment_supplement.csv",
    "district/marks.csv",
    "district/attendance.csv",
    "district/tests.csv",
    "district/calendar.csv",
]


rule simulate_district:
    input:
        settings=portable(STUDY.folder / SETTINGS["simulate"]["district"]),
        modules=modules("simulate/simulate_district.py"),
    output:
        files=[identified(f"raw/{name}") for name in SIMULATED_FILES],
        truth=identified("simulate/truth.json"),
    log:
        log_of("simulate", "simulate_district"),
    benchmark:
        benchmark_of("simulate", "simulate_district")
    conda:
        "../../environment.yml"
    params:
        seed=SETTINGS["seed"],
    message:
        "simulate: invent a district, its rosters, session logs and marks"
    script:
        "../scripts/simulate/simulate_district.py"
