//! What holds of every text.

use super::*;
use crate::normalise::date::day::Day;
use proptest::prelude::*;

/// Year, month and day of a date of EDTF; `None`: not one.
fn date(text: &str) -> Option<(i32, u32, u32)> {
    let text = text.strip_suffix(['~', '?', '%']).unwrap_or(text);
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let parts: Vec<&str> = digits.split('-').collect();
    let number = |text: &str, length: usize| {
        (text.len() == length && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u32>().unwrap())
    };
    let year = sign * i32::try_from(number(parts[0], 4)?).unwrap();
    if digits == "0000" && sign < 0 {
        return None;
    }
    match parts[1..] {
        [] => Some((year, 0, 0)),
        [month] => {
            let month = number(month, 2)?;
            ((1..=12).contains(&month) || (21..=24).contains(&month)).then_some((year, month, 0))
        }
        [month, day] => {
            let (month, day) = (number(month, 2)?, number(day, 2)?);
            chrono::NaiveDate::from_ymd_opt(year, month, day).map(|_| (year, month, day))
        }
        _ => None,
    }
}

/// Whether a text is EDTF of level 0 or 1, or a set of level 2, of years of four digits.
fn is_edtf(text: &str) -> bool {
    let masked = |text: &str| {
        let text = text.strip_suffix(['~', '?', '%']).unwrap_or(text);
        let known = text.trim_end_matches('X');
        text.len() == 4 && known.len() >= 2 && known.bytes().all(|b| b.is_ascii_digit())
    };
    let marks = |text: &str| text.bytes().filter(|b| b"~?%".contains(b)).count() <= 1;
    let end = |text: &str| text.is_empty() || text == ".." || (date(text).is_some() && marks(text));
    if let Some(inside) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return inside.split(',').all(|part| match part.split_once("..") {
            Some((lo, hi)) => date(lo).is_some() && date(hi).is_some(),
            None => date(part).is_some(),
        });
    }
    match text.split_once('/') {
        Some((lo, hi)) => end(lo) && end(hi) && (date(lo).is_some() || date(hi).is_some()),
        None => (date(text).is_some() && marks(text)) || masked(text),
    }
}

fn day(text: &str) -> Day {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let mut parts = digits.split('-').map(|part| part.parse::<i32>().unwrap());
    let year = sign * parts.next().unwrap();
    assert!(digits.split('-').next().unwrap().len() >= 4, "{text}");
    let mut part = || u8::try_from(parts.next().unwrap_or(0)).unwrap();
    Day { year, month: part(), day: part() }
}

/// Asserts what every meaning of a date owes.
fn sound(text: &str) {
    for meaning in meanings(text) {
        let Entity::Time(span) = &meaning.entity else { panic!("{meaning:?}") };
        assert!(span.begin.is_some() || span.end.is_some(), "{text}: {span:?}");
        if let (Some(begin), Some(end)) = (&span.begin, &span.end) {
            assert!(day(begin).first() <= day(end).last(), "{text}: {span:?}");
        }
        if let Some(edtf) = &span.edtf {
            assert!(is_edtf(edtf), "{text}: {edtf}");
        }
        assert!(meaning.rule.starts_with("date."), "{text}: {}", meaning.rule);
    }
}

fn words_of_dates() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "vers",
        "avant",
        "après",
        "entre",
        "et",
        "ou",
        "-",
        "/",
        ",",
        ";",
        "(",
        ")",
        "?",
        "siècle",
        "s.",
        "quart",
        "moitié",
        "début",
        "fin",
        "milieu",
        "limite",
        "av. J.-C.",
        "BC",
        "AD",
        "mars",
        "July",
        "brumaire",
        "an",
        "années",
        "1930s",
        "185.",
        "18..",
        "printed",
        "acquis",
        "de",
        "à",
        "of",
        "c.",
        "original",
        "jour complémentaire",
        "summer",
        "or later",
        "millénaire",
        "..",
        "X",
        "~",
        "Z",
    ])
    .prop_map(str::to_owned)
}

#[test]
fn the_validator_of_these_tests_knows_what_is_wrong() {
    for right in [
        "1850",
        "-0499/-0400",
        "185X",
        "18XX?",
        "../1850~",
        "1850/",
        "[1865..1908]",
        "[1842,1848~]",
        "1992-22",
        "1789-07-14",
        "0000",
    ] {
        assert!(is_edtf(right), "{right}");
    }
    for wrong in [
        "850",
        "1850-13",
        "1850-02-30",
        "[..]",
        "/",
        "../..",
        "1850~?",
        "Y-34999/Y-34000",
        "vers 1850",
        "1X50",
    ] {
        assert!(!is_edtf(wrong), "{wrong}");
    }
}

#[test]
fn every_real_form_is_read_soundly() {
    for (text, _) in sample::SAMPLE {
        sound(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_not_and_nothing_breaks(text in "\\PC{0,60}") {
        sound(&text);
    }

    #[test]
    fn any_words_of_dates_in_any_order_are_read_soundly_or_not(
        words in prop::collection::vec(prop_oneof![
            "[0-9]{1,4}", "[0-9]{1,2}(e|er|th)", "[IVX]{1,5}e?",
            words_of_dates(),
        ], 1..9),
        glue in prop::sample::select(vec![" ", ""]),
    ) {
        sound(&words.join(glue));
        sound(&words.join(" "));
    }

    #[test]
    fn a_year_is_itself_in_every_dress(year in 1000_i32..2025) {
        for text in [format!("{year}"), format!("vers {year}"), format!("{year} (vers)"),
                     format!("[{year}]"), format!("ca. {year}"), format!("{year} ?"),
                     format!("en {year}"), format!("{year} (daté)"), format!("um {year}")] {
            prop_assert_eq!(years(&text), year.to_string(), "{}", text);
        }
        prop_assert_eq!(years(&format!("{year} avant")), format!("..{year}"));
        prop_assert_eq!(years(&format!("après {year}")), format!("{year}.."));
        prop_assert_eq!(years(&format!("{year} entre, {} et", year + 7)), format!("{year}..{}", year + 7));
        prop_assert_eq!(years(&format!("{year}-{}", year + 30)), format!("{year}..{}", year + 30));
    }

    #[test]
    fn a_century_is_itself_in_every_writing(n in 2_i32..21, quarter in 1_i32..5) {
        let lo = (n - 1) * 100 + 1;
        let whole = format!("{lo:04}..{:04}", lo + 99);
        let roman = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
                     "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX"][n as usize];
        for text in [format!("{n}e siècle"), format!("{roman}e siècle"), format!("{n}ème s."),
                     format!("{n} SIECLE"), format!("{roman}ᵉ siècle"), format!("{n}th century"),
                     format!("s. {roman}"), format!("{n}e siècle (?)"), format!("au {n}e siècle")] {
            prop_assert_eq!(years(&text), whole.clone(), "{}", text);
        }
        let from = lo + 25 * (quarter - 1);
        prop_assert_eq!(
            years(&format!("{quarter}e quart {n}e siècle")),
            format!("{from:04}..{:04}", from + 24)
        );
        let bc = 1 - n * 100;
        prop_assert_eq!(
            years(&format!("{roman}e siècle avant J.-C.")),
            format!("-{:04}..-{:04}", -bc, -(bc + 99))
        );
    }

    #[test]
    fn what_is_written_as_edtf_is_read_as_the_same(year in 1000_i32..1990, length in 0_i32..80) {
        for text in [format!("{year}"), format!("{year}~"), format!("{year}%"),
                     format!("{year}/{}", year + length), format!("{year}/.."),
                     format!("../{year}"), format!("[{year}..{}]", year + length)] {
            let all = meanings(&text);
            prop_assert_eq!(all.len(), 1, "{}", text);
            let Entity::Time(span) = &all[0].entity else { unreachable!() };
            prop_assert_eq!(span.edtf.as_deref(), Some(text.as_str()));
            prop_assert_eq!(all[0].confidence, Confidence::Given, "{}", text);
        }
    }
}
