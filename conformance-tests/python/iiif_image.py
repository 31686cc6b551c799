"""Runs the IIIF Image API validator at level 2, for 3.0 and for 2.0 (which covers 2.1 servers).

    iiif_image.py HOST:PORT [--identifier ID]

Known deviation: `size_noup` of 3.0 demands that `!2000,3000` on the reference image fails. Section
4.2 of the specification scales "to fit" within w, h and never enlarges: the request is right, the
answer is the image as it is. Every other size of that test must be refused, which is checked here.
"""

import argparse
import logging
import sys
import traceback
import urllib.error
import urllib.request

from iiif_validator.validator import ImageAPI, TestSuite, ValidationInfo

IDENTIFIER = "67352ccc-d1b0-11e1-89ae-279075081939"
KNOWN = {"3.0": {"size_noup"}, "2.0": set()}


def run(server, prefix, identifier, version):
    passed, known, failed = 0, [], []
    tests = TestSuite(ValidationInfo()).list_tests(version)
    for name in sorted(tests):
        if tests[name]["level"] > 2:
            continue
        result = ImageAPI(identifier, server, prefix, "http", "", version, debug=False)
        try:
            TestSuite(ValidationInfo()).run_test(name, result)
            problem = result.exception
            text = problem and f"got {problem.got!r}, expected {problem.expected!r}: {problem.message} ({result.urls})"
        except Exception:  # the validator itself stumbles over some answers
            problem, text = True, traceback.format_exc(limit=3)
        if not problem:
            passed += 1
        elif name in KNOWN[version]:
            known.append(name)
        else:
            failed.append(name)
            print(f"IIIF Image {version} {name}: FAIL\n  {text}")
    print(f"IIIF Image {version} level 2: {passed} passed, {len(known)} known deviation ({', '.join(known)}), {len(failed)} failed")
    return passed, failed


def refused(server, prefix, identifier):
    """The sizes that do enlarge, which size_noup would have checked."""
    wrong = []
    for size in ("1500,1500", ",1500", "1500,", "pct:200"):
        url = f"http://{server}/{prefix}/{identifier}/full/{size}/0/default.jpg"
        try:
            urllib.request.urlopen(url)
            wrong.append(f"{url}: 200")
        except urllib.error.HTTPError as error:
            if error.code != 400:
                wrong.append(f"{url}: {error.code}")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--identifier", default=IDENTIFIER)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    total, failed = 0, []
    for version, prefix in (("3.0", "iiif/3"), ("2.0", "iiif/2")):
        passed, wrong = run(options.server, prefix, options.identifier, version)
        total += passed
        failed += wrong
    failed += refused(options.server, "iiif/3", options.identifier)
    print(f"{total} passed, {len(failed)} failed")
    sys.exit(1 if failed or not total else 0)


if __name__ == "__main__":
    main()
