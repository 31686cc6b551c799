//! Templates: `same:inv:{MUSEO,museum}:{INV|inventory_number}`.

use super::compile::FieldIndex;
use super::transform::Transform;
use std::borrow::Cow;

/// Most texts that one template makes of one record: a monument may name 2 225 objects.
const MOST: usize = 4096;

/// A parsed template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    parts: Vec<Part>,
}

/// What a name in braces stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The value at hand.
    Value,
    /// The local identifier.
    Key,
    /// Code of the museum.
    Museum,
    /// The values of a field.
    Field(FieldIndex),
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// The values of the first of these that has any, transformed.
    Values(Vec<Slot>, Vec<Transform>),
}

impl Template {
    /// Parses a template; `find` finds the field of a name in braces.
    pub(super) fn parse(
        text: &str,
        find: impl Fn(&str) -> Option<FieldIndex>,
    ) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (inside, tail) = after.split_once('}').ok_or("`{` without `}`")?;
            let mut words = inside.split('|');
            let slot = |name: &str| {
                match name {
                "value" => Ok(Slot::Value),
                "key" => Ok(Slot::Key),
                "museum" => Ok(Slot::Museum),
                _ => find(name).map(Slot::Field).ok_or_else(|| {
                    format!(
                        "`{{{name}}}` is no field of this table; allowed: a name in [[field]], key, museum, value"
                    )
                }),
            }
            };
            let names = words.next().unwrap_or_default().split(',');
            let slots = names.map(|name| slot(name.trim())).collect::<Result<_, _>>()?;
            let transforms = words
                .map(|word| {
                    Transform::parse(word.trim()).ok_or_else(|| {
                        format!("`{word}` is no transform; allowed: {}", Transform::NAMES)
                    })
                })
                .collect::<Result<_, _>>()?;
            parts.push(Part::Values(slots, transforms));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Every text that the template makes; none when a name has no value. `values` gives the
    /// values of a name.
    pub(super) fn expand<'v, V: Iterator<Item = &'v str>>(
        &self,
        values: impl Fn(Slot) -> V,
    ) -> Vec<String> {
        // Most templates of a table are about fields that the record does not have.
        let with_values = |slots: &[Slot]| {
            slots.iter().copied().find(|slot| values(*slot).next().is_some()).map(&values)
        };
        let is_empty = |part: &Part| match part {
            Part::Text(_) => false,
            Part::Values(slots, _) => with_values(slots).is_none(),
        };
        if self.parts.iter().any(is_empty) {
            return Vec::new();
        }
        let mut out = vec![String::new()];
        for part in &self.parts {
            match part {
                Part::Text(text) => out.iter_mut().for_each(|made| made.push_str(text)),
                Part::Values(slots, transforms) => {
                    let found: Vec<Cow<'_, str>> = with_values(slots)
                        .into_iter()
                        .flatten()
                        .filter_map(|value| {
                            transforms.iter().try_fold(Cow::Borrowed(value), |text, transform| {
                                transform.apply(&text).map(Cow::Owned)
                            })
                        })
                        .take(MOST)
                        .collect();
                    if let [value] = found.as_slice() {
                        for made in &mut out {
                            made.push_str(value);
                        }
                        continue;
                    }
                    out = out
                        .iter()
                        .flat_map(|made| found.iter().map(move |value| format!("{made}{value}")))
                        .take(MOST)
                        .collect();
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_makes_one_text_per_value_and_none_without_value() {
        let names = ["A", "B", "C"];
        let find = |name: &str| names.iter().position(|known| *known == name);
        let template = Template::parse("same:{A}:{B,C|uppercase}", find).unwrap();
        let made = template.expand(|slot| match slot {
            Slot::Field(0) => ["1"].iter().copied(),
            Slot::Field(2) => ["x", "y"].iter().copied(),
            _ => [].iter().copied(),
        });
        assert_eq!(made, ["same:1:X", "same:1:Y"]);
        assert!(template.expand(|_| std::iter::empty()).is_empty());
    }

    #[test]
    fn mistakes_say_what_is_allowed() {
        assert!(Template::parse("{X}", |_| None).unwrap_err().contains("allowed"));
        assert!(Template::parse("{X|up}", |_| Some(0)).unwrap_err().contains("uppercase"));
        assert!(Template::parse("{X", |_| Some(0)).is_err());
    }
}
