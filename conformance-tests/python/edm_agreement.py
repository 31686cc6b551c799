#!/usr/bin/env python3
"""Does the native EDM validator say what xmllint and Europeana's rules say, and do the tiers agree?

    edm_agreement.py --judge BINARY --shared FOLDER [--mutants N] [--keep FOLDER] [--oai URL]

BINARY is the example edm_judge of the crate protocols, FOLDER holds schemas/ and
oai-samples/records-edm. Looks at every record of the samples (and of the OAI-PMH server --oai)
and at N mutants of the samples (default 1000; the same N gives the same mutants):

- valid or not by XML Schema: xmllint with schemas/edm/EDM.xsd, and with the driver for OAI-PMH answers;
- the set of Europeana's rules that are broken: schemas/edm_rules.py;
- metadata tier with its parts, on what has an edm:ProvidedCHO: schemas/tiers.py.

Exit status 1 when one record is judged differently.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

from lxml import etree

# Files a call of xmllint.
BATCH = 400
ENVELOPE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-01-01T00:00:00Z</responseDate>'
    '<request verb="GetRecord" identifier="oai:x.org:1" metadataPrefix="edm">http://x.org/oai</request><GetRecord>'
    "<record><header><identifier>oai:x.org:1</identifier><datestamp>2024-01-01</datestamp></header><metadata>"
    "%s</metadata></record></GetRecord></OAI-PMH>"
)


def xmllint(shared, schema, files):
    """Validity of each file, by its path."""
    schemas = shared / "schemas"
    environment = dict(os.environ, XML_CATALOG_FILES=str(schemas / "catalog.xml"))

    def batch(part):
        done = subprocess.run(
            ["xmllint", "--nonet", "--noout", "--schema", str(schemas / schema), *part],
            capture_output=True, text=True, errors="replace", env=environment, check=False,
        )
        found = {}
        for line in done.stderr.splitlines():
            for ending, valid in ((" validates", True), (" fails to validate", False)):
                if line.endswith(ending):
                    found[line[: -len(ending)]] = valid
        return found

    names = [str(file) for file in files]
    parts = [names[at : at + BATCH] for at in range(0, len(names), BATCH)]
    verdicts = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for found in pool.map(batch, parts):
            verdicts.update(found)
    return verdicts


def fetch(url, folder):
    """The list of all records of a server, as it answers, one file an answer."""
    folder.mkdir(parents=True, exist_ok=True)
    question = "verb=ListRecords&metadataPrefix=edm"
    for number in range(10_000):
        with urllib.request.urlopen(f"{url}?{question}", timeout=60) as answer:
            body = answer.read()
        (folder / f"{number:05}.xml").write_bytes(body)
        token = etree.fromstring(body).findtext(".//{http://www.openarchives.org/OAI/2.0/}resumptionToken")
        if not token:
            return
        question = "verb=ListRecords&resumptionToken=" + urllib.parse.quote(token, safe="")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--oai")
    options = parser.parse_args()
    samples = options.shared / "oai-samples" / "records-edm"
    if not samples.is_dir():
        print(f"skipped: no {samples}")
        return 0
    sys.path.insert(0, str(options.shared / "schemas"))
    import edm_rules
    import tiers

    with tempfile.TemporaryDirectory() as temporary:
        work = options.keep or pathlib.Path(temporary)
        seeds, mutants, wrapped = work / "seeds", work / "mutants", work / "wrapped"
        for folder in (seeds, mutants, wrapped):
            folder.mkdir(parents=True, exist_ok=True)
        unreadable = []
        own = work / "own"
        if options.oai:
            fetch(options.oai, own)
        for folder in (samples, own):
            for file in sorted(folder.glob("*.xml")):
                try:
                    found = edm_rules.records(edm_rules.parse(str(file)))
                except etree.XMLSyntaxError:
                    unreadable.append(file.name)
                    continue
                for number, (_, rdf) in enumerate(found):
                    if not isinstance(rdf, str):
                        text = etree.tostring(rdf, encoding="unicode", with_tail=False)
                        (seeds / f"{folder.name}-{file.stem}-{number}.xml").write_text(text, encoding="utf-8")
        originals = sorted(seeds.glob("*.xml"))
        subprocess.run([options.judge, "mutate", str(seeds), str(mutants), str(options.mutants)], check=True)
        files = originals + sorted(mutants.glob("*.xml"))
        for file in files:
            (wrapped / f"{file.parent.name}-{file.name}").write_text(ENVELOPE % file.read_text("utf-8"), "utf-8")
        alone = xmllint(options.shared, "edm/EDM.xsd", files)
        inside = xmllint(options.shared, "drivers/oai-edm.xsd", sorted(wrapped.glob("*.xml")))
        listing = work / "list"
        listing.write_text("".join(f"{file}\n" for file in files))
        judged = subprocess.run([options.judge, "judge", str(listing)], check=True, capture_output=True, text=True)
        native = {}
        for line in judged.stdout.splitlines():
            name, schema, rules, tier = line.split("\t")
            native[name] = (schema, rules, json.loads(tier))

        counts = collections.Counter()
        broken_rules = collections.Counter()
        failures = []
        for file in files:
            name = str(file)
            kind = "samples" if file.parent == seeds else "mutants"
            schema, rules, tier = native.get(name, ("missing", "", {}))
            valid = alone.get(name)
            counts[kind] += 1
            if valid is None:
                failures.append((name, "xmllint says nothing", schema))
                continue
            rdf = edm_rules.parse(name).getroot()
            expected = sorted({rule for rule, _, _ in edm_rules.check(rdf)})
            expected_rules = ",".join(map(str, expected))
            counts[f"{kind} valid by schema"] += valid
            counts[f"{kind} valid by schema and rules"] += valid and not expected
            broken_rules.update(expected)
            if inside.get(str(wrapped / f"{file.parent.name}-{file.name}")) != valid:
                failures.append((name, f"xmllint differs with the envelope: alone {valid}", schema))
            if schema != ("ok" if valid else "broken"):
                failures.append((name, f"schema: xmllint {valid}", schema))
            if rules != expected_rules:
                failures.append((name, f"rules: {expected_rules}", rules))
            if rdf.find(tiers.q("edm:ProvidedCHO")) is not None:
                wanted = tiers.meta(rdf)
                wanted["qualified"] = len(wanted["qualified"])
                counts[f"{kind} with tier"] += 1
                counts[f"tier {wanted['metadata']}"] += 1
                for part, value in tier.items():
                    if (sorted(value) if isinstance(value, list) else value) != wanted[part]:
                        failures.append((name, f"tier {part}: {wanted[part]}", value))
        print("; ".join(f"{key}: {value}" for key, value in counts.items()))
        print("broken rules:", ", ".join(f"{rule}: {broken_rules[rule]}" for rule in sorted(broken_rules)))
        if unreadable:
            print("not well-formed, left out:", ", ".join(unreadable))
        for name, expected, found in failures[:40]:
            print(f"DIFFERS {name}: {expected}; native: {found}")
        print(f"{len(failures)} disagreements in {len(files)} records")
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
