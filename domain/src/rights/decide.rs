//! Evaluation of rights policies: the first rule that matches decides, restrictions are heard
//! behind it too.

use super::death::all_dead_by;
use super::explain::{Outcome, Tried};
use super::image_form::image_right;
use super::statement::{from_text, normalise_uri};
use super::{
    ImageRight, NOT_EVALUATED, Reuse, RightsDecision, RightsPolicy, RightsRule, RuleCondition,
    RulePlace, default_policy,
};
use crate::fold::{fold, fold_name};
use std::borrow::Cow;

/// One text of a record that may bear on rights.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RightsText {
    /// Name of the field in the mapping (`COPY`), which rules may use.
    pub name: String,
    /// Name of the field in the source (`Copyright`), which rules may use too and the trigger names.
    pub source_name: String,
    /// The text, verbatim.
    pub text: String,
    /// Whether the mapping counts it among the rights-bearing fields, which `*` in a rule stands for.
    pub bears_rights: bool,
}

/// Decides for one record: the rules of the policies in the order given, then the built-in ones.
///
/// 1. The first rule that matches decides on image and statement.
/// 2. Of conflicting statements the strictest wins: a rule that `restricts` is heard behind the one
///    that decided (unless that one is `final`), and of several licences that a record names the one
///    that allows least is taken.
/// 3. Metadata is closed as soon as any matching rule closes it, so that no rule put in front can
///    open it by accident.
/// 4. No rule matched: a `silent` rule, else what `when_silent` says, nothing by default. A notice
///    that no rule understands (`not_understood`) is no better than none (`nothing_said`).
///
/// The trigger is `field: text`, at most 200 characters.
pub fn decide(policies: &[&RightsPolicy], texts: &[RightsText]) -> RightsDecision {
    evaluate(policies, texts, None)
}

/// As [`decide`]; every rule that is looked at goes to `trace`, and then all are looked at.
pub(super) fn evaluate(
    policies: &[&RightsPolicy],
    texts: &[RightsText],
    mut trace: Option<&mut Vec<Tried>>,
) -> RightsDecision {
    let chain = || policies.iter().copied().chain([default_policy()]);
    let texts: Vec<Prepared<'_>> =
        texts.iter().filter(|text| !text.text.trim().is_empty()).map(Prepared::of).collect();
    let defaults = Defaults {
        reduced: chain().find_map(|policy| policy.reduced_side).unwrap_or(0),
        licence_ouverte: chain().find_map(|policy| policy.licence_ouverte.as_deref()),
    };
    let rules = || {
        chain().flat_map(|policy| (1..).zip(&policy.rules).map(move |(n, rule)| (policy, n, rule)))
    };

    let mut decision: Option<RightsDecision> = None;
    let mut metadata_open = true;
    let mut is_final = false;
    for (policy, number, rule) in rules().filter(|(_, _, rule)| !rule.silent) {
        let heard = match &decision {
            None => true,
            // Once decided, only what closes or restricts still matters.
            Some(_) => !rule.metadata || (rule.restricts && !is_final),
        };
        if !heard && trace.is_none() {
            continue;
        }
        let found = matching(rule, &texts);
        let mut outcome = match &found {
            None => Outcome::DoesNotMatch,
            Some(_) => Outcome::ComesLater,
        };
        if let (true, Some((text, statement))) = (heard, &found) {
            metadata_open &= rule.metadata;
            let fired = defaults.fired((policy, number, rule), text, statement);
            outcome = match &mut decision {
                None => {
                    is_final = rule.is_final;
                    decision = Some(fired);
                    Outcome::Decided
                }
                Some(first) => {
                    if rule.restricts && !is_final && restrict(first, fired) {
                        Outcome::Restricted
                    } else if rule.metadata {
                        Outcome::ComesLater
                    } else {
                        Outcome::ClosedMetadata
                    }
                }
            };
        }
        if let Some(trace) = &mut trace {
            trace.push(Tried::of(
                (policy, number, rule),
                outcome,
                found.map(|(text, _)| text.source),
            ));
        }
    }
    if decision.is_none() {
        for (policy, number, rule) in rules().filter(|(_, _, rule)| rule.silent) {
            let found = matching(rule, &texts);
            let outcome = match &found {
                None => Outcome::DoesNotMatch,
                Some(_) if decision.is_some() => Outcome::ComesLater,
                Some((text, statement)) => {
                    metadata_open &= rule.metadata;
                    decision = Some(defaults.fired((policy, number, rule), text, statement));
                    Outcome::Decided
                }
            };
            if let Some(trace) = &mut trace {
                let text = found.map(|(text, _)| text.source);
                trace.push(Tried::of((policy, number, rule), outcome, text));
            }
        }
    }
    let mut decision = decision.unwrap_or_else(|| {
        let notice = texts.iter().find(|text| text.source.bears_rights && !text.says_yes());
        let image = chain().find_map(|policy| policy.when_silent.as_deref());
        let statement = chain().find_map(|policy| policy.statement_when_silent.as_deref());
        RightsDecision {
            metadata_open: true,
            image: image
                .and_then(|image| image_right(image, defaults.reduced))
                .unwrap_or(ImageRight::None),
            statement: accepted(statement.unwrap_or(NOT_EVALUATED)),
            rule: if notice.is_some() { "not_understood" } else { "nothing_said" }.to_owned(),
            trigger: notice.map(Prepared::trigger).unwrap_or_default(),
            written: None,
        }
    });
    decision.metadata_open = metadata_open;
    decision
}

/// What policies say of all rules.
struct Defaults<'a> {
    reduced: u32,
    licence_ouverte: Option<&'a str>,
}

impl Defaults<'_> {
    fn fired(
        &self,
        (policy, number, rule): (&RightsPolicy, u64, &RightsRule),
        text: &Prepared<'_>,
        statement: &str,
    ) -> RightsDecision {
        let built_in = std::ptr::eq(policy, default_policy());
        let statement = match self.licence_ouverte {
            Some(agreed) if built_in && rule.name == "licence_ouverte" => accepted(agreed),
            _ => statement.to_owned(),
        };
        RightsDecision {
            metadata_open: true,
            image: image_right(&rule.image, self.reduced).unwrap_or(ImageRight::None),
            statement,
            rule: rule.name.clone(),
            trigger: text.trigger(),
            written: Some(RulePlace { file: policy.written_in.clone(), number }),
        }
    }
}

/// Takes from a restriction what is stricter; whether anything was.
fn restrict(first: &mut RightsDecision, restriction: RightsDecision) -> bool {
    let less_image = restriction.image < first.image;
    let less_use = Reuse::of(&restriction.statement) > Reuse::of(&first.statement);
    if !less_image && !less_use {
        return false;
    }
    let image = first.image.min(restriction.image);
    // A statement that allows no less stays: it may say more exactly why.
    let statement =
        if less_use { restriction.statement } else { std::mem::take(&mut first.statement) };
    *first = RightsDecision { image, statement, ..restriction };
    true
}

/// A text with its folded forms, made once per record.
struct Prepared<'a> {
    source: &'a RightsText,
    name: String,
    source_name: String,
    folded: String,
}

impl<'a> Prepared<'a> {
    fn of(source: &'a RightsText) -> Self {
        Self {
            source,
            name: fold_name(&source.name),
            source_name: fold_name(&source.source_name),
            folded: fold(&source.text),
        }
    }

    fn is_of(&self, field: &str) -> bool {
        let field = fold_name(field);
        field == self.name || field == self.source_name
    }

    /// `DIFFU=oui` is no notice: it says nothing of anybody's rights.
    fn says_yes(&self) -> bool {
        self.name == "diffu"
    }

    fn trigger(&self) -> String {
        format!("{}: {}", self.source.source_name, self.source.text.trim())
            .chars()
            .take(200)
            .collect()
    }
}

/// The text that makes a rule match, and the statement that it gives: of several licences the one
/// that allows least, the first among equals.
fn matching<'t, 'a>(
    rule: &RightsRule,
    texts: &'t [Prepared<'a>],
) -> Option<(&'t Prepared<'a>, String)> {
    if !rule.when.as_ref().is_none_or(|when| holds(when, texts)) {
        return None;
    }
    if let Some(year) = rule.died_by {
        let named = |text: &&Prepared<'_>| rule.fields.iter().any(|field| text.is_of(field));
        if !texts.iter().filter(named).all(|text| all_dead_by(&text.source.text, year)) {
            return None;
        }
    }
    let mut found: Option<(&Prepared<'_>, String)> = None;
    for text in texts {
        let Some(statement) = matches(rule, text) else { continue };
        if rule.statement != "from-text" {
            return Some((text, statement));
        }
        if found.as_ref().is_none_or(|(_, known)| Reuse::of(&statement) > Reuse::of(known)) {
            found = Some((text, statement));
        }
    }
    let (text, mut statement) = found?;
    // A licence by its address in any other notice is as good as this one.
    for other in texts.iter().filter(|other| other.source.bears_rights) {
        if let Some(uri) = normalise_uri(&other.source.text)
            && uri != NOT_EVALUATED
            && Reuse::of(&uri) > Reuse::of(&statement)
        {
            statement = uri;
        }
    }
    Some((text, statement))
}

fn holds(when: &RuleCondition, texts: &[Prepared<'_>]) -> bool {
    texts.iter().filter(|text| text.is_of(&when.field)).any(|text| {
        let folded = text.folded.as_str();
        (when.equals.is_empty() || when.equals.iter().any(|value| *folded_words(value) == *folded))
            && (when.contains.is_empty()
                || when.contains.iter().any(|words| contains(folded, words)))
            && (when.begins.is_empty()
                || when.begins.iter().any(|start| folded.starts_with(&*folded_words(start))))
    })
}

/// The statement of a rule that matches this text.
fn matches(rule: &RightsRule, text: &Prepared<'_>) -> Option<String> {
    let of_this_field = rule
        .fields
        .iter()
        .any(|field| if field == "*" { text.source.bears_rights } else { text.is_of(field) });
    // The rest costs more, and most rules are about other fields.
    if !of_this_field {
        return None;
    }
    let equals = |words: &String| *folded_words(words) == *text.folded;
    let says = rule.contains.is_empty() && rule.equals.is_empty()
        || rule.contains.iter().any(|words| contains(&text.folded, words))
        || rule.equals.iter().any(equals);
    if !says
        || rule.without.iter().any(|words| contains(&text.folded, words))
        || rule.not_equals.iter().any(equals)
    {
        return None;
    }
    if rule.statement == "from-text" {
        // A text that names no licence we know is for the next rule.
        return from_text(&text.source.text);
    }
    Some(accepted(&rule.statement))
}

/// Words in folded form. Those of the built-in rules are, and this runs for every rule of every
/// record.
fn folded_words(words: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:/'*(".contains(&b);
    if words.bytes().all(plain) { Cow::Borrowed(words) } else { Cow::Owned(fold(words)) }
}

/// Whether the folded text contains the words, whole: `cc0` is not in `acc0unt`. A trailing `*` in
/// the words lets the last one go on.
fn contains(folded: &str, words: &str) -> bool {
    let words = folded_words(words);
    let (words, open) =
        words.strip_suffix('*').map_or((words.as_ref(), false), |words| (words, true));
    if words.is_empty() {
        return false;
    }
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let starts_inside = inside(words.chars().next());
    let ends_inside = !open && inside(words.chars().next_back());
    folded.match_indices(words).any(|(at, found)| {
        let before = folded.get(..at).and_then(|text| text.chars().next_back());
        let after = folded.get(at + found.len()..).and_then(|text| text.chars().next());
        !(starts_inside && inside(before) || ends_inside && inside(after))
    })
}

/// The accepted form of a configured statement; one that Europeana would refuse becomes CNE.
/// [`RightsPolicy::mistakes`] says so before.
fn accepted(statement: &str) -> String {
    normalise_uri(statement).unwrap_or_else(|| NOT_EVALUATED.to_owned())
}

#[cfg(test)]
mod tests;
