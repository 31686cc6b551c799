//! A result as the page shows it.

use super::i18n::{Lang, base_label, flag_label, kind_label, rights_class_label};
use super::thumbnail::Thumbnail;
use crate::search::Card;

/// One result on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardView {
    /// Address of the object.
    pub href: String,
    /// Title.
    pub title: String,
    /// Kind, in words.
    pub kind: &'static str,
    /// Base, in words.
    pub base: String,
    /// Author and date.
    pub byline: String,
    /// Denominations and place.
    pub detail: String,
    /// Holder.
    pub provider: String,
    /// Picture.
    pub image: Option<Thumbnail>,
    /// Class of reuse, as in the facet.
    pub rights: String,
    /// The same, in words.
    pub rights_label: &'static str,
    /// `Volé`, `Manquant`.
    pub flags: Vec<&'static str>,
}

impl CardView {
    /// The view of a card.
    pub fn new(card: &Card, root: &str, lang: Lang) -> Self {
        let joined = |parts: Vec<&str>| parts.join(" · ");
        let byline = card.creators.iter().chain(&card.date).map(String::as_str).collect();
        let detail = card.types.iter().chain(&card.place).map(String::as_str).collect();
        Self {
            href: format!("{root}/object/{}", card.id),
            title: card.title.clone(),
            kind: kind_label(card.kind, lang),
            base: base_label(&card.base, lang),
            byline: joined(byline),
            detail: joined(detail),
            provider: card.provider.clone(),
            image: card.image.as_ref().map(|image| Thumbnail::new(root, image, &[400, 800], None)),
            rights: card.rights.clone(),
            rights_label: rights_class_label(&card.rights, lang),
            flags: card.flags.iter().map(|flag| flag_label(flag, lang)).collect(),
        }
    }
}
