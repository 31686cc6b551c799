//! Clusters a set of records: evaluate RECORDS.jsonl.gz OUT.csv [threads] [--pairs PAIRS.csv]
//! [--events EVENTS.jsonl.gz] [--labels N MATCHES] [--shuffle SEED]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "an example"
)]
use linkage::engine::{Change, Engine, uid};
use linkage::input::Input;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Read, Write};
use std::time::Instant;

fn open(path: &str) -> String {
    let mut bytes = Vec::new();
    std::fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        return text;
    }
    String::from_utf8(bytes).unwrap()
}

fn write(engine: &Engine, names: &HashMap<u64, String>, path: &str) {
    let mut clusters: Vec<Vec<&str>> = engine
        .identities()
        .clusters()
        .filter(|(_, members)| members.len() > 1)
        .map(|(_, members)| {
            let mut names: Vec<&str> = members.iter().map(|uid| names[uid].as_str()).collect();
            names.sort_unstable();
            names
        })
        .collect();
    clusters.sort_unstable();
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(out, "id,cluster").unwrap();
    for members in &clusters {
        for id in members {
            writeln!(out, "{id},{}", members[0]).unwrap();
        }
    }
}

fn joined(engine: &Engine) -> HashSet<(u64, u64)> {
    let mut out = HashSet::new();
    for (_, members) in engine.identities().clusters() {
        for a in members {
            for b in members {
                if a < b {
                    out.insert((*a, *b));
                }
            }
        }
    }
    out
}

#[derive(serde::Deserialize)]
struct Id {
    id: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        arguments.iter().position(|text| text == name).and_then(|at| arguments.get(at + 1)).cloned()
    };
    let start = Instant::now();
    let text = open(&arguments[1]);
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some(seed) = option("--shuffle") {
        let seed: u64 = seed.parse().unwrap();
        lines.sort_by_key(|line| linkage::hash::pair(seed, linkage::hash::text(line)));
    }
    let settings = linkage::settings::Settings::read(linkage::settings::DEFAULT).unwrap();
    let mut engine = Engine::new(settings.clone());
    let threads = arguments.get(3).and_then(|text| text.parse().ok()).unwrap_or(2);
    let events = option("--events").map(|path| open(&path));
    let first: serde_json::Value = events.as_ref().map_or(serde_json::Value::Null, |text| {
        serde_json::from_str(text.lines().next().unwrap()).unwrap()
    });
    let initial = first["initial"].as_u64().map_or(lines.len(), |count| count as usize);
    let mut names: HashMap<u64, String> = HashMap::new();
    engine.load(initial, threads, |at| serde_json::from_str::<Input>(lines[at])).unwrap();
    let read = start.elapsed().as_secs_f64();
    let report = engine.run(threads);
    let all = start.elapsed().as_secs_f64();
    for line in &lines {
        let id: Id = serde_json::from_str(line).unwrap();
        names.insert(uid(&id.id), id.id);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    eprintln!(
        "{initial} records, {} pairs, {} edges, {} clusters, {:.1} pairs a record, read {read:.2} s, all {all:.2} s, {:.0} records/s, {peak}",
        report.pairs,
        report.edges,
        report.clusters,
        report.pairs as f64 / initial as f64,
        initial as f64 / all
    );
    if let Some(count) = option("--labels") {
        let at = arguments.iter().position(|text| text == "--labels").unwrap();
        let matches: HashSet<(u64, u64)> = open(&arguments[at + 2])
            .as_bytes()
            .lines()
            .skip(1)
            .map(|line| {
                let line = line.unwrap();
                let (a, b) = line.split_once(',').unwrap();
                let (a, b) = (uid(a), uid(b.split(',').next().unwrap()));
                (a.min(b), a.max(b))
            })
            .collect();
        let mut left: usize = count.parse().unwrap();
        while left > 0 {
            let asked = engine.questions(left.min(100));
            if asked.is_empty() {
                break;
            }
            left -= asked.len();
            let answers: Vec<(u64, u64, bool)> = asked
                .iter()
                .map(|question| {
                    (
                        question.a,
                        question.b,
                        matches.contains(&(question.a.min(question.b), question.a.max(question.b))),
                    )
                })
                .collect();
            eprintln!(
                "asked {}, {} the same",
                answers.len(),
                answers.iter().filter(|answer| answer.2).count()
            );
            engine.note(answers);
            engine.run(threads);
        }
    }
    if let Some(events) = &events {
        let mut times = Vec::new();
        let mut finals: HashMap<String, Input> = lines[..initial]
            .iter()
            .map(|line| {
                let input: Input = serde_json::from_str(line).unwrap();
                (input.id.clone(), input)
            })
            .collect();
        for line in events.lines().skip(1) {
            if engine.stale() && option("--heal").is_some() {
                engine.run(threads);
                eprintln!("a full run after {} events", times.len());
            }
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = event["id"].as_str().unwrap().to_owned();
            let before = Instant::now();
            if event["op"] == "delete" {
                engine.apply(&Change::Remove(uid(&id)));
                finals.remove(&id);
            } else {
                let input: Input = serde_json::from_value(event["record"].clone()).unwrap();
                let before = Instant::now();
                engine.apply(&Change::Put(&input));
                times.push(before.elapsed().as_secs_f64());
                names.insert(uid(&id), id.clone());
                finals.insert(id, input);
                continue;
            }
            times.push(before.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let at = |part: f64| times[(times.len() as f64 * part) as usize] * 1000.0;
        let mut fresh = Engine::new(settings);
        let all: Vec<&Input> = finals.values().collect();
        fresh.load(all.len(), threads, |at| Ok::<_, ()>(all[at].clone())).unwrap();
        fresh.run(threads);
        let (one, other) = (joined(&engine), joined(&fresh));
        let both = one.intersection(&other).count();
        eprintln!(
            "{} events, p50 {:.3} ms p99 {:.3} ms max {:.3} ms; pairs {} and {}, in both {both}: agreement {:.5}",
            times.len(),
            at(0.5),
            at(0.99),
            at(0.999_999),
            one.len(),
            other.len(),
            2.0 * both as f64 / (one.len() + other.len()) as f64
        );
        let before: HashMap<u64, u64> = names
            .keys()
            .filter_map(|uid| Some((*uid, engine.identities().cluster_of(*uid)?)))
            .collect();
        let mut again = engine.clone();
        again.run_again(threads);
        let kept = joined(&again);
        eprintln!(
            "with the same weights: one by one {:.5}, full runs {:.5}",
            2.0 * one.intersection(&kept).count() as f64 / (one.len() + kept.len()) as f64,
            2.0 * other.intersection(&kept).count() as f64 / (other.len() + kept.len()) as f64
        );
        engine.run(threads);
        let changed = before
            .iter()
            .filter(|(uid, id)| engine.identities().cluster_of(**uid) != Some(**id))
            .count();
        let healed = joined(&engine);
        eprintln!(
            "after a full run in place: {changed} records have another id, agreement {:.5}",
            2.0 * healed.intersection(&other).count() as f64 / (healed.len() + other.len()) as f64
        );
    }
    write(&engine, &names, &arguments[2]);
    if let Some(path) = option("--pairs") {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
        writeln!(out, "id1,id2,weight,vector,veto").unwrap();
        for (a, b, _) in engine.candidate_pairs(threads) {
            let told = engine.explain(a, b).unwrap();
            let words: Vec<String> = told
                .reasons
                .iter()
                .map(|reason| format!("{}={}", reason.group, reason.level))
                .collect();
            writeln!(
                out,
                "{},{},{},{},{:?}",
                names[&a],
                names[&b],
                told.weight,
                words.join(" "),
                told.veto
            )
            .unwrap();
        }
    }
}
