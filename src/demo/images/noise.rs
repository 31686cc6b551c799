//! Value noise and the small shapes that the scenes are put together from.

/// A colour, each part from 0 to 1.
pub(super) type Colour = [f32; 3];

const ALONG: u32 = 0x9E37_79B1;
const DOWN: u32 = 0x85EB_CA77;

/// A number from 0 to 1 that depends on nothing but its arguments.
pub(super) fn hash(x: i32, y: i32, seed: u32) -> f32 {
    scatter(place(x, y, seed))
}

fn place(x: i32, y: i32, seed: u32) -> u32 {
    (x as u32)
        .wrapping_mul(ALONG)
        .wrapping_add((y as u32).wrapping_mul(DOWN))
        .wrapping_add(seed.wrapping_mul(0xC2B2_AE3D))
}

fn scatter(place: u32) -> f32 {
    let h = (place ^ (place >> 15)).wrapping_mul(0x2C1B_3C6D);
    let h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    (h >> 8) as f32 / 16_777_216.0
}

/// The integer below. `f32::floor` is a call into the C library on baseline x86-64, and this is the
/// innermost loop.
pub(super) fn floor(x: f32) -> i32 {
    let cut = x as i32;
    cut - i32::from(x < cut as f32)
}

/// Smooth noise from 0 to 1 with features of about one unit.
pub(super) fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (ix, iy) = (floor(x), floor(y));
    let (fx, fy) = (smooth(x - ix as f32), smooth(y - iy as f32));
    let corner = place(ix, iy, seed);
    let below = corner.wrapping_add(DOWN);
    let upper = mix(scatter(corner), scatter(corner.wrapping_add(ALONG)), fx);
    let lower = mix(scatter(below), scatter(below.wrapping_add(ALONG)), fx);
    mix(upper, lower, fy)
}

/// Several octaves of [`noise`], from 0 to 1.
pub(super) fn fbm(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 0.5, 0.0);
    let (mut px, mut py) = (x, y);
    for octave in 0..octaves {
        sum += weight * noise(px, py, seed.wrapping_add(octave * 101));
        total += weight;
        weight *= 0.5;
        // Turned a little at each octave, so that the grid of the noise does not show.
        (px, py) = (px * 1.72 - py * 1.02, px * 1.02 + py * 1.72);
    }
    sum / total
}

/// The nearest of scattered points: distance to it, distance to the second, and its own number.
pub(super) fn cells(x: f32, y: f32, seed: u32) -> (f32, f32, f32) {
    let (ix, iy) = (floor(x), floor(y));
    let (mut first, mut second, mut id) = (9.0_f32, 9.0_f32, 0.0);
    for dy in -1..=1 {
        for dx in -1..=1 {
            let (cx, cy) = (ix + dx, iy + dy);
            let px = cx as f32 + 0.15 + 0.7 * hash(cx, cy, seed);
            let py = cy as f32 + 0.15 + 0.7 * hash(cx, cy, seed ^ 0x55);
            let distance = (px - x) * (px - x) + (py - y) * (py - y);
            if distance < first {
                second = first;
                first = distance;
                id = hash(cx, cy, seed ^ 0xA7);
            } else if distance < second {
                second = distance;
            }
        }
    }
    (first.sqrt(), second.sqrt(), id)
}

pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

pub(super) fn smooth(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn step(low: f32, high: f32, value: f32) -> f32 {
    smooth(((value - low) / (high - low)).clamp(0.0, 1.0))
}

pub(super) fn blend(a: Colour, b: Colour, t: f32) -> Colour {
    let t = t.clamp(0.0, 1.0);
    [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
}

pub(super) fn scale(colour: Colour, factor: f32) -> Colour {
    [colour[0] * factor, colour[1] * factor, colour[2] * factor]
}

pub(super) fn luminance(colour: Colour) -> f32 {
    0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
}

/// Distance to the edge of a pointed arch that springs at `spring` (below it, straight jambs), with
/// `x` measured from its axis; negative inside.
pub(super) fn pointed_arch(x: f32, y: f32, half: f32, spring: f32) -> f32 {
    if y < spring { (x.abs() + half).hypot(y - spring) - 2.0 * half } else { x.abs() - half }
}

/// The same for a round arch.
pub(super) fn round_arch(x: f32, y: f32, half: f32, spring: f32) -> f32 {
    if y < spring { x.hypot(y - spring) - half } else { x.abs() - half }
}

/// Courses of cut stone, each `course` high: a tone around 1, dark in the joints.
pub(super) fn masonry(x: f32, y: f32, course: f32, seed: u32) -> f32 {
    let row = floor(y / course);
    let length = course * (1.5 + hash(row, 7, seed));
    let shift = hash(row, 3, seed) * length;
    let column = floor((x + shift) / length);
    let (fx, fy) = ((x + shift) / length - column as f32, y / course - row as f32);
    let joint = (fy.min(1.0 - fy) * course).min(fx.min(1.0 - fx) * length) / course;
    let block = 0.86 + 0.26 * hash(column, row, seed ^ 0x31);
    let worn = 0.86 + 0.28 * fbm(x / course * 2.0, y / course * 2.0, 3, seed ^ 0x77);
    block * worn * mix(0.62, 1.0, step(0.02, 0.09, joint))
}

/// Sky from `high` to `low` with clouds; `v` from 0 at the top to 1 at the horizon.
pub(super) fn sky(u: f32, v: f32, high: Colour, low: Colour, cloud: f32, seed: u32) -> Colour {
    let air = blend(high, low, v.clamp(0.0, 1.0).powf(0.8));
    let warp = fbm(u * 1.3, v * 2.2, 3, seed) * 1.4;
    let body = fbm(u * 2.6 + warp, v * 6.0 + warp * 0.7, 5, seed ^ 0x5A5A);
    let amount = step(0.62 - 0.3 * cloud, 0.9 - 0.3 * cloud, body);
    let lit = 0.82
        + 0.25
            * step(0.4, 0.75, fbm(u * 2.6 + warp, v * 6.0 + warp * 0.7 + 0.25, 3, seed ^ 0x5A5A));
    blend(air, scale([0.97, 0.95, 0.92], lit), amount)
}

/// Foliage: tone of leaves that are `leaf` wide, lit from above.
pub(super) fn leaves(x: f32, y: f32, leaf: f32, seed: u32) -> f32 {
    let (near, far, id) = cells(x / leaf, y / leaf * 1.3, seed);
    let mass = fbm(x / leaf / 9.0, y / leaf / 9.0, 2, seed ^ 0x99);
    (0.45 + 0.75 * id) * (0.55 + 0.75 * mass) * mix(0.5, 1.0, step(0.02, 0.3, far - near))
}
