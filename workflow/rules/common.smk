# Reads  the configuration (schema defaults < config.yaml < study.yaml < command line)
# Writes nothing; gives the other rule files the study and its zones
import os
import sys
from pathlib import Path

from recredit.arithmetic import same_arithmetic
from recredit.configuration import load_study
from recredit.contract import load_contract
from recredit.doorway import say
from recredit.errors import RecreditError
from recredit.modules import library_modules
from recredit.vault import PRIVATE_UMASK, private_folder
from recredit.zones import CLOSED_PATHS, naming_rules

REPOSITORY = Path(workflow.basedir)
SCRIPTS = REPOSITORY / "workflow" / "scripts"
# Everything a job writes is private from its first byte; `publish` alone opens its copies.
os.umask(PRIVATE_UMASK)
os.environ.update(same_arithmetic())

try:
    # Without a `configfile:` directive, `config` holds what the command line gave, and nothing else.
    STUDY = load_study(REPOSITORY, config)
    SETTINGS = STUDY.settings
    CONTRACT = load_contract(REPOSITORY / "config" / "contract")
    private_folder(STUDY.root("vault"))
except RecreditError as error:
    say(str(error))
    sys.exit(1)

# Each job whose log lies in the coded zone gives up reading these before it begins (recredit.doorway).
os.environ[CLOSED_PATHS] = os.pathsep.join(map(str, STUDY.closed_to_coded_stages))
SIMULATED = "simulate" in SETTINGS and SETTINGS["from"] == "raw"
FROM_RAW = SETTINGS["from"] == "raw"
TABLES = [table for table in CONTRACT if table in SETTINGS["tables"]]
CONTRACT_FILES = sorted((REPOSITORY / "config" / "contract").glob("*.yaml"))
BUCKETS = [f"{number:04d}" for number in range(SETTINGS["buckets"])]
BRIEFS = SETTINGS["briefs"]
CORES = SETTINGS["resources"]["cores"]
MEMORY_GB = SETTINGS["resources"]["memory_gb"]


# `.snakemake` holds parameters and file names of the run: it stays in the vault.
workdir: str(STUDY.root("vault"))


def portable(path):
    """`path` as Snakemake notes it: relative to the vault if both lie in the checkout, which can then be moved."""
    inside = Path(path).is_relative_to(REPOSITORY) and STUDY.root("vault").is_relative_to(REPOSITORY)
    return os.path.relpath(path, STUDY.root("vault")) if inside else str(path)


def zone(name, path):
    return portable(STUDY.root(name) / path)


def identified(path):
    return zone("identified", path)


def coded(path):
    return zone("coded", path)


def coded_tables(*names):
    """Files of the coded tables among `names` that the study fills."""
    return [coded(f"deidentify/{name}.parquet") for name in names if name in TABLES]


def results(path):
    return zone("results", path)


def state(path):
    return zone("state", path)


def modules(script):
    """Library modules of a rule's script (a path below workflow/scripts): an edit of one re-runs just their rules."""
    return [portable(path) for path in library_modules(SCRIPTS / script, SCRIPTS)]


def log_of(stage, rule):
    return zone("identified" if stage in ("simulate", "intake", "deidentify") else "coded", f"logs/{stage}/{rule}.log")


def benchmark_of(stage, rule):
    return zone(
        "identified" if stage in ("simulate", "intake", "deidentify") else "coded", f"benchmarks/{stage}/{rule}.tsv"
    )


def check_zones(rules):
    """Stop where a rule names a path that its stage may not read or write (the Snakefile asks when all are known).

    Rules that log into the identified zone work there. The file gate, too, may read it: it searches for the roster.
    """
    vault, closed = STUDY.root("vault"), STUDY.closed_to_coded_stages
    named = {rule.name: [*rule.input, *rule.output, *rule.params] for rule in rules}
    working_there = naming_rules({rule.name: [*rule.log] for rule in rules}, closed, vault)
    faults = naming_rules(named, closed, vault) - working_there - {"check_files"}
    faults |= naming_rules(named, [STUDY.root("results")], vault) - {"publish_results"}
    if faults:
        say(f"These rules name a path that their stage may not touch: {', '.join(sorted(faults))}. Mend the rule.")
        sys.exit(1)


wildcard_constraints:
    bucket=r"\d{4}",
    brief=r"[a-z0-9_]+",
