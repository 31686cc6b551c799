//! What is stored of the quality of an object: one number, from which every count of a report comes.

use super::content::{self, LicenceCap, Obstacle};
use super::metadata::{self, MetadataTier};
use super::pattern::Pattern;

/// Quality of one object, as counted in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quality {
    /// Content tier, 0 to 4.
    pub content: u8,
    /// What keeps it from the next.
    pub obstacle: Barrier,
    /// Language part of the metadata tier.
    pub language: MetadataTier,
    /// Enabling elements.
    pub enabling: MetadataTier,
    /// Contextual classes.
    pub contextual: MetadataTier,
    /// Patterns: bit n is the nth of [`Pattern::OF_ONE`].
    patterns: u8,
}

/// What keeps a content tier from the next, without numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Barrier {
    /// Nothing: it is the highest.
    None,
    /// No file.
    NoMedia,
    /// A file of another kind.
    WrongMedia,
    /// No thumbnail.
    NoThumbnail,
    /// Too few pixels.
    TooSmall,
    /// In copyright or not evaluated.
    ClosedLicence,
    /// Reuse with conditions.
    RestrictedLicence,
}

impl Barrier {
    const ALL: [Self; 7] = [
        Self::None,
        Self::NoMedia,
        Self::WrongMedia,
        Self::NoThumbnail,
        Self::TooSmall,
        Self::ClosedLicence,
        Self::RestrictedLicence,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NoMedia => "no_media",
            Self::WrongMedia => "wrong_media",
            Self::NoThumbnail => "no_thumbnail",
            Self::TooSmall => "too_small",
            Self::ClosedLicence => "closed_licence",
            Self::RestrictedLicence => "restricted_licence",
        }
    }

    /// The barrier of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|barrier| barrier.name() == name)
    }

    fn of(obstacle: Option<Obstacle>) -> Self {
        match obstacle {
            None => Self::None,
            Some(Obstacle::NoMedia) => Self::NoMedia,
            Some(Obstacle::WrongMedia) => Self::WrongMedia,
            Some(Obstacle::NoThumbnail) => Self::NoThumbnail,
            Some(Obstacle::TooSmall { .. }) => Self::TooSmall,
            Some(Obstacle::Licence(LicenceCap::Restricted)) => Self::RestrictedLicence,
            Some(Obstacle::Licence(_)) => Self::ClosedLicence,
        }
    }
}

impl Quality {
    /// Puts three assessments together.
    pub fn new(
        content: &content::Assessment,
        metadata: &metadata::Assessment,
        patterns: &[Pattern],
    ) -> Self {
        let bits = Pattern::OF_ONE
            .iter()
            .enumerate()
            .filter(|(_, pattern)| patterns.contains(pattern))
            .fold(0, |bits, (place, _)| bits | 1 << place);
        Self {
            content: content.tier,
            obstacle: Barrier::of(content.obstacle),
            language: metadata.language,
            enabling: metadata.enabling,
            contextual: metadata.contextual,
            patterns: bits,
        }
    }

    /// The metadata tier.
    pub fn metadata(&self) -> MetadataTier {
        self.language.min(self.enabling).min(self.contextual)
    }

    /// The patterns.
    pub fn patterns(&self) -> impl Iterator<Item = Pattern> {
        let bits = self.patterns;
        Pattern::OF_ONE
            .into_iter()
            .enumerate()
            .filter(move |(place, _)| bits & (1 << place) != 0)
            .map(|(_, pattern)| pattern)
    }

    /// How good it is in one number, the worst 0: metadata first, which a producer can mend with a
    /// keyboard, then content, then patterns.
    pub fn rank(&self) -> i64 {
        let patterns = i64::from(self.patterns.count_ones().min(9));
        i64::from(self.metadata().rank()) * 100 + i64::from(self.content) * 10 + 9 - patterns
    }

    /// Everything that reports count of it, as `measure`, `value`.
    pub fn counted(&self) -> Vec<(&'static str, &'static str)> {
        const CONTENT: [&str; 5] = ["0", "1", "2", "3", "4"];
        let content = CONTENT.get(usize::from(self.content)).copied().unwrap_or("4");
        let mut counted = vec![
            ("objects", ""),
            ("content", content),
            ("metadata", self.metadata().name()),
            ("language", self.language.name()),
            ("enabling", self.enabling.name()),
            ("contextual", self.contextual.name()),
            ("barrier", self.obstacle.name()),
        ];
        counted.extend(self.patterns().map(|pattern| ("pattern", pattern.name())));
        counted
    }

    /// As one number.
    pub fn pack(&self) -> i64 {
        let barrier = Barrier::ALL.iter().position(|b| *b == self.obstacle).unwrap_or_default();
        i64::from(self.content)
            | (i64::try_from(barrier).unwrap_or_default() << 3)
            | (i64::from(self.language.rank()) << 6)
            | (i64::from(self.enabling.rank()) << 8)
            | (i64::from(self.contextual.rank()) << 10)
            | (i64::from(self.patterns) << 12)
    }

    /// What was packed; none when the number is no such one.
    pub fn unpack(number: i64) -> Option<Self> {
        let part = |shift: u32, mask: i64| u8::try_from((number >> shift) & mask).ok();
        let quality = Self {
            content: part(0, 7).filter(|tier| *tier <= 4)?,
            obstacle: *Barrier::ALL.get(usize::from(part(3, 7)?))?,
            language: MetadataTier::of_rank(part(6, 3)?),
            enabling: MetadataTier::of_rank(part(8, 3)?),
            contextual: MetadataTier::of_rank(part(10, 3)?),
            patterns: part(12, 127)?,
        };
        (quality.pack() == number).then_some(quality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(number in 0i64..(1 << 19)) {
            if let Some(quality) = Quality::unpack(number) {
                prop_assert_eq!(quality.pack(), number);
                prop_assert!(quality.counted().iter().any(|(measure, _)| *measure == "content"));
                prop_assert!(quality.rank() >= 0);
            }
        }
    }

    #[test]
    fn numbers_that_nobody_packed_are_refused() {
        assert_eq!(Quality::unpack(-1), None);
        assert_eq!(Quality::unpack(5), None);
        assert!(Quality::unpack(0).is_some());
    }
}
