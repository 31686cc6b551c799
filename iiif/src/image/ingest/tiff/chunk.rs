//! Bytes of a strip or tile, decompressed while they are read.

use super::super::IngestError;
use super::directory::damaged;
use flate2::read::ZlibDecoder;
use std::io::{self, BufReader, Read};
use weezl::BitOrder;
use weezl::decode::Decoder;

/// Compression schemes that are read row by row (tag 259).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// 1.
    None,
    /// 5.
    Lzw,
    /// 8 and 32946.
    Deflate,
    /// 32773.
    PackBits,
    /// 3: one-dimensional, with ends of lines.
    Fax3,
    /// 4.
    Fax4,
    /// 7.
    Jpeg,
}

impl Scheme {
    pub(super) fn of(number: u64) -> Result<Self, IngestError> {
        Ok(match number {
            1 => Self::None,
            5 => Self::Lzw,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            3 => Self::Fax3,
            4 => Self::Fax4,
            7 => Self::Jpeg,
            _ => {
                let name = match number {
                    2 => "CCITT RLE compression".to_owned(),
                    6 => "old-style JPEG compression".to_owned(),
                    32809 => "ThunderScan compression".to_owned(),
                    34712 => "JPEG 2000 compression".to_owned(),
                    34925 => "LZMA compression".to_owned(),
                    50000 => "Zstandard compression".to_owned(),
                    50001 => "WebP compression".to_owned(),
                    other => format!("compression {other}"),
                };
                return Err(IngestError::Unsupported { format: "TIFF", what: name });
            }
        })
    }
}

/// What a bilevel chunk needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fax {
    pub(super) width: u16,
    pub(super) rows: u32,
}

/// The bytes of a chunk, decompressed.
pub(super) fn decompressed<'a, R: Read + 'a>(
    scheme: Scheme,
    stored: R,
    fax: Fax,
    reversed: bool,
) -> Result<Box<dyn Read + 'a>, IngestError> {
    let stored = BufReader::with_capacity(64 << 10, stored);
    Ok(match scheme {
        Scheme::None if reversed => Box::new(Reversed(stored)),
        Scheme::None => Box::new(stored),
        Scheme::Deflate => Box::new(ZlibDecoder::new(stored)),
        Scheme::Lzw => Box::new(Lzw::new(stored)),
        Scheme::PackBits => Box::new(PackBits { stored, literal: 0, repeat: 0, value: 0 }),
        Scheme::Fax3 | Scheme::Fax4 => {
            let bytes = if reversed { all(Reversed(stored))? } else { all(stored)? };
            Box::new(io::Cursor::new(fax_rows(scheme, &bytes, fax)?))
        }
        Scheme::Jpeg => return Err(damaged("JPEG is decoded as a whole")),
    })
}

fn all<R: Read>(mut stored: R) -> Result<Vec<u8>, IngestError> {
    let mut bytes = Vec::new();
    stored.read_to_end(&mut bytes).map_err(super::directory::read_error)?;
    Ok(bytes)
}

/// Bits of each byte from the other end (FillOrder 2).
struct Reversed<R>(R);

impl<R: Read> Read for Reversed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        for byte in buffer.iter_mut().take(n) {
            *byte = byte.reverse_bits();
        }
        Ok(n)
    }
}

/// TIFF's LZW, in its usual order or in the old one of libtiff.
struct Lzw<R> {
    stored: BufReader<R>,
    decoder: Option<Decoder>,
}

impl<R: Read> Lzw<R> {
    fn new(stored: BufReader<R>) -> Self {
        Self { stored, decoder: None }
    }
}

impl<R: Read> Read for Lzw<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use io::BufRead;
        loop {
            let bytes = self.stored.fill_buf()?;
            let decoder = self.decoder.get_or_insert_with(|| {
                // The clear code, 256 in nine bits, begins the data: in the old order its low bits
                // come first.
                match bytes {
                    [0, second, ..] if second & 1 == 1 => Decoder::new(BitOrder::Lsb, 8),
                    _ => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
                }
            });
            let result = decoder.decode_bytes(bytes, buffer);
            let is_over = bytes.is_empty();
            self.stored.consume(result.consumed_in);
            if result.consumed_out > 0 || buffer.is_empty() {
                return Ok(result.consumed_out);
            }
            match result.status {
                Ok(weezl::LzwStatus::Done) => return Ok(0),
                Ok(_) if is_over => return Ok(0),
                Ok(_) => {}
                Err(error) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string()));
                }
            }
        }
    }
}

struct PackBits<R> {
    stored: BufReader<R>,
    literal: usize,
    repeat: usize,
    value: u8,
}

impl<R: Read> PackBits<R> {
    fn byte(&mut self) -> io::Result<Option<u8>> {
        let mut one = [0];
        Ok((self.stored.read(&mut one)? == 1).then_some(one[0]))
    }
}

impl<R: Read> Read for PackBits<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.repeat > 0 {
                let n = self.repeat.min(buffer.len());
                buffer.iter_mut().take(n).for_each(|byte| *byte = self.value);
                self.repeat -= n;
                return Ok(n);
            }
            if self.literal > 0 {
                let n = self.literal.min(buffer.len());
                let n = self.stored.read(buffer.get_mut(..n).unwrap_or_default())?;
                self.literal = if n == 0 { 0 } else { self.literal - n };
                return Ok(n);
            }
            match self.byte()? {
                None => return Ok(0),
                Some(128) => {}
                Some(n) if n < 128 => self.literal = usize::from(n) + 1,
                Some(n) => {
                    let Some(value) = self.byte()? else { return Ok(0) };
                    (self.repeat, self.value) = (257 - usize::from(n), value);
                }
            }
        }
    }
}

/// Rows of bits, black is 1; rows that are missing are white.
fn fax_rows(scheme: Scheme, bytes: &[u8], fax: Fax) -> Result<Vec<u8>, IngestError> {
    let stride = usize::from(fax.width).div_ceil(8);
    let total = stride * fax.rows as usize;
    let mut out = Vec::with_capacity(total);
    let mut line = |transitions: &[u16]| {
        if out.len() >= total {
            return;
        }
        let mut byte = 0u8;
        let mut count = 0;
        for pel in fax::decoder::pels(transitions, fax.width) {
            byte = byte << 1 | u8::from(pel == fax::Color::Black);
            count += 1;
            if count == 8 {
                out.push(byte);
                (byte, count) = (0, 0);
            }
        }
        if count > 0 {
            out.push(byte << (8 - count));
        }
    };
    let input = bytes.iter().copied();
    if scheme == Scheme::Fax4 {
        let reader = input.map(Result::<u8, std::convert::Infallible>::Ok);
        let mut decoder = fax::decoder::Group4Decoder::new(reader, fax.width)
            .map_err(|_| damaged("empty G4 data"))?;
        for _ in 0..fax.rows {
            match decoder.advance() {
                Ok(fax::decoder::DecodeStatus::End) => break,
                Ok(fax::decoder::DecodeStatus::Incomplete) => line(decoder.transition()),
                Err(_) => return Err(damaged("G4 data")),
            }
        }
    } else {
        let _complete = fax::decoder::decode_g3(input, line);
    }
    if out.is_empty() {
        return Err(damaged("no rows in fax data"));
    }
    out.resize(total, 0);
    Ok(out)
}
