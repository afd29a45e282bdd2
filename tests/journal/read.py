"""Reads the archive in the folder given with pyarrow and with duckdb, whichever are there, and
prints what each found as one JSON object a line."""
import json
import sys

root = sys.argv[1]


def by_pyarrow():
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    table = ds.dataset(root, format="parquet", partitioning="hive").to_table()
    first = table.filter(pc.equal(table["line"], 1))
    amounts = pc.multiply(table["quantity"], table["price"])
    bought = pc.equal(table["type"], "purchase")
    days = pc.strftime(table["time"], format="%Y-%m-%d")
    return {
        "rows": table.num_rows,
        "events": first.num_rows,
        "purchases": pc.sum(pc.equal(first["type"], "purchase")).as_py(),
        "bought": pc.sum(pc.filter(amounts, bought)).as_py(),
        "users": pc.count_distinct(table["user_id"], mode="only_valid").as_py(),
        "last": pc.max(table["time"]).as_py().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "in_their_day": pc.all(pc.equal(days, pc.cast(table["day"], "string"))).as_py(),
    }


def by_duckdb():
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    names = ["rows", "events", "purchases", "bought", "users", "last", "in_their_day"]
    found = connection.execute(
        """SELECT count(*), count(*) FILTER (line = 1), count(*) FILTER (line = 1 AND type = 'purchase'),
                  sum(quantity * price) FILTER (type = 'purchase'), count(DISTINCT user_id),
                  strftime(max(time), '%Y-%m-%dT%H:%M:%SZ'), bool_and(day::DATE = time::DATE)
           FROM read_parquet(? || '/day=*/*.parquet', hive_partitioning = true)""",
        [root],
    ).fetchone()
    return dict(zip(names, [value if isinstance(value, (bool, str)) else int(value) for value in found]))


for name, read in [("pyarrow", by_pyarrow), ("duckdb", by_duckdb)]:
    try:
        __import__(name)
    except ImportError:
        continue
    print(json.dumps({"reader": name} | read()))
