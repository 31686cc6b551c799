//! Pixels in memory: 8 bits a channel, grey, RGB or RGBA, rows without padding.

use super::Dimensions;

/// What a pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channels {
    /// One byte.
    Gray,
    /// Three bytes.
    Rgb,
    /// Four bytes, alpha not premultiplied.
    Rgba,
}

impl Channels {
    /// Bytes a pixel.
    pub fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// A decoded image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    size: Dimensions,
    channels: Channels,
    pixels: Vec<u8>,
}

impl Raster {
    /// Takes pixels; `None` when their number does not meet the size or the size is empty.
    pub fn new(size: Dimensions, channels: Channels, pixels: Vec<u8>) -> Option<Self> {
        let bytes = usize::try_from(size.area()).ok()?.checked_mul(channels.count())?;
        (bytes == pixels.len() && bytes > 0).then_some(Self { size, channels, pixels })
    }

    /// Width and height.
    pub fn size(&self) -> Dimensions {
        self.size
    }

    /// What a pixel is made of.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// All bytes, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Bytes a row.
    pub fn stride(&self) -> usize {
        self.size.width as usize * self.channels.count()
    }

    /// The rows.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.pixels.chunks_exact(self.stride())
    }

    /// One pixel; empty outside.
    pub fn pixel(&self, x: u32, y: u32) -> &[u8] {
        let start = y as usize * self.stride() + x as usize * self.channels.count();
        self.pixels.get(start..start + self.channels.count()).unwrap_or_default()
    }

    /// A rectangle of it, cut at its edges; `None` when nothing is left.
    pub fn crop(&self, left: u32, top: u32, size: Dimensions) -> Option<Self> {
        let width = size.width.min(self.size.width.checked_sub(left)?);
        let height = size.height.min(self.size.height.checked_sub(top)?);
        let n = self.channels.count();
        let (start, end) = (left as usize * n, (left as usize + width as usize) * n);
        let mut pixels = Vec::with_capacity(width as usize * height as usize * n);
        for row in self.rows().skip(top as usize).take(height as usize) {
            pixels.extend_from_slice(row.get(start..end)?);
        }
        Self::new(Dimensions { width, height }, self.channels, pixels)
    }

    /// Half the size, rounded up: each pixel is the mean of the up to four that it covers, so pixel
    /// (i, j) covers exactly (2i…2i+1, 2j…2j+1), as viewers' tile arithmetic wants it.
    #[must_use]
    pub fn halved(&self) -> Self {
        let n = self.channels.count();
        let size = self.size.reduced(2);
        let mut pixels = Vec::with_capacity(size.area() as usize * n);
        for pair in self.pixels.chunks(self.stride() * 2) {
            let (upper, lower) = pair.split_at(self.stride().min(pair.len()));
            let lower = if lower.is_empty() { upper } else { lower };
            match self.channels {
                Channels::Gray => halve_row::<1>(upper, lower, &mut pixels),
                Channels::Rgb => halve_row::<3>(upper, lower, &mut pixels),
                Channels::Rgba => halve_row_alpha(upper, lower, &mut pixels),
            }
        }
        // Each pair of rows gave one row of the halved width.
        Self { size, channels: self.channels, pixels }
    }

    /// Mirrored left to right.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let n = self.channels.count();
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for row in self.rows() {
            for pixel in row.chunks_exact(n).rev() {
                pixels.extend_from_slice(pixel);
            }
        }
        Self { pixels, ..*self }
    }

    /// Turned clockwise by so many quarters.
    #[must_use]
    pub fn turned(&self, quarters: u8) -> Self {
        let n = self.channels.count();
        match quarters % 4 {
            0 => self.clone(),
            2 => {
                let mut pixels = Vec::with_capacity(self.pixels.len());
                for pixel in self.pixels.chunks_exact(n).rev() {
                    pixels.extend_from_slice(pixel);
                }
                Self { pixels, ..*self }
            }
            quarter => {
                let Dimensions { width, height } = self.size;
                let size = Dimensions { width: height, height: width };
                let mut pixels = Vec::with_capacity(self.pixels.len());
                for y in 0..size.height {
                    for x in 0..size.width {
                        let from = if quarter == 1 {
                            self.pixel(y, height - 1 - x)
                        } else {
                            self.pixel(width - 1 - y, x)
                        };
                        pixels.extend_from_slice(from);
                    }
                }
                Self { size, channels: self.channels, pixels }
            }
        }
    }

    /// In grey: ITU-R 601 luma; transparency is lost on white.
    #[must_use]
    pub fn gray(self) -> Self {
        let on_white = self.on_white();
        if on_white.channels == Channels::Gray {
            return on_white;
        }
        let pixels = on_white
            .pixels
            .chunks_exact(3)
            .map(|pixel| match pixel {
                [r, g, b] => {
                    let sum = 299 * u32::from(*r) + 587 * u32::from(*g) + 114 * u32::from(*b);
                    ((sum + 500) / 1000) as u8
                }
                _ => 0,
            })
            .collect();
        Self { size: on_white.size, channels: Channels::Gray, pixels }
    }

    /// In black and white, cut in the middle.
    #[must_use]
    pub fn bitonal(self) -> Self {
        let mut gray = self.gray();
        for value in &mut gray.pixels {
            *value = if *value >= 128 { 255 } else { 0 };
        }
        gray
    }

    /// Without transparency: laid on white.
    #[must_use]
    pub fn on_white(self) -> Self {
        if self.channels != Channels::Rgba {
            return self;
        }
        let mut pixels = Vec::with_capacity(self.pixels.len() / 4 * 3);
        for pixel in self.pixels.chunks_exact(4) {
            if let [r, g, b, a] = pixel {
                let alpha = u32::from(*a);
                let lay = |c: u8| ((u32::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
                pixels.extend([lay(*r), lay(*g), lay(*b)]);
            }
        }
        Self { size: self.size, channels: Channels::Rgb, pixels }
    }

    /// With an alpha channel, opaque where there was none.
    #[must_use]
    pub fn with_alpha(self) -> Self {
        let mut pixels = Vec::with_capacity(self.size.area() as usize * 4);
        match self.channels {
            Channels::Rgba => return self,
            Channels::Gray => {
                for value in &self.pixels {
                    pixels.extend([*value, *value, *value, 255]);
                }
            }
            Channels::Rgb => {
                for pixel in self.pixels.chunks_exact(3) {
                    pixels.extend_from_slice(pixel);
                    pixels.push(255);
                }
            }
        }
        Self { size: self.size, channels: Channels::Rgba, pixels }
    }

    /// Back to fewer channels after [`Raster::with_alpha`]: alpha, and the repeats of grey, are
    /// dropped as they are.
    #[must_use]
    pub(super) fn with_channels(self, channels: Channels) -> Self {
        if channels == self.channels || self.channels != Channels::Rgba {
            return self;
        }
        let mut pixels = Vec::with_capacity(self.size.area() as usize * channels.count());
        for pixel in self.pixels.chunks_exact(4) {
            pixels.extend_from_slice(pixel.get(..channels.count()).unwrap_or_default());
        }
        Self { size: self.size, channels, pixels }
    }

    /// RGBA whose every pixel is opaque becomes RGB: a quarter less memory, and JPEG needs no copy.
    #[must_use]
    pub fn without_idle_alpha(self) -> Self {
        let opaque = self.channels == Channels::Rgba
            && self.pixels.chunks_exact(4).all(|pixel| pixel.last() == Some(&255));
        if opaque { self.on_white() } else { self }
    }
}

fn halve_row<const N: usize>(upper: &[u8], lower: &[u8], out: &mut Vec<u8>) {
    for (a, b) in upper.chunks(2 * N).zip(lower.chunks(2 * N)) {
        for channel in 0..N {
            let at = |pixels: &[u8], i: usize| pixels.get(i).copied().map(u16::from);
            let (a0, b0) = (at(a, channel).unwrap_or(0), at(b, channel).unwrap_or(0));
            // The last column of an odd width stands for itself twice.
            let (a1, b1) = (at(a, channel + N).unwrap_or(a0), at(b, channel + N).unwrap_or(b0));
            out.push(((a0 + a1 + b0 + b1 + 2) / 4) as u8);
        }
    }
}

/// Colours are weighed by their alpha, so that the hidden colour of transparent pixels does not leak.
fn halve_row_alpha(upper: &[u8], lower: &[u8], out: &mut Vec<u8>) {
    for (a, b) in upper.chunks(8).zip(lower.chunks(8)) {
        let mut sums = [0u32; 4];
        let mut count = 0u32;
        for pixel in a.chunks_exact(4).chain(b.chunks_exact(4)) {
            if let ([r, g, b, alpha], [red, green, blue, alphas]) = (pixel, &mut sums) {
                let weight = u32::from(*alpha);
                *red += u32::from(*r) * weight;
                *green += u32::from(*g) * weight;
                *blue += u32::from(*b) * weight;
                *alphas += weight;
                count += 1;
            }
        }
        let [red, green, blue, alphas] = sums;
        let weight = alphas.max(1);
        let mean = |sum: u32| ((sum + weight / 2) / weight).min(255) as u8;
        out.extend([
            mean(red),
            mean(green),
            mean(blue),
            ((alphas + count / 2) / count.max(1)) as u8,
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: u32, pixels: &[u8]) -> Raster {
        let height = pixels.len() as u32 / width;
        Raster::new(Dimensions { width, height }, Channels::Gray, pixels.to_vec()).unwrap()
    }

    #[test]
    fn halving_rounds_up_and_edges_stand_for_themselves() {
        let halved = gray(3, &[0, 4, 9, 0, 4, 9, 100, 100, 50]).halved();
        assert_eq!(halved.size(), Dimensions { width: 2, height: 2 });
        assert_eq!(halved.pixels(), [2, 9, 100, 50]);
    }

    #[test]
    fn transparent_pixels_lend_no_colour_when_halved() {
        let pixels = vec![255, 0, 0, 255, 0, 255, 0, 0];
        let raster =
            Raster::new(Dimensions { width: 2, height: 1 }, Channels::Rgba, pixels).unwrap();
        assert_eq!(raster.halved().pixels(), [255, 0, 0, 128]);
    }

    #[test]
    fn quarter_turns_are_clockwise() {
        let raster = gray(3, &[1, 2, 3, 4, 5, 6]);
        assert_eq!(raster.turned(1).pixels(), [4, 1, 5, 2, 6, 3]);
        assert_eq!(raster.turned(2).pixels(), [6, 5, 4, 3, 2, 1]);
        assert_eq!(raster.turned(3).pixels(), [3, 6, 2, 5, 1, 4]);
        assert_eq!(raster.mirrored().pixels(), [3, 2, 1, 6, 5, 4]);
    }

    #[test]
    fn transparency_lies_on_white_and_idle_alpha_is_dropped() {
        let size = Dimensions { width: 2, height: 1 };
        let raster = Raster::new(size, Channels::Rgba, vec![0, 0, 0, 0, 10, 20, 30, 255]).unwrap();
        assert_eq!(raster.clone().on_white().pixels(), [255, 255, 255, 10, 20, 30]);
        assert_eq!(raster.clone().without_idle_alpha(), raster);
        let opaque = gray(1, &[7]).with_alpha();
        assert_eq!(opaque.without_idle_alpha().pixels(), [7, 7, 7]);
    }

    #[test]
    fn pixels_must_meet_the_size() {
        assert!(
            Raster::new(Dimensions { width: 2, height: 2 }, Channels::Rgb, vec![0; 11]).is_none()
        );
        assert!(Raster::new(Dimensions { width: 0, height: 2 }, Channels::Gray, vec![]).is_none());
    }
}
