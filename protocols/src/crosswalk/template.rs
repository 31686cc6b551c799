//! Templates: `same:inv:{MUSEO,museum}:{INV|inventory_number}`.

use super::transform::Transform;

/// Most texts that one template makes of one record: a monument may name 2 225 objects.
const MOST: usize = 4096;

/// A parsed template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// The values of the first of these names that has any, transformed.
    Values(Vec<String>, Vec<Transform>),
}

impl Template {
    /// Parses a template; `known` says whether a name in braces exists.
    pub(super) fn parse(text: &str, known: impl Fn(&str) -> bool) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (inside, tail) = after.split_once('}').ok_or("`{` without `}`")?;
            let mut words = inside.split('|');
            let names: Vec<String> = words
                .next()
                .unwrap_or_default()
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect();
            for name in &names {
                if !known(name) {
                    return Err(format!(
                        "`{{{name}}}` is no field of this table; allowed: a name in [[field]], key, museum, value"
                    ));
                }
            }
            let transforms = words
                .map(|word| {
                    Transform::parse(word.trim()).ok_or_else(|| {
                        format!("`{word}` is no transform; allowed: {}", Transform::NAMES)
                    })
                })
                .collect::<Result<_, _>>()?;
            parts.push(Part::Values(names, transforms));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Every text that the template makes; none when a name has no value. `values` gives the
    /// values of a name.
    pub(super) fn expand<'v>(&self, values: impl Fn(&str) -> Vec<&'v str>) -> Vec<String> {
        let mut out = vec![String::new()];
        for part in &self.parts {
            match part {
                Part::Text(text) => out.iter_mut().for_each(|made| made.push_str(text)),
                Part::Values(names, transforms) => {
                    let found: Vec<String> = names
                        .iter()
                        .map(|name| values(name))
                        .find(|found| !found.is_empty())
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|value| {
                            transforms.iter().try_fold(value.to_owned(), |text, transform| {
                                transform.apply(&text)
                            })
                        })
                        .collect();
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
        let template = Template::parse("same:{A}:{B,C|uppercase}", |_| true).unwrap();
        let made = template.expand(|name| match name {
            "A" => vec!["1"],
            "C" => vec!["x", "y"],
            _ => vec![],
        });
        assert_eq!(made, ["same:1:X", "same:1:Y"]);
        assert!(template.expand(|_| vec![]).is_empty());
    }

    #[test]
    fn mistakes_say_what_is_allowed() {
        assert!(Template::parse("{X}", |_| false).unwrap_err().contains("allowed"));
        assert!(Template::parse("{X|up}", |_| true).unwrap_err().contains("uppercase"));
        assert!(Template::parse("{X", |_| true).is_err());
    }
}
