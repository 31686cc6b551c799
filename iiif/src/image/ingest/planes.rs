//! Planes of luma and chroma, and the box that halves them.

use super::super::Dimensions;

/// One plane: rows of the same stride.
#[derive(Debug, Clone, Default)]
pub(super) struct Plane {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
}

impl Plane {
    pub(super) fn new(stride: usize, rows: usize) -> Self {
        Self { samples: vec![0; stride * rows], stride }
    }

    pub(super) fn row(&self, row: usize) -> &[u8] {
        self.samples.get(row * self.stride..(row + 1) * self.stride).unwrap_or_default()
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [u8] {
        self.samples.get_mut(row * self.stride..(row + 1) * self.stride).unwrap_or_default()
    }

    /// Columns from `width` on, and rows from `rows` on, repeat the last.
    pub(super) fn pad(&mut self, width: usize, rows: usize) {
        for row in self.samples.chunks_exact_mut(self.stride.max(1)).take(rows) {
            if let Some((kept, padding)) = row.split_at_mut_checked(width) {
                padding.fill(kept.last().copied().unwrap_or(0));
            }
        }
        if let Some((kept, padding)) = self.samples.split_at_mut_checked(rows * self.stride)
            && let Some(last) = kept.rchunks_exact(self.stride.max(1)).next()
        {
            for row in padding.chunks_exact_mut(last.len()) {
                row.copy_from_slice(last);
            }
        }
    }

    /// Writes the means of 2x2 of these `rows` and `width` into rows of `to` from `at` on. The last
    /// column of an odd width, and row of an odd height, stand for themselves.
    pub(super) fn halve_into(&self, width: usize, rows: usize, to: &mut Self, at: usize) {
        for (index, pair) in self
            .samples
            .get(..rows * self.stride)
            .unwrap_or_default()
            .chunks(2 * self.stride.max(1))
            .enumerate()
        {
            let (upper, lower) = pair.split_at(self.stride.min(pair.len()));
            let lower = if lower.is_empty() { upper } else { lower };
            let (Some(upper), Some(lower)) = (upper.get(..width), lower.get(..width)) else {
                return;
            };
            halve_row(upper, lower, to.row_mut(at + index));
        }
    }

    /// The means of pairs of rows.
    pub(super) fn halve_down_into(&self, to: &mut Self, at: usize) {
        for (index, pair) in self.samples.chunks_exact(2 * self.stride.max(1)).enumerate() {
            let (upper, lower) = pair.split_at(self.stride);
            for ((a, b), to) in upper.iter().zip(lower).zip(to.row_mut(at + index)) {
                *to = (u16::from(*a) + u16::from(*b)).div_ceil(2) as u8;
            }
        }
    }

    /// The means of pairs of columns.
    pub(super) fn halve_across_into(&self, to: &mut Self, at: usize) {
        for (index, row) in self.samples.chunks_exact(self.stride.max(1)).enumerate() {
            for ([a, b], to) in row.as_chunks::<2>().0.iter().zip(to.row_mut(at + index)) {
                *to = (u16::from(*a) + u16::from(*b)).div_ceil(2) as u8;
            }
        }
    }
}

fn halve_row(upper: &[u8], lower: &[u8], out: &mut [u8]) {
    let (upper, upper_last) = upper.as_chunks::<2>();
    let (lower, lower_last) = lower.as_chunks::<2>();
    for ((a, b), to) in upper.iter().zip(lower).zip(out.iter_mut()) {
        let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
        *to = ((sum + 2) >> 2) as u8;
    }
    if let ([a], [b], Some(to)) = (upper_last, lower_last, out.get_mut(upper.len())) {
        *to = (u16::from(*a) + u16::from(*b)).div_ceil(2) as u8;
    }
}

/// Rows of an image in YCbCr 4:2:0, or grey (then the chroma planes are empty).
#[derive(Debug, Clone, Default)]
pub(super) struct Band {
    pub(super) luma: Plane,
    pub(super) chroma: Option<[Plane; 2]>,
    /// Rows of luma that are filled; of chroma half, rounded up.
    pub(super) rows: usize,
}

impl Band {
    /// For this width and so many rows of luma (even).
    pub(super) fn new(width: usize, rows: usize, gray: bool) -> Self {
        if gray {
            return Self { luma: Plane::new(width, rows), chroma: None, rows: 0 };
        }
        // The encoder reads whole pairs.
        let chroma = || Plane::new(width.div_ceil(2), rows.div_ceil(2));
        let luma = Plane::new(width.next_multiple_of(2), rows.next_multiple_of(2));
        Self { luma, chroma: Some([chroma(), chroma()]), rows: 0 }
    }

    /// Repeats the last column and row of what is filled into what is not.
    pub(super) fn pad(&mut self, width: usize) {
        let rows = self.rows;
        for (by, plane) in self.planes_mut() {
            plane.pad(width.div_ceil(by), rows.div_ceil(by));
        }
    }

    pub(super) fn planes_mut(&mut self) -> impl Iterator<Item = (usize, &mut Plane)> {
        let chroma = self.chroma.iter_mut().flatten().map(|plane| (2, plane));
        std::iter::once((1, &mut self.luma)).chain(chroma)
    }

    pub(super) fn planes(&self) -> impl Iterator<Item = (usize, &Plane)> {
        let chroma = self.chroma.iter().flatten().map(|plane| (2, plane));
        std::iter::once((1, &self.luma)).chain(chroma)
    }

    /// Appends rows `from..from + count` of another band (both even but at the end of the image).
    pub(super) fn append(&mut self, other: &Self, from: usize, count: usize) {
        let at = self.rows;
        for ((by, to), (_, source)) in self.planes_mut().zip(other.planes()) {
            for row in 0..count.div_ceil(by) {
                let source = source.row(from / by + row);
                let to = to.row_mut(at / by + row);
                let n = source.len().min(to.len());
                if let (Some(to), Some(source)) = (to.get_mut(..n), source.get(..n)) {
                    to.copy_from_slice(source);
                }
            }
        }
        self.rows += count;
    }

    /// Appends pixels, rows of `width` RGB or grey ones; an even number of rows but at the end.
    pub(super) fn append_pixels(&mut self, pixels: &[u8], width: usize) {
        let n = if self.chroma.is_some() { 3 } else { 1 };
        for pair in pixels.chunks(2 * width * n) {
            let (upper, lower) = pair.split_at((width * n).min(pair.len()));
            let at = self.rows;
            self.rows += if lower.is_empty() { 1 } else { 2 };
            let Some([blue, red]) = &mut self.chroma else {
                for (row, source) in [upper, lower].into_iter().enumerate() {
                    for (to, from) in self.luma.row_mut(at + row).iter_mut().zip(source) {
                        *to = *from;
                    }
                }
                continue;
            };
            luma_row(upper, self.luma.row_mut(at));
            let lower = if lower.is_empty() {
                upper
            } else {
                luma_row(lower, self.luma.row_mut(at + 1));
                lower
            };
            chroma_row(upper, lower, blue.row_mut(at / 2), red.row_mut(at / 2));
        }
    }
}

/// JFIF's luma, as libjpeg rounds it.
fn luma_row(pixels: &[u8], out: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks::<3>();
    for ([r, g, b], to) in pixels.iter().zip(out) {
        let sum = 19595 * u32::from(*r) + 38470 * u32::from(*g) + 7471 * u32::from(*b);
        *to = ((sum + 32768) >> 16) as u8;
    }
}

/// JFIF's chroma of the means of 2x2.
fn chroma_row(upper: &[u8], lower: &[u8], blue: &mut [u8], red: &mut [u8]) {
    let (upper, _) = upper.as_chunks::<3>();
    let (lower, _) = lower.as_chunks::<3>();
    let (upper, upper_last) = upper.as_chunks::<2>();
    let (lower, lower_last) = lower.as_chunks::<2>();
    let mut out = blue.iter_mut().zip(red);
    let means = |r: i32, g: i32, b: i32| {
        let half = (128 << 18) + (1 << 17) - 1;
        let blue = (-11059 * r - 21709 * g + 32768 * b + half) >> 18;
        let red = (32768 * r - 27439 * g - 5329 * b + half) >> 18;
        (blue.min(255) as u8, red.min(255) as u8)
    };
    for (([a, b], [c, d]), (blue, red)) in upper.iter().zip(lower).zip(out.by_ref()) {
        let sum = |i: usize| {
            let at = |pixel: &[u8; 3]| pixel.get(i).copied().map_or(0, i32::from);
            at(a) + at(b) + at(c) + at(d)
        };
        (*blue, *red) = means(sum(0), sum(1), sum(2));
    }
    if let ([a], [c], Some((blue, red))) = (upper_last, lower_last, out.next()) {
        let sum = |i: usize| {
            let at = |pixel: &[u8; 3]| pixel.get(i).copied().map_or(0, i32::from);
            2 * (at(a) + at(c))
        };
        (*blue, *red) = means(sum(0), sum(1), sum(2));
    }
}

/// A whole level kept in memory, for the stored sizes.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) size: Dimensions,
    pub(super) band: Band,
}

impl Kept {
    pub(super) fn new(size: Dimensions, gray: bool) -> Self {
        Self { size, band: Band::new(size.width as usize, size.height as usize, gray) }
    }

    /// As pixels, grey or RGB.
    pub(super) fn pixels(&self) -> Vec<u8> {
        let Some([blue, red]) = &self.band.chroma else { return self.band.luma.samples.clone() };
        let mut out = Vec::with_capacity(self.size.area() as usize * 3);
        for row in 0..self.size.height as usize {
            let chroma = blue.row(row / 2).iter().zip(red.row(row / 2));
            let doubled = chroma.flat_map(|pair| [pair, pair]);
            let luma = self.band.luma.row(row).iter().take(self.size.width as usize);
            for (y, (cb, cr)) in luma.zip(doubled) {
                let (y, cb, cr) = (i32::from(*y) << 16, i32::from(*cb) - 128, i32::from(*cr) - 128);
                let clamp = |value: i32| ((value + 32768) >> 16).clamp(0, 255) as u8;
                out.push(clamp(y + 91881 * cr));
                out.push(clamp(y - 22554 * cb - 46802 * cr));
                out.push(clamp(y + 116_130 * cb));
            }
        }
        out
    }
}
