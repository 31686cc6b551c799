//! A campaign against the readers: pages and requests that nobody would write.
//!
//! Runs five seconds; `PASSERELLE_FUZZ_SECONDS=600` runs ten minutes (`make fuzz`). The small corpus is in
//! `tests/corpus`, the sample collection joins it when it is there. Every input comes from
//! `PASSERELLE_FUZZ_SEED` and its number, and is written down before it is read, so that even an
//! overflow of the stack leaves its cause behind (`target/fuzz-input`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use protocols::formats;
use protocols::oai_pmh::client::{Page, Repository, Shape};
use protocols::oai_pmh::provider::request;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Stack of the thread that reads: a quarter of what tokio's workers have.
const STACK: usize = 512 * 1024;
/// Longest input, in bytes.
const MAX_INPUT: usize = 300_000;
/// Longest time for one input: far above what the largest takes unoptimised on a busy machine, far
/// below what a quadratic reader takes.
const MAX_TIME: Duration = Duration::from_secs(20);

const DICTIONARY: [&[u8]; 44] = [
    b"<",
    b">",
    b"/>",
    b"</",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?",
    b"?>",
    b"&",
    b";",
    b"&amp;",
    b"&#0;",
    b"&#xD800;",
    b"&#x110000;",
    b"&eacute;",
    b"&nope;",
    b"\"",
    b"'",
    b"\0",
    b"\x03",
    b"\xC2\x8A",
    b"\xED\xA0\xBD\xED\xB8\x80",
    b"\xEF\xBF\xBE",
    b"\xE2\x80",
    b"\xE9",
    b"<record>",
    b"</record>",
    b"<header>",
    b"</header>",
    b"<metadata>",
    b"</metadata>",
    b"<resumptionToken>",
    b"</ListRecords>",
    b"<ListRecords>",
    b"</OAI-PMH>",
    b"<error code='badVerb'>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>",
    b" xmlns=''",
    b" xmlns:dc='urn:x'",
    b" status='deleted'",
    b"<identifier>",
    b"</dc:rights>",
];

/// SplitMix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn one_of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A range of a text, mostly short.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 64 };
        let end = (start + self.below(most + 1)).min(length);
        start..end
    }
}

/// Changes an input in one to six ways.
fn mutate(input: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut Chance) {
    for _ in 0..=chance.below(6) {
        if input.is_empty() {
            return;
        }
        let at = chance.below(input.len());
        match chance.below(10) {
            0 => input[at] ^= 1 << chance.below(8),
            1 => input[at] = u8::try_from(chance.below(256)).unwrap(),
            2 => drop(input.drain(chance.range(input.len()))),
            3 => {
                let copy = input[chance.range(input.len())].to_vec();
                for _ in 0..=chance.below(8) {
                    input.splice(at..at, copy.iter().copied());
                }
            }
            4 => {
                let other = &others[chance.below(others.len())];
                let piece = other[chance.range(other.len())].to_vec();
                input.splice(at..at, piece);
            }
            5 => input.truncate(at),
            6 | 7 => {
                let word = chance.one_of(&DICTIONARY.map(|word| word));
                input.splice(at..at, word.iter().copied());
            }
            8 => {
                // A tag again: opened twice, closed twice, nested in itself many times.
                let Some(open) = input[at..].iter().position(|b| *b == b'<').map(|n| at + n) else {
                    continue;
                };
                let Some(close) =
                    input[open..].iter().position(|b| *b == b'>').map(|n| open + n + 1)
                else {
                    continue;
                };
                let tag = input[open..close].to_vec();
                let times = if chance.below(20) == 0 { 3000 } else { 1 + chance.below(3) };
                let copies = tag.repeat(times);
                input.splice(open..open, copies);
            }
            _ => {
                let range = chance.range(input.len());
                input[range].reverse();
            }
        }
        input.truncate(MAX_INPUT);
    }
}

fn good(id: &str) -> Vec<u8> {
    format!("<record><header><identifier>{id}</identifier><datestamp>2024-01-01</datestamp></header><metadata><dc:dc xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>good</dc:title></dc:dc></metadata></record>").into_bytes()
}

/// A page with this between two good records.
fn between(middle: &[u8]) -> Vec<u8> {
    let mut body = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-01-01T00:00:00Z</responseDate><ListRecords>".to_vec();
    body.extend(good("before"));
    body.extend(middle);
    body.extend(good("after"));
    body.extend(b"<resumptionToken>next</resumptionToken></ListRecords></OAI-PMH>");
    body
}

/// Both good records, and the token, whatever stands between.
fn neighbours_live(page: &Page, what: &str) {
    let has = |id: &str| {
        page.records.iter().any(|record| {
            record.identifier == id
                && record
                    .metadata
                    .as_ref()
                    .and_then(|m| m.find("title"))
                    .is_some_and(|t| t.text() == "good")
        })
    };
    assert!(has("before"), "{what}: the record before is lost");
    assert!(has("after"), "{what}: the record after is lost");
    let token = page.token.as_ref().map(|token| token.value.as_str());
    assert_eq!(token, Some("next"), "{what}: the token");
    assert_eq!(page.shape, Shape::Whole, "{what}");
}

/// Whether every secret still stands right behind the tag that makes it one.
fn secrets_are_marked(middle: &[u8]) -> bool {
    let text = String::from_utf8_lossy(middle);
    text.match_indices("SECRET").all(|(at, _)| {
        text[..at].ends_with("<dc:rights>") || text[..at].ends_with("&lt;dc:rights>")
    })
}

/// Reads everything that can be read of an input.
fn read_all(body: &[u8], formats: &[&str], chance: &mut Chance) {
    let page = Page::parse(body);
    let format = chance.one_of(formats);
    let mut size = 0;
    for record in &page.records {
        if let Some(metadata) = &record.metadata {
            let read = formats::read_element(format, metadata);
            size +=
                read.value.iter().map(|field| field.name.len() + field.value.len()).sum::<usize>();
            assert!(read.value.iter().all(|field| !field.value.is_empty()), "an empty value");
        }
    }
    assert!(page.broken.iter().all(|broken| broken.body.len() <= 64 * 1024));
    assert!(size <= 400 * body.len() + 100_000, "{size} bytes of fields from {}", body.len());
    let _repository = Repository::parse(body);
    formats::read(format, body);
}

fn one(corpus: &[Vec<u8>], whole: &[Vec<u8>], formats: &[&str], chance: &mut Chance) -> Vec<u8> {
    let kind = chance.below(10);
    if kind < 7 {
        let mut middle = corpus[chance.below(corpus.len())].clone();
        mutate(&mut middle, corpus, chance);
        let body = between(&middle);
        std::fs::write(scratch(), &body).unwrap();
        let mut page = Page::parse(&body);
        neighbours_live(&page, "read");
        if secrets_are_marked(&middle) {
            let format = chance.one_of(formats);
            page.mask(format, &|name| name == "dc:rights");
            neighbours_live(&page, "masked");
            assert!(!format!("{page:?}").contains("SECRET"), "a masked value is left");
            neighbours_live(&Page::parse(page.text.as_bytes()), "masked and read again");
        }
        read_all(&body, formats, chance);
        body
    } else {
        let mut body = whole[chance.below(whole.len())].clone();
        mutate(&mut body, corpus, chance);
        std::fs::write(scratch(), &body).unwrap();
        read_all(&body, formats, chance);
        if chance.below(4) == 0 {
            let mut page = Page::parse(&body);
            page.mask("oai_dc", &|name| name.ends_with("title"));
        }
        body
    }
}

fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz-input")
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Answers of real servers, the smaller ones, when they are there.
fn samples() -> Vec<Vec<u8>> {
    let shared = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let mut folders = vec![shared.join("oai-samples")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("skipped: no samples in {}", folder.display());
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.metadata().unwrap().len() < 60_000 {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn no_page_crashes_the_reader_nor_takes_its_neighbours_nor_shows_what_is_masked() {
    let seconds = setting("PASSERELLE_FUZZ_SECONDS", 5);
    let seed = setting("PASSERELLE_FUZZ_SEED", 1);
    let only = std::env::var("PASSERELLE_FUZZ_INPUT").ok().map(|n| n.parse::<u64>().unwrap());
    let campaign = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            let corpus = corpus();
            let mut whole = samples();
            whole.extend(corpus.iter().map(|record| between(record)));
            let formats = formats::READABLE;
            let start = Instant::now();
            let mut slowest = (Duration::ZERO, 0, 0);
            let (mut inputs, mut bytes) = (0_u64, 0_usize);
            loop {
                let number = only.unwrap_or(inputs);
                let mut chance = Chance(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number));
                // Neighbouring numbers must not give neighbouring inputs.
                chance.0 = chance.next();
                let begun = Instant::now();
                let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    one(&corpus, &whole, &formats, &mut chance)
                }));
                let taken = begun.elapsed();
                let Ok(body) = found else {
                    panic!(
                        "seed {seed}, input {number} (in {}): PASSERELLE_FUZZ_SEED={seed} PASSERELLE_FUZZ_INPUT={number} does it again",
                        scratch().display()
                    );
                };
                assert!(taken < MAX_TIME, "seed {seed}, input {number}: {taken:?} for {} bytes", body.len());
                slowest = slowest.max((taken, number, body.len()));
                inputs += 1;
                bytes += body.len();
                if only.is_some() || start.elapsed() > Duration::from_secs(seconds) {
                    break;
                }
            }
            eprintln!(
                "{inputs} pages, {bytes} bytes in {:?}; the slowest took {:?} (input {}, {} bytes); peak memory {}",
                start.elapsed(), slowest.0, slowest.1, slowest.2, peak()
            );
        })
        .unwrap();
    campaign.join().expect("the campaign ends without a crash");
    let peak = peak();
    assert!(peak < 1_500_000, "{peak} kB at most");
}

/// Most memory that this process ever had, in kB; 0 where it cannot be told.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}

#[test]
fn no_query_crashes_the_parser_of_requests() {
    let seconds = setting("PASSERELLE_FUZZ_SECONDS", 5).div_ceil(5);
    let seed = setting("PASSERELLE_FUZZ_SEED", 1);
    let text = include_str!("corpus/queries.txt");
    let corpus: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    let start = Instant::now();
    let mut inputs = 0_u64;
    let mut accepted = 0_u64;
    while start.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..100 {
            let mut chance = Chance(seed.wrapping_add(inputs));
            let mut query = corpus[chance.below(corpus.len())].clone();
            mutate(&mut query, &corpus, &mut chance);
            match request::parse(&String::from_utf8_lossy(&query)) {
                Ok(_) => accepted += 1,
                Err(errors) => assert!(!errors.is_empty(), "{}", String::from_utf8_lossy(&query)),
            }
            inputs += 1;
        }
    }
    eprintln!("{inputs} queries, {accepted} accepted");
}
