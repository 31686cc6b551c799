#!/usr/bin/env python3
"""A large CSV to the durable store and to publication, with the time of each stage and the memory.

The rows are those of a real export of Joconde, again and again, each with an identifier and an
inventory number of its own, so that nothing is joined that is not the same. The file is made anew
and deleted afterwards, and so is the database.

Usage: bench_import.py [--bytes 1200000000] [--binary target/release/passerelle] [--work /tmp/bench-import]
       [--data FILE.csv]
"""
import argparse
import csv
import io
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("PASSERELLE_SHARED", ROOT.parent / "shared"))
STAGES = ["harvested", "looked at images", "reconciled", "published", "indexed", "assessed"]


def make(source, target, size):
    """A CSV of about so many bytes; returns the number of rows."""
    with open(source, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader)
        real = list(reader)
    key = header.index("ID-notice")
    number_of = header.index("Numéro_de_l'objet")
    rows = 0
    with open(target, "w", newline="", encoding="utf-8") as file:
        file.write(",".join(header) + "\r\n")
        while file.tell() < size:
            block = io.StringIO()
            writer = csv.writer(block)
            for row in real:
                row = list(row)
                row[key] = f"{50_000_000 + rows:011}"
                if row[number_of]:
                    row[number_of] = ";".join(f"{part} n{rows}" for part in row[number_of].split(";"))
                writer.writerow(row)
                rows += 1
            file.write(block.getvalue())
    return rows


class Watched:
    """A command with processor time, peak memory and the moment of each stage that its log names."""

    def __init__(self, command):
        begin = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.anonymous, self.moments, said = 0, {}, []
        os.set_blocking(process.stderr.fileno(), False)
        rest, cpu = "", 0.0
        while True:
            try:
                lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
                found = [int(line.split()[1]) for line in lines if line.startswith("RssAnon")]
                self.anonymous = max([self.anonymous, *found])
                ticks = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
                cpu = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            except (OSError, IndexError):
                pass
            chunk = process.stderr.read()
            if chunk:
                rest += chunk.decode()
                *lines, rest = rest.split("\n")
                for line in lines:
                    said.append(line)
                    for stage in STAGES:
                        if re.search(rf"\b{stage}\b", line):
                            self.moments[stage] = (time.monotonic() - begin, cpu)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(0.05)
        self.seconds = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit("\n".join([*said, rest][-20:]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bytes", type=int, default=1_200_000_000)
    parser.add_argument("--binary", default=str(ROOT / "target/release/passerelle"))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/tmp/bench-import"))
    parser.add_argument("--data", type=pathlib.Path, default=SHARED / "data/joconde/joconde_notices.csv")
    parser.add_argument("--keep", action="store_true", help="leave the database")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    (options.work / "schedules").mkdir(parents=True)
    rows = make(options.data, options.work / "rows.csv", options.bytes)
    size = (options.work / "rows.csv").stat().st_size
    print(f"{rows:,} rows, {size:,} bytes; load {os.getloadavg()[0]:.1f}", flush=True)
    (options.work / "schedules/joconde.toml").write_text(
        'label = "Bench"\nkind = "file"\nlocation = "../rows.csv"\nmapping = "joconde"\n'
    )
    os.environ.setdefault("RUST_LOG", "warn,passerelle=info")
    command = [options.binary, "--data", options.work / "data", "--schedules", options.work / "schedules"]
    both = []
    for name, arguments in (("harvest", ["harvest", "joconde", "--only"]), ("reconcile", ["reconcile"])):
        run = Watched([*command, *arguments])
        both.append(run)
        print(f"{name}: {run.seconds:.1f} s, {rows / run.seconds:,.0f} rows/s, {run.cpu / rows * 1e6:.0f} µs of processor a row, peak {run.peak:.0f} MiB ({run.anonymous / 1024:.0f} not of files)", flush=True)
        last, spent = 0.0, 0.0
        for stage, (at, cpu) in run.moments.items():
            print(f"  until {stage}: {at:.1f} s (+{at - last:.1f}: {rows / max(at - last, 1e-9):,.0f} rows/s; {(cpu - spent) / rows * 1e6:.0f} µs of processor a row)", flush=True)
            last, spent = at, cpu
    base = sqlite3.connect(f"file:{options.work}/data/passerelle.db?mode=ro", uri=True)
    live = base.execute("select count(*) from object where status = 'live'").fetchone()[0]
    print(base.execute("select status, row_count, created_count, quarantined_count from run").fetchall(), f"{live:,} objects live")
    base.close()
    harvest, rest = both
    published = harvest.seconds + rest.moments.get("published", (rest.seconds, 0))[0]
    print(f"CSV to published: {published:.1f} s, {rows / published:,.0f} rows/s; with index and quality {rows / (harvest.seconds + rest.seconds):,.0f} rows/s")
    disk = sum(path.stat().st_size for path in (options.work / "data").rglob("*") if path.is_file())
    print(f"{disk:,} bytes on disk, {disk / rows:,.0f} a row; load {os.getloadavg()[0]:.1f}")
    if not options.keep:
        shutil.rmtree(options.work)


if __name__ == "__main__":
    main()
