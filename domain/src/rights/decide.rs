//! Evaluation of rights policies: the first rule that matches decides.

use super::statement::{from_text, is_accepted, normalise_uri};
use super::{ImageRight, NOT_EVALUATED, RightsDecision, RightsPolicy, RightsRule, default_policy};
use crate::fold::{fold, fold_name};

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
/// The first rule that matches decides on image and statement. Metadata is closed as soon as any
/// matching rule closes it, so that no rule put in front can open it by accident.
///
/// The trigger is `field: text`, at most 200 characters. Nothing said: rule `nothing_said`. A
/// notice that no rule understands: rule `not_understood`, with the notice as trigger. Both give
/// what `when_silent` says, nothing by default.
pub fn decide(policies: &[&RightsPolicy], texts: &[RightsText]) -> RightsDecision {
    let chain = || policies.iter().copied().chain([default_policy()]);
    let texts: Vec<Prepared<'_>> =
        texts.iter().filter(|text| !text.text.trim().is_empty()).map(Prepared::of).collect();
    let reduced = chain().find_map(|policy| policy.reduced_side).unwrap_or(0);

    let mut decision: Option<RightsDecision> = None;
    let mut metadata_open = true;
    for rule in chain().flat_map(|policy| policy.rules.iter()) {
        // Once decided, only a rule that closes the metadata still matters.
        if decision.is_some() && rule.metadata {
            continue;
        }
        let Some((text, statement)) =
            texts.iter().find_map(|text| Some((text, matches(rule, text)?)))
        else {
            continue;
        };
        metadata_open &= rule.metadata;
        decision.get_or_insert_with(|| RightsDecision {
            metadata_open: true,
            image: image_right(&rule.image, reduced).unwrap_or(ImageRight::None),
            statement,
            rule: rule.name.clone(),
            trigger: text.trigger(),
        });
    }
    let mut decision = decision.unwrap_or_else(|| {
        let notice = texts.iter().find(|text| text.source.bears_rights);
        let image = chain().find_map(|policy| policy.when_silent.as_deref());
        let statement = chain().find_map(|policy| policy.statement_when_silent.as_deref());
        RightsDecision {
            metadata_open: true,
            image: image.and_then(|image| image_right(image, reduced)).unwrap_or(ImageRight::None),
            statement: accepted(statement.unwrap_or(NOT_EVALUATED)),
            rule: if notice.is_some() { "not_understood" } else { "nothing_said" }.to_owned(),
            trigger: notice.map(Prepared::trigger).unwrap_or_default(),
        }
    });
    decision.metadata_open = metadata_open;
    decision
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

    fn trigger(&self) -> String {
        format!("{}: {}", self.source.source_name, self.source.text.trim())
            .chars()
            .take(200)
            .collect()
    }
}

/// The statement of a rule that matches this text.
fn matches(rule: &RightsRule, text: &Prepared<'_>) -> Option<String> {
    let of_this_field = rule.fields.iter().any(|field| {
        if field == "*" {
            return text.source.bears_rights;
        }
        let field = fold_name(field);
        field == text.name || field == text.source_name
    });
    // The rest costs more, and most rules are about other fields.
    if !of_this_field {
        return None;
    }
    let says = rule.contains.is_empty() && rule.equals.is_empty()
        || rule.contains.iter().any(|words| contains(&text.folded, words))
        || rule.equals.iter().any(|words| fold(words) == text.folded);
    if !says || rule.without.iter().any(|words| contains(&text.folded, words)) {
        return None;
    }
    if rule.statement == "from-text" {
        // A text that names no licence we know is for the next rule.
        return from_text(&text.source.text);
    }
    Some(accepted(&rule.statement))
}

/// Whether the folded text contains the words, whole: `cc0` is not in `acc0unt`. A trailing `*` in
/// the words lets the last one go on.
fn contains(folded: &str, words: &str) -> bool {
    let words = fold(words);
    let (words, open) =
        words.strip_suffix('*').map_or((words.as_str(), false), |words| (words, true));
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

/// `none`, `reduced`, `reduced:N` (pixels, at least 1) or `full`.
fn image_right(text: &str, reduced_side: u32) -> Option<ImageRight> {
    match text.trim() {
        "none" => Some(ImageRight::None),
        "full" => Some(ImageRight::Full),
        "reduced" if reduced_side == 0 => Some(ImageRight::None),
        "reduced" => Some(ImageRight::Reduced(reduced_side)),
        other => {
            let side = other.strip_prefix("reduced:")?.trim().parse().ok()?;
            (side > 0).then_some(ImageRight::Reduced(side))
        }
    }
}

/// The accepted form of a configured statement; one that Europeana would refuse becomes CNE.
/// [`RightsPolicy::mistakes`] says so before.
fn accepted(statement: &str) -> String {
    normalise_uri(statement).unwrap_or_else(|| NOT_EVALUATED.to_owned())
}

impl RightsPolicy {
    /// What is wrong with a policy, each with what is allowed; empty when nothing is.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut image = |place: &str, value: &str| {
            if image_right(value, 1).is_none() {
                mistakes.push(format!(
                    "{place}: `{value}` is not an image right; allowed: none, reduced, reduced:N (pixels), full"
                ));
            }
        };
        for rule in &self.rules {
            image(&format!("rule `{}`, image", rule.name), &rule.image);
        }
        if let Some(value) = &self.when_silent {
            image("when_silent", value);
        }
        let statements = self
            .rules
            .iter()
            .map(|rule| (format!("rule `{}`, statement", rule.name), rule.statement.as_str()))
            .chain(
                self.statement_when_silent
                    .as_deref()
                    .map(|uri| ("statement_when_silent".to_owned(), uri)),
            );
        for (place, uri) in statements {
            let from_text = uri == "from-text" && place != "statement_when_silent";
            if !from_text && !is_accepted(uri) {
                let hint = normalise_uri(uri).map_or_else(
                    || {
                        "allowed: from-text, http://creativecommons.org/… and the six \
                         http://rightsstatements.org/vocab/… statements that Europeana accepts"
                            .to_owned()
                    },
                    |exact| format!("write {exact}"),
                );
                mistakes.push(format!("{place}: `{uri}` is not accepted in edm:rights; {hint}"));
            }
        }
        for rule in self.rules.iter().filter(|rule| rule.fields.is_empty()) {
            mistakes.push(format!(
                "rule `{}`, fields: empty, it can never match; name fields or write [\"*\"]",
                rule.name
            ));
        }
        mistakes
    }
}

#[cfg(test)]
mod tests;
