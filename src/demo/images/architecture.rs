//! Façade, aqueduct, château, stained glass.

use super::noise::{
    Colour, blend, cells, fbm, hash, leaves, masonry, mix, noise, pointed_arch, round_arch, scale,
    sky, step,
};
use super::scene::Frame;

const STONE: Colour = [0.80, 0.72, 0.58];
const SLATE: Colour = [0.27, 0.30, 0.36];
const SHADE: Colour = [0.07, 0.06, 0.07];

/// The west front of a great church.
pub(super) fn facade(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    // In units in which the front is 0.74 wide, whatever the frame.
    let x = (u - f.aspect / 2.0) / f.aspect * 0.80;
    let side = x.abs();
    let tower_top = 0.085 + 0.03 * hash(i32::from(x > 0.0), 1, seed);
    let inside_tower = side > 0.135 && side < 0.335 && v > tower_top;
    let gable = 0.30 + (side / 0.14).max(0.0) * 0.04 - 0.06 * step(0.14, 0.0, side);
    let inside_nave = side <= 0.135 && v > gable;
    if v > 0.945 {
        let depth = (v - 0.945) / 0.055;
        let paving = masonry(u / (0.5 + depth), (v - 0.9) * 3.0, 0.025, seed ^ 9);
        return scale([0.50, 0.47, 0.43], paving * (0.7 + 0.3 * depth));
    }
    if !inside_tower && !inside_nave {
        let pinnacle = side > 0.135
            && side < 0.335
            && v > tower_top - 0.05
            && ((side * 60.0).fract() - 0.5).abs() * 0.9 < (v - (tower_top - 0.05)) * 10.0 - 0.05
            && ((side * 60.0) as i32) % 3 == 0;
        if !pinnacle {
            let air = sky(u, v, [0.30, 0.48, 0.75], [0.78, 0.85, 0.90], 0.55, seed);
            // Houses beside the church.
            let roof = 0.80
                + 0.05 * hash((u * 14.0) as i32, 4, seed)
                + ((u * 14.0).fract() - 0.5).abs() * 0.05;
            if v > roof {
                let tone = 0.7 + 0.5 * hash((u * 14.0) as i32, 5, seed);
                let window = ((u * 56.0).fract() - 0.5).abs() < 0.22
                    && ((v * 26.0).fract() - 0.5).abs() < 0.28
                    && v > roof + 0.03;
                let wall = scale([0.62, 0.56, 0.50], tone * masonry(u, v, 0.008, seed ^ 3));
                return if window { [0.13, 0.14, 0.17] } else { wall };
            }
            return air;
        }
    }
    let mut tone = masonry(x, v, 0.0105, seed);
    // Rain and soot run down from the ledges.
    tone *= 0.80 + 0.35 * fbm(x * 60.0, v * 7.0, 4, seed ^ 21);
    let mut colour = scale(STONE, tone);
    // Light from the left: buttresses throw shadows to the right.
    for buttress in [0.135_f32, 0.335] {
        for sign in [-1.0_f32, 1.0] {
            let d = x - sign * (buttress - 0.012);
            if d.abs() < 0.016 {
                colour = scale(colour, 1.12 - 0.45 * step(-0.010, 0.014, d));
                let niche = pointed_arch(d, (v * 7.0).fract() / 7.0, 0.006, 0.05);
                if niche < 0.0 && (v * 7.0).fract() > 0.2 {
                    colour =
                        scale(colour, 0.55 + 0.5 * statue(d, (v * 7.0).fract() / 7.0 - 0.05, 0.05));
                }
            } else if d > 0.0 && d < 0.034 {
                colour = scale(colour, 0.72);
            }
        }
    }
    // Ledges.
    for ledge in [0.145_f32, 0.305, 0.352, 0.575, 0.632] {
        let d = v - ledge;
        if d.abs() < 0.005 {
            colour = scale(
                STONE,
                1.05 - 0.5 * step(-0.005, 0.005, d) + 0.08 * noise(x * 900.0, v * 900.0, seed),
            );
        } else if d > 0.0 && d < 0.014 {
            colour = scale(colour, 0.66 + d * 20.0);
        }
    }
    // Gallery of statues.
    if v > 0.309 && v < 0.349 {
        let cell = (x * 46.0).floor();
        let dx = (x * 46.0 - cell - 0.5) / 46.0;
        let d = pointed_arch(dx, v, 0.0078, 0.320);
        colour = if d < 0.0 {
            let body = statue(dx * (0.9 + 0.3 * hash(cell as i32, 2, seed)), v - 0.331, 0.033);
            scale(STONE, 0.20 + 0.75 * body)
        } else {
            scale(colour, 0.75 + (d * 300.0).sin().abs() * 0.3)
        };
    }
    // Openings of the towers.
    for lancet in [-0.045_f32, 0.045] {
        let d = pointed_arch(side - 0.235 - lancet, v, 0.027, 0.190);
        let bottom = v < 0.292;
        if bottom && d < 0.012 && v > 0.14 {
            colour = if d < 0.0 {
                let louvre = ((v * 160.0).fract() - 0.5).abs();
                let mullion = (side - 0.235 - lancet).abs() < 0.0028;
                if mullion { scale(STONE, 0.8) } else { scale([0.30, 0.26, 0.23], 0.25 + louvre) }
            } else {
                scale(STONE, 0.62 + 0.4 * (d * 1100.0).sin().abs())
            };
        }
    }
    // Tall windows of the towers, middle storey.
    let d = pointed_arch(side - 0.235, v, 0.055, 0.455);
    if v < 0.565 && v > 0.37 && d < 0.016 {
        colour = if d < 0.0 {
            tracery(side - 0.235, v, seed)
        } else {
            scale(STONE, 0.55 + 0.45 * (d * 900.0).sin().abs())
        };
    }
    // The rose.
    if side < 0.13 {
        let dy = v - 0.467;
        let r = x.hypot(dy);
        if r < 0.104 {
            colour = rose(x, dy, r, seed);
        } else if r < 0.122 {
            colour = scale(STONE, 0.50 + 0.5 * (r * 1000.0).sin().abs());
        }
    }
    // Portals: nested arches, figures in the splays, wooden doors.
    for (axis, half, spring) in
        [(0.0_f32, 0.088_f32, 0.795_f32), (0.222, 0.066, 0.815), (-0.222, 0.066, 0.815)]
    {
        let dx = x - axis;
        let d = pointed_arch(dx, v, half, spring);
        if d < 0.0 && v > 0.6 {
            colour = portal(dx, v, -d, half, spring, seed);
        } else if d < 0.012 && v > 0.6 {
            colour = scale(STONE, 1.0 - 25.0 * d + 0.15 * (dx * 700.0).sin());
        }
    }
    colour
}

fn statue(x: f32, y: f32, height: f32) -> f32 {
    let width = 0.10 * height + 0.10 * height * step(-0.5, 0.2, y / height);
    let head = x.hypot(y + height * 0.42) < height * 0.09;
    let body = y > -height * 0.33 && x.abs() < width;
    if head || body {
        1.0 - 0.55 * step(-width, width, x) + 0.16 * (x / height * 90.0).sin()
    } else {
        0.0
    }
}

fn tracery(x: f32, v: f32, seed: u32) -> Colour {
    let sub = pointed_arch(x.abs() - 0.0275, v, 0.0245, 0.475);
    let oculus = x.hypot(v - 0.425) - 0.020;
    if sub.abs() < 0.003 || oculus.abs() < 0.003 || (sub > 0.0 && oculus > 0.0) {
        scale(STONE, 0.75)
    } else {
        glass(x * 260.0, v * 260.0, 0.35, seed)
    }
}

fn rose(x: f32, y: f32, r: f32, seed: u32) -> Colour {
    let angle = y.atan2(x);
    let petals = if r > 0.055 { 24.0 } else { 12.0 };
    let wedge = (angle / std::f32::consts::TAU * petals).rem_euclid(1.0) - 0.5;
    let across = wedge.abs() / petals * std::f32::consts::TAU * r;
    let spoke = (0.5 - wedge.abs()) / petals * std::f32::consts::TAU * r;
    let ring = (r - 0.055).abs().min((r - 0.100).abs()).min((r - 0.018).abs());
    let lobe = (across.hypot(r - 0.090) - 0.0088).abs();
    if ring < 0.0028 || spoke < 0.0017 || (lobe < 0.0015 && r > 0.080) {
        scale(STONE, 0.85 - 0.25 * (x * 40.0).sin())
    } else {
        glass(x * 330.0, y * 330.0, 0.45, seed)
    }
}

fn glass(x: f32, y: f32, light: f32, seed: u32) -> Colour {
    let (near, far, id) = cells(x, y, seed ^ 0xE1);
    let hue = match (id * 6.0) as u32 {
        0 | 1 => [0.10, 0.20, 0.75],
        2 => [0.78, 0.10, 0.12],
        3 => [0.85, 0.65, 0.15],
        4 => [0.12, 0.50, 0.25],
        _ => [0.75, 0.78, 0.80],
    };
    let uneven = 0.55 + 0.9 * fbm(x * 1.7, y * 1.7, 4, seed ^ 0x3C);
    if far - near < 0.07 {
        [0.03, 0.03, 0.04]
    } else {
        scale(hue, light * uneven * (0.7 + 0.6 * id))
    }
}

fn portal(dx: f32, v: f32, depth: f32, half: f32, spring: f32, seed: u32) -> Colour {
    let splay = half * 0.48;
    if depth < splay {
        // Archivolts above, column statues below.
        let order = depth / splay * 4.0;
        let moulding = 0.40 + 0.5 * (order.fract() * std::f32::consts::PI).sin();
        if v > spring {
            let figure = statue((order.fract() - 0.5) * splay / 4.0, v - spring - 0.052, 0.085);
            return scale(STONE, (0.28 + 0.62 * figure) * (1.0 - 0.12 * order));
        }
        let along = (dx.atan2(spring - v) * (26.0 + order.floor())).fract().abs();
        return scale(STONE, moulding * (1.0 - 0.13 * order) * (0.75 + 0.35 * (along - 0.5).abs()));
    }
    if v < spring + 0.012 {
        // Tympanum: rows of small figures.
        let row = ((spring + 0.012 - v) / 0.022).floor();
        let cell = ((dx + row * 0.004) / 0.011).floor();
        let body = statue(
            dx + row * 0.004 - (cell + 0.5) * 0.011,
            ((spring + 0.012 - v) / 0.022 - row - 0.5) * -0.022,
            0.020,
        );
        let tone = 0.34 + 0.45 * body + 0.2 * fbm(dx * 500.0, v * 500.0, 3, seed);
        return scale(STONE, tone);
    }
    if dx.abs() < half * 0.045 {
        return scale(STONE, 0.75 - 5.0 * dx);
    }
    let plank = ((dx * 320.0).fract() - 0.5).abs();
    let hinge =
        ((v * 38.0).fract() - 0.5).abs() < 0.04 || (dx * 38.0 + v * 60.0).sin().abs() < 0.03;
    let wood = scale(
        [0.34, 0.18, 0.10],
        0.55 + 0.5 * fbm(dx * 1200.0, v * 60.0, 3, seed ^ 8)
            - 0.2 * f32::from(u8::from(plank > 0.46)),
    );
    if hinge { SHADE } else { wood }
}

/// Three rows of arches over a river.
pub(super) fn aqueduct(f: &Frame, u: f32, v: f32) -> Colour {
    let water = 0.775;
    if v > water {
        let depth = (v - water) / (1.0 - water);
        // Pebbles of the bank in front.
        if v > f.outline(2, u) {
            let (near, far, id) = cells(u * 60.0, v * 110.0, f.seed ^ 32);
            return scale(
                [0.72, 0.67, 0.58],
                (0.45 + 0.6 * id)
                    * mix(0.45, 1.0, step(0.0, 0.25, far - near))
                    * (1.1 - 0.5 * near),
            );
        }
        let ripple = fbm(u * 26.0, depth * 90.0 / (0.4 + depth), 4, f.seed ^ 77) - 0.5;
        let mirrored = above_water(
            f,
            u + ripple * 0.012,
            water - (v - water) * 1.05 + ripple * 0.018 * (0.5 + depth),
        );
        let tint = blend(scale(mirrored, 0.72), [0.10, 0.22, 0.22], 0.25 + 0.3 * depth);
        let glint =
            step(0.66, 0.8, noise(u * 190.0, depth * 420.0 / (0.5 + depth), f.seed ^ 5)) * 0.25;
        return [tint[0] + glint, tint[1] + glint, tint[2] + glint];
    }
    above_water(f, u, v)
}

/// The banks, the hills behind, the pebbles in front.
pub(super) fn aqueduct_outlines(aspect: f32, seed: u32) -> [Box<dyn Fn(f32) -> f32>; 3] {
    [
        Box::new(move |u: f32| {
            let left = 0.64 - 0.42 * step(0.30, 0.0, u)
                + 0.10 * fbm(u * 6.0, 1.0, 7, seed ^ 41)
                + 0.35 * step(0.15, 0.45, u);
            let right = 0.62 - 0.40 * step(aspect - 0.34, aspect, u)
                + 0.10 * fbm(u * 6.0, 9.0, 7, seed ^ 42)
                + 0.40 * step(aspect - 0.18, aspect - 0.5, u);
            left.min(right)
        }),
        Box::new(move |u: f32| 0.47 + 0.10 * fbm(u * 2.0, 4.0, 8, seed ^ 51)),
        Box::new(move |u: f32| 0.93 + 0.05 * fbm(u * 3.0, 2.0, 6, seed ^ 31)),
    ]
}

fn above_water(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let bank = f.outline(0, u);
    if v > bank && v > 0.30 {
        let rocky = step(0.50, 0.62, fbm(u * 7.0, v * 9.0, 4, seed ^ 43));
        let rock = scale([0.70, 0.64, 0.55], 0.45 + 0.8 * fbm(u * 30.0, v * 60.0, 5, seed ^ 44));
        let bush = scale([0.26, 0.34, 0.13], leaves(u, v, 0.009, seed ^ 45) * 1.3);
        return blend(bush, rock, rocky);
    }
    let tiers = [(0.600_f32, 0.775_f32, 6.0_f32), (0.425, 0.600, 9.0), (0.345, 0.425, 33.0)];
    for (row, (top, bottom, count)) in tiers.into_iter().enumerate() {
        if v < top || v >= bottom {
            continue;
        }
        let pitch = f.aspect / count;
        let number = (u / pitch).floor();
        let dx = u - (number + 0.5) * pitch;
        let half = pitch * if row == 2 { 0.33 } else { 0.37 };
        let spring = top
            + (bottom - top) * if row == 2 { 0.52 } else { 0.14 }
            + half * if row == 2 { 0.3 } else { 0.85 };
        let d = round_arch(dx, v, half, spring);
        if d < 0.0 {
            // The thickness of the arch, seen from the left.
            if dx > half * 0.55 && d > -half * 0.16 || (v < spring && d > -half * 0.10) {
                return scale([0.52, 0.43, 0.31], masonry(dx, v, 0.010, seed ^ 13) * 0.72);
            }
            break;
        }
        let course = if row == 2 { 0.009 } else { 0.0145 };
        let mut tone = masonry(u, v, course, seed ^ row as u32);
        if d < half * 0.15 && v < spring {
            let voussoir = (dx.atan2(spring - v) * 9.0).fract().abs();
            tone = (0.85
                + 0.3 * hash((dx.atan2(spring - v) * 9.0).floor() as i32, number as i32, seed))
                * if voussoir < 0.06 { 0.6 } else { 1.0 };
        }
        let cornice = v - top < 0.010;
        let stain = 0.72 + 0.5 * fbm(u * 18.0, v * 5.0, 5, seed ^ 14);
        let light = if cornice {
            1.15
        } else if v - top < 0.018 {
            0.62
        } else {
            1.0
        };
        return scale([0.86, 0.72, 0.50], tone * stain * light);
    }
    // Behind: hills and sky.
    let ridge = f.outline(1, u);
    if v > ridge {
        let near = step(ridge, ridge + 0.2, v);
        let green = blend([0.46, 0.53, 0.44], [0.25, 0.34, 0.15], near);
        return scale(green, 0.35 + leaves(u, v, 0.006 + 0.004 * near, seed ^ 52) * 0.95);
    }
    sky(u, v / 0.6, [0.20, 0.42, 0.76], [0.74, 0.84, 0.92], 0.35, seed)
}

/// A château between its trees and its water.
pub(super) fn chateau(f: &Frame, u: f32, v: f32) -> Colour {
    let shore = 0.72;
    if v > shore {
        let depth = (v - shore) / (1.0 - shore);
        if depth < 0.10 {
            let grass = fbm(u * 160.0, v * 300.0, 4, f.seed ^ 61);
            return scale([0.36, 0.50, 0.20], 0.45 + 0.8 * grass);
        }
        let ripple = fbm(u * 20.0, depth * 60.0 / (0.3 + depth), 4, f.seed ^ 62) - 0.5;
        let mirrored = on_land(
            f,
            u + ripple * 0.010 * (0.3 + depth),
            shore - (v - shore) * 1.1 + ripple * 0.014,
        );
        let lily = cells(u * 22.0, v * 60.0, f.seed ^ 63);
        if depth > 0.45 && lily.0 < 0.30 && lily.2 > 0.55 {
            return scale(
                [0.32, 0.47, 0.22],
                0.6 + 1.1 * lily.0 + 0.3 * noise(u * 900.0, v * 900.0, 3),
            );
        }
        return blend(scale(mirrored, 0.78), [0.12, 0.20, 0.19], 0.2 + 0.25 * depth);
    }
    on_land(f, u, v)
}

fn on_land(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let x = u - f.aspect / 2.0;
    let base = 0.70;
    // Round towers with conical roofs.
    for (axis, radius, top) in [
        (-0.40_f32, 0.068_f32, 0.34_f32),
        (0.40, 0.068, 0.34),
        (-0.135, 0.056, 0.29),
        (0.135, 0.056, 0.29),
    ] {
        let dx = (x - axis) / radius;
        let round = (1.0 - (dx * dx).min(1.0)).sqrt();
        let light = 0.45 + 0.65 * step(1.0, -0.7, dx) * (0.55 + 0.45 * round);
        if dx.abs() < 1.0 && v > top && v < base {
            let around = dx.clamp(-1.0, 1.0).asin() * radius;
            let mut tone = masonry(around, v, 0.0095, seed) * light;
            let band = [0.40_f32, 0.52, 0.63].iter().any(|b| (v - b).abs() < 0.003);
            if band || v < top + 0.022 && ((around * 90.0).fract() - 0.5).abs() < 0.3 {
                tone *= 0.8;
            }
            for storey in [0.43_f32, 0.55, 0.64] {
                if dx.abs() < 0.24 && (v - storey).abs() < 0.024 {
                    return window(dx * 0.1, (v - storey) * 2.0, seed);
                }
            }
            return scale(STONE, tone);
        }
        let roof = (top - v) / 0.155;
        if (0.0..1.0).contains(&roof) && dx.abs() < 1.12 * (1.0 - roof) {
            let tiles = 0.75
                + 0.5 * hash((dx / (1.0 - roof).max(0.02) * 9.0) as i32, (v * 260.0) as i32, seed);
            return scale(SLATE, tiles * (0.55 + light * 0.8));
        }
        if (1.0..1.18).contains(&roof) && (x - axis).abs() < 0.0022 {
            return SHADE;
        }
    }
    // The main building: three storeys, steep roof, dormers and chimneys.
    if x.abs() < 0.40 && v < base {
        if v > 0.43 {
            let pitch = 0.0735;
            let number = ((x + 0.40) / pitch).floor();
            let dx = x + 0.40 - (number + 0.5) * pitch;
            for storey in [0.485_f32, 0.570, 0.650] {
                let dy = v - storey;
                if dx.abs() < 0.0165 && dy.abs() < 0.027 {
                    return window(dx, dy, seed);
                }
                if dx.abs() < 0.021 && dy.abs() < 0.032 {
                    return scale(STONE, 1.12 - 8.0 * dx);
                }
            }
            let ledge = [0.440_f32, 0.528, 0.610].iter().any(|b| (v - b).abs() < 0.0035);
            let pilaster = (dx.abs() - 0.031).abs() < 0.004;
            let tone = masonry(x, v, 0.0095, seed ^ 2)
                * if ledge {
                    1.18
                } else if pilaster {
                    1.1
                } else {
                    0.95
                };
            return scale(STONE, tone * (0.82 + 0.3 * fbm(x * 14.0, v * 5.0, 4, seed ^ 3)));
        }
        if v > 0.30 {
            let pitch = 0.147;
            let number = ((x + 0.367) / pitch).floor();
            let dx = x + 0.367 - (number + 0.5) * pitch;
            let dormer = v > 0.36 && dx.abs() < 0.026
                || v > 0.325 && v <= 0.36 && dx.abs() < (v - 0.325) * 0.8;
            if dormer {
                return if dx.abs() < 0.013 && v > 0.375 && v < 0.42 {
                    window(dx, v - 0.40, seed)
                } else {
                    scale(STONE, 1.05 - 7.0 * dx)
                };
            }
            let tiles = 0.7
                + 0.55
                    * hash(
                        (x * 260.0 + f32::from(u8::from((v * 330.0) as i32 % 2 == 0)) * 0.5) as i32,
                        (v * 330.0) as i32,
                        seed,
                    );
            return scale(SLATE, tiles * (0.8 + 0.5 * fbm(x * 9.0, v * 9.0, 3, seed ^ 4)));
        }
        if v > 0.22 {
            let pitch = 0.20;
            let dx = x + 0.3 - (((x + 0.3) / pitch).floor() + 0.5) * pitch;
            if dx.abs() < 0.017 || v < 0.232 && dx.abs() < 0.021 {
                let brick = masonry(x, v, 0.0045, seed ^ 6);
                return scale([0.60, 0.36, 0.27], brick * (1.1 - 14.0 * dx));
            }
        }
    }
    // Trees behind and beside.
    let crown = f.outline(0, u) + 0.03 * noise(u * 40.0, v * 40.0, seed);
    if v > crown && v < base {
        let light = 0.45 + 0.9 * fbm(u * 11.0, v * 11.0 + 3.0, 4, seed ^ 72);
        return scale([0.25, 0.36, 0.12], leaves(u, v, 0.0075, seed ^ 73) * light * 1.7);
    }
    if v >= base {
        let gravel = noise(u * 500.0, v * 900.0, seed ^ 81);
        return scale([0.70, 0.63, 0.50], 0.7 + 0.35 * gravel);
    }
    sky(u, v / 0.6, [0.24, 0.44, 0.74], [0.83, 0.87, 0.88], 0.6, seed)
}

fn window(dx: f32, dy: f32, seed: u32) -> Colour {
    let mullion = dx.abs() < 0.0018 || (dy + 0.006).abs() < 0.0018;
    let pane = ((dx * 260.0).fract().abs() - 0.5).abs() > 0.46
        || ((dy * 200.0).fract().abs() - 0.5).abs() > 0.46;
    if mullion {
        scale(STONE, 0.92)
    } else if pane {
        [0.30, 0.27, 0.22]
    } else {
        let sheen = fbm(dx * 120.0, dy * 120.0, 2, seed ^ 91);
        [0.10 + 0.14 * sheen, 0.13 + 0.18 * sheen, 0.19 + 0.24 * sheen]
    }
}

/// A window of coloured glass in a dark wall.
pub(super) fn stained_glass(f: &Frame, u: f32, v: f32) -> Colour {
    let seed = f.seed;
    let x = u - f.aspect / 2.0;
    let half = f.aspect * 0.39;
    let spring = 0.05 + half * 1.73;
    let d = pointed_arch(x, v, half, spring);
    if d > 0.0 || v > 0.955 {
        let moulding =
            if d < 0.05 && v < 0.955 { 0.35 + 0.45 * (d * 260.0).sin().abs() } else { 0.26 };
        let glow = if d > 0.0 { 0.35 * (-d * 14.0).exp() } else { 0.2 };
        return scale(STONE, masonry(u, v, 0.028, seed) * moulding * (0.6 + glow));
    }
    // Stone mullions and iron bars.
    let lancet = half / 1.5;
    let dx = (x / lancet - (x / lancet).round()) * lancet;
    let head = pointed_arch(dx, v, lancet * 0.46, spring + 0.02);
    let bar = ((v * 11.0).fract() - 0.5).abs() > 0.488;
    let oculus_axis = (x.abs() - lancet * 0.5).abs();
    let oculus = oculus_axis.hypot(v - spring + 0.10) - lancet * 0.42;
    let top = x.hypot(v - spring + 0.30) - lancet * 0.48;
    if head > 0.0 && oculus > 0.0 && top > 0.0 {
        let edge = head.min(oculus).min(top);
        return scale(STONE, 0.10 + 0.16 * (edge * 300.0).sin().abs());
    }
    if bar && head < 0.0 {
        return [0.02, 0.02, 0.03];
    }
    // Medallions with figures of cut glass, on a mosaic ground.
    let pitch = 0.155;
    let row = (v / pitch).floor();
    let dy = v - (row + 0.5) * pitch;
    let r = dx.hypot(dy);
    let (near, far, id) = cells(dx * 110.0 + (x / lancet).round() * 77.0, v * 110.0, seed ^ 1);
    let lead = far - near < 0.075;
    let light = (0.62 + 0.75 * fbm(u * 90.0, v * 90.0, 4, seed ^ 2))
        * (0.75 + 0.5 * fbm(u * 3.0, v * 3.0, 2, seed ^ 3));
    let ring = lancet * 0.36;
    if lead || (r - ring).abs() < 0.002 || (r - ring * 1.1).abs() < 0.0018 {
        return [0.03, 0.025, 0.03];
    }
    let colour = if head > -0.016 && head < 0.0 {
        if (v * 46.0).fract() < 0.5 { [0.80, 0.12, 0.10] } else { [0.15, 0.52, 0.24] }
    } else if r < ring {
        figure(dx / ring, dy / ring, id, row as i32, seed)
    } else if r < ring * 1.1 {
        [0.92, 0.78, 0.25]
    } else if ((dx + dy) * 55.0).fract().abs() < 0.14 || ((dx - dy) * 55.0).fract().abs() < 0.14 {
        [0.75, 0.10, 0.14]
    } else {
        blend([0.06, 0.13, 0.62], [0.12, 0.30, 0.85], id)
    };
    scale(colour, light * 1.15)
}

fn figure(x: f32, y: f32, id: f32, row: i32, seed: u32) -> Colour {
    let lean = (hash(row, 3, seed) - 0.5) * 0.5;
    for (index, shift) in [-0.38_f32, 0.05, 0.42].into_iter().enumerate() {
        let dx = x - shift - lean * (y - 0.3);
        let halo = dx.hypot(y + 0.38);
        if halo < 0.10 {
            return [0.93, 0.80, 0.68];
        }
        if halo < 0.17 {
            return if index == 1 { [0.92, 0.72, 0.18] } else { [0.80, 0.20, 0.15] };
        }
        let width = 0.10 + 0.16 * step(-0.3, 0.7, y);
        if y > -0.27 && y < 0.75 && dx.abs() < width {
            let cloth =
                [[0.72, 0.14, 0.16], [0.90, 0.86, 0.76], [0.14, 0.48, 0.28], [0.55, 0.25, 0.55]];
            let pick = (hash(row, index as i32, seed) * 4.0) as usize;
            return scale(cloth.get(pick).copied().unwrap_or([0.9; 3]), 0.7 + 0.5 * id);
        }
    }
    if y > 0.62 { [0.20, 0.50, 0.22] } else { blend([0.10, 0.22, 0.70], [0.18, 0.40, 0.88], id) }
}
