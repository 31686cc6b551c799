//! Rows of stored samples to rows of eight-bit pixels.

use super::super::colour::Kind;

/// How samples are stored in a row.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// Bits a sample: 1, 2, 4, 8, 16, 32.
    pub(super) bits: usize,
    /// Samples a pixel in a row (1 when planes are apart).
    pub(super) samples: usize,
    /// Byte order of samples of 16 and 32 bits.
    pub(super) little: bool,
    /// Horizontal differencing.
    pub(super) predictor: bool,
}

impl Form {
    /// Bytes of a row of so many pixels.
    pub(super) fn stride(&self, width: usize) -> usize {
        (width * self.samples * self.bits).div_ceil(8)
    }

    /// Undoes the predictor, then widens or narrows to one byte a sample; small samples are spread
    /// to 0 to 255 unless they are `raw` (indices of a palette).
    pub(super) fn unpack(&self, row: &mut [u8], width: usize, raw: bool, out: &mut Vec<u8>) {
        let count = width * self.samples;
        match self.bits {
            8 => {
                if self.predictor {
                    for at in self.samples..row.len() {
                        let before = row.get(at - self.samples).copied().unwrap_or(0);
                        if let Some(byte) = row.get_mut(at) {
                            *byte = byte.wrapping_add(before);
                        }
                    }
                }
                out.extend(row.iter().take(count));
            }
            16 => {
                let read = |pair: &[u8; 2]| {
                    if self.little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
                };
                let pairs = row.as_chunks::<2>().0.iter().take(count);
                if self.predictor {
                    let mut before = vec![0u16; self.samples];
                    for (pair, slot) in pairs.zip((0..self.samples).cycle()) {
                        if let Some(before) = before.get_mut(slot) {
                            *before = before.wrapping_add(read(pair));
                            out.push((*before >> 8) as u8);
                        }
                    }
                } else {
                    out.extend(pairs.map(|pair| (read(pair) >> 8) as u8));
                }
            }
            bits => {
                let mask = (1u16 << bits) - 1;
                let per_byte = 8 / bits;
                let spread = if raw { 1 } else { 255 / mask };
                let from = out.len();
                for byte in row {
                    for slot in 1..=per_byte {
                        let value = u16::from(*byte) >> (8 - slot * bits) & mask;
                        out.push((value * spread) as u8);
                    }
                }
                out.truncate(from + count);
            }
        }
    }
}

/// What the samples mean (tag 262, with the others that belong to it).
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    /// 0: inverted grey.
    WhiteIsZero,
    /// 1.
    BlackIsZero,
    /// 2.
    Rgb,
    /// 3: colours of a palette, RGB.
    Palette(Vec<[u8; 3]>),
    /// 5, four inks.
    Inks,
    /// 6, with its subsampling: across, down.
    Ycbcr(usize, usize),
}

/// How many samples of a pixel are used, and what an extra one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpha {
    /// None.
    None,
    /// As it is.
    Straight,
    /// Multiplied into the colours already.
    Multiplied,
}

/// Turns unpacked pixels of `samples` bytes into pixels of a kind.
pub(super) fn arranged(
    pixels: &[u8],
    samples: usize,
    meaning: &Meaning,
    alpha: Alpha,
    kind: Kind,
    out: &mut Vec<u8>,
) {
    let colours = kind.samples() - usize::from(kind.has_alpha());
    for pixel in pixels.chunks_exact(samples) {
        let start = out.len();
        match meaning {
            Meaning::WhiteIsZero => out.push(255 - pixel.first().copied().unwrap_or(0)),
            Meaning::Palette(palette) => {
                let index = usize::from(pixel.first().copied().unwrap_or(0));
                out.extend(palette.get(index).copied().unwrap_or([0; 3]));
            }
            Meaning::Ycbcr(..) => {
                if let [y, cb, cr, ..] = pixel {
                    out.extend(rgb(*y, *cb, *cr));
                }
            }
            _ => out.extend(pixel.iter().take(colours)),
        }
        if !kind.has_alpha() {
            continue;
        }
        let extra = pixel.get(colours).copied().unwrap_or(255);
        if alpha == Alpha::Multiplied {
            for colour in out.iter_mut().skip(start) {
                let divided = u32::from(*colour) * 255 / u32::from(extra).max(1);
                *colour = divided.min(255) as u8;
            }
        }
        out.push(extra);
    }
}

/// JFIF's colours, which are TIFF's usual ones.
pub(super) fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    [y + 91881 * cr, y - 22554 * cb - 46802 * cr, y + 116_130 * cb]
        .map(|value| ((value + 32768) >> 16).clamp(0, 255) as u8)
}

/// Rows of pixels of three bytes (Y, Cb, Cr) out of a row of data units (TIFF 6, section 21): each
/// is a block of luma and one pair of chroma.
pub(super) fn units(
    data: &[u8],
    width: usize,
    (across, down): (usize, usize),
    row: usize,
    out: &mut Vec<u8>,
) {
    let unit = across * down + 2;
    for x in 0..width {
        let block = data.get(x / across * unit..).unwrap_or_default();
        let luma = block.get(row * across + x % across).copied().unwrap_or(0);
        let chroma = |n: usize| block.get(across * down + n).copied().unwrap_or(128);
        out.extend([luma, chroma(0), chroma(1)]);
    }
}
