//! Colours of masters to what is stored: sRGB or grey, eight bits, without transparency.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Largest profile that streams carry, bytes.
const MAX_PROFILE: usize = 4096;

/// What a pixel of a master is made of, eight bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Grey.
    Gray,
    /// Grey and alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// And alpha, not premultiplied.
    Rgba,
    /// Inks, 255 is full.
    Cmyk,
}

impl Kind {
    /// Bytes a pixel.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    /// Whether the result is grey.
    pub(super) fn is_gray(self) -> bool {
        matches!(self, Self::Gray | Self::GrayAlpha)
    }

    /// Whether it has transparency.
    pub(super) fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }

    fn space(self) -> DataColorSpace {
        match self {
            Self::Gray | Self::GrayAlpha => DataColorSpace::Gray,
            Self::Rgb | Self::Rgba => DataColorSpace::Rgb,
            Self::Cmyk => DataColorSpace::Cmyk,
        }
    }
}

type Transform = Arc<dyn TransformExecutor<u8> + Send + Sync>;

/// Turns pixels of a master into grey or RGB ones.
pub(super) struct Painter {
    kind: Kind,
    transform: Option<Transform>,
    opaque: Vec<u8>,
    painted: Vec<u8>,
}

impl Painter {
    /// `profile` is the master's; one that cannot be read, or is for other colours, is passed over,
    /// as browsers do.
    pub(super) fn new(kind: Kind, profile: Option<&[u8]>) -> Self {
        let transform = profile.and_then(|profile| transform_of(profile, kind));
        let transform = transform.filter(|transform| !is_identity(transform, kind));
        Self { kind, transform, opaque: Vec::new(), painted: Vec::new() }
    }

    /// Appends pixels to `out`: grey or RGB, on white.
    pub(super) fn paint(&mut self, pixels: &[u8], out: &mut Vec<u8>) {
        if self.transform.is_none() && matches!(self.kind, Kind::Gray | Kind::Rgb) {
            out.extend_from_slice(pixels);
            return;
        }
        self.opaque.clear();
        match self.kind {
            Kind::GrayAlpha => self.opaque.extend(pixels.as_chunks::<2>().0.iter().map(|[g, _]| g)),
            Kind::Rgba => {
                self.opaque
                    .extend(pixels.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [r, g, b]));
            }
            Kind::Gray | Kind::Rgb | Kind::Cmyk => self.opaque.extend_from_slice(pixels),
        }
        let channels = if self.kind.is_gray() { 1 } else { 3 };
        let count = pixels.len() / self.kind.samples();
        self.painted.clear();
        self.painted.resize(count * channels, 0);
        let is_done = self
            .transform
            .as_ref()
            .is_some_and(|transform| transform.transform(&self.opaque, &mut self.painted).is_ok());
        if !is_done {
            self.plainly();
        }
        if !self.kind.has_alpha() {
            out.extend_from_slice(&self.painted);
            return;
        }
        let samples = self.kind.samples();
        for (colour, pixel) in self.painted.chunks_exact(channels).zip(pixels.chunks_exact(samples))
        {
            let alpha = u32::from(pixel.last().copied().unwrap_or(255));
            out.extend(
                colour
                    .iter()
                    .map(|c| ((u32::from(*c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8),
            );
        }
    }

    /// Without a profile.
    fn plainly(&mut self) {
        if self.kind != Kind::Cmyk {
            self.painted.clone_from(&self.opaque);
            return;
        }
        let inks = self.opaque.as_chunks::<4>().0;
        for (to, [c, m, y, k]) in self.painted.chunks_exact_mut(3).zip(inks) {
            for (to, ink) in to.iter_mut().zip([c, m, y]) {
                let light = |ink: u8| 255 - u32::from(ink);
                *to = ((light(*ink) * light(*k) + 127) / 255) as u8;
            }
        }
    }
}

/// Runs code that reads a profile, which may be anything.
fn guarded<T>(run: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok().flatten()
}

fn transform_of(profile: &[u8], kind: Kind) -> Option<Transform> {
    guarded(|| {
        let profile = ColorProfile::new_from_slice(profile).ok()?;
        if profile.color_space != kind.space() {
            return None;
        }
        let mut to = ColorProfile::new_srgb();
        let (from_layout, to_layout) = match kind {
            Kind::Gray | Kind::GrayAlpha => {
                let curve = to.red_trc.clone();
                to = ColorProfile::new_gray_with_gamma(2.2);
                to.gray_trc = curve;
                (Layout::Gray, Layout::Gray)
            }
            Kind::Rgb | Kind::Rgba => (Layout::Rgb, Layout::Rgb),
            Kind::Cmyk => (Layout::Rgba, Layout::Rgb),
        };
        let options =
            TransformOptions { rendering_intent: profile.rendering_intent, ..Default::default() };
        profile.create_transform_8bit(from_layout, &to, to_layout, options).ok()
    })
}

/// Whether colours stay as they are, but for rounding: the profile is sRGB under another name.
fn is_identity(transform: &Transform, kind: Kind) -> bool {
    if kind == Kind::Cmyk {
        return false;
    }
    let n = if kind.is_gray() { 1 } else { 3 };
    let steps = [0u8, 30, 64, 100, 128, 170, 200, 230, 255];
    let mut samples = Vec::new();
    if n == 1 {
        samples.extend(steps);
    } else {
        for r in steps {
            for g in steps {
                samples.extend(steps.into_iter().flat_map(|b| [r, g, b]));
            }
        }
    }
    let mut out = vec![0; samples.len()];
    transform.transform(&samples, &mut out).is_ok()
        && samples.iter().zip(&out).all(|(a, b)| a.abs_diff(*b) <= 2)
}

/// The profile that the streams of a lossless cut carry: none when the colours are sRGB (or the
/// profile cannot be used), the profile itself when it is small, the same without its texts and
/// tables for printing when that is small. An error when it is too large all the same.
pub(super) fn kept_profile(
    profile: Option<Vec<u8>>,
    kind: Kind,
) -> Result<Option<Vec<u8>>, String> {
    let Some(profile) = profile else { return Ok(None) };
    let Some(transform) = transform_of(&profile, kind) else { return Ok(None) };
    if is_identity(&transform, kind) {
        return Ok(None);
    }
    if profile.len() <= MAX_PROFILE {
        return Ok(Some(profile));
    }
    compact(&profile, &transform, kind)
        .map(Some)
        .ok_or_else(|| format!("a profile of {} bytes", profile.len()))
}

/// A profile of curves and primaries only, which gives the same colours.
fn compact(profile: &[u8], transform: &Transform, kind: Kind) -> Option<Vec<u8>> {
    let bytes = guarded(|| {
        let mut profile = ColorProfile::new_from_slice(profile).ok()?;
        if profile.lut_a_to_b_perceptual.is_some() || profile.lut_a_to_b_colorimetric.is_some() {
            return None;
        }
        profile.gamut = None;
        profile.copyright = None;
        profile.device_manufacturer = None;
        profile.device_model = None;
        profile.char_target = None;
        profile.viewing_conditions_description = None;
        profile.encode().ok()
    })?;
    let same = transform_of(&bytes, kind)?;
    let samples: Vec<u8> = (0..=254u8).flat_map(|v| [v, 255 - v, v / 2]).collect();
    let (mut a, mut b) = (vec![0; samples.len()], vec![0; samples.len()]);
    transform.transform(&samples, &mut a).ok()?;
    same.transform(&samples, &mut b).ok()?;
    let is_same = a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= 1);
    (is_same && bytes.len() <= MAX_PROFILE).then_some(bytes)
}
