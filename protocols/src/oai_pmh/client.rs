//! The harvester side.
