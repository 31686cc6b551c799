//! The id that Europeana gives a record (metis-framework, `EuropeanaIdCreator`).

/// The part of the id after `/{dataset}/`, made from `rdf:about` of the ProvidedCHO: of an `http`
/// address (not `https`) scheme and host are cut off, then every character outside `[A-Za-z0-9_]`
/// becomes `_`.
///
/// Two records for which it is the same collide: Europeana keeps one of them. And an address that
/// moves from `http` to `https` gets a new id.
///
/// # Example
/// ```
/// use domain::quality::europeana::local_id;
/// assert_eq!(local_id("http://gateway.example.org/id/joconde_1"), "id_joconde_1");
/// assert_eq!(local_id("https://g.example.org/id/a"), "https___g_example_org_id_a");
/// assert_eq!(local_id("a-b"), local_id("a.b"));
/// ```
pub fn local_id(about: &str) -> String {
    let path = match about.strip_prefix("http://") {
        Some(rest) => rest.split_once('/').map_or(rest, |(_, path)| path),
        None => about,
    };
    path.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// The whole id in a dataset of Europeana (`0123`): `/0123/id_joconde_1`.
pub fn id(dataset: &str, about: &str) -> String {
    format!("/{dataset}/{}", local_id(about))
}

/// Whether Europeana can tell objects of these ids apart: ids of `[A-Za-z0-9_]+` under one address
/// never collide, since nothing in them is folded.
pub fn is_safe(object_id: &str) -> bool {
    !object_id.is_empty() && object_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{ObjectId, SourceId};
    use proptest::prelude::*;

    #[test]
    fn the_id_is_folded_as_europeana_does() {
        assert_eq!(id("0123", "http://g.example.org/id/joconde_1"), "/0123/id_joconde_1");
        assert_eq!(local_id("urn:x:é"), "urn_x__");
        assert_eq!(local_id("http://host"), "host");
    }

    proptest! {
        #[test]
        fn objects_of_two_records_never_collide(
            a in ("[a-c][a-c0-1]{0,2}", "\\PC{1,6}|[-./_a]{1,4}"),
            b in ("[a-c][a-c0-1]{0,2}", "\\PC{1,6}|[-./_a]{1,4}"),
        ) {
            let object = |(source, local): &(String, String)| {
                ObjectId::of(&SourceId::new(source).unwrap(), local)
            };
            let (one, two) = (object(&a), object(&b));
            prop_assert!(is_safe(one.as_str()));
            for public in ["http://g.example.org", "https://g.example.org/passerelle"] {
                let of = |id: &ObjectId| local_id(&format!("{public}/id/{}", id.as_str()));
                prop_assert_eq!(of(&one) == of(&two), a == b);
            }
        }
    }
}
