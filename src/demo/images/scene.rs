//! Landscapes, objects, works on paper; and the choice of a scene by name.

use super::architecture;
use super::noise::{Colour, blend, cells, fbm, hash, leaves, mix, noise, scale, sky, step};
use std::f32::consts::{PI, TAU};

/// Samples of each outline across the picture.
const SAMPLES: usize = 8192;

/// The frame that a scene is drawn in: `v` runs from 0 to 1 downwards, `u` from 0 to `aspect`.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) aspect: f32,
    pub(super) seed: u32,
    /// Crests and banks, which depend on `u` alone: computed once, for they cost the most.
    outlines: Vec<Vec<f32>>,
}

impl Frame {
    pub(super) fn new(scene: Scene, aspect: f32, seed: u32) -> Self {
        let outline = |line: &dyn Fn(f32) -> f32| -> Vec<f32> {
            (0..=SAMPLES).map(|i| line((i as f32 / SAMPLES as f32 * 1.1 - 0.05) * aspect)).collect()
        };
        let outlines = match scene {
            Scene::Landscape => (0..6_u32)
                .map(|layer| {
                    let near = 1.0 - layer as f32 / 5.0;
                    let (base, rough) = (0.40 + 0.33 * near, 0.24 - 0.11 * near);
                    outline(&|u| {
                        base - rough
                            * (fbm(
                                u * (1.6 + 1.4 * near) + layer as f32 * 7.0,
                                1.0,
                                8,
                                seed ^ (20 + layer),
                            ) - 0.38)
                    })
                })
                .chain([outline(&|u| 0.80 + 0.07 * fbm(u * 2.2, 3.0, 6, seed ^ 5))])
                .collect(),
            Scene::Seascape => vec![outline(&|u| {
                0.80 + 0.06 * fbm(u * 2.0, 8.0, 5, seed ^ 12) - 0.10 * (u / aspect - 0.5)
            })],
            Scene::Aqueduct => architecture::aqueduct_outlines(aspect, seed)
                .iter()
                .map(|line| outline(line.as_ref()))
                .collect(),
            Scene::Chateau => {
                let crown = |u: f32| {
                    0.50 - 0.20 * fbm(u * 3.4, 2.0, 4, seed ^ 71)
                        - 0.17 * step(0.38, 0.62, (u - aspect / 2.0).abs())
                };
                vec![outline(&crown)]
            }
            _ => Vec::new(),
        };
        Self { aspect, seed, outlines }
    }

    /// The height of an outline at `u`.
    pub(super) fn outline(&self, number: usize, u: f32) -> f32 {
        let place =
            ((u / self.aspect + 0.05) / 1.1 * SAMPLES as f32).clamp(0.0, SAMPLES as f32 - 1.0);
        let left = place as usize;
        let Some([a, b]) = self.outlines.get(number).and_then(|line| line.get(left..left + 2))
        else {
            return 1.0;
        };
        mix(*a, *b, place - left as f32)
    }
}

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    Facade,
    Aqueduct,
    Chateau,
    StainedGlass,
    Landscape,
    Seascape,
    Faience,
    StillLife,
    Tapestry,
    Plan,
    Medal,
}

impl Scene {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "facade" => Self::Facade,
            "aqueduct" => Self::Aqueduct,
            "chateau" => Self::Chateau,
            "stained-glass" => Self::StainedGlass,
            "landscape" => Self::Landscape,
            "seascape" => Self::Seascape,
            "faience" => Self::Faience,
            "still-life" => Self::StillLife,
            "tapestry" => Self::Tapestry,
            "plan" => Self::Plan,
            "medal" => Self::Medal,
            _ => return None,
        })
    }

    /// The colour at a point.
    pub(super) fn colour(self, frame: &Frame, u: f32, v: f32) -> Colour {
        match self {
            Self::Facade => architecture::facade(frame, u, v),
            Self::Aqueduct => architecture::aqueduct(frame, u, v),
            Self::Chateau => architecture::chateau(frame, u, v),
            Self::StainedGlass => architecture::stained_glass(frame, u, v),
            Self::Landscape => landscape(frame, u, v),
            Self::Seascape => seascape(frame, u, v),
            Self::Faience => faience(frame, u, v),
            Self::StillLife => still_life(frame, u, v),
            Self::Tapestry => tapestry(frame, u, v),
            Self::Plan => plan(frame, u, v),
            Self::Medal => medal(frame, u, v),
        }
    }
}

fn landscape(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let evening = seed.is_multiple_of(2);
    let (high, low) = if evening {
        ([0.24, 0.26, 0.48], [0.96, 0.62, 0.38])
    } else {
        ([0.35, 0.53, 0.76], [0.95, 0.89, 0.76])
    };
    // A tree in front, to one side.
    let trunk_u = f.aspect * if seed.is_multiple_of(3) { 0.82 } else { 0.17 };
    let bend = 0.03 * (v * 5.0).sin();
    let trunk = (u - trunk_u - bend).abs() < 0.010 + 0.018 * step(0.5, 1.0, v);
    let crown = ((u - trunk_u - bend) / 0.27).hypot((v - 0.33) / 0.27) - 1.05;
    if crown < 0.31
        && crown + 0.75 * (fbm(u * 7.0, v * 7.0, 5, seed ^ 1) - 0.4) < 0.0
        && fbm(u * 34.0, v * 34.0, 3, seed ^ 2) > 0.36
    {
        let light = 0.35 + 0.9 * step(0.9, -0.4, (v - 0.30) / 0.3 + (u - trunk_u) / 0.6);
        let green = if evening { [0.30, 0.24, 0.10] } else { [0.33, 0.40, 0.13] };
        return scale(green, leaves(u, v, 0.0075, seed ^ 3) * light * 1.6);
    }
    if trunk && v > 0.30 && v < 0.96 {
        let bark = fbm(u * 160.0, v * 26.0, 4, seed ^ 4);
        return scale([0.30, 0.22, 0.15], 0.4 + bark);
    }
    // Foreground, with grass and flowers.
    let ground = f.outline(6, u) + 0.05 * (u - trunk_u).abs().min(1.0);
    if v > ground {
        let blade = noise(u * 130.0 + v * 40.0, v * 38.0, seed ^ 6);
        let (near, _, id) = cells(u * 46.0, v * 70.0, seed ^ 7);
        if near < 0.11 && id > 0.62 {
            return if id > 0.85 { [0.92, 0.80, 0.35] } else { [0.86, 0.40, 0.34] };
        }
        let field = if evening { [0.27, 0.24, 0.12] } else { [0.40, 0.44, 0.17] };
        return scale(field, 0.35 + 0.55 * blade + 0.5 * fbm(u * 12.0, v * 18.0, 4, seed ^ 8));
    }
    // A river that winds between the hills.
    let course = f.aspect * 0.55 + 0.28 * ((v - 0.55) * 9.0).sin() * (v - 0.45) * 2.0;
    let width = 0.010 + 0.24 * (v - 0.56).max(0.0);
    if v > 0.60 && (u - course).abs() < width {
        let ripple = fbm(u * 14.0, v * 150.0, 4, seed ^ 9);
        return scale(blend(low, high, 0.45 + 0.4 * ripple), 0.78 + 0.25 * ripple);
    }
    // Ridges, the nearest first.
    for layer in 0..6_u32 {
        let near = 1.0 - layer as f32 / 5.0;
        let crest = f.outline(layer as usize, u);
        if v > crest {
            let slope = fbm(u * 22.0 + v * 8.0, v * 34.0, 5, seed ^ (40 + layer));
            let forest = blend([0.42, 0.46, 0.36], [0.23, 0.30, 0.12], slope);
            let lit = 0.55 + 0.75 * slope;
            let body = scale(forest, lit);
            let haze = blend(low, high, 0.35);
            return blend(
                scale(haze, 0.92),
                body,
                0.12 + 0.80 * near + 0.10 * step(crest, crest + 0.08, v),
            );
        }
    }
    let sun = ((u - f.aspect * 0.62) / 1.1).hypot(v - 0.34);
    let air = sky(u, v / 0.55, high, low, if evening { 0.65 } else { 0.5 }, seed);
    blend(air, [1.0, 0.93, 0.72], 0.75 * (-sun * 7.0).exp())
}

fn seascape(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let horizon = 0.62;
    // Boats: hull and two sails.
    for (bu, bv, size) in [
        (0.42_f32, 0.665_f32, 0.10_f32),
        (0.95, 0.640, 0.055),
        (1.22, 0.690, 0.14),
        (0.70, 0.632, 0.030),
    ] {
        let (x, y) = ((u - bu) / size, (v - bv) / size);
        if y > -0.08 && y < 0.10 && x.abs() < 0.55 - y * 1.4 {
            return scale([0.20, 0.14, 0.11], 0.7 + 0.7 * noise(x * 30.0, y * 60.0, seed));
        }
        if y <= -0.10 && y > -1.25 {
            let main = x > 0.02 && x < 0.48 * (1.0 + (y + 0.10) / 1.15);
            let jib = x < -0.02 && x > -0.36 * (1.0 + (y + 0.10) / 0.95);
            if main || jib {
                let fold = 0.78
                    + 0.25 * (x * 9.0 + y * 2.0).sin()
                    + 0.12 * noise(x * 40.0, y * 40.0, seed);
                return scale(if bu > 1.0 { [0.72, 0.40, 0.26] } else { [0.90, 0.86, 0.76] }, fold);
            }
        }
        if x.abs() < 0.018 && y > -1.32 && y < 0.0 {
            return [0.15, 0.11, 0.09];
        }
    }
    if v < horizon {
        let air = sky(u * 0.9, v / horizon, [0.38, 0.50, 0.62], [0.86, 0.84, 0.78], 0.95, seed);
        let dark = fbm(u * 1.7, v * 3.6, 5, seed ^ 11);
        return scale(air, 0.62 + 0.55 * dark);
    }
    let depth = (v - horizon) / (1.0 - horizon);
    let shore = f.outline(0, u);
    if depth > shore {
        let wet = step(shore + 0.07, shore, depth);
        let sand = 0.6 + 0.5 * fbm(u * 40.0, v * 90.0, 5, seed ^ 13);
        let foam = step(0.012, 0.0, depth - shore - 0.02 * noise(u * 30.0, 1.0, seed));
        return blend(
            scale(blend([0.76, 0.67, 0.50], [0.42, 0.38, 0.32], wet), sand),
            [0.95, 0.95, 0.92],
            foam,
        );
    }
    let far = depth.max(0.004);
    let wave = fbm(u * 9.0 / (0.25 + far), 10.0 / (0.09 + far), 5, seed ^ 14);
    let crest = step(0.60, 0.74, wave) * (0.25 + 0.75 * depth);
    let sea = blend([0.42, 0.52, 0.54], [0.13, 0.27, 0.30], depth * 0.8 + (0.5 - wave) * 0.9);
    blend(sea, [0.93, 0.94, 0.92], crest)
}

fn faience(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let (x, y) = (u - f.aspect / 2.0, v - 0.5);
    let r = x.hypot(y) / 0.44;
    if r > 1.0 {
        let weave = 0.8 + 0.12 * (u * 900.0).sin() * (v * 900.0).sin();
        let shadow = step(1.0, 1.22, ((x - 0.02).hypot(y - 0.03)) / 0.44);
        return scale(
            [0.36, 0.33, 0.31],
            weave * (0.35 + 0.65 * shadow) * (0.8 + 0.4 * fbm(u * 5.0, v * 5.0, 4, seed)),
        );
    }
    let angle = y.atan2(x) + 0.02 * fbm(x * 20.0, y * 20.0, 3, seed ^ 1);
    // The brush shakes a little.
    let rr = r + 0.008 * (fbm(x * 30.0, y * 30.0, 3, seed ^ 2) - 0.5);
    let line = |centre: f32, width: f32| step(width, width * 0.4, (rr - centre).abs());
    let petals = |count: f32, phase: f32| (angle * count + phase).cos();
    let mut ink: f32 = 0.0;
    for (centre, width) in
        [(0.975, 0.012), (0.930, 0.004), (0.700, 0.008), (0.665, 0.004), (0.405, 0.006)]
    {
        ink = ink.max(line(centre, width));
    }
    if rr > 0.70 && rr < 0.93 {
        let lobe = 0.815 + 0.075 * petals(16.0, 0.0);
        let drop = step(0.02, 0.0, rr - lobe) * 0.45 + line(lobe, 0.007);
        let scroll = line(0.80 + 0.05 * petals(48.0, 1.0), 0.005);
        let dots = step(0.35, 0.75, petals(64.0, 0.0)) * line(0.745, 0.010);
        ink = ink.max(drop).max(scroll).max(dots);
    } else if rr > 0.405 && rr < 0.665 {
        let vine = line(0.535 + 0.070 * petals(12.0, 0.5), 0.006);
        let leaf = step(0.75, 0.95, petals(36.0, 0.2 + 9.0 * rr)) * 0.6 * line(0.535, 0.10);
        ink = ink.max(vine).max(leaf);
    } else if rr < 0.40 {
        let star = line(0.24 + 0.11 * petals(8.0, 0.0), 0.010);
        let inner = line(0.13 + 0.05 * petals(8.0, PI), 0.008).max(step(0.05, 0.04, rr));
        let wash = step(0.0, -0.03, rr - 0.24 - 0.11 * petals(8.0, 0.0)) * 0.30;
        ink = ink.max(star).max(inner).max(wash);
    }
    let (near, far, _) = cells(x * 75.0, y * 75.0, seed ^ 3);
    let crazing = 1.0 - 0.10 * step(0.035, 0.0, far - near);
    let glaze =
        scale([0.93, 0.93, 0.88], crazing * (0.93 + 0.09 * fbm(x * 14.0, y * 14.0, 4, seed ^ 4)));
    let blue = blend([0.16, 0.24, 0.58], [0.08, 0.12, 0.40], fbm(x * 60.0, y * 60.0, 3, seed ^ 5));
    let painted = blend(glaze, blue, ink * (0.72 + 0.35 * fbm(x * 46.0, y * 46.0, 3, seed ^ 6)));
    // The well of the dish, the rim, and the window of the studio in the glaze.
    let relief = 1.0 - 0.16 * step(0.03, 0.0, (r - 0.68).abs()) * (angle - 0.8).cos()
        + 0.05 * (angle + 2.2).cos();
    let glint = 0.75 * step(0.10, 0.02, (x + 0.14).hypot((y + 0.21) * 1.6))
        + 0.3 * step(0.05, 0.0, (r - 0.97).abs()) * step(0.6, 1.0, (angle + 2.3).cos());
    let lit = scale(painted, relief);
    blend(lit, [1.0, 1.0, 0.98], glint * 0.8)
}

fn still_life(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let table = 0.70;
    // A jug, turned: its radius by height.
    let (jx, jy) = (u - f.aspect * 0.72, v);
    if jy > 0.20 && jy < 0.78 {
        let t = (jy - 0.20) / 0.58;
        let radius = 0.060
            + 0.085 * (t * PI).sin().powf(1.4)
            + 0.012 * step(0.06, 0.0, t)
            + 0.020 * step(0.93, 1.0, t);
        let handle =
            (((jx - 0.12) / 0.085).hypot((jy - 0.42) / 0.13) - 1.0).abs() < 0.13 && jx > 0.06;
        if jx.abs() < radius || handle {
            let n = (jx / radius).clamp(-1.0, 1.0);
            let light = 0.16 + 0.85 * step(1.0, -0.65, n) * (1.0 - n * n * 0.5);
            let glaze = if t < 0.52 + 0.02 * (n * 9.0).sin() {
                [0.32, 0.42, 0.30]
            } else {
                [0.62, 0.42, 0.28]
            };
            let glint = step(0.05, 0.0, ((n + 0.45) * 0.12).hypot((t - 0.33) * 0.3));
            return blend(
                scale(glaze, light * (0.85 + 0.3 * fbm(u * 60.0, v * 60.0, 4, seed))),
                [1.0, 0.98, 0.9],
                glint,
            );
        }
    }
    // Fruit, the nearest first: place, radius, two colours.
    let fruit: [(f32, f32, f32, Colour, Colour); 9] = [
        (0.46, 0.765, 0.095, [0.86, 0.42, 0.12], [0.92, 0.62, 0.18]),
        (0.27, 0.775, 0.085, [0.72, 0.16, 0.12], [0.86, 0.66, 0.25]),
        (0.63, 0.785, 0.075, [0.55, 0.60, 0.18], [0.80, 0.74, 0.30]),
        (0.36, 0.680, 0.090, [0.84, 0.70, 0.24], [0.60, 0.56, 0.18]),
        (0.55, 0.675, 0.085, [0.66, 0.12, 0.12], [0.88, 0.52, 0.22]),
        (0.17, 0.715, 0.070, [0.40, 0.14, 0.24], [0.52, 0.26, 0.36]),
        (0.45, 0.600, 0.075, [0.88, 0.76, 0.30], [0.78, 0.36, 0.20]),
        (1.08, 0.795, 0.060, [0.36, 0.12, 0.22], [0.50, 0.24, 0.34]),
        (1.18, 0.780, 0.055, [0.34, 0.12, 0.22], [0.48, 0.24, 0.34]),
    ];
    for (index, (cx, cy, radius, ripe, other)) in fruit.into_iter().enumerate() {
        let (x, y) = ((u - cx) / radius, (v - cy) / radius);
        let d = x * x + y * y;
        if d < 1.0 {
            let z = (1.0 - d).sqrt();
            let facing = (-0.55 * x - 0.60 * y + 0.58 * z).max(0.0);
            let skin = fbm(x * 4.0 + index as f32 * 9.0, y * 4.0, 5, seed ^ index as u32);
            let speck = step(0.78, 0.9, noise(x * 60.0, y * 60.0, seed ^ 77)) * 0.25;
            let stem = x.abs() < 0.05 && y < -0.72;
            let body = blend(ripe, other, step(0.3, 0.7, skin) + speck);
            let bounce = 0.10 * (y * 0.5 + 0.5);
            let lit = scale(body, 0.13 + 1.0 * facing + bounce);
            let glint = facing.powf(30.0) * 0.6;
            return if stem {
                [0.16, 0.12, 0.07]
            } else {
                [lit[0] + glint, lit[1] + glint, lit[2] + glint * 0.9]
            };
        }
    }
    if v > table {
        // Shadows to the right of what stands there.
        let mut shadow: f32 = 1.0;
        for (cx, cy, radius, _, _) in fruit.into_iter().take(4) {
            shadow = shadow.min(
                0.25 + step(
                    0.6,
                    1.5,
                    ((u - cx - radius * 0.7) / radius / 1.5)
                        .hypot((v - cy - radius * 0.8) / radius / 0.45),
                ),
            );
        }
        shadow = shadow.min(
            0.25 + step(0.7, 1.4, ((u - f.aspect * 0.72 - 0.12) / 0.26).hypot((v - 0.79) / 0.05)),
        );
        let edge = 0.90;
        let stone = 0.55 + 0.65 * fbm(u * 9.0, v * 30.0, 6, seed ^ 31);
        if v > edge {
            return scale([0.40, 0.35, 0.30], stone * (0.42 + 0.3 * step(edge, edge + 0.01, v)));
        }
        return scale([0.66, 0.58, 0.48], stone * shadow.min(1.0));
    }
    let wall = fbm(u * 3.0, v * 3.0, 6, seed ^ 41);
    scale([0.40, 0.33, 0.25], (0.30 + 0.55 * wall) * (0.45 + 0.65 * step(1.4, 0.0, u.hypot(v))))
}

fn tapestry(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let border = 0.075;
    let inset = u.min(f.aspect - u).min(v).min(1.0 - v);
    // Threads: the whole is drawn on a grid of warp and weft.
    let (gu, gv) = ((u * 620.0).floor() / 620.0, (v * 620.0).floor() / 620.0);
    let rib = 0.80 + 0.30 * ((v * 620.0).fract() * PI).sin() - 0.10 * (u * 620.0 * PI).sin().abs();
    let wool = 0.86 + 0.28 * hash((u * 620.0) as i32 / 3, (v * 620.0) as i32, seed);
    let mut colour = scale([0.09, 0.14, 0.26], 0.85 + 0.35 * fbm(gu * 7.0, gv * 7.0, 4, seed));
    if inset < border {
        let along = if (u.min(f.aspect - u)) < border { gv } else { gu };
        let wave = (inset / border - 0.5 - 0.22 * (along * 46.0).sin()).abs();
        let ground: Colour = [0.46, 0.12, 0.11];
        colour = if !(0.008..border - 0.008).contains(&inset) {
            [0.78, 0.66, 0.38]
        } else if wave < 0.09 {
            [0.42, 0.48, 0.22]
        } else if ((along * 46.0 / TAU).fract() - 0.5).hypot(inset / border - 0.5) < 0.20 {
            [0.84, 0.62, 0.40]
        } else {
            ground
        };
    } else {
        let pitch = 0.066;
        let (cx, cy) = ((gu / pitch).floor() as i32, (gv / pitch).floor() as i32);
        for dy in -1..=1 {
            for dx in -1..=1 {
                let (ix, iy) = (cx + dx, cy + dy);
                let px = (ix as f32 + 0.3 + 0.4 * hash(ix, iy, seed ^ 1)) * pitch;
                let py = (iy as f32 + 0.3 + 0.4 * hash(ix, iy, seed ^ 2)) * pitch;
                if let Some(paint) = flower(
                    (gu - px) / pitch,
                    (gv - py) / pitch,
                    hash(ix, iy, seed ^ 3),
                    hash(ix, iy, seed ^ 4),
                ) {
                    colour = paint;
                }
            }
        }
        if let Some(paint) = animal(gu, gv, f, seed) {
            colour = paint;
        }
    }
    let faded = blend(colour, [0.55, 0.50, 0.42], 0.12 + 0.16 * fbm(u * 2.0, v * 2.0, 3, seed ^ 5));
    scale(faded, rib * wool)
}

fn flower(x: f32, y: f32, kind: f32, hue: f32) -> Option<Colour> {
    let r = x.hypot(y);
    let angle = y.atan2(x);
    let petals = 4.0 + (kind * 4.0).floor();
    let edge = 0.17 + 0.09 * (angle * petals + kind * 9.0).cos();
    let tint = match (hue * 5.0) as u32 {
        0 => [0.80, 0.30, 0.28],
        1 => [0.90, 0.82, 0.62],
        2 => [0.86, 0.66, 0.28],
        3 => [0.70, 0.44, 0.58],
        _ => [0.52, 0.62, 0.78],
    };
    if r < 0.055 {
        return Some([0.90, 0.74, 0.30]);
    }
    if r < edge {
        return Some(scale(tint, 0.72 + 1.6 * (edge - r)));
    }
    let stem = (x - 0.10 * (y * 5.0 + kind * 6.0).sin()).abs() < 0.028 && y > 0.0 && y < 0.62;
    let leaf = [(0.20_f32, 0.30_f32), (-0.20, 0.42)].into_iter().any(|(lx, ly)| {
        ((x - lx) * 0.8 + (y - ly) * 0.5).abs() / 0.06
            + ((x - lx) * 0.5 - (y - ly) * 0.8).abs() / 0.20
            < 1.0
    });
    (stem || leaf).then(|| scale([0.38, 0.50, 0.26], 0.8 + 0.4 * kind))
}

fn animal(u: f32, v: f32, f: &Frame, seed: u32) -> Option<Colour> {
    // Two rabbits and a bird, from ellipses.
    let fur = |x: f32, y: f32| 0.75 + 0.4 * noise(x * 40.0, y * 12.0, seed ^ 9);
    for (cx, cy, size, flip, coat) in [
        (0.42_f32, 0.62_f32, 0.15_f32, 1.0_f32, [0.80_f32, 0.72, 0.58]),
        (f.aspect - 0.40, 0.36, 0.13, -1.0, [0.62, 0.46, 0.32]),
        (f.aspect * 0.5, 0.74, 0.10, 1.0, [0.84, 0.80, 0.72]),
    ] {
        let (x, y) = ((u - cx) / size * flip, (v - cy) / size);
        let body = (x / 1.0).hypot(y / 0.55) < 1.0;
        let head = ((x - 1.0) / 0.42).hypot((y + 0.45) / 0.34) < 1.0;
        let ear = ((x - 0.80 + 0.35 * (y + 1.0)) / 0.12).hypot((y + 1.0) / 0.45) < 1.0;
        let paw = ((x - 0.7) / 0.14).hypot((y - 0.6) / 0.35) < 1.0
            || ((x + 0.6) / 0.30).hypot((y - 0.5) / 0.25) < 1.0;
        let tail = (x + 1.05).hypot(y + 0.05) < 0.18;
        if (x - 1.1).hypot(y + 0.50) < 0.06 {
            return Some([0.08, 0.06, 0.05]);
        }
        if body || head || ear || paw || tail {
            return Some(scale(coat, fur(x, y)));
        }
    }
    None
}

fn plan(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let fibre = 0.93
        + 0.05 * fbm(u * 300.0, v * 300.0, 3, seed)
        + 0.04 * fbm(u * 6.0, v * 6.0, 4, seed ^ 1);
    let stain = 0.10 * step(0.03, 0.0, ((u - 1.05).hypot(v - 0.22) - 0.11).abs())
        + 0.05 * step(0.11, 0.0, (u - 1.05).hypot(v - 0.22));
    let fold = 0.10 * step(0.002, 0.0, (u - f.aspect / 2.0).abs())
        + 0.08 * step(0.002, 0.0, (v - 0.5).abs());
    let paper = scale([0.92, 0.87, 0.74], fibre - stain - fold);
    // The hand is not quite straight.
    let x = u - f.aspect / 2.0 + 0.0012 * (fbm(u * 30.0, v * 30.0, 3, seed ^ 2) - 0.5);
    let y = v - 0.5 + 0.0012 * (fbm(u * 30.0, v * 30.0, 3, seed ^ 3) - 0.5);
    let mut ink: f32 = 0.0;
    let mut hatch: f32 = 0.0;
    let mut wall = |inside: bool| {
        if inside {
            hatch = 1.0;
        }
    };
    // Nave and aisles, transept, apse with ambulatory.
    let (nave, aisle) = (0.095, 0.190);
    wall(x > -0.50 && x < 0.26 && (y.abs() - aisle).abs() < 0.011);
    wall(
        (x + 0.50).abs() < 0.016
            && y.abs() < aisle
            && (y.abs() - 0.0).abs() > 0.035
            && (y.abs() - 0.14).abs() > 0.022,
    );
    wall(
        (x - 0.02).abs() > 0.090 && (x - 0.02).abs() < 0.112 && y.abs() > aisle && y.abs() < 0.315,
    );
    wall((x - 0.02).abs() < 0.112 && (y.abs() - 0.315).abs() < 0.011);
    let apse = (x - 0.26).hypot(y);
    wall(x > 0.26 && (apse - aisle).abs() < 0.011);
    for chapel in [-1.05_f32, -0.35, 0.35, 1.05] {
        let (cx, cy) = (0.26 + 0.235 * chapel.cos(), 0.235 * chapel.sin());
        let ring = (x - cx).hypot(y - cy);
        wall((ring - 0.065).abs() < 0.009 && apse > aisle);
    }
    let bay = (x / 0.0875).round();
    let (dx, dy) = (x - bay * 0.0875, y.abs() - nave);
    let in_nave = x > -0.47 && x < 0.27;
    wall(in_nave && dx.hypot(dy) < 0.0135);
    wall(
        in_nave
            && (x - 0.02).abs() > 0.11
            && dx.abs() < 0.010
            && y.abs() > aisle
            && y.abs() < aisle + 0.038,
    );
    // Ribs of the vaults, thin.
    if in_nave && y.abs() < nave {
        let diagonal =
            ((dx + 0.04375).rem_euclid(0.0875) / 0.0875 - 0.5).abs() * 2.0 - (y / nave).abs();
        ink = ink.max(0.55 * step(0.020, 0.004, diagonal.abs()));
    }
    ink = ink.max(
        0.5 * step(0.0012, 0.0004, y.abs())
            * f32::from(u8::from((x * 60.0).fract().abs() < 0.6 && x > -0.58 && x < 0.56)),
    );
    // Scale bar, frame, a title block of pseudo-writing.
    let bar = (y - 0.41).abs() < 0.005 && x > -0.5 && x < -0.1;
    if bar {
        ink = ink.max(if ((x + 0.5) * 25.0) as i32 % 2 == 0 {
            1.0
        } else {
            step(0.0035, 0.005, (y - 0.41).abs())
        });
    }
    let frame = (u.min(f.aspect - u).min(v).min(1.0 - v) - 0.03).abs();
    ink =
        ink.max(step(0.0018, 0.0006, frame)).max(0.7 * step(0.0009, 0.0003, (frame - 0.006).abs()));
    for (line, width) in [(-0.43_f32, 0.30_f32), (-0.405, 0.22)] {
        let letter = (x * 160.0).floor();
        let stroke = ((x * 160.0).fract().abs() - 0.5) * 0.010
            + 0.004 * ((y - line) * 900.0 + hash(letter as i32, 5, seed) * 6.0).sin();
        if x.abs() < width / 2.0 && (y - line).abs() < 0.007 && hash(letter as i32, 8, seed) > 0.16
        {
            ink = ink.max(step(0.0016, 0.0006, stroke.abs()));
        }
    }
    let cut = hatch * (0.62 + 0.38 * step(0.15, 0.45, ((x + y) * 260.0).rem_euclid(1.0)));
    let uneven = 0.82 + 0.3 * fbm(u * 120.0, v * 120.0, 3, seed ^ 4);
    blend(paper, [0.13, 0.10, 0.10], ink.max(cut) * uneven)
}

fn medal(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let (x, y) = (u - f.aspect / 2.0, v - 0.5);
    let r = x.hypot(y) / 0.42;
    if r > 1.0 {
        let shadow = step(0.98, 1.25, (x - 0.03).hypot(y - 0.04) / 0.42);
        let felt =
            0.75 + 0.35 * fbm(u * 220.0, v * 220.0, 3, seed) + 0.1 * fbm(u * 4.0, v * 4.0, 3, seed);
        return scale([0.40, 0.42, 0.44], felt * (0.3 + 0.7 * shadow));
    }
    let height = |x: f32, y: f32| relief(x, y, seed);
    let e = 0.0012;
    let (gx, gy) = (
        (height(x + e, y) - height(x - e, y)) / (2.0 * e),
        (height(x, y + e) - height(x, y - e)) / (2.0 * e),
    );
    let length = (gx * gx + gy * gy + 1.0).sqrt();
    let facing = ((0.55 * gx + 0.62 * gy + 0.56) / length).max(0.0);
    let patina = fbm(x * 9.0, y * 9.0, 5, seed ^ 1);
    let hollow = step(0.006, 0.0, height(x, y));
    let bronze = blend(
        [0.58, 0.40, 0.22],
        [0.34, 0.36, 0.26],
        step(0.45, 0.75, patina) * (0.3 + 0.5 * hollow),
    );
    let scratch = 0.08 * step(0.80, 0.9, noise(x * 400.0 + y * 60.0, y * 18.0, seed ^ 2));
    let lit = scale(bronze, 0.22 + 1.15 * facing + scratch);
    let glint = facing.powf(18.0) * 0.42;
    [lit[0] + glint, lit[1] + glint * 0.92, lit[2] + glint * 0.75]
}

/// Height of the medal's face over its field.
fn relief(x: f32, y: f32, seed: u32) -> f32 {
    let r = x.hypot(y) / 0.42;
    let angle = y.atan2(x);
    let mut height = 0.0010 * fbm(x * 60.0, y * 60.0, 3, seed ^ 5);
    height += 0.020 * step(0.93, 0.96, r);
    let bead = (angle * 96.0 / TAU).fract().abs() - 0.5;
    height += 0.008 * step(0.5, 0.15, bead.hypot((r - 0.905) * 28.0));
    // Two branches of laurel, open at the top.
    if angle + PI / 2.0 > 0.25 || angle + PI / 2.0 < -0.25 {
        let along = angle * 26.0;
        let leaf = along - along.floor() - 0.5;
        for (ring, phase) in [(0.74_f32, 0.0_f32), (0.64, 0.5)] {
            let shifted = (along + phase).rem_euclid(1.0) - 0.5;
            let across = (r - ring) * 9.0 - shifted * 0.35;
            let body = 1.0 - (shifted / 0.46).powi(2) - (across / 0.42).powi(2);
            if body > 0.0 {
                height =
                    height.max(0.004 + 0.012 * body.sqrt() - 0.004 * step(0.05, 0.0, across.abs()));
            }
        }
        let berry = (leaf.abs() * 0.055).hypot(r - 0.69);
        height += 0.006 * step(0.014, 0.004, berry);
    }
    // A tied ribbon below, a star in the middle.
    let star_angle = (angle + PI / 2.0).rem_euclid(TAU / 5.0) - TAU / 10.0;
    let star = r * star_angle.cos() * (1.0 + 0.9 * star_angle.abs());
    height += 0.016 * step(0.30, 0.20, star + 0.10 * step(0.0, 0.3, r)) * (1.0 - 1.2 * r).max(0.0);
    let knot = ((x / 0.05).hypot((y - 0.30) / 0.03) - 1.0).max(-1.0);
    mix(height, 0.016, step(0.1, -0.1, knot))
}
