//! Rights, record and pictures of LIDO.

use super::{Lido, all, at, http, preferred};
use crate::formats::readers::Sink;
use crate::xml::Element;

impl Lido<'_> {
    /// Reads `administrativeMetadata`.
    pub(super) fn administrative(&self, part: &Element, sink: &mut Sink<'_>) {
        for set in at(part, &["rightsWorkWrap", "rightsWorkSet"]) {
            self.rights(set, "lido:rightsWork", sink);
        }
        for wrap in all(part, "recordWrap") {
            all(wrap, "recordID").for_each(|id| sink.text("lido:recordID", id));
            for source in all(wrap, "recordSource") {
                let ids = all(source, "legalBodyID").map(|e| e.text()).collect::<Vec<_>>();
                let uri = ids.iter().find_map(|id| http(id));
                if let Some(name) = preferred(&at(source, &["legalBodyName", "appellationValue"])) {
                    self.put("lido:recordSource", name, source, uri, sink);
                }
            }
            for rights in all(wrap, "recordRights") {
                all(rights, "rightsType")
                    .for_each(|kind| self.concept("lido:recordRights", kind, sink));
            }
            for link in at(wrap, &["recordInfoSet", "recordInfoLink"]) {
                let text = link.text();
                sink.put("lido:recordInfoLink", &text, None, http(&text), link);
            }
        }
        for set in at(part, &["resourceWrap", "resourceSet"]) {
            self.resource(set, sink);
        }
    }

    fn rights(&self, set: &Element, name: &str, sink: &mut Sink<'_>) {
        for kind in all(set, "rightsType") {
            let before = sink.fields.len();
            self.concept(name, kind, sink);
            let uri = sink
                .fields
                .get(before)
                .and_then(|f| f.uri.clone().or_else(|| http(&f.value).map(str::to_owned)));
            if let Some(uri) = uri.filter(|_| name == "lido:rightsResource") {
                sink.put("lido:rightsURI", &uri, None, Some(&uri), kind);
            }
        }
        for holder in all(set, "rightsHolder") {
            if let Some(found) = preferred(&at(holder, &["legalBodyName", "appellationValue"])) {
                self.put("lido:rightsHolder", found, holder, None, sink);
            }
        }
        all(set, "creditLine").for_each(|line| self.text("lido:creditLine", line, sink));
    }

    /// One picture: its best form, and its small one when it comes apart.
    fn resource(&self, set: &Element, sink: &mut Sink<'_>) {
        let mut forms: Vec<(u8, &Element)> = Vec::new();
        for form in all(set, "resourceRepresentation") {
            let kind = form.attribute("type").unwrap_or_default().to_ascii_lowercase();
            let rank = if kind.contains("thumb") || kind.contains("lido00451") {
                9
            } else if kind.contains("master") || kind.contains("lido00464") {
                0
            } else if kind.contains("original") || kind.contains("large") {
                1
            } else if kind.contains("preview") || kind.contains("small") {
                5
            } else {
                2
            };
            forms.extend(all(form, "linkResource").map(|link| (rank, link)));
        }
        // LIDO 0.x and some servers write the link without representation.
        forms.extend(all(set, "linkResource").map(|link| (2, link)));
        let put = |name: &str, link: &Element, sink: &mut Sink<'_>| {
            let text = link.text();
            sink.put(name, &text, None, http(&text), link);
        };
        if sink.is_looking() {
            forms.iter().for_each(|(_, link)| put("lido:image", link, sink));
        } else if let Some((_, best)) = forms.iter().min_by_key(|(rank, _)| *rank) {
            put("lido:image", best, sink);
        }
        if let Some((_, small)) = forms.iter().find(|(rank, _)| *rank == 9) {
            put("lido:thumbnail", small, sink);
        }
        for rights in all(set, "rightsResource") {
            self.rights(rights, "lido:rightsResource", sink);
        }
    }
}
