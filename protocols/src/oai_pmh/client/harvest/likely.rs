//! What will probably be asked for next, before a page is read: the request can be on its way
//! meanwhile.

use super::{Harvest, Kind, Stage, Step};

/// Where the token of a list stands: at the end, in so many bytes.
const TAIL: usize = 4096;
const ELEMENT: &[u8] = b"resumptionToken";

impl Harvest {
    /// The URL that [`Harvest::next`] will say once this body was received, if the body is a page
    /// like most: a list of records goes on with the token at its end. What must be looked at more
    /// closely (another encoding, an entity in the token, no token) gives none. It is a guess: only
    /// reading the page decides.
    pub fn likely_next(&self, body: &[u8]) -> Option<String> {
        let state = &self.state;
        let list = state.list.as_ref()?;
        if !matches!(state.stage, Stage::List)
            || !matches!(list.window.kind, Kind::Records)
            || !state.missing.is_empty()
        {
            return None;
        }
        let token = last_token(body)?;
        if list.token.as_deref() == Some(token) {
            return None;
        }
        let arguments = [("verb", Some("ListRecords")), ("resumptionToken", Some(token))];
        match self.url(&arguments) {
            Step::Get(url) => Some(url),
            Step::Count | Step::Finished(_) => None,
        }
    }
}

/// The text of the `resumptionToken` that a page ends with.
fn last_token(body: &[u8]) -> Option<&str> {
    let tail = body.get(body.len().saturating_sub(TAIL)..)?;
    let closing = last(tail, ELEMENT)?;
    let before = tail.get(..closing)?;
    let text_end = before.iter().rposition(|byte| *byte == b'<')?;
    // An empty element has no end tag: its name would be found instead, with nothing closed.
    if before.get(text_end + 1) != Some(&b'/') {
        return None;
    }
    let text = before.get(..text_end)?;
    let opening = last(text, ELEMENT)?;
    let text = text.get(opening + ELEMENT.len()..)?;
    let text_start = text.iter().position(|byte| *byte == b'>')? + 1;
    let text = text.get(text_start..)?;
    let plain = text.is_ascii() && !text.iter().any(|byte| matches!(byte, b'&' | b'<' | b'>'));
    let token = std::str::from_utf8(text).ok().filter(|_| plain)?.trim();
    (!token.is_empty()).then_some(token)
}

fn last(within: &[u8], part: &[u8]) -> Option<usize> {
    within.windows(part.len()).rposition(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::last_token;

    #[test]
    fn the_token_is_the_text_of_the_last_element() {
        for (body, token) in [
            ("<record/><resumptionToken>a,b</resumptionToken></ListRecords>", Some("a,b")),
            (
                "<o:resumptionToken cursor='0'>\n t \n</o:resumptionToken ></o:ListRecords>",
                Some("t"),
            ),
            ("<resumptionToken>1</resumptionToken><resumptionToken>2</resumptionToken>", Some("2")),
            ("<resumptionToken>a&amp;b</resumptionToken>", None),
            ("<resumptionToken>é</resumptionToken>", None),
            ("<resumptionToken/>", None),
            ("<resumptionToken></resumptionToken>", None),
            ("<resumptionToken>cut sho", None),
            ("<ListRecords></ListRecords>", None),
            ("", None),
        ] {
            assert_eq!(last_token(body.as_bytes()), token, "{body}");
        }
    }

    #[test]
    fn utf_16_gives_none() {
        let body: Vec<u8> = "<resumptionToken>t</resumptionToken>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(last_token(&body), None);
    }
}
