"""Seeds: derived from the study's seed and a name, so that no two uses share a stream and order does not matter."""

import hashlib


def derive_seed(study_seed: int, *names: str) -> int:
    """A 64-bit seed for the use called ``names``.

    Parameters
    ----------
    study_seed : the seed of the study's configuration.
    names : what the numbers are for, such as the rule and the table.

    Notes
    -----
    SHA-256 of the seed and the names; Python's ``hash`` differs between processes.
    """
    text = "\x1f".join([str(study_seed), *names])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
