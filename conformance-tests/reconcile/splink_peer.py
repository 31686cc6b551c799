#!/usr/bin/env python3
"""Splink beside us: splink_peer.py SET_FOLDER OUT.csv [--links]   (pip install splink==5.0.0)

Clusters a labelled set with Splink's connected components, at the threshold that scores best: that
one looks at the labels, which is in its favour. One recommended-style model for each kind of set.
"""
import csv, gzip, json, os, re, sys, time, unicodedata
from collections import defaultdict

import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

folder, out = sys.argv[1:3]
links = "--links" in sys.argv


def fold(text):
    text = unicodedata.normalize("NFKD", text or "")
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in text if not unicodedata.combining(c)).lower()).strip() or None


def row(r):
    extra, title = r.get("extra", {}), fold(r.get("title"))
    year = re.search(r"\d{4}", r.get("date", ""))
    family = fold((r.get("creator") or [""])[0])
    words = sorted((title or "").split(), key=len, reverse=True)
    return {
        "unique_id": r["id"], "source": r["source"], "title": title, "agent": family,
        "year": year.group() if year else None, "place": fold(r.get("place")),
        "ident": re.sub(r"\W|^0+", "", (r.get("identifiers") or [""])[0]).lower().removeprefix("inv") or None,
        "first": fold(extra.get("first_name") or extra.get("given_name")),
        "family": fold(extra.get("surname")), "day": r.get("date"),
        "post": fold(extra.get("postcode_fake") or extra.get("postcode")),
        "holder": fold(next((extra[k] for k in ("edifice", "album", "group", "journal", "venue", "booktitle") if k in extra), None)),
        "size": extra.get("dims") or extra.get("length") or extra.get("pages"),
        "detail": fold(extra.get("adr") or extra.get("number") or extra.get("occupation")),
        "word": words[0] if words else None, "word2": words[1] if len(words) > 1 else None,
        "head": title[:12] if title else None,
    }


records = [json.loads(line) for line in gzip.open(folder + "/records.jsonl.gz", "rt")]
rows = [row(r) for r in records]
person = records[0].get("type") in ("person", "agent")
heritage = {"monument", "object", "photograph"} & {r.get("type") for r in records}
if person:
    rules = [("first", "family", "day"), ("family", "post"), ("first", "post"), ("day", "place"), ("day", "family"), ("day", "first"), ("first", "family")]
    comparisons = [cl.JaroWinklerAtThresholds(c, [0.92, 0.8]).configure(term_frequency_adjustments=True) for c in ("first", "family")]
    comparisons += [cl.LevenshteinAtThresholds("day", [1, 2]), cl.ExactMatch("post"), cl.ExactMatch("place").configure(term_frequency_adjustments=True), cl.ExactMatch("detail")]
    train = [("first", "family"), ("day",)]
else:
    rules = [("title",), ("ident",), ("head", "year"), ("word", "agent"), ("word", "word2"), ("head", "place"), ("agent", "size")]
    if heritage:
        rules = [("title", "place"), ("ident",), ("head", "year"), ("word", "agent", "year"), ("word", "word2", "place"), ("head", "place", "detail"), ("agent", "size")]
    comparisons = [cl.JaroWinklerAtThresholds("title", [0.95, 0.88, 0.75]).configure(term_frequency_adjustments=True), cl.JaroWinklerAtThresholds("agent", [0.92, 0.8])]
    comparisons += [cl.ExactMatch(c) for c in ("year", "ident", "size", "detail")]
    comparisons += [cl.ExactMatch("place").configure(term_frequency_adjustments=True), cl.JaroWinklerAtThresholds("holder", [0.9])]
    train = [("title",), ("year", "agent")]
used = {c for c in rows[0] if any(r[c] for r in rows)}
kept = [c for c in comparisons if c.create_comparison_dict("duckdb")["output_column_name"] in used]
rules = [rule for rule in rules if set(rule) <= used]
started = time.monotonic()
database = DuckDBAPI()
database.duckdb_con.execute("SET threads TO 2")
settings = SettingsCreator(link_type="dedupe_only", comparisons=kept, blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules])
linker = Linker(database.register(pa.Table.from_pylist(rows)), settings)
linker.training.estimate_probability_two_random_records_match([block_on(*rules[0])], recall=0.7)
linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
for rule in train:
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    except Exception as error:  # a rule that the set cannot be trained on
        print("not trained on", rule, type(error).__name__, file=sys.stderr)
scored = linker.inference.predict(threshold_match_weight=-5)
edges = sorted(((w, a, b) for a, b, w in database.duckdb_con.execute(f"select unique_id_l, unique_id_r, match_weight from {scored.physical_name}").fetchall()), reverse=True)
took = time.monotonic() - started
source = {r["id"]: r["source"] for r in records}
path = folder + "/matches.csv"
with open(path) if os.path.exists(path) else gzip.open(path + ".gz", "rt") as text:
    truth = {tuple(sorted(r[:2])) for r in csv.reader(text) if r and r[0] != "id1"}
entity = {i: i for i in source}


def root(of, x):
    while of[x] != x:
        of[x] = of[of[x]]
        x = of[x]
    return x


for a, b in truth:
    entity[root(entity, a)] = root(entity, b)
entity = {i: root(entity, i) for i in source}
# Edges from the strongest on; the score after each bit, pairs counted by entity within a cluster.
parent, counts = {i: i for i in source}, {i: {(entity[i], source[i]): 1} for i in source}
right = made = 0
best, threshold, at = 0.0, None, 0
while at < len(edges):
    step = edges[at][0] - 0.25
    while at < len(edges) and edges[at][0] > step:
        a, b = root(parent, edges[at][1]), root(parent, edges[at][2])
        at += 1
        if a == b:
            continue
        x, y = sorted((counts.pop(a), counts.pop(b)), key=len)
        for (e, s), n in x.items():
            for (f, t), m in y.items():
                if not links or s != t:
                    made += n * m
                    right += n * m if e == f else 0
        for key, n in x.items():
            y[key] = y.get(key, 0) + n
        parent[a] = b
        counts[b] = y
    if made > 40 * len(truth):
        break
    score = 2 * right / (made + len(truth))
    if score > best:
        best, threshold = score, step
of = {i: i for i in source}
for weight, a, b in edges:
    if threshold is not None and weight > threshold:
        of[root(of, a)] = root(of, b)
with open(out, "w", newline="") as text:
    writer = csv.writer(text)
    writer.writerow(["id", "cluster"])
    writer.writerows((i, root(of, i)) for i in source)
print(json.dumps({"f1": best, "threshold": threshold, "seconds": took, "edges": len(edges)}))
