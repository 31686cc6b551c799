//! Who asks: what a partner's log shows, and whom its operator can write to.

use reqwest::header::{ACCEPT_ENCODING, FROM, HeaderMap, HeaderValue};

/// Where the operator of this gateway can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// Public URL of the gateway.
    pub url: Option<String>,
    /// Address of the operator.
    pub email: Option<String>,
}

impl Contact {
    /// `Passerelle/1.0 (+https://…; mailto:…)`: what is not set is left out.
    pub(super) fn user_agent(&self) -> String {
        let url = self.url.as_ref().map(|url| format!("+{url}"));
        let email = self.email.as_ref().map(|email| format!("mailto:{email}"));
        let said: Vec<String> = url.into_iter().chain(email).collect();
        let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) };
        let agent = format!("Passerelle/{}{said}", env!("CARGO_PKG_VERSION"));
        // A header is ASCII.
        agent.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect()
    }

    /// Headers of every request: `From` (RFC 9110, 10.1.2), and the encodings that the OAI-PMH
    /// guidelines recommend.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=1.0, identity;q=0.5"));
        if let Some(from) = self.email.as_ref().and_then(|email| HeaderValue::from_str(email).ok())
        {
            headers.insert(FROM, from);
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_can_see_who_asks() {
        let contact = Contact {
            url: Some("https://passerelle.test".to_owned()),
            email: Some("oai@passerelle.test".to_owned()),
        };
        let agent = contact.user_agent();
        assert!(
            agent.ends_with(" (+https://passerelle.test; mailto:oai@passerelle.test)"),
            "{agent}"
        );
        assert_eq!(contact.headers().get(FROM).unwrap(), "oai@passerelle.test");
        assert!(!Contact::default().user_agent().contains('('));
        assert!(Contact::default().headers().get(FROM).is_none());
    }
}
