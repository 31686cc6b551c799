//! Bytes as text.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map_or('0', char::from);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0F));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_byte_makes_two_digits() {
        assert_eq!(super::hex(&[0, 0x0F, 0xA0, 0xFF]), "000fa0ff");
    }
}
