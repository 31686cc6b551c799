//! Forms of dates, one by one.

use super::sample::SAMPLE;
use super::*;

#[test]
fn what_a_person_reads_in_real_forms_is_what_is_read() {
    let (mut wrong, mut unread) = (Vec::new(), Vec::new());
    for (text, expected) in SAMPLE {
        match years(text) {
            years if years == expected => {}
            years if years.is_empty() => unread.push(text),
            years => wrong.push(format!("{text}: {years}, not {expected}")),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    // What a person reads and the grammar does not: at most 3 in a hundred.
    assert!(unread.len() <= 9, "{} unread: {unread:?}", unread.len());
}

#[test]
fn forms_of_producers_have_their_years_and_their_edtf() {
    for (text, expected) in [
        // Reversed precision, as POP writes it.
        ("1853 vers", "1853..1853 1853~"),
        ("1865 entre,1908 et", "1865..1908 [1865..1908]"),
        ("1850 avant", "..1850 ../1850"),
        ("1850 après", "1850.. 1850/.."),
        ("1905 (avant, supposé)", "..1905 ../1905?"),
        ("1867 vers,1868 ou", "1867..1868 [1867~,1868]"),
        ("1850 ?", "1850..1850 1850?"),
        ("(vers 1850)", "1850..1850 1850~"),
        ("1937,VERS", "1937..1937 1937~"),
        ("1850 (daté)", "1850..1850 1850"),
        ("1680 achevé avant", "..1680 ../1680"),
        ("1850 après ; 1900 avant", "1850..1900 [1850..1900]"),
        // Ranges.
        ("1850-1860", "1850..1860 1850/1860"),
        ("1850/1860", "1850..1860 1850/1860"),
        ("1850-60", "1850..1860 1850/1860"),
        ("1828–9", "1828..1829 1828/1829"),
        ("c.1830–41", "1830..1841 1830~/1841~"),
        ("de 1850 à 1860", "1850..1860 1850/1860"),
        ("entre 1850 et 1860", "1850..1860 [1850..1860]"),
        ("1939-", "1939.. 1939/.."),
        ("? - 1809", "..1809 /1809"),
        // Either reading lies within it.
        ("1910-12", "1910..1912 1910/1912"),
        ("1996-07", "1996-07..1996-07 1996-07"),
        // Decades and more.
        ("185.", "1850..1859 185X"),
        ("18..", "1800..1899 18XX"),
        ("19--", "1900..1999 19XX"),
        ("1930s", "1930..1939 193X"),
        ("années 1930", "1930..1939 193X"),
        ("années 1930-1940", "1930..1949 1930/1949"),
        ("1900s", "1900..1999 19XX"),
        // Days and months.
        ("1975/01/28", "1975-01-28..1975-01-28 1975-01-28"),
        ("28/01/1975", "1975-01-28..1975-01-28 1975-01-28"),
        ("1889.03", "1889-03..1889-03 1889-03"),
        ("09/1923", "1923-09..1923-09 1923-09"),
        ("2020-06-08 09:25:00", "2020-06-08..2020-06-08 2020-06-08"),
        ("19750128", "1975-01-28..1975-01-28 1975-01-28"),
        ("14 juillet 1789", "1789-07-14..1789-07-14 1789-07-14"),
        ("1er mars 1914", "1914-03-01..1914-03-01 1914-03-01"),
        ("July 29, 1876", "1876-07-29..1876-07-29 1876-07-29"),
        ("14. Juli 1789", "1789-07-14..1789-07-14 1789-07-14"),
        ("mars 1914", "1914-03..1914-03 1914-03"),
        ("13-14 octobre 1793", "1793-10-13..1793-10-14 1793-10-13/1793-10-14"),
        ("14 brumaire an VII", "1798-11-04..1798-11-04 1798-11-04"),
        ("an II", "1793-09-22..1794-09-21 1793-09-22/1794-09-21"),
        ("Summer 1992", "1992..1992 1992-22"),
        // Centuries.
        ("XVIIIe", "1701..1800 1701/1800"),
        ("XVIIe-XVIIIe siècle", "1601..1800 1601/1800"),
        ("16e-17e siècle", "1501..1700 1501/1700"),
        ("15e s.", "1401..1500 1401/1500"),
        ("1er tiers 14e siècle", "1301..1333 1301/1333"),
        ("14e siècle (4e quart)", "1376..1400 1376/1400"),
        ("14e siècle fin", "1381..1400 1381/1400"),
        ("dernier quart du XIXe siècle", "1876..1900 1876/1900"),
        ("late 19th century", "1881..1900 1881/1900"),
        ("first half of the 18th century", "1701..1750 1701/1750"),
        ("3e quart19e siècle", "1851..1875 1851/1875"),
        ("limite 18e siècle 19e siècle (?)", "1791..1810 1791%/1810%"),
        ("5th-3rd century BC", "-0499..-0200 -0499/-0200"),
        ("2e millénaire", "1001..2000 1001/2000"),
        ("12000 av. J.-C.", "-11999..-11999 -"),
        ("500-400 BC", "-0499..-0399 -0499/-0399"),
        ("57 BC-AD 935", "-0056..0935 -0056/0935"),
        ("VIe siècle après Jésus-Christ", "0501..0600 0501/0600"),
        // Several.
        ("12e siècle ; 13e siècle", "1101..1200 1101/1200 | 1201..1300 1201/1300"),
        (
            "4e quart 18e siècle ; 1er quart 19e siècle",
            "1776..1800 1776/1800 | 1801..1825 1801/1825",
        ),
        ("1324 et 1328", "1324..1324 1324 | 1328..1328 1328"),
        ("1842 or 1848", "1842..1848 [1842,1848]"),
        // Periods.
        ("époque Louis XV", "1715..1774 1715/1774"),
        ("Gallo-romain (détruit)", "-0051..0476 -0051~/0476~"),
        ("Qing (1644 - 1911)", "1644..1911 1644/1911"),
        ("Néolithique ; 16e siècle", "-5999..-2199 -5999~/-2199~ | 1501..1600 1501/1600"),
        ("époque contemporaine", "1789.. 1789/.."),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_told_is_left_alone() {
    for text in [
        "",
        "?",
        "n.d.",
        "s.d.",
        "sans date",
        "ohne Jahr",
        "style Louis XV",
        "Renaissance (?) ou après",
        "24 Aug 76",
        "05/94",
        "1908-1865",
        "1908 entre, 1865 et",
        "31 juin 1850",
        "30/02/1850",
        "01/28/1975",
        "185?",
        "12",
        "-1939",
        "9999",
        "0000",
        "3000",
        "2101",
        "1850 entre",
        "1860 et",
        "15 brumaire an XV",
        "3 brumaire an XIV (22 novembre 1805)",
        "800 BC - 300",
        "vie",
        "Vie",
        "1975 (1952)",
        "Louis XV, Louis XVI",
        "Louis XV (1950)",
        "c.18799–1802",
        "siècle",
        "30 février 1600",
        "1960 1963",
        "1850 avant après",
        "limite 15e siècle 18e siècle",
    ] {
        assert_eq!(read(text), "", "{text}");
    }
}

#[test]
fn how_sure_a_reading_is_stands_with_it() {
    for (text, rule, confidence) in [
        ("1850", "date.year", Confidence::Given),
        ("1850-03-01", "date.iso", Confidence::Given),
        ("1850/1860", "date.edtf", Confidence::Given),
        ("18XX", "date.edtf", Confidence::Given),
        ("1850-1860", "date.year_range", Confidence::Certain),
        ("4e quart 18e siècle", "date.century_part", Confidence::Certain),
        ("28/01/1975", "date.numeric_day", Confidence::Certain),
        ("05/07/2007", "date.numeric_day", Confidence::Probable),
        ("vers 1850", "date.year", Confidence::Probable),
        ("1918?", "date.iso", Confidence::Probable),
        ("XVIIIe", "date.century", Confidence::Probable),
        ("Directoire", "date.period", Confidence::Probable),
        ("2010-12", "date.iso", Confidence::Probable),
    ] {
        let all = meanings(text);
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!((all[0].rule.as_str(), all[0].confidence), (rule, confidence), "{text}");
    }
}

fn record(values: &[(Property, &str)]) -> Record {
    let mut record = Record::new(Kind::MuseumObject);
    for (property, text) in values {
        let value = Value { field: "MILL".to_owned(), ..Value::plain(*text) };
        record.push(*property, value);
    }
    record
}

#[test]
fn halves_of_a_statement_that_a_separator_cut_are_one_again() {
    let mut record = record(&[
        (Property::Created, "1780"),
        (Property::Created, "1865 entre"),
        (Property::Created, "1908 et"),
    ]);
    let mut issues = Vec::new();
    normalise(&mut record, &mut issues);
    let years: Vec<_> = record
        .get(Property::Created)
        .iter()
        .map(|value| match &value.meanings[..] {
            [Meaning { entity: Entity::Time(span), .. }] => (span.begin_year(), span.end_year()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        years,
        [(Some(1780), Some(1780)), (Some(1865), Some(1908)), (Some(1865), Some(1908))]
    );
    assert!(issues.is_empty());
}

#[test]
fn only_what_looks_like_a_date_is_complained_of() {
    let mut record = record(&[
        (Property::Created, "24 Aug 76"),
        (Property::Created, "sans date"),
        (Property::Temporal, "style Rocaille"),
        (Property::Temporal, "siècle des Lumières"),
        (Property::Title, "Le 14 juillet"),
    ]);
    let mut issues = Vec::new();
    normalise(&mut record, &mut issues);
    let said: Vec<_> =
        issues.iter().map(|i| (i.code.as_str(), i.path.as_str(), i.value.as_str())).collect();
    assert_eq!(
        said,
        [
            ("date_not_understood", "MILL", "24 Aug 76"),
            ("date_not_understood", "MILL", "siècle des Lumières"),
        ]
    );
}
