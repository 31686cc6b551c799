//! Pixels: cut, scaled, mirrored, turned, and with the colours asked for (in this order, section 4).

use super::format::Format;
use super::pyramid::Level;
use super::quality::Quality;
use super::raster::{Channels, Raster};
use super::{Dimensions, ImageError, Plan, Pyramid};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// Renders a plan. The result is ready to be encoded in the plan's format: transparency is left only
/// where the format keeps it.
///
/// # Errors
/// [`ImageError::Encode`] when the pixels cannot be made.
pub fn render(pyramid: &Pyramid, plan: &Plan) -> Result<Raster, ImageError> {
    let level = pyramid.level_for(plan).ok_or_else(|| failed("no level"))?;
    finished(cut(level, plan)?, plan)
}

/// Mirrors, turns and colours what was cut and scaled.
pub(super) fn finished(mut raster: Raster, plan: &Plan) -> Result<Raster, ImageError> {
    if plan.rotation.mirror {
        raster = raster.mirrored();
    }
    raster = match plan.rotation.quarter_turns() {
        Some(0) => raster,
        Some(quarters) => raster.turned(quarters),
        None => turned_freely(&raster, plan.rotation.degrees.as_f64(), plan.format)?,
    };
    raster = match plan.quality {
        // Grey is laid on white where transparency would be lost anyway.
        Quality::Gray => raster.gray(),
        Quality::Bitonal => raster.bitonal(),
        Quality::Default | Quality::Color => raster,
    };
    Ok(if plan.format.keeps_alpha() { raster } else { raster.on_white() })
}

fn failed(reason: &str) -> ImageError {
    ImageError::Encode { format: "rendering", reason: reason.to_owned() }
}

/// The region out of a level, at the size asked for. A tile on the grid of a level is a plain copy.
fn cut(level: &Level, plan: &Plan) -> Result<Raster, ImageError> {
    let Level { raster, scale_x, scale_y } = level;
    match Frame::of(plan, (*scale_x, *scale_y), raster.size()) {
        Frame::Copy { x, y } => {
            raster.crop(x, y, plan.size).ok_or_else(|| failed("region outside the level"))
        }
        Frame::Scale(frame) => resize(raster, frame, plan.size),
    }
}

/// The part of a level that a plan takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
    /// As many pixels as asked for, from here: a plain copy.
    Copy { x: u32, y: u32 },
    /// Left, top, width, height, to be scaled.
    Scale((f64, f64, f64, f64)),
}

impl Frame {
    /// In a level of `have` pixels, of which so many are one pixel of the full image.
    pub(super) fn of(plan: &Plan, (scale_x, scale_y): (f64, f64), have: Dimensions) -> Self {
        let (left, top) = (f64::from(plan.crop.x) * scale_x, f64::from(plan.crop.y) * scale_y);
        let (width, height) =
            (f64::from(plan.crop.width) * scale_x, f64::from(plan.crop.height) * scale_y);
        let on_grid = |position: f64| (position - position.round()).abs() < 1e-6;
        let same = |length: f64, wanted: u32| (length - 1e-6).ceil() as u32 == wanted;
        let (x, y) = (left.round() as u32, top.round() as u32);
        let inside = |start: u32, length: u32, end: u32| {
            start.checked_add(length).is_some_and(|sum| sum <= end)
        };
        if on_grid(left)
            && on_grid(top)
            && same(width, plan.size.width)
            && same(height, plan.size.height)
            && inside(x, plan.size.width, have.width)
            && inside(y, plan.size.height, have.height)
        {
            return Self::Copy { x, y };
        }
        // Rounding must not push the frame over the edge, which the resizer refuses.
        let (have_w, have_h) = (f64::from(have.width), f64::from(have.height));
        let left = left.clamp(0.0, (have_w - 1e-3).max(0.0));
        let top = top.clamp(0.0, (have_h - 1e-3).max(0.0));
        Self::Scale((left, top, width.min(have_w - left), height.min(have_h - top)))
    }
}

/// Pixels around a frame that the filter reaches, at most: left, top, right, bottom.
pub(super) fn reached(
    (left, top, width, height): (f64, f64, f64, f64),
    size: Dimensions,
) -> (f64, f64, f64, f64) {
    let reach = |length: f64, out: u32| (3.0 * (length / f64::from(out)).max(1.0)).ceil() + 1.0;
    let (reach_x, reach_y) = (reach(width, size.width), reach(height, size.height));
    (
        (left - reach_x).floor().max(0.0),
        (top - reach_y).floor().max(0.0),
        (left + width + reach_x).ceil(),
        (top + height + reach_y).ceil(),
    )
}

/// Scales the frame (left, top, width, height) of a raster. Lanczos, three lobes; where the result is
/// not smaller, Catmull-Rom, which rings less on the hard edges of an enlargement.
pub(super) fn resize(
    raster: &Raster,
    frame: (f64, f64, f64, f64),
    size: Dimensions,
) -> Result<Raster, ImageError> {
    let (left, top, width, height) = frame;
    let enlarges = f64::from(size.width) >= width && f64::from(size.height) >= height;
    let filter = if enlarges { FilterType::CatmullRom } else { FilterType::Lanczos3 };
    // Only what the filter reaches is taken, as RGBA: the resizer is compiled into this crate for
    // every kind of pixel that it is called with, and one kind is half a minute already. The margin
    // lets neighbouring tiles be made of the same pixels, so that no seam shows.
    let (x, y, right, bottom) = reached(frame, size);
    let part = Dimensions { width: (right - x) as u32, height: (bottom - y) as u32 };
    let part = raster.crop(x as u32, y as u32, part).ok_or_else(|| failed("empty frame"))?;
    let part = part.with_alpha();
    let have = part.size();
    // Rounding must not push the frame over the edge, which the resizer refuses.
    let (left, top) = (left - x, top - y);
    let width = width.min(f64::from(have.width) - left);
    let height = height.min(f64::from(have.height) - top);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .use_alpha(raster.channels() == Channels::Rgba)
        .crop(left, top, width, height);
    let source = TypedImageRef::<U8x4>::from_buffer(have.width, have.height, part.pixels())
        .map_err(|error| failed(&error.to_string()))?;
    let mut pixels = vec![0; size.area() as usize * Channels::Rgba.count()];
    let mut target = TypedImage::<U8x4>::from_buffer(size.width, size.height, &mut pixels)
        .map_err(|error| failed(&error.to_string()))?;
    Resizer::new()
        .resize_typed(&source, &mut target, &options)
        .map_err(|error| failed(&error.to_string()))?;
    let scaled = Raster::new(size, Channels::Rgba, pixels).ok_or_else(|| failed("no pixels"))?;
    Ok(scaled.with_channels(raster.channels()))
}

/// Turned clockwise by any angle into the bounding box, corners transparent (white where the format
/// keeps no transparency). Bilinear.
fn turned_freely(raster: &Raster, degrees: f64, format: Format) -> Result<Raster, ImageError> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (f64::from(raster.size().width), f64::from(raster.size().height));
    // The small subtraction keeps 1000.0000001 from becoming 1001.
    let extent = |length: f64| (length - 1e-6).ceil().max(1.0) as u32;
    let width = extent(w * cos.abs() + h * sin.abs());
    let height = extent(w * sin.abs() + h * cos.abs());
    let size = Dimensions { width, height };
    if size.longest() > format.max_side() {
        return Err(ImageError::TooLargeForFormat { format: "rotated", width, height });
    }
    let source = raster.clone().with_alpha();
    let (middle_x, middle_y) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    let mut pixels = Vec::with_capacity(size.area() as usize * 4);
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (f64::from(x) + 0.5 - middle_x, f64::from(y) + 0.5 - middle_y);
            // Backwards: from the turned picture to the upright one.
            let (u, v) = (dx * cos + dy * sin + w / 2.0 - 0.5, dy * cos - dx * sin + h / 2.0 - 0.5);
            pixels.extend(sample(&source, u, v));
        }
    }
    Raster::new(size, Channels::Rgba, pixels).ok_or_else(|| failed("no pixels"))
}

/// Bilinear, colours weighed by alpha; outside is transparent.
fn sample(raster: &Raster, u: f64, v: f64) -> [u8; 4] {
    let (left, top) = (u.floor(), v.floor());
    let (fx, fy) = (u - left, v - top);
    let mut sums = [0.0f64; 4];
    for (dx, dy, weight) in [
        (0.0, 0.0, (1.0 - fx) * (1.0 - fy)),
        (1.0, 0.0, fx * (1.0 - fy)),
        (0.0, 1.0, (1.0 - fx) * fy),
        (1.0, 1.0, fx * fy),
    ] {
        let (x, y) = (left + dx, top + dy);
        let inside = x >= 0.0
            && y >= 0.0
            && x < f64::from(raster.size().width)
            && y < f64::from(raster.size().height);
        if !inside {
            continue;
        }
        if let ([r, g, b, a], [red, green, blue, alpha]) =
            (raster.pixel(x as u32, y as u32), &mut sums)
        {
            let weight = weight * f64::from(*a);
            *red += f64::from(*r) * weight;
            *green += f64::from(*g) * weight;
            *blue += f64::from(*b) * weight;
            *alpha += weight;
        }
    }
    let [red, green, blue, alpha] = sums;
    if alpha <= 0.0 {
        return [255, 255, 255, 0];
    }
    let mean = |sum: f64| (sum / alpha).round().clamp(0.0, 255.0) as u8;
    [mean(red), mean(green), mean(blue), alpha.round().clamp(0.0, 255.0) as u8]
}
