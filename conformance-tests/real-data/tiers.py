#!/usr/bin/env python3
"""Europeana's tiers of all real data, per base, before and after normalisation.

Harvests the schedules of this folder, reconciles and publishes (or takes what --data holds already),
and prints the share of records at metadata tier B or better and C, over all records and over those
with an image that may be shown, without and with the meanings (spans of time, places, agents,
concepts) that normalisation gave to values. What else normalisation does (marks taken off, languages)
is in both columns.

Usage: tiers.py [--binary target/release/passerelle] [--judge target/debug/examples/edm_judge]
                [--data FOLDER] [SOURCE...]
"""
import argparse
import collections
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def settings(shared, folder):
    """A passerelle.toml that knows the communes of France, as the README says to do."""
    communes = folder / "communes.json"
    with communes.open("wb") as out:
        subprocess.run(["zstd", "-dqc", shared / "data/communes/etalab_communes.json.zst"], stdout=out, check=True)
    centroids = shared / "data/communes/communes_centroids.csv"
    path = folder / "passerelle.toml"
    path.write_text(f'[reference]\ngazetteer = ["{communes}", "{centroids}"]\n')
    return str(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "target/release/passerelle"))
    parser.add_argument("--judge", default=str(ROOT / "target/debug/examples/edm_judge"))
    parser.add_argument("--data")
    parser.add_argument("sources", nargs="*")
    options = parser.parse_args()
    shared = pathlib.Path(os.environ.get("PASSERELLE_SHARED", ROOT.parent / "shared")).resolve()
    if not (shared / "data").is_dir():
        print(f"skipped: no real data at {shared} (set PASSERELLE_SHARED)", file=sys.stderr)
        return 0
    env = {**os.environ, "PASSERELLE_SHARED": str(shared), "RUST_LOG": "warn"}
    data = options.data or tempfile.mkdtemp(prefix="passerelle-tiers-")
    database = pathlib.Path(data) / "passerelle.db"
    if not database.is_file():
        schedules = str(HERE / "schedules")
        call = [options.binary, "--config", settings(shared, pathlib.Path(data)), "--data", data, "--schedules", schedules]
        every = sorted(p.stem for p in (HERE / "schedules").glob("*.toml"))
        for source in options.sources or [name for name in every if not name.endswith("raw")]:
            done = subprocess.run([*call, "harvest", source, "--only"], env=env, capture_output=True, text=True)
            if done.returncode not in (0, 2):
                print(f"{source}: {done.stderr.strip()[-300:]}", file=sys.stderr)
        subprocess.run([*call, "reconcile"], env=env, check=True, stdout=subprocess.DEVNULL)
    counts = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryFile("w+") as lines:
        # To a file: a pipe that nobody reads yet would stand still.
        reader = subprocess.Popen([options.judge, "tiers"], stdin=subprocess.PIPE, stdout=lines, text=True)
        rows = sqlite3.connect(f"file:{database}?mode=ro", uri=True).execute(
            "select record from object where status = 'live'")
        for (record,) in rows:
            reader.stdin.write(record.replace("\n", " ") + "\n")
        reader.stdin.close()
        if reader.wait():
            return 1
        lines.seek(0)
        for line in lines:
            base, image, content, before, after = line.rstrip("\n").split("\t")
            for group in ("all", "with image") if image == "1" else ("all",):
                count = counts[(base, group)]
                count["n"] += 1
                count[f"before {before}"] += 1
                count[f"after {after}"] += 1
                count["content 2+"] += content >= "2"
    print("| base | records | before: B or better | C | after: B or better | C | content 2 or better |")
    print("|---|---|---|---|---|---|---|")
    for (base, group), count in sorted(counts.items()):
        share = lambda *keys: f"{100 * sum(count[key] for key in keys) / count['n']:.1f} %"
        print(f"| {base} ({group}) | {count['n']} | {share('before B', 'before C')} | {share('before C')} | "
              f"{share('after B', 'after C')} | {share('after C')} | {share('content 2+')} |")
    if not options.data:
        shutil.rmtree(data, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
