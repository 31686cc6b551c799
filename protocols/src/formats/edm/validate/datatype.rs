//! Simple types of XML Schema as libxml2 judges them, which is what the rest of the world runs.
//!
//! Where libxml2 2.9 is narrower or wider than the recommendation it is followed and said so: white
//! space around `xs:long` and `xs:date` fails, `1e` is a number, numbers have 24 digits at most.

/// Most digits of a decimal or an integer, leading zeros aside.
const MOST_DIGITS: usize = 24;

const XML_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// `xs:language`, or nothing (xml.xsd allows `xml:lang=""`; rule 7 does not).
pub(super) fn is_language(text: &str) -> bool {
    text.is_empty()
        || text.trim_matches(XML_SPACE).split('-').enumerate().all(|(place, part)| {
            (1..=8).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphabetic() || (place > 0 && b.is_ascii_digit()))
        })
}

/// `xs:float`, `xs:double`.
pub(super) fn is_float(text: &str) -> bool {
    let text = text.trim_matches(XML_SPACE);
    if matches!(text, "INF" | "-INF" | "NaN") {
        return true;
    }
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    whole.len() + fraction.len() > 0 && digits(whole) && digits(fraction) && digits(exponent)
}

/// `xs:long`, white space around it not allowed.
pub(super) fn is_long(text: &str) -> bool {
    let (negative, number) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if number.is_empty() || !digits(number) {
        return false;
    }
    let number = number.trim_start_matches('0');
    let most = if negative { "9223372036854775808" } else { "9223372036854775807" };
    number.len() < most.len() || (number.len() == most.len() && number <= most)
}

/// `xs:nonNegativeInteger`.
pub(super) fn is_non_negative(text: &str) -> bool {
    let text = text.trim_matches(XML_SPACE);
    let (negative, number) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let significant = number.trim_start_matches('0');
    !number.is_empty()
        && digits(number)
        && significant.len() <= MOST_DIGITS
        && (!negative || significant.is_empty())
}

/// `xs:decimal` from 0 to 1.
pub(super) fn is_confidence(text: &str) -> bool {
    let text = text.trim_matches(XML_SPACE);
    let (negative, number) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let significant = whole.trim_start_matches('0');
    let zero_fraction = fraction.bytes().all(|b| b == b'0');
    whole.len() + fraction.len() > 0
        && digits(whole)
        && digits(fraction)
        && significant.len() + fraction.len() <= MOST_DIGITS
        && match significant {
            "" => !negative || zero_fraction,
            "1" => !negative && zero_fraction,
            _ => false,
        }
}

/// `xs:date`, white space around it not allowed.
pub(super) fn is_date(text: &str) -> bool {
    let (before_christ, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let Some((year, rest)) = text.split_once('-') else { return false };
    // More than 18 digits do not fit into a number; five and more may not begin with a zero.
    let form = (4..=18).contains(&year.len())
        && digits(year)
        && (year.len() == 4 || !year.starts_with('0'));
    let (Some(month), Some("-"), Some(day), Some(zone)) =
        (rest.get(..2), rest.get(2..3), rest.get(3..5), rest.get(5..))
    else {
        return false;
    };
    let number = |text: &str| if digits(text) { text.parse::<i64>().ok() } else { None };
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return false;
    };
    let signed = if before_christ { -year } else { year };
    let leap = signed % 4 == 0 && (signed % 100 != 0 || signed % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    form && year != 0 && (1..=longest).contains(&day) && is_zone(zone)
}

fn is_zone(zone: &str) -> bool {
    if zone.is_empty() || zone == "Z" {
        return true;
    }
    let Some(rest) = zone.strip_prefix(['+', '-']) else { return false };
    let Some((hours, minutes)) = rest.split_once(':') else { return false };
    let two =
        |text: &str| (text.len() == 2 && digits(text)).then(|| text.parse::<u32>().ok()).flatten();
    matches!((two(hours), two(minutes)), (Some(hours), Some(minutes))
        if minutes < 60 && hours * 60 + minutes <= 14 * 60)
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `xs:anyURI` (RFC 3986 after the characters that XML Schema lets stand were taken for others).
pub(super) fn is_any_uri(text: &str) -> bool {
    let text: Vec<u8> = text
        .trim_matches(XML_SPACE)
        .bytes()
        .map(|byte| match byte {
            0..=32 | 127..=255 | b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`' => {
                b'_'
            }
            byte => byte,
        })
        .collect();
    let mut scheme = Uri { bytes: &text, at: 0 };
    if scheme.scheme() && scheme.take(b':') && scheme.path(true) && scheme.end() {
        return true;
    }
    let mut relative = Uri { bytes: &text, at: 0 };
    relative.path(false) && relative.end()
}

/// A URI under examination.
struct Uri<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Uri<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek(0) == byte && self.at < self.bytes.len();
        self.at += usize::from(found);
        found
    }

    fn scheme(&mut self) -> bool {
        if !self.peek(0).is_ascii_alphabetic() {
            return false;
        }
        while self.peek(0).is_ascii_alphanumeric() || b"+-.".contains(&self.peek(0)) {
            self.at += 1;
        }
        true
    }

    /// One character of the class, `more` being allowed beside the unreserved ones.
    fn character(&mut self, more: &[u8]) -> bool {
        let byte = self.peek(0);
        let plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte);
        if byte != 0 && (plain || more.contains(&byte)) {
            self.at += 1;
            return true;
        }
        let encoded =
            byte == b'%' && self.peek(1).is_ascii_hexdigit() && self.peek(2).is_ascii_hexdigit();
        self.at += if encoded { 3 } else { 0 };
        encoded
    }

    fn run(&mut self, more: &[u8]) {
        while self.character(more) {}
    }

    /// What follows the scheme, or a relative reference: authority and path.
    fn path(&mut self, after_scheme: bool) -> bool {
        if self.peek(0) == b'/' && self.peek(1) == b'/' {
            self.at += 2;
            if !self.authority() {
                return false;
            }
            return self.segments();
        }
        if self.peek(0) == b'/' {
            return self.segments();
        }
        // The first segment of a relative reference has no colon.
        self.run(if after_scheme { b":@" } else { b"@" });
        self.segments()
    }

    fn segments(&mut self) -> bool {
        while self.take(b'/') {
            self.run(b":@");
        }
        true
    }

    fn authority(&mut self) -> bool {
        let start = self.at;
        self.run(b":");
        if !self.take(b'@') {
            self.at = start;
        }
        if self.take(b'[') {
            while self.at < self.bytes.len() && self.peek(0) != b']' {
                self.at += 1;
            }
            if !self.take(b']') {
                return false;
            }
        } else {
            self.run(b"");
        }
        !self.take(b':') || self.port()
    }

    fn port(&mut self) -> bool {
        let start = self.at;
        let mut port: i64 = 0;
        while self.peek(0).is_ascii_digit() {
            port = port.saturating_mul(10).saturating_add(i64::from(self.peek(0) - b'0'));
            self.at += 1;
        }
        self.at > start && port <= i64::from(i32::MAX)
    }

    /// Query and fragment, and nothing behind.
    fn end(&mut self) -> bool {
        if self.take(b'?') {
            self.run(b":@/?");
        }
        if self.take(b'#') {
            self.run(b":@/?[]");
        }
        self.at == self.bytes.len()
    }
}

#[cfg(test)]
mod tests;
