//! Character encodings: what bytes mean, and what is done when they are not what was declared.

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use std::io::{self, Read};

/// How the bytes of a field become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a field that is not is taken for Windows-1252, with an issue. Exports of POP carry
    /// single Latin-1 values in UTF-8 files.
    Utf8,
    /// ISO-8859-1; the bytes 80 to 9F, which it has only for controls, mean Windows-1252.
    Latin1,
    /// Windows-1252.
    Windows1252,
    /// UTF-16, little-endian; the stream is transcoded before it is cut.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
}

impl Encoding {
    /// The encoding of a name, whatever its case. `None`: not one that is read here.
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "ascii" | "us-ascii" => Some(Self::Utf8),
            "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" => Some(Self::Latin1),
            "windows-1252" | "cp1252" | "ansi" => Some(Self::Windows1252),
            "utf-16" | "utf-16le" => Some(Self::Utf16Le),
            "utf-16be" => Some(Self::Utf16Be),
            _ => None,
        }
    }

    /// The name that an XML declaration gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "ISO-8859-1",
            Self::Windows1252 => "windows-1252",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
        }
    }

    /// What a byte order mark at the beginning says, and its length.
    pub fn of_mark(head: &[u8]) -> Option<(Self, usize)> {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => Some((Self::Utf8, 3)),
            [0xFF, 0xFE, ..] => Some((Self::Utf16Le, 2)),
            [0xFE, 0xFF, ..] => Some((Self::Utf16Be, 2)),
            _ => None,
        }
    }

    /// Text of a field, with the code of the issue when something had to be repaired:
    /// `encoding_repaired` (not UTF-8, taken for Windows-1252), `c1_bytes` (declared ISO-8859-1
    /// with Windows-1252 characters), `encoding_doubtful` (declared ISO-8859-1 or Windows-1252,
    /// but the bytes are UTF-8 beyond ASCII: the schedule is probably wrong), `nul_removed`,
    /// `replacement_character` (the source itself lost a character).
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
        let (text, issue) = match self {
            Self::Utf8 | Self::Utf16Le | Self::Utf16Be => match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), None),
                Err(_) => (windows_1252(bytes), Some("encoding_repaired")),
            },
            Self::Latin1 | Self::Windows1252 if bytes.is_ascii() => {
                // ASCII bytes are the same text in all of them.
                (String::from_utf8_lossy(bytes), None)
            }
            Self::Latin1 | Self::Windows1252 => {
                let issue = if std::str::from_utf8(bytes).is_ok() {
                    Some("encoding_doubtful")
                } else if self == Self::Latin1 && bytes.iter().any(|b| (0x80..0xA0).contains(b)) {
                    Some("c1_bytes")
                } else {
                    None
                };
                (windows_1252(bytes), issue)
            }
        };
        if text.contains('\0') {
            return (Cow::Owned(text.replace('\0', "")), issue.or(Some("nul_removed")));
        }
        let lost = issue.is_none() && text.contains('\u{FFFD}');
        (text, if lost { Some("replacement_character") } else { issue })
    }
}

fn windows_1252(bytes: &[u8]) -> Cow<'_, str> {
    // Every byte is a character of Windows-1252 as the web defines it, so nothing is lost.
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// A UTF-16 stream read as UTF-8. A lone surrogate becomes U+FFFD.
pub struct Transcoder<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    used: usize,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R> std::fmt::Debug for Transcoder<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transcoder").finish_non_exhaustive()
    }
}

impl<R: Read> Transcoder<R> {
    /// Reads UTF-16 of that byte order; a mark at the beginning is left out.
    pub fn new(source: R, big_endian: bool) -> Self {
        let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
        let decoder = encoding.new_decoder_with_bom_removal();
        let (input, output) = (Vec::new(), Vec::new());
        Self { source, decoder, input, used: 0, output, given: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.given = 0;
        while self.output.is_empty() && !self.ended {
            if self.used == self.input.len() {
                self.input.resize(32 << 10, 0);
                let read = self.source.read(&mut self.input)?;
                self.input.truncate(read);
                self.used = 0;
            }
            let rest = self.input.get(self.used..).unwrap_or_default();
            let last = rest.is_empty();
            let room = self.decoder.max_utf8_buffer_length(rest.len()).unwrap_or(128 << 10);
            self.output.resize(room.max(16), 0);
            let (_, used, written, _) = self.decoder.decode_to_utf8(rest, &mut self.output, last);
            self.used += used;
            self.output.truncate(written);
            self.ended = last;
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.output.len() {
            self.refill()?;
        }
        let mut ready = self.output.get(self.given..).unwrap_or_default();
        let read = ready.read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_field_that_is_not_utf8_is_read_as_windows_1252_and_said_so() {
        assert_eq!(Encoding::Utf8.decode("é".as_bytes()), ("é".into(), None));
        assert_eq!(
            Encoding::Utf8.decode(b"\xE9glise"),
            ("église".into(), Some("encoding_repaired"))
        );
        assert_eq!(Encoding::Utf8.decode(b"c\x9Cur"), ("cœur".into(), Some("encoding_repaired")));
    }

    #[test]
    fn declared_latin_1_means_windows_1252_for_the_bytes_that_it_has_only_for_controls() {
        assert_eq!(Encoding::Latin1.decode(b"\xE9glise"), ("église".into(), None));
        assert_eq!(
            Encoding::Latin1.decode(b"l\x92\xE9glise"),
            ("l’église".into(), Some("c1_bytes"))
        );
        assert_eq!(Encoding::Windows1252.decode(b"l\x92\xE9glise"), ("l’église".into(), None));
        assert_eq!(Encoding::Latin1.decode("é".as_bytes()).1, Some("encoding_doubtful"));
    }

    #[test]
    fn nul_bytes_are_taken_out_and_lost_characters_are_noted() {
        assert_eq!(
            Encoding::Utf8.decode(b"Vue\0 de Paris"),
            ("Vue de Paris".into(), Some("nul_removed"))
        );
        assert_eq!(Encoding::Utf8.decode("a\u{FFFD}".as_bytes()).1, Some("replacement_character"));
    }

    proptest! {
        #[test]
        fn utf_16_of_either_order_is_read_back(text in "\\PC{0,200}", big: bool) {
            let units = text.encode_utf16();
            let bytes: Vec<u8> = if big {
                units.flat_map(u16::to_be_bytes).collect()
            } else {
                units.flat_map(u16::to_le_bytes).collect()
            };
            let mut read = String::new();
            Transcoder::new(bytes.as_slice(), big).read_to_string(&mut read).unwrap();
            prop_assert_eq!(read, text.strip_prefix('\u{FEFF}').unwrap_or(&text));
        }

        #[test]
        fn no_bytes_at_all_make_decoding_fail(bytes: Vec<u8>) {
            for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Windows1252] {
                let (text, _) = encoding.decode(&bytes);
                prop_assert!(!text.contains('\0'));
            }
        }
    }
}
