//! Expected verdicts were taken from xmllint 2.9.14 with EDM.xsd.

use super::*;

fn sorted(good: &[&str], bad: &[&str], is: fn(&str) -> bool) {
    let wrong: Vec<&str> = good.iter().filter(|text| !is(text)).copied().collect();
    assert!(wrong.is_empty(), "refused: {wrong:?}");
    let wrong: Vec<&str> = bad.iter().filter(|text| is(text)).copied().collect();
    assert!(wrong.is_empty(), "accepted: {wrong:?}");
}

#[test]
fn languages_are_judged_as_libxml2_does() {
    sorted(
        &["", "en", "en-US", "x-foo", "abcdefgh", "e", "en-1", " en", "en ", "zh-Hans-CN", "X-Y1"],
        &[
            "abcdefghi",
            "français",
            "12",
            "en-",
            "en_US",
            "en us",
            "-",
            "1a",
            "e1",
            "en--a",
            " ",
            "\n",
        ],
        is_language,
    );
}

#[test]
fn numbers_are_judged_as_libxml2_does() {
    sorted(
        &["1", "1.", ".5", "-1", "+1", "1e5", "1e", "1E-5", "INF", "-INF", "NaN", " 1 ", "+.5"],
        &[".", "+INF", "nan", "1 2", "", "1,5", "48.85N", "0x1", "1e5.5", "\u{a0}1", "e5", "-"],
        is_float,
    );
    sorted(
        &[
            "1",
            "-1",
            "+1",
            "9223372036854775807",
            "-9223372036854775808",
            "000000000000000001",
            "-0",
        ],
        &["", " 1 ", "1.0", "9223372036854775808", "-9223372036854775809", "+", "1e3"],
        is_long,
    );
    sorted(
        &["1", "+1", " 1 ", "-0", "00", "999999999999999999999999", "-000"],
        &["-1", "", "9999999999999999999999999", "1.0"],
        is_non_negative,
    );
    sorted(
        &["0", "1", "0.5", "1.0", "-0", ".5", "1.", "+0.5", " 0.5 ", "001", "-0.0"],
        &["1.00001", "-0.1", "", ".", "0,5", "1e0", "+", "2", "10", "1.0000000000000000000000000"],
        is_confidence,
    );
}

#[test]
fn dates_are_judged_as_libxml2_does() {
    sorted(
        &[
            "2020-01-01",
            "-2020-01-01",
            "12020-01-01",
            "2020-02-29",
            "2000-02-29",
            "2020-01-01Z",
            "2020-01-01-14:00",
            "-0004-02-29",
        ],
        &[
            "2020-1-1",
            "0000-01-01",
            "02020-01-01",
            "2019-02-29",
            "1900-02-29",
            "2020-13-01",
            "2020-04-31",
            "2020-01-01+14:01",
            "2020-01-01z",
            " 2020-01-01 ",
            "",
            "2020",
            "2020-01-01+00:60",
            "-0005-02-29",
            "2020-01- 01",
        ],
        is_date,
    );
}

#[test]
fn addresses_are_judged_as_libxml2_does() {
    sorted(
        &[
            "",
            "a b",
            " a ",
            "http://x",
            "http://x:2147483647/",
            "http:/x",
            "http:",
            "http://",
            "//",
            "///",
            "/a//b",
            "//:80",
            "http://[::1]/",
            "#[x]",
            "?a?b",
            "a:b",
            "a:",
            "./a:b",
            "a%20",
            "é",
            "<a>",
            "a\\b",
            "|",
            "http://u:p@h:1/x",
            "http://1.2.3.2555",
            "http://h/#a[1]",
            "http://h/@",
            "'",
            "http://@h",
            "a//",
            "?",
            "#",
            "http://é/",
        ],
        &[
            "http://x:",
            "http://x:8a",
            "http://x:2147483648/",
            "http://[::1",
            "http://a[b]/",
            "a[b]",
            "#a#b",
            "?[x]",
            "1:2",
            "::",
            ":a",
            "a%2",
            "%",
            "9a:x",
            "http://h/?q=[1]",
            "http://h:/",
            "http://u@@h",
            "[",
        ],
        is_any_uri,
    );
}
