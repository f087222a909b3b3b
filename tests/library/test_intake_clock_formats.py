"""The shortcuts of reading clock times and whole numbers change no value: the plain way is the truth."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from recredit.contract import Column
from recredit.intake.values import Formats, typed

FORMS = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M %p")
FORMATS = Formats(("%Y-%m-%d",), FORMS, "America/Los_Angeles")
PART = st.sampled_from(["2018", "18", "1899", "2100", "2101", "6", "06", "12", "00", "7", "59", "31", "+", ""])
TEXTS = st.one_of(
    st.text("0123456789-:T /+ZzAMP.e_", max_size=26),
    st.builds(
        "{}-{}-{}{}{}:{}:{}{}".format,
        *(PART, PART, PART, st.sampled_from(["T", " ", "t", "  "]), PART, PART, PART),
        st.sampled_from(["", "Z", "z", "+00", "-0700", "+05:30", " Z", "-", ".5", " +00:00", "UTC"]),
    ),
    st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds")),
)


def plain_instant(text: str) -> str:
    """Every format tried in turn, without a shortcut."""
    tries = []
    for form in FORMS:
        parsed = f"try_strptime(regexp_replace({text}, '([0-9]) ?[Zz]$', '\\1+00:00'), '{form}')"
        if "%z" not in form:
            parsed = f"timezone('America/Los_Angeles', try_strptime({text}, '{form}'))"
        tries.append(f"CASE WHEN year({parsed}) BETWEEN 1900 AND 2100 THEN {parsed} END")
    return f"coalesce({', '.join(tries)})"


def column(kind: str) -> Column:
    return Column(name="x", type=kind, privacy_class="measure", description="")


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=60))
def test_clock_times(texts: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TABLE x (t VARCHAR)")
        connection.executemany("INSERT INTO x VALUES (?)", [[text.strip()] for text in texts])
        quick, plain = typed("t", column("timestamp"), FORMATS), plain_instant("t")
        wrong = connection.execute(f"SELECT t FROM x WHERE ({quick}) IS DISTINCT FROM ({plain})").fetchall()
    assert wrong == []


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text("0123456789-+. eE_xn", max_size=22), min_size=1, max_size=60))
def test_whole_numbers(texts: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE x (t VARCHAR)")
        connection.executemany("INSERT INTO x VALUES (?)", [[text.strip()] for text in texts])
        plain = "CASE WHEN regexp_full_match(t, '[+-]?[0-9]+([.]0*)?') THEN TRY_CAST(t AS BIGINT) END"
        quick = typed("t", column("integer"), FORMATS)
        wrong = connection.execute(f"SELECT t FROM x WHERE ({quick}) IS DISTINCT FROM ({plain})").fetchall()
    assert wrong == []
