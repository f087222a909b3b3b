"""A real SLURM cluster of two nodes on one machine: slurmctld and two slurmd under one address with a port each."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NODES = ("node1", "node2")
# Steps inside a job look for the configuration here and nowhere else: the executor takes SLURM's variables away.
SYSTEM_CONFIGURATION = Path("/etc/slurm/slurm.conf")
CONFIGURATION = """
ClusterName=recredit
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
# Containers have no control groups of their own to give away.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
# A node that does not answer for so long is lost, and its jobs go to others.
SlurmdTimeout=10
MinJobAge=3600
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class ClusterError(Exception):
    """The cluster did not come up; the message holds the end of the log that says why."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Cluster:
    """A running cluster; its clients find it by the variables of ``environment``."""

    folder: Path
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.daemons[name] = subprocess.Popen(
                command, stdout=out, stderr=out, env={**os.environ, **self.environment}, start_new_session=True
            )

    def ask(self, *command: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **self.environment}, check=False
        )
        return done.stdout

    def node_states(self) -> dict[str, str]:
        listed = self.ask("sinfo", "--Node", "--noheader", "--format=%N %T").split("\n")
        return dict(line.split() for line in listed if line.strip())

    def wait_for(self, node: str, states: tuple[str, ...], seconds: float = 60) -> None:
        """Wait until ``node`` is in one of ``states``.

        Raises
        ------
        ClusterError when it does not get there in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.node_states().get(node, "").rstrip("*") in states:
                return
            time.sleep(0.5)
        logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(self.folder.glob("slurm*.log")))
        raise ClusterError(f"{node} is {self.node_states().get(node)} and not {' or '.join(states)}.\n{logs}")

    def running_on(self, node: str) -> list[str]:
        """Numbers of the jobs that run on ``node``."""
        return self.ask("squeue", "--noheader", "--states=RUNNING", f"--nodelist={node}", "--format=%i").split()

    def lose(self, node: str) -> int:
        """Kill the daemon of ``node`` and all that runs under it at once, as a power cut would; how many processes."""
        mark = f"SLURMD_NODENAME={node}".encode()
        victims = [self.daemons[node].pid]
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    environment = (process / "environ").read_bytes().split(b"\0")
                    words = (process / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                step = words[0].startswith(b"slurmstepd") and node.encode() in b" ".join(words)
                if mark in environment or step:
                    victims.append(int(process.name))
        for number in victims:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return len(victims)

    def stop(self) -> None:
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()


def missing_programs() -> list[str]:
    """Programs of the cluster that are not installed."""
    return [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "squeue") if not _program(name)]


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def _configure(folder: Path) -> None:
    user = os.environ.get("USER") or "root"
    nodes = "\n".join(
        f"NodeName={node} NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 Port={free_port()} CPUs=1 "
        "RealMemory=4000 State=UNKNOWN"
        for node in NODES
    )
    text = CONFIGURATION.format(
        host=socket.gethostname(), controller_port=free_port(), user=user, folder=folder, nodes=nodes
    )
    (folder / "slurm.conf").write_text(text, encoding="utf-8")
    SYSTEM_CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    if SYSTEM_CONFIGURATION.is_symlink() and not SYSTEM_CONFIGURATION.exists():
        SYSTEM_CONFIGURATION.unlink()  # left behind by a test that was killed
    try:
        SYSTEM_CONFIGURATION.symlink_to(folder / "slurm.conf")
    except FileExistsError:
        raise ClusterError(f"{SYSTEM_CONFIGURATION} is there: this machine has a cluster, and is left alone.") from None
    (folder / "state").mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster whose files lie in ``folder``, stopped at the end. Needs the rights of root.

    Raises
    ------
    ClusterError where it does not come up.
    """
    # The daemon of the keys refuses a folder that others may write to.
    folder.chmod(0o755)
    _configure(folder)
    cluster = Cluster(folder)
    names = [
        f"--{what}={folder}/munge.{ending}"
        for what, ending in (
            ("socket", "socket"),
            ("key-file", "key"),
            ("log-file", "log"),
            ("pid-file", "pid"),
            ("seed-file", "seed"),
        )
    ]
    try:
        cluster.start("munged", str(_program("munged")), "--foreground", "--force", *names)
        while not (folder / "munge.socket").exists() and cluster.daemons["munged"].poll() is None:
            time.sleep(0.1)
        cluster.start("slurmctld", str(_program("slurmctld")), "-D", "-f", str(folder / "slurm.conf"))
        for node in NODES:
            cluster.start(node, str(_program("slurmd")), "-D", "-N", node, "-f", str(folder / "slurm.conf"))
        for node in NODES:
            cluster.wait_for(node, ("idle",))
        yield cluster
    finally:
        cluster.stop()
        SYSTEM_CONFIGURATION.unlink()
