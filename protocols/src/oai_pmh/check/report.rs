//! What a check found.

use super::rule::{Rule, Severity};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Findings of one rule that are kept; the others are counted.
pub const KEPT: usize = 5;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong, as a sentence part.
    pub what: String,
    /// The request that showed it, or the file.
    pub request: String,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How often it was looked at.
    pub looked: u64,
    /// How often it was broken.
    pub broken: u64,
    /// The first of these, at most [`KEPT`].
    pub findings: Vec<Finding>,
}

/// Conclusion of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every rule that was looked at holds.
    Holds,
    /// At least one is broken.
    Broken,
    /// It could not be checked.
    Unchecked,
}

/// The report card.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// Address or file.
    pub target: String,
    /// Rules that were looked at.
    pub outcomes: BTreeMap<Rule, Outcome>,
    /// Why it could not be checked at all.
    pub unchecked: Option<String>,
    /// Measures by name: requests, records, pages, milliseconds, …
    pub measures: BTreeMap<&'static str, f64>,
    /// Facts: repository name, granularity, …
    pub facts: BTreeMap<&'static str, String>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

impl Report {
    /// An empty card.
    pub fn new(target: impl Into<String>) -> Self {
        Self { target: target.into(), ..Self::default() }
    }

    /// Notes that a rule was looked at.
    pub fn looked(&mut self, rule: Rule) {
        self.outcomes.entry(rule).or_default().looked += 1;
    }

    /// Notes that a rule is broken.
    pub fn broken(&mut self, rule: Rule, what: impl Into<String>, request: &str) {
        let outcome = self.outcomes.entry(rule).or_default();
        outcome.looked += 1;
        outcome.broken += 1;
        if outcome.findings.len() < KEPT {
            let finding = Finding { what: what.into(), request: request.to_owned() };
            if !outcome.findings.contains(&finding) {
                outcome.findings.push(finding);
            }
        }
    }

    /// Rules that are broken, in the order of the catalogue.
    pub fn broken_rules(&self) -> impl Iterator<Item = (Rule, &Outcome)> {
        self.outcomes
            .iter()
            .filter(|(_, outcome)| outcome.broken > 0)
            .map(|(rule, outcome)| (*rule, outcome))
    }

    /// Whether a broken rule counts: errors always, warnings when asked for, infos never.
    pub fn verdict(&self, strict: bool) -> Verdict {
        let least = if strict { Severity::Warning } else { Severity::Error };
        if self.unchecked.is_some() {
            Verdict::Unchecked
        } else if self.broken_rules().any(|(rule, _)| rule.about().severity >= least) {
            Verdict::Broken
        } else {
            Verdict::Holds
        }
    }

    /// How many broken rules are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.broken_rules().filter(|(rule, _)| rule.about().severity == severity).count()
    }

    /// For machines. The names of rules are frozen, and so are the keys here.
    pub fn to_json(&self, strict: bool) -> Value {
        let rules: Vec<Value> = Rule::ALL
            .iter()
            .map(|rule| {
                let about = rule.about();
                let outcome = self.outcomes.get(rule).cloned().unwrap_or_default();
                json!({
                    "rule": about.id,
                    "severity": about.severity,
                    "section": about.section,
                    "title": about.title,
                    "status": status(&outcome),
                    "looked": outcome.looked,
                    "broken": outcome.broken,
                    "findings": outcome.findings,
                    "advice": about.advice,
                })
            })
            .collect();
        json!({
            "target": self.target,
            "verdict": self.verdict(strict),
            "unchecked": self.unchecked,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "infos": self.count(Severity::Info),
            "facts": self.facts,
            "measures": self.measures,
            "notes": self.notes,
            "rules": rules,
        })
    }

    /// For people: broken rules first, worst first, then what holds and what could not be seen.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let _infallible = self.write_text(&mut out);
        out
    }

    fn write_text(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}", self.target)?;
        for (name, fact) in &self.facts {
            writeln!(out, "  {name}: {fact}")?;
        }
        for (name, measure) in &self.measures {
            writeln!(out, "  {name}: {}", (measure * 100.0).round() / 100.0)?;
        }
        let mut broken: Vec<(Rule, &Outcome)> = self.broken_rules().collect();
        broken.sort_by_key(|(rule, _)| std::cmp::Reverse(rule.about().severity));
        for (rule, outcome) in &broken {
            let about = rule.about();
            writeln!(out, "\n{:<7} {}: {}", about.severity.as_str(), about.id, about.title)?;
            for finding in &outcome.findings {
                writeln!(out, "        - {}", finding.what)?;
                writeln!(out, "          {}", finding.request)?;
            }
            let more = outcome.broken.saturating_sub(outcome.findings.len() as u64);
            if more > 0 {
                writeln!(out, "        - and {more} more")?;
            }
            writeln!(out, "        What to do: {}", about.advice)?;
            writeln!(out, "        Specification: {}", about.section)?;
        }
        let ids = |wanted: fn(&Outcome) -> bool| -> Vec<&str> {
            let none = Outcome::default();
            Rule::ALL
                .iter()
                .filter(|rule| wanted(self.outcomes.get(rule).unwrap_or(&none)))
                .map(|rule| rule.about().id)
                .collect()
        };
        let holds = ids(|outcome| outcome.looked > 0 && outcome.broken == 0);
        let unseen = ids(|outcome| outcome.looked == 0);
        writeln!(out)?;
        if !holds.is_empty() {
            writeln!(out, "holds ({}): {}", holds.len(), holds.join(", "))?;
        }
        if !unseen.is_empty() {
            writeln!(out, "not seen ({}): {}", unseen.len(), unseen.join(", "))?;
        }
        for note in &self.notes {
            writeln!(out, "note: {note}")?;
        }
        if let Some(why) = &self.unchecked {
            return writeln!(out, "could not be checked: {why}");
        }
        writeln!(
            out,
            "{} rules broken as errors, {} as warnings, {} as infos; {} hold",
            self.count(Severity::Error),
            self.count(Severity::Warning),
            self.count(Severity::Info),
            holds.len()
        )
    }
}

fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome { looked: 0, .. } => "unseen",
        Outcome { broken: 0, .. } => "holds",
        _ => "broken",
    }
}
