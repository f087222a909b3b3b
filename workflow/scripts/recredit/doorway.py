"""The doorway of every script: the whole exception goes to the log, a message without any value to the screen."""

import logging
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from recredit.errors import RecreditError
from recredit.zones import close_paths, lies_below, paths_to_close

PREFIX = "recredit: "


def screen_message(error: BaseException) -> str:
    """What may be shown on a screen of ``error``.

    A :class:`RecreditError` is written for the screen. Of any other exception only its type and the place where it
    was raised are shown, since messages of pandas and DuckDB quote values of records.
    """
    if isinstance(error, RecreditError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown place"
    return f"unexpected {type(error).__name__} in {place}. This is a fault of the software: please report it."


def say(message: str) -> None:
    """Write ``message`` to the screen, each line marked so that ``make study`` can pick it out."""
    for line in message.splitlines():
        print(f"{PREFIX}{line}", file=sys.stderr, flush=True)


@contextmanager
def doorway(log: str | Path, may_read: Sequence[str] = ()) -> Iterator[logging.Logger]:
    """Run the body of a script with its log.

    Parameters
    ----------
    log : path of the rule's log file (in the vault, since exact counts may stand in it). Where it lies in the coded
        zone, the rule works on coded data: the identified zone is closed to its process for good.
    may_read : files of the identified zone that such a rule reads all the same, and must name. There is one such rule:
        the file gate needs the roster to search for it.

    Yields
    ------
    A logger that writes to that file only.

    Raises
    ------
    SystemExit with status 1 after any exception. The traceback stands in the log alone: an exception that reached
    Snakemake would be printed and stored under ``.snakemake/`` with the values it quotes.
    """
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # A warning of pandas or statsmodels can quote values too: it belongs to the log, not to the screen.
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    try:
        _close_zone(path, may_read)
        yield logging.getLogger("recredit")
    except Exception as error:
        logging.getLogger("recredit").exception("the script stopped")
        say(screen_message(error))
        say(f"details: {path}")
        sys.exit(1)
    finally:
        handler.close()


def _close_zone(log: Path, may_read: Sequence[str]) -> None:
    closed = paths_to_close()
    if closed and not lies_below(log, closed):
        holder = close_paths(closed, [Path(path) for path in may_read])
        logging.getLogger("recredit").info("the identified zone is closed by %s", holder)
