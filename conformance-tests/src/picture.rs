//! Pictures for the suites.

use std::io::Write as _;

/// A PNG of noise-free stripes, so many pixels wide and high.
///
/// # Errors
/// None that memory can give: writing to it does not fail.
pub fn png(width: u32, height: u32) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    for y in 0..height {
        raw.push(0);
        for x in 0..width {
            raw.extend([(x / 7) as u8, (y / 5) as u8, ((x + y) / 11) as u8]);
        }
    }
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&raw)?;
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", header), (b"IDAT", encoder.finish()?), (b"IEND", Vec::new())] {
        out.extend((body.len() as u32).to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(&body);
        out.extend(kind);
        out.extend(&body);
        out.extend(crc.sum().to_be_bytes());
    }
    Ok(out)
}
