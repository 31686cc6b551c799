//! Agents as producers write them: names, roles, qualifiers, dates of life.
//!
//! A value of a creator may name several; each gets a meaning. Nobody (`anonyme`) has none. Those
//! who did not make the thing (`d'après`, `éditeur`) move to the contributors; a qualified maker
//! (`attribué à`, `atelier de`) stays a creator as text, and its meaning is not
//! [`Attribution::Plain`], so that exits do not link it.
//!
//! [`Attribution::Plain`]: crate::meaning::Attribution::Plain

mod authority;
mod life;
mod line;
mod link;
mod name;
mod role;
#[cfg(test)]
mod tests;

pub use authority::Authorities;
pub use link::canonical as canonical_link;

use crate::fold::{fold, fold_name};
use crate::issue::Issue;
use crate::meaning::{Agent, Confidence, Entity, Meaning};
use crate::record::{Property, Record, Value};
use line::{Part, Read};

/// Gives the agents of a record their meanings, and moves those who did not make the thing
/// (`d'après`) out of the creators.
///
/// Values that have meanings already keep them. What should name somebody and is not understood
/// is noted as `agent_not_understood`.
pub fn normalise(record: &mut Record, authorities: Option<&Authorities>, issues: &mut Vec<Issue>) {
    let mut moved = Vec::new();
    for property in [Property::Creator, Property::Contributor] {
        let Some(values) = record.values.get_mut(&property) else { continue };
        let mut helps = mean(values, authorities, issues).into_iter();
        if property == Property::Creator && helps.as_slice().contains(&true) {
            values.retain_mut(|value| {
                let leaves = helps.next().unwrap_or_default();
                if leaves {
                    moved.push(std::mem::replace(value, Value::plain("")));
                }
                !leaves
            });
            if values.is_empty() {
                record.values.remove(&property);
            }
        }
    }
    // Contributors were read already, and creators come before them.
    if !moved.is_empty() {
        let mut rest = record.values.remove(&Property::Contributor).unwrap_or_default();
        moved.append(&mut rest);
        for mut value in moved {
            let meanings = std::mem::take(&mut value.meanings);
            let said = value.text.clone();
            record.push(Property::Contributor, value);
            if let Some(last) = record
                .values
                .get_mut(&Property::Contributor)
                .and_then(|values| values.iter_mut().rev().find(|value| value.text == said))
                && last.meanings.is_empty()
            {
                last.meanings = meanings;
            }
        }
    }
    add_lives(record);
}

/// Gives each value its meanings; says of each whether it belongs to the contributors.
fn mean(
    values: &mut [Value],
    authorities: Option<&Authorities>,
    issues: &mut Vec<Issue>,
) -> Vec<bool> {
    let read: Vec<Vec<Part>> = values.iter().map(|value| line::parts(&value.text)).collect();
    let mut has_agent: Vec<bool> =
        read.iter().map(|parts| parts.iter().any(|part| matches!(part, Part::Agent(_)))).collect();
    let mut out = Vec::with_capacity(values.len());
    let mut after_nobody = false;
    for (at, (value, parts)) in values.iter_mut().zip(read).enumerate() {
        let helps = !parts.is_empty() && parts.iter().all(Part::helps);
        out.push(helps);
        if !value.meanings.is_empty() {
            continue;
        }
        let links = value.uri.as_deref().map(link::all).unwrap_or_default();
        let beside = |near: Option<usize>| near.and_then(|near| has_agent.get(near)) == Some(&true);
        let has_neighbour = beside(at.checked_sub(1)) || beside(Some(at + 1));
        // `CESAR (dit)`, `BALDACCINI César (patronyme)`: the first stands for both.
        if let Some(here) = has_agent.get_mut(at) {
            *here |= parts.iter().any(|part| matches!(part, Part::OtherName(_)));
        }
        let alone = parts.len() == 1;
        let mut meanings = Vec::with_capacity(parts.len());
        for part in parts {
            let was_nobody =
                std::mem::replace(&mut after_nobody, matches!(part, Part::Nobody { .. }));
            match part {
                // `Anonyme ; Lorraine`: where nobody comes from.
                Part::Agent(read) if was_nobody && read.is_bare_word() => {}
                Part::Agent(read) => {
                    meanings.push(meaning(*read, if alone { &links } else { &[] }, authorities));
                }
                // Alone, the name by which somebody was known is the name.
                Part::OtherName(mut read) if !has_neighbour && meanings.is_empty() => {
                    read.confidence = Confidence::Probable;
                    meanings.push(meaning(*read, if alone { &links } else { &[] }, authorities));
                }
                Part::OtherName(_) | Part::Nobody { .. } => {}
                Part::Unclear { .. } => {
                    // A resource without a label has its address for a text.
                    if value.uri.as_deref() != Some(value.text.as_str()) && !is_link(&value.text) {
                        issues.push(Issue::new("agent_not_understood", &value.field, &value.text));
                    }
                }
            }
        }
        value.meanings = meanings;
    }
    out
}

impl Part {
    fn helps(&self) -> bool {
        match self {
            Self::Agent(read) | Self::OtherName(read) => read.helps,
            Self::Nobody { helps } | Self::Unclear { helps } => *helps,
        }
    }
}

impl Read {
    /// A single word that nothing marks as a name.
    fn is_bare_word(&self) -> bool {
        self.rule == "agent.as_given"
            && self.agent.role.is_none()
            && self.agent.attribution.is_plain()
            && !self.agent.name.contains(' ')
    }
}

fn is_link(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://") || text.starts_with("urn:")
}

fn meaning(read: Read, links: &[String], authorities: Option<&Authorities>) -> Meaning {
    let Read { mut agent, rule, mut confidence, .. } = read;
    let mut rule = rule;
    if let Some(known) = authorities.and_then(|authorities| authorities.find(&agent.name)) {
        agent.name.clone_from(&known.name);
        agent.uri.clone_from(&known.uri);
        agent.same_as.clone_from(&known.same_as);
        agent.born = agent.born.or_else(|| known.born.clone());
        agent.died = agent.died.or_else(|| known.died.clone());
        rule = "agent.authority";
        confidence = Confidence::Certain;
    }
    for link in links {
        if agent.uri.is_none() {
            agent.uri = Some(link.clone());
            confidence = Confidence::Given;
        } else if agent.uri.as_ref() != Some(link) && !agent.same_as.contains(link) {
            agent.same_as.push(link.clone());
        }
    }
    Meaning { entity: Entity::Agent(agent), rule: rule.to_owned(), confidence }
}

/// Names of fields, folded, in which museums say where and when their authors lived.
const PRECISIONS: [&str; 6] = [
    "paut",
    "precisionauteur",
    "precisionsauteur",
    "precisionsurlauteur",
    "precisionsurlesauteurs",
    "precisionssurlauteur",
];

/// Adds what the precisions on authors say of their lives to the agents that have none.
fn add_lives(record: &mut Record) {
    let lives: Vec<_> = record
        .get(Property::Description)
        .iter()
        .filter(|value| {
            value.field.starts_with(['P', 'p'])
                && PRECISIONS.contains(&fold_name(&value.field).as_str())
        })
        .flat_map(|value| life::precisions(&value.text))
        .collect();
    if lives.is_empty() {
        return;
    }
    let mut agents: Vec<&mut Agent> = record
        .values
        .iter_mut()
        .filter(|(property, _)| matches!(property, Property::Creator | Property::Contributor))
        .flat_map(|(_, values)| values.iter_mut())
        .flat_map(|value| value.meanings.iter_mut())
        .filter_map(|meaning| match &mut meaning.entity {
            Entity::Agent(agent) => Some(agent),
            _ => None,
        })
        .collect();
    let names: Vec<(String, String)> = agents
        .iter()
        .map(|agent| {
            let family = agent.name.split(',').next().unwrap_or_default();
            (fold(&agent.name).replace(',', ""), fold(family))
        })
        .collect();
    for (name, life) in &lives {
        let found: Vec<usize> = match name {
            Some(name) => {
                let exact: Vec<usize> = (0..)
                    .zip(&names)
                    .filter(|(_, (whole, _))| whole == name)
                    .map(|(at, _)| at)
                    .collect();
                if exact.is_empty() {
                    (0..)
                        .zip(&names)
                        .filter(|(_, (_, family))| family == name)
                        .map(|(at, _)| at)
                        .collect()
                } else {
                    exact
                }
            }
            // Without a name it is about the only one.
            None if lives.len() == 1 => (0..names.len()).collect(),
            None => Vec::new(),
        };
        if let [only] = found.as_slice()
            && let Some(agent) = agents.get_mut(*only)
            && agent.born.is_none()
            && agent.died.is_none()
        {
            agent.born.clone_from(&life.born);
            agent.died.clone_from(&life.died);
        }
    }
}
