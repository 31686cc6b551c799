//! TIFF and BigTIFF masters, row by row.

mod chunk;
mod directory;
mod samples;

use super::IngestError;
use super::colour::Kind;
use crate::image::{Dimensions, jpeg};
use chunk::{Fax, Scheme, decompressed};
use directory::{Directory, Reader, damaged, read_error};
use samples::{Alpha, Form, Meaning, arranged, units};
use std::io::{Read, Seek, SeekFrom};

/// Largest profile that is read.
const MAX_PROFILE: u64 = 16 << 20;

/// One image of a TIFF, ready to be read.
#[derive(Debug)]
pub(super) struct Page {
    /// Pixels as stored.
    pub(super) size: Dimensions,
    /// Exif's orientation, 1 to 8.
    pub(super) orientation: u8,
    pub(super) kind: Kind,
    pub(super) profile: Option<Vec<u8>>,
    /// Bytes that reading holds at once, roughly.
    pub(super) memory: u64,
    form: Form,
    meaning: Meaning,
    alpha: Alpha,
    scheme: Scheme,
    samples: usize,
    /// Planes apart: so many rows of chunks, one for each sample.
    planar: bool,
    /// Width and height of a chunk.
    chunk: (usize, usize),
    is_tiled: bool,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
    tables: Option<Vec<u8>>,
    reversed: bool,
}

/// An opened TIFF.
#[derive(Debug)]
pub(super) struct Tiff<'a, R> {
    reader: Reader<'a, R>,
    pages: Vec<Directory>,
}

impl<'a, R: Read + Seek> Tiff<'a, R> {
    /// Reads the directories; reduced copies and masks are passed over.
    pub(super) fn open(source: &'a mut R, length: u64) -> Result<Self, IngestError> {
        let (mut reader, directories) = Reader::open(source, length)?;
        let mut pages = Vec::new();
        let mut first = None;
        for directory in directories {
            let kind = reader.number_of(&directory, 254)?.unwrap_or(0);
            if kind & 0b101 == 0 {
                pages.push(directory);
            } else if first.is_none() {
                first = Some(directory);
            }
        }
        // A file of thumbnails only has an image all the same.
        if pages.is_empty() {
            pages.extend(first);
        }
        Ok(Self { reader, pages })
    }

    /// Sizes of the images, upright.
    pub(super) fn sizes(&mut self) -> Result<Vec<Dimensions>, IngestError> {
        let Self { reader, pages } = self;
        pages
            .iter()
            .map(|page| {
                let size = size_of(reader, page)?;
                Ok(if reader.number_of(page, 274)?.is_some_and(|turn| (5..=8).contains(&turn)) {
                    Dimensions { width: size.height, height: size.width }
                } else {
                    size
                })
            })
            .collect()
    }

    /// Number of images.
    pub(super) fn count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// What one of them is.
    pub(super) fn page(&mut self, number: u32) -> Result<Page, IngestError> {
        let pages = self.count();
        let directory = self
            .pages
            .get(number as usize)
            .ok_or(IngestError::NoSuchPage { page: number, pages })?
            .clone();
        let reader = &mut self.reader;
        let size = size_of(reader, &directory)?;
        let scheme = Scheme::of(reader.number_of(&directory, 259)?.unwrap_or(1))?;
        let samples = reader.number_of(&directory, 277)?.unwrap_or(1) as usize;
        if samples == 0 || samples > 16 {
            return Err(damaged(format!("{samples} samples a pixel")));
        }
        let bits = reader.numbers(&directory, 258)?;
        let depth = bits.first().copied().unwrap_or(1);
        let unsupported = |what: String| Err(IngestError::Unsupported { format: "TIFF", what });
        if bits.iter().take(samples).any(|other| *other != depth) {
            return unsupported("samples of different depths".to_owned());
        }
        if !matches!(depth, 1 | 2 | 4 | 8 | 16) {
            return unsupported(format!("{depth} bits a sample"));
        }
        match reader.number_of(&directory, 339)?.unwrap_or(1) {
            1 | 4 => {}
            2 => return unsupported("signed samples".to_owned()),
            3 => return unsupported("floating-point samples".to_owned()),
            _ => return unsupported("complex samples".to_owned()),
        }
        let predictor = reader.number_of(&directory, 317)?.unwrap_or(1);
        if predictor > 2 {
            return unsupported("a floating-point predictor".to_owned());
        }
        let differs = matches!(scheme, Scheme::Lzw | Scheme::Deflate) && predictor == 2;
        if differs && depth < 8 {
            return unsupported("a predictor for small samples".to_owned());
        }
        let planar = reader.number_of(&directory, 284)?.unwrap_or(1) == 2 && samples > 1;
        let photometric = reader.number_of(&directory, 262)?.unwrap_or(u64::from(samples > 2) + 1);
        let meaning = self.meaning(&directory, photometric, scheme, depth)?;
        let reader = &mut self.reader;
        let (kind, alpha) = kind_of(reader, &directory, &meaning, samples)?;
        if matches!(meaning, Meaning::Ycbcr(across, down) if across * down > 1)
            && scheme != Scheme::Jpeg
            && (planar || depth != 8 || differs)
        {
            return unsupported("this form of subsampled YCbCr".to_owned());
        }
        let is_tiled = reader.number_of(&directory, 322)?.is_some();
        let (width, height) = (size.width as usize, size.height as usize);
        let chunk = if is_tiled {
            let side = |value: Option<u64>| value.unwrap_or(0).min(u64::from(u32::MAX)) as usize;
            (side(reader.number_of(&directory, 322)?), side(reader.number_of(&directory, 323)?))
        } else {
            let rows = reader.number_of(&directory, 278)?.unwrap_or(u64::MAX);
            (width, rows.clamp(1, height as u64) as usize)
        };
        if chunk.0 == 0 || chunk.1 == 0 || chunk.0 > 1 << 20 || (is_tiled && chunk.1 > 1 << 20) {
            return Err(damaged(format!("tiles of {}x{}", chunk.0, chunk.1)));
        }
        let (offset_tag, length_tag) = if is_tiled { (324, 325) } else { (273, 279) };
        let offsets = reader.numbers(&directory, offset_tag)?;
        let mut lengths = reader.numbers(&directory, length_tag)?;
        let planes = if planar { samples } else { 1 };
        let wanted = width.div_ceil(chunk.0) * height.div_ceil(chunk.1) * planes;
        if lengths.len() < offsets.len() && offsets.len() == 1 {
            lengths = vec![reader.length().saturating_sub(offsets.first().copied().unwrap_or(0))];
        }
        if offsets.len() < wanted || lengths.len() < wanted {
            return Err(damaged(format!("{} of {wanted} strips or tiles", offsets.len())));
        }
        let fax = matches!(scheme, Scheme::Fax3 | Scheme::Fax4);
        if fax && (depth != 1 || samples != 1 || chunk.0 > usize::from(u16::MAX)) {
            return Err(damaged("fax compression of another form"));
        }
        if scheme == Scheme::Fax3 && reader.number_of(&directory, 292)?.unwrap_or(0) & 1 == 1 {
            return unsupported("two-dimensional G3 compression".to_owned());
        }
        let form = Form {
            bits: depth as usize,
            samples: if planar { 1 } else { samples },
            little: reader.is_little(),
            predictor: differs,
        };
        let reversed = reader.number_of(&directory, 266)?.unwrap_or(1) == 2;
        let orientation = reader.number_of(&directory, 274)?.unwrap_or(1);
        let profile = reader.blob(&directory, 34675, MAX_PROFILE)?;
        let tables = reader.blob(&directory, 347, 1 << 20)?;
        let is_rowwise = !is_tiled && !planar && scheme != Scheme::Jpeg;
        let rows = if is_rowwise { 16 } else { chunk.1 };
        let across = width.next_multiple_of(chunk.0) as u64;
        let pixels = across * rows as u64 * (samples + 8) as u64;
        let whole = if fax { (chunk.0 / 8 * chunk.1 * 2) as u64 } else { 0 };
        Ok(Page {
            size,
            orientation: if (1..=8).contains(&orientation) { orientation as u8 } else { 1 },
            kind,
            profile,
            memory: pixels + whole,
            form,
            meaning,
            alpha,
            scheme,
            samples,
            planar,
            chunk,
            is_tiled,
            offsets,
            lengths,
            tables,
            reversed: reversed && (fax || depth == 1),
        })
    }

    fn meaning(
        &mut self,
        directory: &Directory,
        photometric: u64,
        scheme: Scheme,
        depth: u64,
    ) -> Result<Meaning, IngestError> {
        let reader = &mut self.reader;
        Ok(match photometric {
            0 => Meaning::WhiteIsZero,
            1 | 4 => Meaning::BlackIsZero,
            2 => Meaning::Rgb,
            3 => {
                if depth > 8 {
                    let what = "a palette of more than 256 colours".to_owned();
                    return Err(IngestError::Unsupported { format: "TIFF", what });
                }
                let map = reader.numbers(directory, 320)?;
                let n = 1usize << depth;
                let (Some(red), Some(green), Some(blue)) =
                    (map.get(..n), map.get(n..2 * n), map.get(2 * n..3 * n))
                else {
                    return Err(damaged("a palette without colours"));
                };
                // Some writers store eight bits where sixteen belong.
                let shift = if map.iter().all(|value| *value < 256) { 0 } else { 8 };
                let colours = red.iter().zip(green).zip(blue);
                Meaning::Palette(
                    colours.map(|((r, g), b)| [r, g, b].map(|v| (v >> shift) as u8)).collect(),
                )
            }
            5 => Meaning::Inks,
            6 => {
                let sampling = reader.numbers(directory, 530)?;
                let side = |n: usize| match sampling.get(n) {
                    None => 2,
                    Some(value @ (1 | 2 | 4)) => *value as usize,
                    Some(_) => 0,
                };
                let (across, down) = (side(0), side(1));
                if (across == 0 || down == 0) && scheme != Scheme::Jpeg {
                    return Err(damaged("subsampling"));
                }
                Meaning::Ycbcr(across, down)
            }
            other => {
                let what = match other {
                    8..=10 => "CIELAB colour".to_owned(),
                    32803 | 34892 => "a camera's raw samples".to_owned(),
                    32844 | 32845 => "LogLuv colour".to_owned(),
                    other => format!("photometric interpretation {other}"),
                };
                return Err(IngestError::Unsupported { format: "TIFF", what });
            }
        })
    }

    /// Reads a page: calls `emit` with rows of pixels of its kind, top to bottom, some rows at once.
    pub(super) fn read(
        &mut self,
        page: &Page,
        emit: &mut dyn FnMut(&[u8]) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let (width, height) = (page.size.width as usize, page.size.height as usize);
        let across = width.div_ceil(page.chunk.0);
        let down = height.div_ceil(page.chunk.1);
        let is_rowwise = !page.is_tiled && !page.planar && page.scheme != Scheme::Jpeg;
        let mut pixels = Vec::new();
        for row in 0..down {
            let rows = page.chunk.1.min(height - row * page.chunk.1);
            if is_rowwise {
                self.rows(page, row, rows, &mut |unpacked| {
                    pixels.clear();
                    let Page { samples, meaning, alpha, kind, .. } = page;
                    arranged(unpacked, *samples, meaning, *alpha, *kind, &mut pixels);
                    emit(&pixels)
                })?;
                continue;
            }
            // Chunks side by side (and planes behind each other) into rows of the image.
            let mut band = vec![0u8; width * rows * page.samples];
            let planes = if page.planar { page.samples } else { 1 };
            let mut meaning = &page.meaning;
            for plane in 0..planes {
                for column in 0..across {
                    let index = (plane * down + row) * across + column;
                    let used = page.chunk.0.min(width - column * page.chunk.0);
                    if page.scheme == Scheme::Jpeg {
                        let decoded = self.jpeg(page, index, rows)?;
                        // libjpeg gave RGB.
                        if matches!(meaning, Meaning::Ycbcr(..)) && !page.planar {
                            meaning = &Meaning::Rgb;
                        }
                        place(page, &mut band, (width, column, plane), &decoded, used, rows)?;
                        continue;
                    }
                    let mut at = 0;
                    self.rows(page, index, rows, &mut |unpacked| {
                        place_row(page, &mut band, (width, column, plane), unpacked, used, at);
                        at += 1;
                        Ok(())
                    })?;
                }
            }
            pixels.clear();
            arranged(&band, page.samples, meaning, page.alpha, page.kind, &mut pixels);
            emit(&pixels)?;
        }
        Ok(())
    }

    /// Unpacks rows of a chunk that is not JPEG, one at a time.
    fn rows(
        &mut self,
        page: &Page,
        index: usize,
        rows: usize,
        each: &mut dyn FnMut(&[u8]) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let stored = self.section(page, index)?;
        let chunk_rows = if page.is_tiled { page.chunk.1 } else { rows };
        let fax = Fax { width: page.chunk.0 as u16, rows: chunk_rows as u32 };
        let mut bytes = decompressed(page.scheme, stored, fax, page.reversed)?;
        let width = page.chunk.0;
        let mut unpacked = Vec::new();
        if let Meaning::Ycbcr(across, down) = page.meaning
            && across * down > 1
        {
            let mut data = vec![0; width.div_ceil(across) * (across * down + 2)];
            for row in 0..rows {
                if row % down == 0 {
                    fill(&mut bytes, &mut data)?;
                }
                unpacked.clear();
                units(&data, width, (across, down), row % down, &mut unpacked);
                each(&unpacked)?;
            }
            return Ok(());
        }
        let mut row_bytes = vec![0; page.form.stride(width)];
        let is_raw = matches!(page.meaning, Meaning::Palette(_));
        for _ in 0..rows {
            fill(&mut bytes, &mut row_bytes)?;
            unpacked.clear();
            page.form.unpack(&mut row_bytes, width, is_raw, &mut unpacked);
            each(&unpacked)?;
        }
        Ok(())
    }

    /// The stored bytes of a chunk.
    fn section(&mut self, page: &Page, index: usize) -> Result<std::io::Take<&mut R>, IngestError> {
        let (Some(offset), Some(length)) = (page.offsets.get(index), page.lengths.get(index))
        else {
            return Err(damaged("a strip or tile is missing"));
        };
        if offset.checked_add(*length).is_none() || *offset > self.reader.length() {
            return Err(damaged("a strip or tile lies outside the file"));
        }
        self.reader.source.seek(SeekFrom::Start(*offset)).map_err(IngestError::Read)?;
        Ok((&mut *self.reader.source).take(*length))
    }

    /// Decodes a JPEG chunk: pixels of its samples.
    fn jpeg(
        &mut self,
        page: &Page,
        index: usize,
        rows: usize,
    ) -> Result<(Dimensions, Vec<u8>), IngestError> {
        let mut data = Vec::new();
        self.section(page, index)?.read_to_end(&mut data).map_err(read_error)?;
        let mut stream = vec![0xFF, 0xD8];
        if let Some(tables) = &page.tables {
            let end = tables.len().saturating_sub(2).max(2);
            stream.extend(tables.get(2..end).unwrap_or_default());
        }
        // libjpeg guesses colours by markers: the TIFF knows them.
        let transform = match page.meaning {
            Meaning::Rgb if page.samples == 3 => Some(0),
            Meaning::Ycbcr(..) => Some(1),
            _ => None,
        };
        if let Some(transform) = transform {
            stream.extend([0xFF, 0xEE, 0, 14]);
            stream.extend(b"Adobe\0\x64\0\0\0\0");
            stream.push(transform);
        }
        stream.extend(data.get(2..).unwrap_or_default());
        let (size, channels, pixels) = jpeg::decode_raw(&stream)?;
        let samples = if page.planar { 1 } else { page.samples };
        let fits = size.height as usize >= rows && channels == samples;
        if !fits || size.width as usize > page.chunk.0.next_multiple_of(64) {
            return Err(damaged("a JPEG strip or tile of another size"));
        }
        Ok((size, pixels))
    }
}

/// Fills a buffer; what is missing at the end is zero, unless all of it is.
fn fill(bytes: &mut dyn Read, row: &mut [u8]) -> Result<(), IngestError> {
    let mut at = 0;
    while let Some(rest) = row.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match bytes.read(rest) {
            Ok(0) => return Err(damaged("a strip or tile ends too early")),
            Ok(n) => at += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(error)),
        }
    }
    Ok(())
}

/// Puts one unpacked row of a chunk into its place.
fn place_row(
    page: &Page,
    band: &mut [u8],
    (width, column, plane): (usize, usize, usize),
    unpacked: &[u8],
    used: usize,
    row: usize,
) {
    let n = page.samples;
    let start = (row * width + column * page.chunk.0) * n;
    let Some(to) = band.get_mut(start..start + used * n) else { return };
    if page.planar {
        for (pixel, sample) in to.chunks_exact_mut(n).zip(unpacked) {
            if let Some(slot) = pixel.get_mut(plane) {
                *slot = *sample;
            }
        }
    } else if let Some(from) = unpacked.get(..used * n) {
        to.copy_from_slice(from);
    }
}

/// Puts a decoded chunk into its place.
fn place(
    page: &Page,
    band: &mut [u8],
    at: (usize, usize, usize),
    (size, pixels): &(Dimensions, Vec<u8>),
    used: usize,
    rows: usize,
) -> Result<(), IngestError> {
    let samples = if page.planar { 1 } else { page.samples };
    if (size.width as usize) < used {
        return Err(damaged("a JPEG strip or tile of another size"));
    }
    for (row, line) in pixels.chunks_exact(size.width as usize * samples).take(rows).enumerate() {
        place_row(page, band, at, line, used, row);
    }
    Ok(())
}

fn size_of<R: Read + Seek>(
    reader: &mut Reader<'_, R>,
    directory: &Directory,
) -> Result<Dimensions, IngestError> {
    let mut side = |tag| -> Result<u32, IngestError> {
        reader
            .number_of(directory, tag)?
            .and_then(|value| u32::try_from(value).ok())
            .filter(|value| *value > 0)
            .ok_or_else(|| damaged("no width or height"))
    };
    Ok(Dimensions { width: side(256)?, height: side(257)? })
}

/// What pixels become, and whether an extra sample is transparency.
fn kind_of<R: Read + Seek>(
    reader: &mut Reader<'_, R>,
    directory: &Directory,
    meaning: &Meaning,
    samples: usize,
) -> Result<(Kind, Alpha), IngestError> {
    let colours = match meaning {
        Meaning::WhiteIsZero | Meaning::BlackIsZero | Meaning::Palette(_) => 1,
        Meaning::Rgb | Meaning::Ycbcr(..) => 3,
        Meaning::Inks => 4,
    };
    if samples < colours {
        return Err(damaged(format!("{samples} samples a pixel")));
    }
    let alpha = match reader.number_of(directory, 338)? {
        Some(1) if samples > colours => Alpha::Multiplied,
        Some(2) if samples > colours => Alpha::Straight,
        _ => Alpha::None,
    };
    let has_alpha = alpha != Alpha::None;
    Ok(match (meaning, has_alpha) {
        (Meaning::WhiteIsZero, _) | (Meaning::BlackIsZero, false) => (Kind::Gray, Alpha::None),
        (Meaning::BlackIsZero, true) => (Kind::GrayAlpha, alpha),
        (Meaning::Rgb | Meaning::Ycbcr(..), true) => (Kind::Rgba, alpha),
        (Meaning::Inks, _) => (Kind::Cmyk, Alpha::None),
        _ => (Kind::Rgb, Alpha::None),
    })
}
