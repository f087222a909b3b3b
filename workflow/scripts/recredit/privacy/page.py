"""The page for a funder: what is public, what never leaves, and what the tests of that have shown."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, StrictUndefined

# Parts that a version or a study may not have; every other part is always measured.
OPTIONAL = ("attacker", "losses")


def privacy_page(template: str, found: Mapping[str, Any]) -> str:
    """The page as Markdown.

    Parameters
    ----------
    template : its words, with places for the figures.
    found : the figures by part; the page says of those of OPTIONAL that are missing that they were not measured.

    Raises
    ------
    jinja2.UndefinedError for any other figure that is missing: no sentence is written without its figure.
    """
    words = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    page: str = words.from_string(template).render({**dict.fromkeys(OPTIONAL), **found})
    return page.rstrip("\n") + "\n"
