//! How much of a file is believed (invariant 9).

/// Limits of reading. The defaults take every file of the open data with room to spare, and stop
/// what was made to exhaust memory or disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that one file may decompress to.
    pub max_bytes: u64,
    /// Bytes out for each byte in, once [`Limits::ratio_from`] bytes are out. Real tables of
    /// mostly empty cells reach 60; deflate cannot pass 1,032.
    pub max_ratio: u64,
    /// Bytes out below which the ratio is not looked at.
    pub ratio_from: u64,
    /// Compressions one inside the other (`.csv.gz` in a zip is two).
    pub layers: u32,
    /// Bytes of one field.
    pub max_field: usize,
    /// Bytes of one row or JSON value.
    pub max_row: usize,
    /// Bytes before the end of the header line.
    pub max_header: usize,
    /// Bytes of a page's body after which the page is closed, however few its rows.
    pub page_bytes: usize,
    /// Fields of one record.
    pub max_fields: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 30,
            max_ratio: 250,
            ratio_from: 256 << 20,
            layers: 2,
            max_field: 16 << 20,
            max_row: 64 << 20,
            max_header: 1 << 20,
            page_bytes: 8 << 20,
            max_fields: 10_000,
        }
    }
}
