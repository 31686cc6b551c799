//! One scenario: a first harvest of a provider that is well, changes and a fault, a second harvest,
//! and a third one of the provider well again.

use super::oracle::{Oracle, equals, holds};
use anyhow::{Context as _, Result, ensure};
use conformance_tests::command;
use conformance_tests::double::{Exchange, Profile, Provider};
use conformance_tests::harvested::{self, LatestRun, StoredRecord};
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How the harvest of the ill provider has to end.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// Complete, the store equal to the source.
    Heals,
    /// Not complete, and the reason contains one of these.
    Stops(&'static [&'static str]),
    /// One or the other.
    HealsOrStops(&'static [&'static str]),
}

/// A scenario.
#[derive(Clone)]
pub struct Scenario {
    pub name: &'static str,
    pub profile: Profile,
    /// `full` or `incremental`.
    pub mode: &'static str,
    /// Makes the provider ill, and changes what it has.
    pub ill: fn(&Provider),
    pub ending: Ending,
    /// Records of which no more is asked than that they are there once.
    pub excused: fn(usize) -> bool,
    /// More that must hold of the requests of the second harvest.
    pub requests: fn(&[Exchange]) -> Option<String>,
    /// After the second harvest, another at once must not ask anything.
    pub waits: bool,
    /// When the provider is well again, an operator may have to let held deletions be done.
    pub released: bool,
    /// Attempts a request.
    pub attempts: u32,
    /// A known weakness: what is wrong fails nothing.
    pub known: Option<&'static str>,
}

/// What became of a scenario.
#[derive(Debug)]
pub struct Report {
    pub name: &'static str,
    pub ended: String,
    pub seconds: f32,
    pub wrong: Vec<String>,
    pub known: Option<&'static str>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.wrong.is_empty(), self.known) {
            (true, None) => "ok   ",
            (true, Some(_)) => "ok, known as wrong",
            (false, None) => "WRONG",
            (false, Some(_)) => "KNOWN",
        };
        write!(f, "{state} {:<28} {:>5.1} s  {}", self.name, self.seconds, self.ended)?;
        if let Some(known) = self.known {
            write!(f, "\n        known: {known}")?;
        }
        self.wrong.iter().try_for_each(|line| write!(f, "\n        {line}"))
    }
}

/// Longest harvest; past it the harvest counts as one without end.
const PATIENCE: Duration = Duration::from_secs(150);

struct Gateway {
    data: PathBuf,
    schedules: PathBuf,
}

impl Gateway {
    fn new(folder: &Path, provider: &Provider, scenario: &Scenario) -> Result<Self> {
        let Scenario { mode, attempts, .. } = scenario;
        let (data, schedules) = (folder.join("data"), folder.join("schedules"));
        std::fs::create_dir(&data)?;
        std::fs::create_dir(&schedules)?;
        let schedule = format!(
            "label = \"Double\"\nkind = \"oai-pmh\"\nlocation = \"{}\"\nformat = \"oai_dc\"\nmapping = \"oai_dc\"\nmode = \"{mode}\"\nallow_private_addresses = true\n\n[politeness]\ntimeout_s = 1\nattempts = {attempts}\n",
            provider.url()
        );
        std::fs::write(schedules.join("double.toml"), schedule)?;
        Ok(Self { data, schedules })
    }

    /// Runs a command; its exit status and its last lines.
    async fn command(&self, arguments: &[&str]) -> Result<(Option<i32>, String)> {
        let mut child = command(&self.data, Some(&self.schedules));
        let (mut output, end) = std::io::pipe()?;
        child.args(arguments).stdout(end.try_clone()?).stderr(end);
        let (status, said) = tokio::task::spawn_blocking(move || {
            let mut running = child.spawn()?;
            // Our own end of the pipe, so that it closes when the program ends.
            drop(child);
            let (say, hear) = mpsc::channel();
            std::thread::spawn(move || {
                let mut said = String::new();
                let read = output.read_to_string(&mut said).map(|_| said);
                let _nobody_waits_any_more = say.send(read);
            });
            match hear.recv_timeout(PATIENCE) {
                Ok(said) => anyhow::Ok((Some(running.wait()?), said?)),
                Err(_) => {
                    running.kill()?;
                    running.wait()?;
                    let said = hear.recv_timeout(PATIENCE).ok().transpose()?;
                    Ok((None, said.unwrap_or_default()))
                }
            }
        })
        .await??;
        let tail = said.lines().rev().take(3).collect::<Vec<_>>().join(" | ");
        let status = status.with_context(|| format!("no end in {PATIENCE:?}: {tail}"))?;
        Ok((status.code(), tail))
    }

    /// Harvests once; what the run says, and what is stored.
    async fn harvest(&self) -> Result<(LatestRun, Vec<StoredRecord>)> {
        let (status, said) = self.command(&["harvest", "--only", "double"]).await?;
        ensure!(matches!(status, Some(0 | 2)), "{status:?}: {said}");
        let mut database = harvested::open(&self.data).await?;
        let run = harvested::latest_run(&mut database).await?;
        ensure!(
            (status == Some(0)) == (run.status == "complete"),
            "exit status {status:?} of a run that is {}",
            run.status
        );
        Ok((run, harvested::records(&mut database).await?))
    }
}

/// Plays a scenario.
pub async fn run(scenario: Scenario) -> Report {
    let begun = Instant::now();
    let mut wrong = Vec::new();
    let mut ended = String::new();
    if let Err(error) = play(&scenario, &mut ended, &mut wrong).await {
        wrong.push(format!("{error:#}"));
    }
    Report {
        name: scenario.name,
        ended,
        seconds: begun.elapsed().as_secs_f32(),
        wrong,
        known: scenario.known,
    }
}

async fn play(scenario: &Scenario, ended: &mut String, wrong: &mut Vec<String>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = Provider::start(scenario.profile.clone())?;
    let gateway = Gateway::new(folder.path(), &provider, scenario)?;
    let none = BTreeSet::new();

    let (run, records) = gateway.harvest().await.context("first harvest")?;
    let before = Oracle::of(&provider.holding());
    *ended = format!("first: {} {}", run.status, run.reason);
    ensure!(run.status == "complete", "the first harvest is {}: {}", run.status, run.reason);
    wrong.extend(equals(&records, &before, &none).into_iter().map(|line| format!("first: {line}")));

    let well = provider.profile().clone();
    (scenario.ill)(&provider);
    let now = Oracle::of(&provider.holding());
    provider.log().take();
    let (run, records) = gateway.harvest().await.context("second harvest")?;
    *ended = format!("{} {}", run.status, run.reason);
    let requests = provider.log().take();
    *ended = format!("[{} requests] {ended}", requests.len());
    judge(scenario, &run, &records, &before, &now, wrong);
    wrong.extend((scenario.requests)(&requests));
    if scenario.waits {
        let (status, said) = gateway.command(&["harvest", "--only", "double"]).await?;
        let asked = provider.log().take().len();
        if status == Some(0) || asked > 0 {
            wrong.push(format!(
                "told to come back tomorrow, it asked {asked} times at once: {said}"
            ));
        }
    }
    harvested::let_time_pass(&gateway.data).await?;

    provider.heal();
    *provider.profile() = well;
    provider.holding().return_all();
    let now = Oracle::of(&provider.holding());
    let (mut run, mut records) = gateway.harvest().await.context("third harvest")?;
    if scenario.released && run.reason.contains("brake") {
        let (status, said) = gateway
            .command(&[
                "sources",
                "release",
                "double",
                "--author",
                "operator",
                "--reason",
                "looked at it",
            ])
            .await?;
        ensure!(status == Some(0), "release: {status:?}: {said}");
        (run, records) = gateway.harvest().await.context("harvest after the release")?;
    }
    if run.status != "complete" {
        wrong.push(format!("well again, and the harvest is {}: {}", run.status, run.reason));
    }
    let late = equals(&records, &now, &none);
    wrong.extend(late.into_iter().map(|line| format!("well again, and {line}")));
    Ok(())
}

fn judge(
    scenario: &Scenario,
    run: &LatestRun,
    records: &[StoredRecord],
    before: &Oracle,
    now: &Oracle,
    wrong: &mut Vec<String>,
) {
    let (may_heal, words) = match scenario.ending {
        Ending::Heals => (true, None),
        Ending::Stops(words) => (false, Some(words)),
        Ending::HealsOrStops(words) => (true, Some(words)),
    };
    if run.status == "complete" {
        if !may_heal {
            wrong.push("it is called complete".to_owned());
        }
        let excused = (0..2000).filter(|number| (scenario.excused)(*number)).collect();
        wrong.extend(equals(records, now, &excused));
        return;
    }
    match words {
        None => wrong.push("it did not heal".to_owned()),
        Some(words) => {
            let reason = run.reason.to_lowercase();
            if !words.iter().any(|word| reason.contains(word)) {
                wrong.push(format!("the reason says none of {words:?}"));
            }
        }
    }
    wrong.extend(holds(records, before, now));
}
