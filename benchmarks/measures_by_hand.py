"""The eight basic measures of each enrollment from clicks, written by hand in DuckDB, pandas and polars.

Kept for `benchmarks/measures.py` alone: each way reads events.parquet and calendar.parquet of a folder and writes its
table beside them. Every way takes the folder and the options of the benchmark.
"""

import argparse
from pathlib import Path

import duckdb

ZONE, TIMEOUT, IDLE, DONE = "America/Los_Angeles", 1_800_000_000, 300_000_000, "activity_completed"
MEASURES = """
SELECT enrollment_id, count(*) AS sessions, count(DISTINCT local_date) AS days,
    (sum(duration) - sum(idle)) / 3.6e9 AS active_hours, sum(idle) / 3.6e9 AS idle_hours,
    CASE WHEN sum(duration) >= 1.8e9 THEN sum(idle) / sum(duration) END AS idle_share,
    sum(done) / count(DISTINCT local_date) AS activities_per_day, sum(duration) / count(*) / 6e7 AS minutes_per_session,
    avg((NOT (coalesce(is_school_day, false) AND local_time >= first_bell AND local_time < last_bell))::INT)
        AS share_outside_school_day
FROM placed LEFT JOIN read_parquet('{folder}/calendar.parquet') ON on_date = local_date
GROUP BY enrollment_id
"""
PLACED = f"""
SELECT *, timezone('{ZONE}', make_timestamptz(began)) AS local, local::DATE AS local_date, local::TIME AS local_time
FROM sessions
"""
PLAIN = f"""
WITH gaps AS (
    SELECT enrollment_id, kind, epoch_us("at") AS t,
        t - lag(epoch_us("at")) OVER (PARTITION BY enrollment_id ORDER BY "at") AS gap
    FROM read_parquet('{{folder}}/events.parquet')
), numbered AS (
    SELECT *, count(*) FILTER (gap IS NULL OR gap > {TIMEOUT})
        OVER (PARTITION BY enrollment_id ORDER BY t ROWS UNBOUNDED PRECEDING) AS session FROM gaps
), sessions AS (
    SELECT enrollment_id, session, min(t) AS began, max(t) - min(t) AS duration,
        count(*) FILTER (kind = '{DONE}') AS done,
        coalesce(sum(gap) FILTER (gap > {IDLE} AND gap <= {TIMEOUT}), 0) AS idle
    FROM numbered GROUP BY ALL
), placed AS ({PLACED}) {MEASURES}
"""
# Identifiers as numbers, one sort, and windows that read the sorted rows as they come.
BEST = f"""
WITH gaps AS (
    SELECT number, t, done, CASE WHEN lag(number) OVER () = number THEN t - lag(t) OVER () END AS gap FROM ordered
), numbered AS (
    SELECT *, count(*) FILTER (gap IS NULL OR gap > {TIMEOUT})
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session FROM gaps
), sessions AS (
    SELECT any_value(number) AS enrollment_id, min(t) AS began, max(t) - min(t) AS duration,
        count(*) FILTER (done) AS done, coalesce(sum(gap) FILTER (gap > {IDLE} AND gap <= {TIMEOUT}), 0) AS idle
    FROM numbered GROUP BY session
), placed AS ({PLACED}) {MEASURES}
"""


def engine(folder: Path, options: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{options.memory_gb}GB'; SET threads = {options.cores}")
    connection.execute(f"SET enable_progress_bar = false; SET temp_directory = '{folder}/spill'; SET TimeZone = 'UTC'")
    return connection


def duckdb_plain(folder: Path, options: argparse.Namespace) -> None:
    with engine(folder, options) as connection:
        connection.execute(f"COPY ({PLAIN.format(folder=folder)}) TO '{folder}/DuckDB, window.parquet'")


def duckdb_best(folder: Path, options: argparse.Namespace) -> None:
    with engine(folder, options) as connection:
        events = f"read_parquet('{folder}/events.parquet')"
        connection.execute(
            "CREATE TEMP TABLE ids AS SELECT enrollment_id, row_number() OVER ()::INTEGER AS number "
            f"FROM (SELECT DISTINCT enrollment_id FROM {events})"
        )
        connection.execute(
            f"CREATE TEMP TABLE ordered AS SELECT number, epoch_us(\"at\") AS t, kind = '{DONE}' AS done "
            f"FROM {events} JOIN ids USING (enrollment_id) ORDER BY number, t"
        )
        named = f"SELECT i.enrollment_id, m.* EXCLUDE (enrollment_id) FROM ({BEST.format(folder=folder)}) m "
        named += "JOIN ids i ON i.number = m.enrollment_id"
        connection.execute(f"COPY ({named}) TO '{folder}/DuckDB, best ordered.parquet'")


def pandas_way(folder: Path, _: argparse.Namespace) -> None:
    import pandas as pd

    events = pd.read_parquet(folder / "events.parquet", columns=["enrollment_id", "at", "kind"])
    events = events.sort_values(["enrollment_id", "at"])
    gap = events["at"].diff().where(events["enrollment_id"] == events["enrollment_id"].shift())
    events["session"] = (gap.isna() | (gap > pd.Timedelta(minutes=30))).cumsum()
    events["idle"] = gap.where((gap > pd.Timedelta(minutes=5)) & (gap <= pd.Timedelta(minutes=30)), pd.Timedelta(0))
    events["done"] = events["kind"] == DONE
    by = events.groupby("session")
    sessions = by.agg(
        enrollment_id=("enrollment_id", "first"), began=("at", "min"), ended=("at", "max"), idle=("idle", "sum"),
        done=("done", "sum"),
    )  # fmt: skip
    local = sessions["began"].dt.tz_convert(ZONE)
    sessions["date"], clock = local.dt.date, local.dt.time
    calendar = pd.read_parquet(folder / "calendar.parquet").set_index("on_date").reindex(sessions["date"])
    inside = calendar["is_school_day"].eq(True).to_numpy().copy()
    inside &= (clock.to_numpy() >= calendar["first_bell"].iloc[0]) & (clock.to_numpy() < calendar["last_bell"].iloc[0])
    sessions["outside"], sessions["duration"] = ~inside, sessions["ended"] - sessions["began"]
    of = sessions.groupby("enrollment_id")
    days, count, hour = of["date"].nunique(), of.size(), pd.Timedelta(hours=1)
    duration, idle = of["duration"].sum(), of["idle"].sum()
    columns = {
        "sessions": count, "days": days, "active_hours": (duration - idle) / hour, "idle_hours": idle / hour,
        "idle_share": (idle / duration).where(duration >= hour / 2), "activities_per_day": of["done"].sum() / days,
        "minutes_per_session": duration / count / pd.Timedelta(minutes=1),
        "share_outside_school_day": of["outside"].mean(),
    }  # fmt: skip
    pd.DataFrame(columns).reset_index().to_parquet(folder / "pandas.parquet")


def polars_way(folder: Path, _: argparse.Namespace) -> None:
    import polars as pl

    minutes = pl.duration
    gap = pl.col("at").diff().over("enrollment_id")
    idle = (gap > minutes(minutes=5)) & (gap <= minutes(minutes=30))
    events = (
        pl.scan_parquet(folder / "events.parquet").select("enrollment_id", "at", "kind").sort("enrollment_id", "at")
    )
    sessions = (
        events.with_columns(gap=gap, idle=pl.when(idle).then(gap).otherwise(minutes(minutes=0)))
        .with_columns(session=(pl.col("gap").is_null() | (pl.col("gap") > minutes(minutes=30))).cum_sum())
        .group_by("session")
        .agg(
            pl.col("enrollment_id").first(), began=pl.col("at").min(), ended=pl.col("at").max(),
            idle=pl.col("idle").sum(), done=(pl.col("kind") == DONE).sum(),
        )
        .with_columns(local=pl.col("began").dt.convert_time_zone(ZONE), duration=pl.col("ended") - pl.col("began"))
        .with_columns(on_date=pl.col("local").dt.date(), clock=pl.col("local").dt.time())
        .join(pl.scan_parquet(folder / "calendar.parquet"), on="on_date", how="left")
    )  # fmt: skip
    inside = pl.col("is_school_day").fill_null(False) & (pl.col("clock") >= pl.col("first_bell"))
    inside &= pl.col("clock") < pl.col("last_bell")
    hours, days = (pl.col(name).sum().dt.total_microseconds() / 3.6e9 for name in ("duration", "idle")), pl.n_unique
    total, paused = hours
    table = sessions.group_by("enrollment_id").agg(
        sessions=pl.len(), days=days("on_date"), active_hours=total - paused, idle_hours=paused,
        idle_share=pl.when(total >= 0.5).then(paused / total),
        activities_per_day=pl.col("done").sum() / days("on_date"),
        minutes_per_session=60 * total / pl.len(), share_outside_school_day=(~inside).mean(),
    )  # fmt: skip
    table.collect(engine="streaming").write_parquet(folder / "polars.parquet")
