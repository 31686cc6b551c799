//! Finds JSON values in a stream of bytes without holding more than one of them.
//!
//! Nothing is checked here but brackets and strings: serde_json reads each value afterwards, so a
//! value that is not JSON costs itself only.

use super::limits::Limits;
use super::row::ReadError;
use super::window::Window;
use std::io::Read;

/// Where the values stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One after the other, with white space (or a comma) between.
    Sequence,
    /// In an array.
    Array,
}

/// One value as it stands in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutValue {
    /// The bytes; of a value that is too large, only the beginning.
    pub bytes: Vec<u8>,
    /// Larger than [`Limits::max_row`].
    pub oversize: bool,
}

const KEPT: usize = 64 << 10;

/// Goes to the first value: into the array at the root, or at `path` (keys from the root object).
/// Without a path, an object at the root that has an array `features` is taken for GeoJSON.
///
/// # Errors
/// [`ReadError::Form`] when there is no array at the path, or nothing at all.
pub fn enter<R: Read>(window: &mut Window<R>, path: Option<&str>) -> Result<Place, ReadError> {
    match (next_byte(window)?, path) {
        (None, _) => Err(ReadError::Form("the file is empty".to_owned())),
        (Some(b'{'), Some(path)) => {
            for key in path.split('.') {
                find_key(window, key, path)?;
            }
            array(window, path)
        }
        (Some(b'{'), None) if has_features(window)? => {
            find_key(window, "features", "features")?;
            array(window, "features")
        }
        (Some(b'['), None) => array(window, "the root"),
        (Some(_), Some(path)) => Err(ReadError::Form(format!(
            "the root is not an object, so there is no array at `{path}`; check file.records"
        ))),
        (Some(_), None) => Ok(Place::Sequence),
    }
}

fn array<R: Read>(window: &mut Window<R>, path: &str) -> Result<Place, ReadError> {
    match next_byte(window)? {
        Some(b'[') => {
            window.consume(1);
            Ok(Place::Array)
        }
        _ => Err(ReadError::Form(format!("no array at `{path}`; check file.records"))),
    }
}

/// The next value, or `None` at the end of the array or of the stream.
///
/// # Errors
/// [`ReadError::Truncated`] when the stream ends inside the array.
pub fn next_value<R: Read>(
    window: &mut Window<R>,
    place: Place,
    limits: &Limits,
) -> Result<Option<CutValue>, ReadError> {
    loop {
        match next_byte(window)? {
            Some(b',') => window.consume(1),
            Some(b']') if place == Place::Array => return Ok(None),
            Some(_) => break,
            None if place == Place::Sequence => return Ok(None),
            None => return Err(cut_short()),
        }
    }
    let mut scan = Scan::default();
    let (mut at, mut gone) = (0, 0);
    let mut kept = None;
    loop {
        let Some(&byte) = window.bytes().get(at) else {
            if window.fill()? {
                continue;
            }
            if place == Place::Array {
                return Err(cut_short());
            }
            break;
        };
        match scan.step(byte) {
            Step::Inside => at += 1,
            Step::Last => {
                at += 1;
                break;
            }
            Step::Past => break,
        }
        if gone + at > limits.max_row {
            kept.get_or_insert_with(|| window.bytes().iter().take(KEPT).copied().collect());
            window.consume(at);
            (gone, at) = (gone + at, 0);
        }
    }
    let oversize = kept.is_some();
    let bytes = kept.unwrap_or_else(|| window.bytes().get(..at).unwrap_or_default().to_vec());
    window.consume(at);
    Ok(Some(CutValue { bytes, oversize }))
}

fn cut_short() -> ReadError {
    ReadError::Truncated("the file ends inside the array of records: it is cut short".to_owned())
}

/// The next byte that is not white space; everything before it is consumed.
fn next_byte<R: Read>(window: &mut Window<R>) -> Result<Option<u8>, ReadError> {
    loop {
        let bytes = window.bytes();
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let found = bytes.get(blank).copied();
        window.consume(blank);
        if found.is_some() || !window.fill()? {
            return Ok(found);
        }
    }
}

/// Enters an object and stops before the value of a key.
fn find_key<R: Read>(window: &mut Window<R>, key: &str, path: &str) -> Result<(), ReadError> {
    let missing =
        || ReadError::Form(format!("no `{key}` on the way to `{path}`; check file.records"));
    if next_byte(window)? != Some(b'{') {
        return Err(missing());
    }
    window.consume(1);
    loop {
        match next_byte(window)? {
            Some(b',') => window.consume(1),
            Some(b'"') => {
                let name = skip(window)?;
                if next_byte(window)? != Some(b':') {
                    return Err(missing());
                }
                window.consume(1);
                if serde_json::from_slice::<String>(&name).is_ok_and(|name| name == key) {
                    next_byte(window)?;
                    return Ok(());
                }
                next_byte(window)?;
                skip(window)?;
            }
            _ => return Err(missing()),
        }
    }
}

/// Consumes one value however large, and returns its first bytes.
fn skip<R: Read>(window: &mut Window<R>) -> Result<Vec<u8>, ReadError> {
    let mut scan = Scan::default();
    let mut first = Vec::new();
    loop {
        let bytes = window.bytes();
        let mut done = false;
        let mut used = 0;
        for byte in bytes {
            match scan.step(*byte) {
                Step::Inside => used += 1,
                Step::Last => {
                    used += 1;
                    done = true;
                }
                Step::Past => done = true,
            }
            if done {
                break;
            }
        }
        let room = 1024_usize.saturating_sub(first.len());
        first.extend(bytes.iter().take(used.min(room)));
        window.consume(used);
        if done || !window.fill()? {
            return Ok(first);
        }
    }
}

/// Whether the first 64 KiB show an array `features` directly in the root object.
fn has_features<R: Read>(window: &mut Window<R>) -> Result<bool, ReadError> {
    window.fill_to(64 << 10)?;
    let visible = window.bytes();
    let mut peek = Window::new(visible);
    // Errors only say that it was not found in what is visible.
    let found = find_key(&mut peek, "features", "features").is_ok();
    Ok(found && next_byte(&mut peek)? == Some(b'['))
}

#[derive(Debug, Default)]
struct Scan {
    depth: usize,
    string: bool,
    escaped: bool,
    scalar: bool,
}

enum Step {
    /// The byte belongs to the value, more may follow.
    Inside,
    /// The byte is the last of the value.
    Last,
    /// The value ended before the byte.
    Past,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Step {
        if self.string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.string = false;
                    if self.depth == 0 {
                        return Step::Last;
                    }
                }
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            b'"' | b'{' | b'[' if self.scalar => return Step::Past,
            b'"' => self.string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth == 0 => {
                // A bracket too many where a value should begin is a value of its own, refused
                // later; after a scalar it ends it.
                return if self.scalar { Step::Past } else { Step::Last };
            }
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Step::Last;
                }
            }
            b',' if self.depth == 0 => return Step::Past,
            _ if self.depth == 0 && byte.is_ascii_whitespace() => return Step::Past,
            _ if self.depth == 0 => self.scalar = true,
            _ => {}
        }
        Step::Inside
    }
}
