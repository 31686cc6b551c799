"""Synchronises with a gateway by ResourceSync, with the reference client, and checks what came.

    resourcesync.py BASEURL

- a baseline copy from /.well-known/resourcesync holds one file for every live record of OAI-PMH, and
  an audit finds nothing to do;
- the change list alone, read from the beginning, makes the same copy;
- every package of the dump holds the documents that its manifest names, with the hashes it names,
  and together they are the same documents.
"""

import hashlib
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree as ElementTree
import zipfile

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
RS = "{http://www.openarchives.org/rs/terms/}"


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.read()


def live_records(base):
    """Object ids of the live records that OAI-PMH lists."""
    ids, query = set(), "verb=ListIdentifiers&metadataPrefix=edm"
    while True:
        page = fetch(f"{base}/oai?{query}").decode()
        for status, identifier in re.findall(r"<header([^>]*)>\s*<identifier>([^<]+)<", page):
            if "deleted" not in status:
                ids.add(identifier.rsplit(":", 1)[1])
        token = re.search(r"<resumptionToken[^>]*>([^<]+)<", page)
        if not token:
            return ids
        query = f"verb=ListIdentifiers&resumptionToken={token.group(1)}"


def sync(mode, base, folder, *more):
    client = pathlib.Path(sys.executable).parent / "resync-sync"
    command = [str(client), mode, "--noauth", *more, f"{base}={folder}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder.parent)
    return result.stdout + result.stderr


def copied(folder):
    return {path.name.removesuffix(".edm.xml"): path.read_bytes() for path in folder.rglob("*.edm.xml")}


def entries(document):
    return ElementTree.fromstring(document).findall(f"{MAP}url")


def dumped(base):
    documents = {}
    for package in entries(fetch(f"{base}/resourcesync/resourcedump.xml")):
        archive = zipfile.ZipFile(io.BytesIO(fetch(package.findtext(f"{MAP}loc"))))
        for entry in entries(archive.read("manifest.xml")):
            facts = entry.find(f"{RS}md")
            document = archive.read(facts.get("path").lstrip("/"))
            digest = hashlib.sha256(document).hexdigest()
            assert facts.get("hash") == f"sha-256:{digest}", (facts.get("path"), facts.get("hash"))
            assert int(facts.get("length")) == len(document), facts.get("path")
            name = entry.findtext(f"{MAP}loc").rsplit("/", 1)[1].removesuffix(".edm.xml")
            documents[name] = document
    return documents


def main():
    base = sys.argv[1].rstrip("/")
    expected = live_records(base)
    failures = []

    def check(good, text):
        print(("ok   " if good else "FAIL ") + text)
        if not good:
            failures.append(text)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        said = sync("--baseline", base, folder / "baseline")
        baseline = copied(folder / "baseline")
        check(set(baseline) == expected, f"baseline: {len(baseline)} of {len(expected)} live records {said[-200:]!r}")
        said = sync("--audit", base, folder / "baseline")
        check("IN SYNC" in said, f"audit: {said[-120:]!r}")
        changes = f"{base}/resourcesync/changelist.xml"
        said = sync("--incremental", base, folder / "changes", "--changelist-uri", changes, "--from", "2000-01-01")
        check(copied(folder / "changes") == baseline, f"change list from the beginning: {said[-120:]!r}")
    check(dumped(base) == baseline, f"dump: {len(baseline)} documents, hashes and lengths as the manifests say")
    print(f"{len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
