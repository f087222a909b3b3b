"""Random numbers: one stream for each purpose and place, so that no draw depends on cores, chunks or other draws."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence


@dataclass(frozen=True)
class Streams:
    """Independent generators derived from one seed."""

    seed: int

    def generator(self, purpose: str, *place: int) -> Generator:
        """The generator for ``purpose`` at ``place``, such as a school's number or a chunk's.

        Notes
        -----
        The key is a checksum of the purpose's name and not its position in a list: adding a purpose later leaves
        the numbers of all others as they are.
        """
        key = (zlib.crc32(purpose.encode()), *place)
        return np.random.default_rng(SeedSequence(entropy=self.seed, spawn_key=key))
