"""Which columns the file gate reads. What a column is follows from the contract, never from its name."""

from recredit.contract import Table


def columns_by_use(table: Table) -> dict[str, list[str]]:
    """Names of the columns of `table` that the gate reads.

    Returns
    -------
    Under "identifier" all identifiers, under "code" those that study codes replace, under "public" the texts that
    anybody may know.
    """
    columns = table.columns.values()
    return {
        "identifier": [column.name for column in columns if column.privacy_class == "identifier"],
        "code": [column.name for column in columns if column.entity is not None],
        "public": [column.name for column in columns if column.privacy_class == "public" and column.type == "string"],
    }
