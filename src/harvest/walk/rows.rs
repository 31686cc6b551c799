//! From the rows of a walk to a page of records: masks, fields, identifiers.

use crate::config::source::SourceConfig;
use crate::harvest::file::json::take_value;
use crate::harvest::file::limits::Limits;
use crate::harvest::file::row::{CONTENT_KEY, Refusal, Row as Read, Rules};
use crate::harvest::file::xml::Taker;
use crate::harvest::{RawPage, Session};
use crate::store::run::Quarantined;
use domain::issue::Issue;
use domain::source_record::SourceRecord;
use protocols::formats::manifest;
use protocols::walk::{Content, Row};
use serde_json::Value;

/// What reads the rows of one source.
#[derive(Debug)]
pub(super) struct Reader {
    rules: Rules,
    /// The same, for rows that the protocol names.
    named: Rules,
    limits: Limits,
    format: String,
    masks: bool,
}

impl Reader {
    pub(super) fn of(session: &Session, config: &SourceConfig) -> Self {
        let rules = crate::harvest::file::rules(session, config);
        let named = Rules { keys: vec![CONTENT_KEY.to_owned()], ..rules.clone() };
        let format = config.format.clone().unwrap_or_else(|| "xml".to_owned());
        let masks = session.crosswalk().masks_anything();
        Self { rules, named, limits: Limits::default(), format, masks }
    }

    /// Whether a field is known that identifies records.
    pub(super) fn has_key(&self) -> bool {
        !self.rules.keys.is_empty()
    }

    /// A page: one record a line (JSON) or one after the other (XML), as [`crate::harvest::file`]
    /// stores them.
    pub(super) fn page(&self, rows: Vec<Row>, location: String, checkpoint: String) -> RawPage {
        let mut page = RawPage { location, checkpoint: Some(checkpoint), ..RawPage::default() };
        for (position, row) in rows.into_iter().enumerate() {
            let Row { id, datestamp, deleted, content } = row;
            let read = self.read(content, id.as_deref(), &mut page.body);
            match read {
                Read::Refused(refusal) => {
                    let Refusal { code, detail, body, local_id } = refusal;
                    let refused = Quarantined::new(position as i64, code, detail, &body);
                    page.quarantined.push(refused.of(id.or(local_id)));
                }
                Read::Record { local_id, fields, issues } => {
                    let record = SourceRecord {
                        local_id: id.unwrap_or(local_id),
                        deleted,
                        datestamp,
                        sets: Vec::new(),
                        origin: None,
                        fields: if deleted { Vec::new() } else { fields },
                    };
                    page.records.push((record, issues));
                }
            }
        }
        page
    }

    fn read(&self, content: Content, id: Option<&str>, body: &mut Vec<u8>) -> Read {
        let rules = if id.is_some() { &self.named } else { &self.rules };
        match content {
            Content::Nothing => {
                Read::Record { local_id: String::new(), fields: Vec::new(), issues: Vec::new() }
            }
            Content::Broken(code, detail, came) => {
                let came = match (self.masks && !came.is_empty(), came) {
                    (true, _) => b"(withheld: it may hold a masked field)".to_vec(),
                    (false, came) => String::from_utf8_lossy(&came).replace('\0', "").into_bytes(),
                };
                Read::Refused(Refusal::new(code, detail, came))
            }
            Content::Json(value) => take_value(value, rules, &self.limits, Vec::new(), body),
            Content::Manifest(value) => self.manifest(value, body),
            Content::Xml(element) => {
                let taker = Taker {
                    format: self.format.clone(),
                    rules: rules.clone(),
                    limits: self.limits,
                };
                taker.take(&element.to_xml(), &[], Vec::new(), body)
            }
        }
    }

    fn manifest(&self, mut value: Value, body: &mut Vec<u8>) -> Read {
        manifest::mask(&mut value, &*self.rules.masked);
        let read = manifest::read(&value);
        let (mut fields, mut issues) = (read.value, read.issues);
        let most = self.limits.max_field;
        if let Some(field) = fields.iter().find(|field| field.value.len() > most) {
            let detail = format!("field {} is longer than {most} bytes", field.name);
            return Read::Refused(Refusal::new("field_too_long", detail, Vec::new()));
        }
        for field in &mut fields {
            if field.value.contains('\0') {
                field.value = field.value.replace('\0', "");
                issues.push(Issue::new("nul_removed", &field.name, &field.value));
            }
        }
        if fields.len() > self.limits.max_fields {
            fields.truncate(self.limits.max_fields);
            let kept = format!("kept {}", self.limits.max_fields);
            issues.push(Issue::new("too_many_fields", "", &kept));
        }
        body.extend_from_slice(value.to_string().as_bytes());
        body.push(b'\n');
        Read::Record { local_id: String::new(), fields, issues }
    }
}
