"""A whole simulated district: from settings and a seed to raw files and the truth behind them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import handover, rosters
from simulator.calibration import calibrate
from simulator.faults import fault_ledger, plant_faults
from simulator.handover import District
from simulator.identities import list_classes, name_people
from simulator.records import draw_block, join_records
from simulator.schools import draw_schools, plan_blocks
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.truth import describe_truth
from simulator.writers import TextTable, write_table, write_truth


@dataclass(frozen=True)
class Simulation:
    """Raw files by their path below the folder of raw files, and the truth."""

    files: dict[str, TextTable]
    truth: dict[str, Any]


def roster_files(district: District, streams: Streams) -> dict[str, TextTable]:
    """The OneRoster files."""
    settings, records, people, blocks = district.settings, district.records, district.people, district.blocks
    listed = list_classes(settings, records, blocks)
    accounts = rosters.users(settings, streams, records, people, blocks)
    tables = {
        "manifest": rosters.manifest(),
        "academicSessions": rosters.academic_sessions(settings),
        "orgs": rosters.orgs(settings),
        "courses": rosters.courses(settings),
        "classes": rosters.classes(settings, listed, blocks),
        "users": accounts,
        "roles": rosters.roles(accounts, len(people.student_id)),
        "enrollments": rosters.enrollments(settings, records, people, listed, blocks),
        "demographics": rosters.demographics(settings, records, people, blocks),
    }
    return {f"oneroster/{name}.csv": table for name, table in tables.items()}


def other_files(district: District) -> dict[str, TextTable]:
    """The vendor's session logs and the district's own files."""
    logs = {
        f"vendor/session_log_{cohort.school_year}.csv": handover.session_log(district, cohort.school_year)
        for cohort in district.settings.cohorts
    }
    return logs | {
        "district/lottery.csv": handover.lottery(district),
        "district/student_supplement.csv": handover.student_supplement(district),
        "district/enrollment_supplement.csv": handover.enrollment_supplement(district),
        "district/marks.csv": handover.marks(district),
        "district/attendance.csv": handover.attendance(district),
        "district/tests.csv": handover.tests(district),
        "district/calendar.csv": handover.calendar(district.settings),
    }


def simulate_district(settings: DistrictSettings, seed: int) -> Simulation:
    """The district of ``settings``; the same settings and seed give the same texts on any machine."""
    streams = Streams(seed)
    schools = draw_schools(settings, streams)
    blocks = plan_blocks(settings, schools)
    calibration = calibrate(settings, streams)
    parts = [draw_block(settings, streams, calibration, schools, block, number) for number, block in enumerate(blocks)]
    records = join_records(parts)
    district = District(settings, blocks, records, name_people(settings, streams, records, blocks))
    clean = roster_files(district, streams) | other_files(district)
    files = plant_faults(clean, settings.faults, streams.generator("faults"))
    return Simulation(files, describe_truth(district, schools, calibration, fault_ledger(files), seed))


def write_simulation(simulation: Simulation, raw: Path, truth: Path) -> None:
    """Write the raw files below folder ``raw`` and the truth to file ``truth``."""
    for name, table in simulation.files.items():
        write_table(raw / name, table)
    write_truth(truth, simulation.truth)
