"""Walks an OAI-PMH repository completely with three independent clients and validates every answer.

    walk_oai.py BASEURL [--schemas DIR] [--expected-ids FILE] [--formats oai_dc,edm,lido]

- sickle, oaipmh-scythe and oaipmh list every record; each must give the same set of identifiers,
  none twice, and, with --expected-ids, exactly those of the file (one a line; object ids, or whole
  OAI identifiers).
- A walker of our own takes the same pages raw: the last one must carry an empty resumptionToken,
  and every page, every other verb and every error must validate with xmllint against the schemas.
"""

import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DRIVERS = {"oai_dc": "oai-oai_dc.xsd", "edm": "oai-edm.xsd", "lido": "oai-lido11.xsd"}
passes, failures = 0, []


def check(good, text):
    global passes
    if good:
        passes += 1
    else:
        failures.append(text)
        print(f"FAIL {text}")


def fetch(base, arguments, method="GET"):
    data = urllib.parse.urlencode(arguments)
    request = urllib.request.Request(f"{base}?{data}") if method == "GET" else urllib.request.Request(base, data.encode())
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


class Validator:
    """Collects answers per driver and validates them with xmllint, many a call."""

    def __init__(self, schemas):
        self.schemas = schemas
        self.folder = tempfile.TemporaryDirectory()
        self.files = collections.defaultdict(list)

    def add(self, driver, name, answer):
        path = pathlib.Path(self.folder.name) / f"{sum(map(len, self.files.values())):05}.xml"
        path.write_bytes(answer)
        self.files[driver].append((path, name))

    def run(self):
        if not self.schemas:
            print("skipped: no schemas, answers are not validated (see --schemas)")
            return
        environment = dict(os.environ, XML_CATALOG_FILES="catalog.xml")
        for driver, files in self.files.items():
            for begin in range(0, len(files), 200):
                part = files[begin : begin + 200]
                command = ["xmllint", "--nonet", "--noout", "--schema", f"drivers/{driver}", *(str(path) for path, _ in part)]
                result = subprocess.run(command, cwd=self.schemas, env=environment, capture_output=True, text=True)
                for path, name in part:
                    valid = f"{path} validates" in result.stderr
                    reason = [line for line in result.stderr.splitlines() if str(path) in line][:3]
                    check(valid, f"{name} against {driver}: {' / '.join(reason) or result.stderr[-300:]}")
            print(f"{driver}: {len(files)} answers validated")


def walk_raw(base, prefix, validator):
    """Identifiers in order, with tombstones."""
    identifiers, arguments, pages = [], {"verb": "ListRecords", "metadataPrefix": prefix}, 0
    while True:
        answer = fetch(base, arguments)
        pages += 1
        validator.add(DRIVERS.get(prefix, "oai-protocol.xsd"), f"ListRecords {prefix} page {pages}", answer)
        root = ElementTree.fromstring(answer)
        error = root.find(f"{OAI}error")
        if error is not None:
            check(False, f"ListRecords {prefix} page {pages}: error {error.get('code')} {error.text}")
            break
        identifiers += [element.text for element in root.iter(f"{OAI}identifier") if element.text]
        token = root.find(f"{OAI}ListRecords/{OAI}resumptionToken")
        if token is None or not (token.text or "").strip():
            check(pages == 1 or token is not None, f"ListRecords {prefix}: the last page has no empty resumptionToken")
            break
        arguments = {"verb": "ListRecords", "resumptionToken": token.text}
    print(f"{prefix}: {len(identifiers)} records on {pages} pages")
    return identifiers


def walk_sickle(base, prefix):
    from sickle import Sickle

    return [record.header.identifier for record in Sickle(base).ListRecords(metadataPrefix=prefix)]


def walk_scythe(base, prefix):
    from oaipmh_scythe import Scythe

    with Scythe(base) as scythe:
        return [record.header.identifier for record in scythe.list_records(metadata_prefix=prefix)]


def walk_oaipmh(base, prefix):
    from oaipmh.client import Client
    from oaipmh.metadata import MetadataRegistry, oai_dc_reader

    registry = MetadataRegistry()
    registry.registerReader("oai_dc", oai_dc_reader)
    registry.registerReader("edm", lambda element: element)
    registry.registerReader("lido", lambda element: element)
    client = Client(base, registry)
    return [header.identifier() for header, _, _ in client.listRecords(metadataPrefix=prefix)]


def other_answers(base, first, validator):
    """Every verb once, and every error that a client can provoke."""
    protocol = "oai-protocol.xsd"
    asked = [
        ({"verb": "Identify"}, protocol, None),
        ({"verb": "ListMetadataFormats"}, protocol, None),
        ({"verb": "ListMetadataFormats", "identifier": first}, protocol, None),
        ({"verb": "ListSets"}, protocol, None),
        ({"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}, protocol, None),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": first}, DRIVERS["oai_dc"], None),
        ({}, protocol, "badVerb"),
        ({"verb": "Nonsense"}, protocol, "badVerb"),
        ({"verb": "Identify", "metadataPrefix": "oai_dc"}, protocol, "badArgument"),
        ({"verb": "ListRecords"}, protocol, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "yesterday"}, protocol, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2002-01-01", "until": "2001-01-01T00:00:00Z"}, protocol, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2999-01-01"}, protocol, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "nonsense"}, protocol, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "resumptionToken": "nonsense"}, protocol, "badResumptionToken"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "nobody"}, protocol, "idDoesNotExist"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, protocol, "badArgument"),
        ({"verb": "ListMetadataFormats", "identifier": "nobody"}, protocol, "idDoesNotExist"),
    ]
    for arguments, driver, code in asked:
        for method in ("GET", "POST"):
            name = f"{method} {urllib.parse.urlencode(arguments) or 'nothing'}"
            try:
                answer = fetch(base, arguments, method)
            except urllib.error.HTTPError as error:
                check(False, f"{name}: HTTP {error.code}, expected 200 with an OAI-PMH answer")
                continue
            codes = [element.get("code") for element in ElementTree.fromstring(answer).iter(f"{OAI}error")]
            check(codes == ([code] if code else []) or (code and code in codes), f"{name}: errors {codes}, expected {code}")
            validator.add(driver, name, answer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("--schemas")
    parser.add_argument("--expected-ids")
    parser.add_argument("--formats", default="oai_dc,edm,lido")
    options = parser.parse_args()
    schemas = options.schemas if options.schemas and pathlib.Path(options.schemas, "catalog.xml").is_file() else None
    expected = None
    if options.expected_ids:
        expected = set(pathlib.Path(options.expected_ids).read_text("utf-8").split())
    validator = Validator(schemas)
    first = None
    for prefix in options.formats.split(","):
        raw = walk_raw(options.base, prefix, validator)
        first = first or (raw and raw[0])
        check(len(raw) == len(set(raw)), f"{prefix}: {len(raw) - len(set(raw))} identifiers come twice")
        if expected is not None:
            listed = {identifier if identifier in expected else identifier.rsplit(":", 1)[-1] for identifier in raw}
            check(listed == expected, f"{prefix}: {len(expected - listed)} missing, e.g. {sorted(expected - listed)[:3]}; {len(listed - expected)} unexpected, e.g. {sorted(listed - expected)[:3]}")
        for name, walk in (("sickle", walk_sickle), ("oaipmh-scythe", walk_scythe), ("oaipmh", walk_oaipmh)):
            try:
                found = walk(options.base, prefix)
            except Exception as error:  # whatever a client raises is a failure of ours to be read
                check(False, f"{name} {prefix}: {type(error).__name__}: {error}")
                continue
            check(len(found) == len(set(found)), f"{name} {prefix}: identifiers come twice")
            check(set(found) == set(raw), f"{name} {prefix}: {len(set(raw) ^ set(found))} identifiers differ")
            print(f"{name} {prefix}: {len(found)} records")
    other_answers(options.base, first or "nobody", validator)
    validator.run()
    print(f"{passes} passed, {len(failures)} failed")
    sys.exit(1 if failures or not passes else 0)


if __name__ == "__main__":
    main()
