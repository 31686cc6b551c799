//! `make bench-crosswalk`: rows of CSV to EDM-shaped records, rights decided and values normalised,
//! on one core. The rows are those of a real export of Joconde, repeated with new identifiers; what
//! runs is what a harvest runs before the store.
//!
//! `cargo bench --bench crosswalk -- [ROWS [RUNS]]`; the data is found by `PASSERELLE_SHARED`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot go on stops with the reason, and says what it measured"
)]

use domain::source_record::SourceRecord;
use passerelle::config::source::SourceConfig;
use passerelle::crosswalk::Crosswalk;
use passerelle::harvest::file::delimited::{DelimitedOptions, DelimitedReader};
use passerelle::harvest::file::limits::Limits;
use passerelle::harvest::file::row::{Row, RowReader as _, Rules};
use protocols::crosswalk::FieldRole;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const SCHEDULE: &str = r#"
label = "Bench"
kind = "file"
location = "joconde_notices.csv"
mapping = "joconde"
"#;
const KEY: &str = "ID-notice";

fn main() {
    // Cargo itself passes `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let (rows, runs) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(3));
    let shared = std::env::var_os("PASSERELLE_SHARED").map_or("../shared".into(), PathBuf::from);
    let file = shared.join("data/joconde/joconde_notices.csv");
    let Ok(real) = fs::read(&file) else {
        eprintln!("skipped: no {}", file.display());
        return;
    };
    let input = repeated(&real, rows);
    let config: SourceConfig = toml::from_str(SCHEDULE).unwrap();
    let crosswalk = Arc::new(Crosswalk::for_source(&config).unwrap());
    let size = input.len() / rows;
    println!("{rows} rows of {size} bytes, {runs} runs, one thread; medians");
    let mut read = Vec::new();
    let mut made = Vec::new();
    for _ in 0..runs {
        read.push(Cost::of(rows, || each(&input, &crosswalk, |_| 1)));
        made.push(Cost::of(rows, || {
            each(&input, &crosswalk, |record| {
                let parsed = crosswalk.apply(&record);
                parsed.value.values.values().map(Vec::len).sum()
            });
        }));
    }
    report("read: CSV to source records", &read);
    report("the whole: CSV to EDM-shaped records, normalised", &made);
}

/// Reads all rows as a harvest does and hands the records over.
fn each(input: &[u8], crosswalk: &Arc<Crosswalk>, mut make: impl FnMut(SourceRecord) -> usize) {
    let (mask, mapping) = (Arc::clone(crosswalk), Arc::clone(crosswalk));
    let rules = Rules {
        keys: crosswalk.key_fields().to_vec(),
        masked: Arc::new(move |field| mask.is_masked(field)),
        known: Arc::new(move |field| mapping.role_of(field) != FieldRole::Unknown),
    };
    let options = DelimitedOptions { quoting: true, ..DelimitedOptions::default() };
    let mut reader = DelimitedReader::new(input, &options, &rules, Limits::default()).unwrap();
    let mut body = Vec::new();
    let mut refused = 0;
    while let Some(row) = reader.next_row(&mut body).unwrap() {
        // A page of a harvest has 500 rows.
        if body.len() > 500 * 1024 {
            body.clear();
        }
        let Row::Record { local_id, fields, .. } = row else {
            refused += 1;
            continue;
        };
        let record = SourceRecord {
            local_id,
            deleted: false,
            datestamp: None,
            sets: Vec::new(),
            origin: None,
            fields,
        };
        black_box(make(record));
    }
    assert_eq!(refused, 0, "rows of the sample are refused");
}

/// So many rows: the real ones again and again, each with an identifier of its own.
fn repeated(real: &[u8], rows: usize) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(real);
    let header = reader.byte_headers().unwrap().clone();
    let key = header.iter().position(|name| name == KEY.as_bytes()).unwrap();
    let real: Vec<csv::ByteRecord> = reader.byte_records().map(Result::unwrap).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_byte_record(&header).unwrap();
    for (number, row) in real.iter().cycle().take(rows).enumerate() {
        let identifier = format!("{:011}", 50_000_000 + number);
        let cells = row.iter().enumerate();
        let cells = cells.map(|(at, cell)| if at == key { identifier.as_bytes() } else { cell });
        writer.write_record(cells).unwrap();
    }
    writer.into_inner().unwrap()
}

struct Cost {
    /// Rows a second of this thread on the processor.
    by_processor: f64,
    /// Rows a second by the clock.
    by_clock: f64,
}

impl Cost {
    fn of(rows: usize, work: impl FnOnce()) -> Self {
        let (clock, processor) = (Instant::now(), on_processor());
        work();
        let seconds = clock.elapsed().as_secs_f64();
        let busy = match (processor, on_processor()) {
            (Some(before), Some(after)) => (after - before) as f64 / 1e9,
            _ => seconds,
        };
        Self { by_processor: rows as f64 / busy, by_clock: rows as f64 / seconds }
    }
}

/// Nanoseconds that this thread was on a processor (Linux).
fn on_processor() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

fn report(what: &str, costs: &[Cost]) {
    let sorted = |rate: fn(&Cost) -> f64| {
        let mut rates: Vec<f64> = costs.iter().map(rate).collect();
        rates.sort_by(f64::total_cmp);
        rates
    };
    let (busy, clock) = (sorted(|cost| cost.by_processor), sorted(|cost| cost.by_clock));
    let middle = busy.len() / 2;
    println!(
        "{what}: {:.0} rows a second of processor ({:.0}–{:.0}), {:.1} µs a row; {:.0} by the clock",
        busy[middle],
        busy[0],
        busy[busy.len() - 1],
        1e6 / busy[middle],
        clock[middle],
    );
}
