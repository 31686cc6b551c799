//! What the picture is made on: film, glass plate, canvas, copper, chalk; down to the single pixel.

use super::noise::{Colour, blend, cells, fbm, floor, hash, luminance, mix, noise, scale, step};
use super::scene::{Frame, Scene};

/// How a scene was taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Photo,
    Evening,
    Sepia,
    Plate,
    Canvas,
    Engraving,
    Sanguine,
    Paper,
}

impl Look {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "photo" => Self::Photo,
            "evening" => Self::Evening,
            "sepia" => Self::Sepia,
            "plate" => Self::Plate,
            "canvas" => Self::Canvas,
            "engraving" => Self::Engraving,
            "sanguine" => Self::Sanguine,
            "paper" => Self::Paper,
            _ => return None,
        })
    }

    /// The colour of the pixel (`px`, `py`) of a picture that is `height` pixels high.
    pub(super) fn pixel(
        self,
        scene: Scene,
        frame: &Frame,
        px: u32,
        py: u32,
        height: u32,
    ) -> Colour {
        let size = height as f32;
        let (u, v) = ((px as f32 + 0.5) / size, (py as f32 + 0.5) / size);
        let (x, y) = (px as i32, py as i32);
        let seed = frame.seed;
        let grain = hash(x, y, seed ^ 0xF1) + hash(x / 2, y / 2, seed ^ 0xF2) - 1.0;
        let centre = ((u / frame.aspect - 0.5) * 1.1).hypot((v - 0.5) * 1.1);
        let vignette = 1.0 - 0.45 * centre * centre;
        match self {
            Self::Photo => {
                let seen = scale(scene.colour(frame, u, v), vignette);
                let tone = 1.0 + 0.05 * grain;
                scale(seen, tone)
            }
            Self::Evening => {
                let seen = scene.colour(frame, u, v);
                let warm = [seen[0] * 0.98, seen[1] * 0.68, seen[2] * 0.52];
                let dusk = blend(warm, [0.20, 0.16, 0.30], 0.18 + 0.3 * v * v);
                scale(dusk, vignette * (1.0 + 0.07 * grain))
            }
            Self::Sepia => {
                let tone = luminance(scene.colour(frame, u, v)) * vignette;
                let faded = mix(0.20, 0.92, tone.powf(0.85))
                    + 0.055 * grain
                    + 0.06 * (fbm(u * 4.0, v * 4.0, 4, seed ^ 3) - 0.5);
                let spot = step(0.05, 0.0, cells(u * 9.0, v * 9.0, seed ^ 4).0) * 0.25;
                let edge = u.min(frame.aspect - u).min(v).min(1.0 - v);
                let mount = step(0.018, 0.016, edge + 0.002 * noise(u * 60.0, v * 60.0, seed));
                let print =
                    blend([0.16, 0.09, 0.05], [0.95, 0.85, 0.66], (faded - spot).clamp(0.0, 1.0));
                blend(print, scale([0.86, 0.80, 0.68], 0.95 + 0.06 * grain), mount)
            }
            Self::Plate => {
                let tone = luminance(scene.colour(frame, u, v)) * vignette;
                let mut grey = tone.powf(1.15) * 1.02 + 0.065 * grain;
                // Dust, scratches, and the emulsion gone at the edges.
                let scratch = noise(u * 3.0 + v * 190.0, v * 0.7, seed ^ 5);
                grey += 0.4 * step(0.985, 0.995, scratch)
                    + 0.5 * step(0.018, 0.0, cells(u * 22.0, v * 22.0, seed ^ 6).0);
                let edge = u.min(frame.aspect - u).min(v).min(1.0 - v);
                let lost = step(
                    0.012,
                    0.008,
                    edge - 0.035 * step(0.55, 0.8, fbm(u * 7.0, v * 7.0, 5, seed ^ 7)),
                );
                let grey = mix(grey, 0.04 + 0.02 * grain, lost).clamp(0.0, 1.0);
                [grey, grey * 0.985, grey * 0.955]
            }
            Self::Canvas => {
                // Strokes: each point takes the colour of the middle of its stroke, seen through a
                // field that bends the strokes along the forms.
                let flow = fbm(u * 3.0, v * 3.0, 2, seed ^ 8) * 6.0;
                let (sin, cos) = flow.sin_cos();
                let (su, sv) = ((u * cos + v * sin) * 150.0, (v * cos - u * sin) * 420.0);
                let row = floor(sv);
                let shift = hash(row, 3, seed);
                let column = floor(su + shift);
                let jitter = hash(column, row, seed ^ 9) - 0.5;
                let (mu, mv) = ((column as f32 - shift + 0.5) / 150.0, (row as f32 + 0.5) / 420.0);
                let stroke = scene.colour(
                    frame,
                    mix(mu * cos - mv * sin, u, 0.55),
                    mix(mu * sin + mv * cos, v, 0.55),
                );
                let bristle = noise(su * 2.0, sv * 7.0, seed ^ 10) - 0.5;
                let weave = (px as f32 * 1.15).sin() * (py as f32 * 1.15).sin();
                // Craquelure: where a slow noise crosses its middle.
                let line = (noise(u * 38.0, v * 30.0, seed ^ 11) - 0.5).abs();
                let mut crack = step(0.012, 0.003, line);
                if crack > 0.0 {
                    crack *= step(0.45, 0.7, fbm(u * 5.0, v * 5.0, 3, seed ^ 12));
                }
                let tone = (1.0 + 0.16 * jitter + 0.22 * bristle + 0.035 * weave + 0.03 * grain)
                    * (1.0 - 0.35 * crack);
                let varnished = scale(stroke, tone * (1.0 - 0.25 * centre * centre));
                [varnished[0], varnished[1] * 0.97, varnished[2] * 0.88]
            }
            Self::Engraving => {
                let tone =
                    (luminance(scene.colour(frame, u, v)).clamp(0.0, 1.0) * 1.25 + 0.06).powf(0.7);
                let lines = |angle: f32, pitch: f32| {
                    let (sin, cos) = angle.sin_cos();
                    let wobble = 0.0016 * noise(u * 30.0, v * 30.0, seed ^ 13);
                    (((u * cos + v * sin + wobble) * size / pitch).fract().abs() - 0.5).abs() * 2.0
                };
                let mut ink: f32 = 0.0;
                for (angle, from) in [(0.5_f32, 0.92_f32), (-0.9, 0.62), (1.45, 0.38)] {
                    let weight = ((from - tone) / from).clamp(0.0, 0.95);
                    ink = ink.max(
                        step(1.0 - weight - 0.22, 1.0 - weight + 0.12, lines(angle, 5.2))
                            * f32::from(u8::from(weight > 0.02)),
                    );
                }
                paper(u, v, grain, ink, [0.10, 0.09, 0.09], seed, frame)
            }
            Self::Sanguine => {
                let tone = luminance(scene.colour(frame, u, v)).clamp(0.0, 1.0);
                let tooth = 0.6 * noise(px as f32 / 2.4, py as f32 / 2.4, seed ^ 14)
                    + 0.4 * hash(x, y, seed ^ 15);
                let hatch = 0.16 * ((u * 0.8 + v) * size / 7.0).sin()
                    + 0.1 * noise(u * 40.0, v * 40.0, seed ^ 16);
                let chalk = step(-0.10, 0.30, (0.80 - tone * 1.15) + hatch * 0.8 - tooth * 0.62);
                let fade = step(0.52, 0.36, centre);
                paper(u, v, grain, chalk * mix(0.25, 0.92, fade), [0.58, 0.22, 0.14], seed, frame)
            }
            Self::Paper => {
                let seen = scene.colour(frame, u, v);
                scale(seen, 1.0 + 0.03 * grain)
            }
        }
    }
}

fn paper(u: f32, v: f32, grain: f32, ink: f32, colour: Colour, seed: u32, frame: &Frame) -> Colour {
    let laid = 0.015 * (u * 700.0).sin() + 0.02 * (v * 40.0).sin().powi(8);
    let age = 0.07 * fbm(u * 5.0, v * 5.0, 4, seed ^ 17)
        + 0.05 * step(0.09, 0.0, u.min(frame.aspect - u).min(v).min(1.0 - v));
    let sheet = scale([0.93, 0.88, 0.77], 1.0 + laid - age + 0.025 * grain);
    let edge = u.min(frame.aspect - u).min(v).min(1.0 - v);
    let margin = step(0.045, 0.043, edge);
    blend(blend(sheet, colour, ink.clamp(0.0, 1.0)), sheet, margin)
}
