//! Huffman tables: to read with, to write with, and filled up so that any difference can be written.

use super::header::Codes;

/// Bits that one look-up sees.
pub(super) const PEEK: u32 = 10;
const SIZE: usize = 1 << PEEK;

/// What a look-up gives. `bits` is what to skip; `extra` bits of value follow, or none when the
/// value is known already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    /// The value, where it fits into the look-up.
    pub(super) value: i16,
    /// Zeros before it; [`END`] at the end of the block.
    pub(super) run: u8,
    /// Bits of code and known value; 0 when the code is longer than the look-up.
    pub(super) bits: u8,
    /// Bits of the value that follow.
    pub(super) extra: u8,
}

/// Run of the end of a block: past all coefficients.
pub(super) const END: u8 = 64;

/// A table to read with.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) fast: Box<[Found; SIZE]>,
    /// For codes of each length: the first number, left-aligned to 16 bits, beyond that length; and
    /// what to add to a code's number to find its symbol.
    limits: [u32; 17],
    offsets: [i32; 17],
    symbols: [u8; 256],
}

/// The value of `extra` bits, as F.2.2.1 extends it.
pub(super) fn extended(bits: u32, extra: u32) -> i32 {
    if extra == 0 {
        return 0;
    }
    let value = bits as i32;
    if value < 1 << (extra - 1) { value - (1 << extra) + 1 } else { value }
}

impl Reader {
    /// `None` when the codes overlap or a symbol makes no sense.
    pub(super) fn new(codes: &Codes, is_dc: bool) -> Option<Self> {
        let mut reader = Self {
            fast: Box::new([Found::default(); SIZE]),
            limits: [0; 17],
            offsets: [0; 17],
            symbols: [0; 256],
        };
        let mut symbols = codes.symbols.iter();
        let (mut code, mut index) = (0u32, 0usize);
        for (length, count) in (1u32..).zip(codes.counts) {
            let slot = length as usize;
            *reader.offsets.get_mut(slot)? = index as i32 - code as i32;
            for _ in 0..count {
                let symbol = *symbols.next()?;
                if code >= 1 << length || (is_dc && symbol > 15) {
                    return None;
                }
                *reader.symbols.get_mut(index)? = symbol;
                reader.enter(code, length, symbol, is_dc)?;
                code += 1;
                index += 1;
            }
            *reader.limits.get_mut(slot)? = code << (16 - length);
            code <<= 1;
        }
        Some(reader)
    }

    /// Fills the look-ups that begin with a code.
    fn enter(&mut self, code: u32, length: u32, symbol: u8, is_dc: bool) -> Option<()> {
        if length > PEEK {
            return Some(());
        }
        let (run, extra) = split(symbol, is_dc);
        let free = PEEK - length;
        for tail in 0..1u32 << free {
            let known = extra == 0 || u32::from(extra) <= free;
            let found = if known {
                let bits = tail.checked_shr(free - u32::from(extra)).unwrap_or(0);
                Found {
                    value: extended(bits, u32::from(extra)) as i16,
                    run,
                    bits: length as u8 + extra,
                    extra: 0,
                }
            } else {
                Found { value: 0, run, bits: length as u8, extra }
            };
            *self.fast.get_mut(((code << free) | tail) as usize)? = found;
        }
        Some(())
    }

    /// Codes longer than the look-up, from the next 16 bits.
    pub(super) fn slow(&self, peek: u32, is_dc: bool) -> Option<Found> {
        for length in PEEK + 1..=16 {
            if peek < *self.limits.get(length as usize)? {
                let number = (peek >> (16 - length)) as i32 + *self.offsets.get(length as usize)?;
                let symbol = *self.symbols.get(usize::try_from(number).ok()?)?;
                let (run, extra) = split(symbol, is_dc);
                return Some(Found { value: 0, run, bits: length as u8, extra });
            }
        }
        None
    }
}

/// Run and bits of the value.
fn split(symbol: u8, is_dc: bool) -> (u8, u8) {
    match symbol {
        _ if is_dc => (0, symbol),
        0x00 => (END, 0),
        _ => (symbol >> 4, symbol & 15),
    }
}

/// A code to write.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Code {
    pub(super) bits: u32,
    pub(super) length: u32,
}

/// Adds the symbols that are missing, behind the others: their codes stay as they are. `None` when
/// there is no room.
pub(super) fn filled_up(codes: &Codes, wanted: impl Iterator<Item = u8>) -> Option<Codes> {
    let missing: Vec<u8> = wanted.filter(|symbol| !codes.symbols.contains(symbol)).collect();
    let mut out = codes.clone();
    if missing.is_empty() {
        return Some(out);
    }
    // Codes of 16 bits that are used up by the shorter ones, and by those of 16.
    let used: u32 =
        (1u32..).zip(codes.counts).map(|(length, n)| u32::from(n) << (16 - length)).sum();
    // The code of ones only is not to be used.
    if used + missing.len() as u32 > 0xFFFF {
        return None;
    }
    let last = out.counts.last_mut()?;
    *last = last.checked_add(missing.len() as u8)?;
    out.symbols.extend(missing);
    (out.symbols.len() <= 256).then_some(out)
}

/// The code of each symbol; length 0 for those that have none.
pub(super) fn writer(codes: &Codes) -> Box<[Code; 256]> {
    let mut out = Box::new([Code::default(); 256]);
    let mut symbols = codes.symbols.iter();
    let mut code = 0u32;
    for (length, count) in (1u32..).zip(codes.counts) {
        for symbol in symbols.by_ref().take(usize::from(count)) {
            if let Some(slot) = out.get_mut(usize::from(*symbol)) {
                *slot = Code { bits: code, length };
            }
            code += 1;
        }
        code <<= 1;
    }
    out
}
