"""Runs the SQL beside it with duckdb in the folder given; exit status 3 when there is no duckdb."""
import os
import pathlib
import sys

try:
    import duckdb
except ImportError:
    sys.exit(3)

text = pathlib.Path(__file__).with_suffix(".sql").read_text()
os.chdir(sys.argv[1])
os.makedirs("given", exist_ok=True)
duckdb.connect().execute(text)
