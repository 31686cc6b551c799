//! The period list of Joconde, and forms beside it, when they are there.

use super::*;
use std::path::PathBuf;

fn table() -> Option<String> {
    let shared = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(shared.join("data/dates/joconde-periods.tsv")).ok();
    if text.is_none() {
        eprintln!("skipped: no table of periods in {}", shared.display());
    }
    text
}

/// The years that the table says, in the form of the model.
fn year(text: &str) -> Option<i32> {
    text.trim().parse().ok()
}

#[test]
fn every_dated_term_of_the_period_list_has_its_years() {
    let Some(table) = table() else { return };
    let (mut terms, mut wrong) = (0, Vec::new());
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [_, value, begin, end, edtf] = cells[..] else { panic!("{line}") };
        if begin.trim().is_empty() && end.trim().is_empty() {
            continue;
        }
        terms += 1;
        let all = meanings(value);
        let [Meaning { entity: Entity::Time(span), .. }] = &all[..] else {
            wrong.push(format!("{value}: {}", read(value)));
            continue;
        };
        // Intervals of EDTF have years of four digits; the two years are said all the same.
        let edtf = Some(edtf.trim()).filter(|edtf| !edtf.starts_with('Y'));
        let same = span.begin_year() == year(begin)
            && span.end_year() == year(end)
            && span.edtf.as_deref() == edtf;
        if !same {
            wrong.push(format!("{value}: {}", read(value)));
        }
    }
    assert!(wrong.is_empty(), "{} of {terms}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(terms >= 340 + 20, "{terms}");
}
