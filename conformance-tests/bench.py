#!/usr/bin/env python3
"""Benchmarks of the whole chain, with ratios against named limits, in one run.

1. Harvest: a CSV of N museum records to the durable store (pages, records, names, keys, links,
   rights, checkpoint), against Python's `csv` reading the same file into one table of sqlite3 with a
   commit every 500 rows: what a script that only stores rows takes.
2. Publication: reconcile, publish and index the same records.
3. OAI-PMH: a full walk of ListRecords over HTTP, records a second, and the time of the last pages
   against that of the first ones.

Usage: bench.py [--rows 100000] [--runs 3] [--binary target/release/passerelle]
"""
import argparse
import csv
import pathlib
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def write_rows(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["REF", "INV", "DOMN", "DENO", "TITR", "AUTR", "PERI", "TECH", "DIMS", "DESC", "LOCA", "MUSEO", "COPY"])
        for n in range(rows):
            writer.writerow([
                f"99B{n:08}", f"{1800 + n % 220}.{n % 97}.{n}", "peinture;dessin", "tableau", f"Vue numéro {n} de la vallée",
                f"DURAND Anne (peintre, {1700 + n % 250})", f"{1 + n % 4}e quart 19e siècle", "peinture à l'huile;toile",
                f"H. {n % 90} ; l. {n % 120}", "Une vue de la vallée, au matin, avec des arbres et une rivière. " * 3,
                "Reims;musée des Beaux-Arts", f"M{n % 1200:04}", "Domaine public",
            ])


def plain_script(path, folder):
    base = sqlite3.connect(folder / "plain.db")
    base.execute("pragma journal_mode = wal")
    base.execute("pragma synchronous = normal")
    base.execute("create table row (ref text primary key, body text)")
    with open(path, newline="") as file:
        batch = []
        for row in csv.DictReader(file, delimiter=";"):
            batch.append((row["REF"], repr(row)))
            if len(batch) == 500:
                base.executemany("insert into row values (?, ?)", batch)
                base.commit()
                batch = []
        base.executemany("insert into row values (?, ?)", batch)
        base.commit()
    base.close()


def timed(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def walk(base):
    """Seconds of each page, and the number of records."""
    token, pages, records = None, [], 0
    while True:
        query = f"resumptionToken={token}" if token else "metadataPrefix=oai_dc"
        begin = time.monotonic()
        with urllib.request.urlopen(f"{base}/oai?verb=ListRecords&{query}") as answer:
            body = answer.read().decode()
        pages.append(time.monotonic() - begin)
        records += body.count("<record>")
        found = re.search(r"<resumptionToken[^>]*>([^<]+)</resumptionToken>", body)
        if not found:
            return pages, records
        token = found[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--binary", default=str(ROOT / "target/release/passerelle"))
    arguments = parser.parse_args()
    harvests, plains, settles, walks, depths = [], [], [], [], []
    for number in range(arguments.runs):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="passerelle-bench-"))
        (folder / "schedules").mkdir()
        write_rows(folder / "rows.csv", arguments.rows)
        (folder / "schedules/joconde.toml").write_text(
            'label = "Bench"\nkind = "file"\nlocation = "../rows.csv"\nformat = "ssv"\nmapping = "joconde"\n'
        )
        command = [arguments.binary, "--data", folder / "data", "--schedules", folder / "schedules"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
        plains.append(timed(lambda: plain_script(folder / "rows.csv", folder)))
        harvests.append(timed(lambda: subprocess.run([*command, "harvest", "joconde", "--only"], **quiet)))
        settles.append(timed(lambda: subprocess.run([*command, "reconcile"], **quiet)))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [*command, "serve", "--no-work", "--listen", f"127.0.0.1:{port}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            server.stdout.readline()
            pages, records = walk(f"http://127.0.0.1:{port}")
            assert records == arguments.rows, f"{records} of {arguments.rows} records listed"
            walks.append(records / sum(pages))
            tenth = max(1, len(pages) // 10)
            depths.append(statistics.median(pages[-tenth - 1:-1]) / statistics.median(pages[:tenth]))
        finally:
            server.terminate()
            server.wait()
        shutil.rmtree(folder)
        print(f"run {number + 1} of {arguments.runs} done", flush=True)
    rows, median = arguments.rows, statistics.median
    print(f"{rows} rows, medians of {arguments.runs} runs")
    print(f"harvest: {rows / median(harvests):.0f} rows/s; csv + sqlite3 in Python: {rows / median(plains):.0f} rows/s; ratio {median(plains) / median(harvests):.2f}")
    print(f"reconcile, publish and index: {rows / median(settles):.0f} records/s")
    print(f"ListRecords oai_dc, one walker: {median(walks):.0f} records/s; last tenth of the pages to the first: {median(depths):.2f}")


if __name__ == "__main__":
    main()
