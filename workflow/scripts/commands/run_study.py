"""Run one study from raw files to briefs: `make study` calls this. It locks the vault, shows progress, says the end."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from recredit.configuration import Study, load_study
from recredit.deidentify.handover import agreed_settings, check_handover
from recredit.doorway import PREFIX
from recredit.errors import ConfigurationError, RecreditError
from recredit.intake.sources import missing_files
from recredit.publication.manifest import MANIFEST, compare
from recredit.vault import locked, private_files, private_folder, replace_atomically

REPOSITORY = Path(__file__).resolve().parents[3]
# The lines of Snakemake 9.27 that matter to a person; everything else goes to the log in the vault.
JOB = re.compile(r"^(?:local)?job \d+: (?P<message>.+)$", re.IGNORECASE)
DONE = re.compile(r"^(?P<done>\d+) of (?P<total>\d+) steps \(.*\) done$")
FAILED = re.compile(r"^Error in rule (?P<rule>\w+):$")
NOTHING = "Nothing to be done"
KERNEL_STARTUP = "from recredit.zones import close_paths, paths_to_close\n\nclose_paths(paths_to_close())\n"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make study", description="Run one study from raw files to briefs.")
    parser.add_argument("--study", help="a name in config/studies, or the path of a study folder")
    parser.add_argument("--from", dest="start", choices=["raw", "deidentified"], help="where the run starts")
    parser.add_argument("--cores", type=int, help="cores used at the same time")
    parser.add_argument("--only", choices=["deidentify"], help="stop when the coded zone is complete")
    parser.add_argument("--profile", help="folder of a Snakemake profile, such as profiles/slurm for a cluster")
    parser.add_argument("--until", help="the last rule to run (for developers)")
    parser.add_argument("--force", action="store_true", help="run everything again (for developers)")
    return parser.parse_args(argv)


def command_line_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The keys of the configuration that this call gives."""
    settings: dict[str, Any] = {}
    if options.study:
        settings["study"] = options.study
    if options.start:
        settings["from"] = options.start
    if options.cores:
        settings["resources"] = {"cores": options.cores}
    return settings


def snakemake_command(study: Study, given: Path, options: argparse.Namespace) -> list[str]:
    """The call of Snakemake; ``given`` is the file with the keys of the command line."""
    command = [sys.executable, "-m", "snakemake", *(["describe_handover"] if options.only else [])]
    command += ["--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--directory", str(study.root("vault")), "--cores", str(study.settings["resources"]["cores"])]
    # A file, since `--config` would hand numbers inside a mapping on as text.
    command += ["--rerun-incomplete", "--nocolor", "--configfile", str(given)]
    command += ["--profile", str(Path(options.profile).resolve())] if options.profile else []
    command += ["--until", options.until] if options.until else []
    command += ["--forceall"] if options.force else []
    return command


class Progress:
    """Turns Snakemake's lines into the few that a person wants to read."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show
        self.done = 0
        self.total = 0
        self.nothing = False
        self.messages: list[str] = []
        self.failed: list[str] = []

    def feed(self, line: str) -> None:
        if line.startswith(PREFIX):
            self.messages.append(line.removeprefix(PREFIX))
        elif match := DONE.match(line):
            self.done, self.total = int(match["done"]), int(match["total"])
        elif match := JOB.match(line):
            counted = f"{self.done:>3} of {self.total} done" if self.total else "  starting"
            self.show(f"[{counted}] {match['message']}")
        elif match := FAILED.match(line):
            self.failed.append(match["rule"])
        elif line.startswith(NOTHING):
            self.nothing = True
        elif match := re.match(r"^total\s+(\d+)$", line):
            self.total = int(match[1])


def environment(study: Study) -> dict[str, str]:
    """The environment of the run: our programs first, and what Jupyter keeps stays in the vault."""
    private = private_folder(study.root("vault") / ".jupyter")
    # A notebook has no doorway: its kernel gives up the identified zone before the first cell.
    startup = private_folder(private / "profile_default" / "startup") / "close_the_identified_zone.py"
    replace_atomically(startup, KERNEL_STARTUP.encode())
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": programs + os.pathsep + os.environ.get("PATH", ""),
        # Beside the vault's folders, since a closed zone leaves only what was there when it was closed.
        "TMPDIR": str(private_folder(study.root("vault") / ".temporary")),
        "IPYTHONDIR": str(private),
        "JUPYTER_RUNTIME_DIR": str(private),
        "JUPYTER_CONFIG_DIR": str(private),
    }


def save_settings(study: Study, settings: dict[str, Any]) -> Path:
    """Keep the merged configuration in the vault, and beside it the keys of this call, whose file is returned."""
    folder = private_folder(study.root("state"))
    for name, content in (("configuration.yaml", study.settings), ("command_line.yaml", settings)):
        text = yaml.safe_dump(content, sort_keys=True, allow_unicode=True)
        replace_atomically(folder / name, text.encode())
    return folder / "command_line.yaml"


def close_to_others(folder: Path) -> None:
    """Take from others what they may read at and below ``folder``, whoever put it there and under whatever umask."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink() and path.stat().st_mode & 0o077:
            path.chmod(0o700 if path.is_dir() else 0o600)


def forget_changed_results(study: Study) -> None:
    """Have the results published again where they are not what the vault last published."""
    published, results = study.root("coded") / "publish" / "published.json", study.root("results")
    try:
        same = published.read_bytes() == (results / MANIFEST).read_bytes() and compare(results).agrees
    except (FileNotFoundError, RecreditError):
        same = False
    if not same:
        published.unlink(missing_ok=True)


def run(lines: Iterable[str], log: Path, progress: Progress) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            progress.feed(line.rstrip("\n"))


def run_study(study: Study, given: Path, options: argparse.Namespace) -> int:
    """Run Snakemake on the locked vault; its whole output goes to the vault's log."""
    # A killed run leaves Snakemake's own lock behind; the vault's lock, which we hold, says that none is running.
    shutil.rmtree(study.root("vault") / ".snakemake" / "locks", ignore_errors=True)
    if not options.only:
        forget_changed_results(study)
    progress = Progress(lambda text: print(text, flush=True))
    log = study.root("state") / "logs" / "study.log"
    process = subprocess.Popen(
        snakemake_command(study, given, options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(study),
        cwd=REPOSITORY,
        umask=0o077,
    )
    assert process.stdout is not None
    try:
        run(process.stdout, log, progress)
    except KeyboardInterrupt:
        process.terminate()
    status = process.wait()
    close_to_others(study.root("vault") / ".snakemake")
    if status or not options.only:
        report(study, progress, status, log)
    else:
        report_handover(study)
    return status


def report_handover(study: Study) -> None:
    """The last words of `make deidentify`: what goes to the evaluators, and what stays."""
    folder = study.root("coded") / "deidentify"
    print(f"\nThe coded tables of {study.name} are complete. Under the agreement, hand over this folder and no other:")
    print(f"  {folder}")
    print("Its list (handover.json) lets the evaluators see that it came whole. They put it in the same place of their")
    print("own vault, or name its parent in roots.coded, and give: make study FROM=deidentified")
    print(f"Read {folder / 'reidentification_risk.md'} first: it says who could be told from the others.")
    print(f"The crosswalk in {study.root('state')} and all of {study.root('identified')} stay with you.")


def report(study: Study, progress: Progress, status: int, log: Path) -> None:
    """The last words: where the index page lies, or what to do."""
    if progress.messages:
        print()
        print("\n".join(progress.messages))
    if status and not progress.messages:
        print(f"\nUnexpected failure in: {', '.join(progress.failed) or 'the workflow itself'}. Please report it.")
    if status:
        print(f"\nThe study {study.name} stopped. Nothing was changed under {study.root('results')}.")
        print("Mend what the message names and give the same command again: it goes on where it stopped.")
        print(f"The whole output stands in {log} (confidential: it stays in the vault).")
        return
    if progress.nothing:
        print(f"Nothing to do: the results of {study.name} are up to date.")
    print(f"\nOpen {study.root('results') / 'briefs' / 'index.html'}")


def check_start(study: Study, options: argparse.Namespace) -> None:
    """Stop before anything is made where what the run begins with is not there."""
    if study.settings["from"] == "deidentified":
        if options.only:
            raise ConfigurationError("`make deidentify` starts from the raw files: leave FROM=deidentified out.")
        check_handover(study.root("coded") / "deidentify", agreed_settings(study.settings))
    elif "simulate" not in study.settings:
        missing_files(study)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    settings = command_line_settings(options)
    try:
        study = load_study(REPOSITORY, settings)
        check_start(study, options)
        with private_files(), locked(study.root("state")):
            # Raw files that were put into the vault, and coded tables that were handed over, came with other modes.
            for zone in filter(Path.is_dir, (study.root("identified"), study.root("coded"))):
                close_to_others(private_folder(zone))
            return run_study(study, save_settings(study, settings), options)
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
