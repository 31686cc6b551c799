//! What a record describes, and the profile that follows from it.

use serde::{Deserialize, Serialize};

/// A family of things that are compared in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Monuments, objects, photographs and what else a collection holds.
    Heritage,
    /// Texts, recordings, films: many copies, no place.
    Bibliographic,
    /// Persons and organisations by name, date and place.
    Person,
}

/// What a record describes, as far as linkage tells things apart: never joined across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A building, a site.
    Monument,
    /// An object, a work of art; everything that is not said.
    Object,
    /// A photograph.
    Photograph,
    /// A text that is published: an article, a book, a citation of one.
    Text,
    /// A recording or a disc.
    Recording,
    /// A film.
    Film,
    /// A person or an organisation.
    Person,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Monument,
        Self::Object,
        Self::Photograph,
        Self::Text,
        Self::Recording,
        Self::Film,
        Self::Person,
    ];

    /// The kind of a `type` as the source wrote it; an unknown type is an object.
    pub fn of(name: &str) -> Self {
        match name {
            "monument" | "building" | "site" | "architecture" => Self::Monument,
            "photograph" | "photo" => Self::Photograph,
            "person" | "agent" | "organisation" | "organization" => Self::Person,
            "recording" | "disc" | "track" => Self::Recording,
            "film" | "movie" => Self::Film,
            "article" | "inproceedings" | "proceedings" | "incollection" | "book" | "citation"
            | "text" => Self::Text,
            _ => Self::Object,
        }
    }

    /// How things of this kind are compared.
    pub fn profile(self) -> Profile {
        match self {
            Self::Monument | Self::Object | Self::Photograph => Profile::Heritage,
            Self::Text | Self::Recording | Self::Film => Profile::Bibliographic,
            Self::Person => Profile::Person,
        }
    }
}
