//! A file of authorities: names under which an agent is known, to the preferred one.

use super::line::{Part, parts};
use crate::fold::fold;
use crate::meaning::Agent;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Known agents, found by any of their names. About 150 bytes a name.
#[derive(Debug, Clone, Default)]
pub struct Authorities {
    agents: Vec<Agent>,
    /// Folded name to agent; `None` when two agents have it.
    names: HashMap<Box<str>, Option<u32>>,
    hash: u64,
}

impl Authorities {
    /// An empty file.
    pub fn new() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, ..Self::default() }
    }

    /// Adds an agent under its preferred name and the others. Names are as sources write them
    /// (`AACHEN Hans von`); the agent's own is the filed form.
    pub fn add(&mut self, agent: Agent, others: &[&str]) {
        let Ok(at) = u32::try_from(self.agents.len()) else { return };
        let own = agent.name.clone();
        for name in others.iter().copied().chain([own.as_str()]) {
            for byte in name.bytes().chain([0]) {
                self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
            let key = key(name);
            if key.is_empty() {
                continue;
            }
            match self.names.entry(key.into_boxed_str()) {
                Entry::Vacant(free) => {
                    free.insert(Some(at));
                }
                Entry::Occupied(mut taken) => {
                    if *taken.get() != Some(at) {
                        taken.insert(None);
                    }
                }
            }
        }
        self.agents.push(agent);
    }

    /// Adds a line of a list of names: `AACHEN Hans von = VON AACHEN Hans`, the first preferred.
    /// Lines that name nobody are passed over; says whether it was taken.
    pub fn add_line(&mut self, line: &str) -> bool {
        let names: Vec<&str> = line.split(" = ").map(str::trim).filter(|n| !n.is_empty()).collect();
        let Some(first) = names.first() else { return false };
        let Some(Part::Agent(read)) = parts(first).into_iter().next() else { return false };
        self.add(read.agent, &names);
        true
    }

    /// Number of agents.
    pub fn len(&self) -> usize {
        self.agents.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }

    /// Changes with the content.
    pub fn fingerprint(&self) -> String {
        format!("{:016x}", self.hash)
    }

    /// The agent of a name in any form, when only one has it.
    pub fn find(&self, name: &str) -> Option<&Agent> {
        let at = (*self.names.get(key(name).as_str())?)?;
        self.agents.get(usize::try_from(at).ok()?)
    }
}

/// Names compare folded and without commas: `Corot, Camille` is `COROT Camille`.
fn key(name: &str) -> String {
    let folded = fold(name);
    if folded.contains([',', '.']) {
        folded.split([' ', ',', '.']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    } else {
        folded
    }
}
