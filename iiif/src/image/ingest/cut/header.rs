//! The markers of a JPEG before its scan, and whether the scan can be cut.

use super::super::super::Dimensions;

/// A Huffman table as DHT has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codes {
    /// Codes of each length from 1 to 16.
    pub(super) counts: [u8; 16],
    /// Their symbols, in order.
    pub(super) symbols: Vec<u8>,
}

/// One component of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of an MCU across and down.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) quantiser: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// What the markers say.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Header {
    pub(in super::super) size: Option<Dimensions>,
    /// Low byte of the SOF marker.
    pub(in super::super) frame: u8,
    pub(in super::super) precision: u8,
    pub(super) components: Vec<Component>,
    pub(super) quantisers: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Codes>; 4],
    pub(super) ac: [Option<Codes>; 4],
    pub(super) restart_interval: usize,
    pub(super) has_jfif: bool,
    /// Colour transform of the Adobe segment.
    pub(in super::super) adobe: Option<u8>,
    /// The TIFF structure of the Exif segment.
    pub(in super::super) exif: Option<Vec<u8>>,
    profile_pieces: Vec<(u8, Vec<u8>)>,
    /// Components, their order and spectral selection are those of one baseline scan.
    is_one_scan: bool,
    /// Where the entropy-coded bytes begin.
    pub(super) scan_at: usize,
}

/// Why there is no [`Header`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum HeaderError {
    /// The bytes end before the scan: give more.
    Short,
    /// They are no JPEG.
    Broken,
}

impl Header {
    /// Reads from SOI to the first SOS.
    pub(in super::super) fn read(bytes: &[u8]) -> Result<Self, HeaderError> {
        let mut header = Self::default();
        let mut at = 2;
        if bytes.get(..2) != Some(&[0xFF, 0xD8]) {
            return Err(HeaderError::Broken);
        }
        loop {
            let (Some(&mark), Some(&code)) = (bytes.get(at), bytes.get(at + 1)) else {
                return Err(HeaderError::Short);
            };
            if mark != 0xFF {
                return Err(HeaderError::Broken);
            }
            match code {
                0xFF => {
                    at += 1;
                    continue;
                }
                0x01 | 0xD0..=0xD7 => {
                    at += 2;
                    continue;
                }
                0xD8 | 0xD9 | 0x00 => return Err(HeaderError::Broken),
                _ => {}
            }
            let length = match bytes.get(at + 2..at + 4) {
                Some([high, low]) => usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(HeaderError::Short),
            };
            if length < 2 {
                return Err(HeaderError::Broken);
            }
            let body = bytes.get(at + 4..at + 2 + length).ok_or(HeaderError::Short)?;
            at += 2 + length;
            header.segment(code, body).ok_or(HeaderError::Broken)?;
            if code == 0xDA {
                header.scan_at = at;
                return Ok(header);
            }
        }
    }

    fn segment(&mut self, code: u8, body: &[u8]) -> Option<()> {
        match code {
            0xC4 => self.huffman(body),
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => self.frame(code, body),
            0xDB => self.quantiser(body),
            0xDD => {
                let [high, low] = body.first_chunk::<2>()?;
                self.restart_interval = usize::from(u16::from_be_bytes([*high, *low]));
                Some(())
            }
            0xDA => self.scan(body),
            0xE0 => {
                self.has_jfif |= body.starts_with(b"JFIF\0");
                Some(())
            }
            0xE1 => {
                if self.exif.is_none() {
                    self.exif = body.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec);
                }
                Some(())
            }
            0xE2 => {
                if let Some([number, _, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    self.profile_pieces.push((*number, piece.to_vec()));
                }
                Some(())
            }
            0xEE => {
                if body.starts_with(b"Adobe") {
                    self.adobe = body.get(11).copied();
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    fn frame(&mut self, code: u8, body: &[u8]) -> Option<()> {
        if self.size.is_some() {
            return None;
        }
        let ([precision, h1, h0, w1, w0, count], rest) = body.split_first_chunk::<6>()?;
        let height = u32::from(u16::from_be_bytes([*h1, *h0]));
        let width = u32::from(u16::from_be_bytes([*w1, *w0]));
        self.frame = code;
        self.precision = *precision;
        self.size = Some(Dimensions { width, height });
        let (components, _) = rest.as_chunks::<3>();
        for [id, sampling, quantiser] in components.iter().take(usize::from(*count)) {
            self.components.push(Component {
                id: *id,
                across: usize::from(sampling >> 4),
                down: usize::from(sampling & 15),
                quantiser: usize::from(*quantiser),
                dc: 0,
                ac: 0,
            });
        }
        (self.components.len() == usize::from(*count)).then_some(())
    }

    fn quantiser(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = body.split_first() {
            let mut values = [0u16; 64];
            let wide = kind >> 4 != 0;
            let (table, rest) = rest.split_at_checked(if wide { 128 } else { 64 })?;
            for (index, value) in values.iter_mut().enumerate() {
                *value = if wide {
                    u16::from_be_bytes([*table.get(2 * index)?, *table.get(2 * index + 1)?])
                } else {
                    u16::from(*table.get(index)?)
                };
            }
            *self.quantisers.get_mut(usize::from(kind & 15))? = Some(values);
            body = rest;
        }
        Some(())
    }

    fn huffman(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|n| usize::from(*n)).sum::<usize>();
            let (symbols, rest) = rest.split_at_checked(total)?;
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15))? =
                Some(Codes { counts: *counts, symbols: symbols.to_vec() });
            body = rest;
        }
        Some(())
    }

    fn scan(&mut self, body: &[u8]) -> Option<()> {
        let (count, rest) = body.split_first()?;
        let (selectors, tail) = rest.split_at_checked(2 * usize::from(*count))?;
        let (selectors, _) = selectors.as_chunks::<2>();
        for ([id, tables], component) in selectors.iter().zip(&mut self.components) {
            component.dc = usize::from(tables >> 4);
            component.ac = usize::from(tables & 15);
            if component.id != *id {
                return Some(());
            }
        }
        self.is_one_scan =
            usize::from(*count) == self.components.len() && matches!(tail, [0, 63, 0, ..]);
        Some(())
    }

    /// The ICC profile, its pieces in order.
    pub(in super::super) fn profile(&self) -> Option<Vec<u8>> {
        let mut pieces: Vec<_> = self.profile_pieces.iter().collect();
        pieces.sort_by_key(|(number, _)| *number);
        let profile: Vec<u8> = pieces.into_iter().flat_map(|(_, piece)| piece).copied().collect();
        (!profile.is_empty()).then_some(profile)
    }

    /// Where the entropy-coded bytes begin.
    pub(in super::super) fn scan_at(&self) -> usize {
        self.scan_at
    }

    /// Number of components.
    pub(in super::super) fn component_count(&self) -> usize {
        self.components.len()
    }

    /// Three components that are YCbCr, by the rules of libjpeg (jdapimin.c, `default_decompress_parms`).
    pub(in super::super) fn is_ycbcr(&self) -> bool {
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        ids.len() == 3
            && (self.has_jfif
                || match self.adobe {
                    Some(transform) => transform != 0,
                    None => ids != b"RGB",
                })
    }

    /// Why the scan cannot be cut; `None` when it can.
    pub(in super::super) fn obstacle(&self) -> Option<&'static str> {
        let Some(size) = self.size else { return Some("no frame") };
        if size.width == 0 || size.height == 0 {
            return Some("its height comes behind the scan");
        }
        match self.frame {
            0xC0 | 0xC1 => {}
            0xC2 => return Some("progressive"),
            0xC3 => return Some("lossless JPEG"),
            0xC9..=0xCB => return Some("arithmetic coding"),
            _ => return Some("a hierarchical frame"),
        }
        if self.precision != 8 {
            return Some("not 8 bits a sample");
        }
        match self.components.as_slice() {
            [_] => {}
            [luma, chroma @ ..] if chroma.len() == 2 => {
                if !self.is_ycbcr() {
                    return Some("RGB components");
                }
                let known = (1..=2).contains(&luma.across) && (1..=2).contains(&luma.down);
                let plain = chroma.iter().all(|c| c.across == 1 && c.down == 1);
                if !known || !plain {
                    return Some("an unusual subsampling");
                }
            }
            _ => return Some("CMYK or other colours"),
        }
        if !self.is_one_scan {
            return Some("several scans");
        }
        let has_tables = self.components.iter().all(|component| {
            let has = |tables: &[Option<Codes>; 4], at: usize| {
                tables.get(at).is_some_and(Option::is_some)
            };
            has(&self.dc, component.dc)
                && has(&self.ac, component.ac)
                && self.quantisers.get(component.quantiser).is_some_and(Option::is_some)
        });
        if has_tables { None } else { Some("a table is missing") }
    }
}
