"""Where declared exact cells give a small group away: the whole release with rates in their place, never in silence."""

from collections.abc import Mapping

import pandas as pd

from recredit.disclosure.protection import protect_release
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.surroundings import Release
from recredit.errors import UnprotectableError


def protect_or_fall_back(release: Release, rules: DisclosureRules) -> tuple[Release, Mapping[str, pd.DataFrame]]:
    """The release as it may be shown, with its declared cells exact or, where that cannot be, with none of them.

    Returns
    -------
    The release that was protected, whose `declared` says what became of the cells, and its tables of text.

    Raises
    ------
    UnprotectableError where small groups follow from earlier releases or public counts, exact cells or not.
    """
    try:
        return release, protect_release(release.tables, rules, release.around)
    except UnprotectableError:
        if release.tables is release.rounded.tables:
            raise
    rounded = release.without_exact_cells()
    return rounded, protect_release(rounded.tables, rules, rounded.around)
