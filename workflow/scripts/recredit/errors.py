"""The errors that a user meets. Their messages are shown on the screen, so none may hold a value of a record."""


class RecreditError(Exception):
    """A fault that the user can mend; the message says what, where, what was expected and what to do.

    A message may name files, rows, columns, keys of the configuration and counts. It never holds a value from a
    student's record: what stands in a raw file goes to the quarantine inside the vault, not to the screen.
    """


class ConfigurationError(RecreditError):
    """A study, a key or a value of the configuration that cannot be used."""


class InputError(RecreditError):
    """A raw file or an adapter that the study cannot go on with."""


class VaultError(RecreditError):
    """A vault that is locked, has no file modes, or lacks what an earlier stage should have left there."""


class DisclosureError(RecreditError):
    """A table, figure or file that may not be released."""


class UnprotectableError(DisclosureError):
    """Small groups that follow from cells which cannot be hidden."""


class AuditError(RecreditError):
    """Results that do not agree with their manifest."""


class EstimationError(RecreditError, ValueError):
    """Data or settings from which an estimate cannot be made; the message names columns and counts, never values."""
