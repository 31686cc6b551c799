//! Half-size samples of a block, straight from its coefficients.
//!
//! The mean of two neighbouring samples of a cosine is a cosine of half as many samples: of the
//! eight frequencies, 5 to 7 fold back onto 3 to 1 with changed sign, 4 vanishes. So the means of
//! 2x2 samples of an 8x8 block are a 4x4 inverse DCT of folded coefficients, exactly (but for the
//! clamping of each sample, which is done once, at the end).

use super::super::planes::Plane;
use std::f32::consts::FRAC_1_SQRT_2;

/// Zigzag order: natural position (row * 8 + column) of each coefficient.
const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Where a coefficient goes, and how much of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fold {
    pub(super) slot: u32,
    pub(super) weight: f32,
}

/// Folded coefficients; slots from 16 on are never read.
pub(super) type Folded = [f32; 16];

/// The folding of each coefficient, in zigzag order, with its quantiser.
pub(super) fn folds(quantiser: &[u16; 64]) -> [Fold; 64] {
    let one = |frequency: usize| -> (u32, f32) {
        let cosine = |n: usize| (n as f32 * std::f32::consts::PI / 16.0).cos() / 2.0;
        match frequency {
            0 => (0, FRAC_1_SQRT_2 / 2.0),
            4 => (0, 0.0),
            1..=3 => (frequency as u32, cosine(frequency)),
            _ => (8 - frequency as u32, -cosine(frequency)),
        }
    };
    let mut folds = [Fold::default(); 64];
    for ((fold, natural), step) in folds.iter_mut().zip(NATURAL).zip(quantiser) {
        let (row, row_weight) = one(usize::from(natural / 8));
        let (column, column_weight) = one(usize::from(natural % 8));
        *fold =
            Fold { slot: row * 4 + column, weight: f32::from(*step) * row_weight * column_weight };
    }
    folds
}

const C1: f32 = 0.923_879_5;
const C3: f32 = 0.382_683_43;

/// The four sums of one row or column.
fn four([a, b, c, d]: [f32; 4]) -> [f32; 4] {
    let (even, odd) = (a + c * FRAC_1_SQRT_2, a - c * FRAC_1_SQRT_2);
    let (outer, inner) = (b * C1 + d * C3, b * C3 - d * C1);
    [even + outer, odd + inner, odd - inner, even - outer]
}

/// Writes 4x4 samples at a place of a plane.
pub(super) fn write(folded: &Folded, is_flat: bool, plane: &mut Plane, x: usize, y: usize) {
    let start = y * plane.stride + x;
    let stride = plane.stride;
    let Some(out) = plane.samples.get_mut(start..) else { return };
    let rows = out.chunks_mut(stride.max(1)).take(4).filter_map(<[u8]>::first_chunk_mut::<4>);
    if is_flat {
        let [mean, ..] = folded;
        let value = sample(*mean);
        for row in rows {
            *row = [value; 4];
        }
        return;
    }
    // Down the columns, four at a time; then along the rows.
    let [r0, r1, r2, r3] = *folded.as_chunks::<4>().0 else { return };
    let mut columns = [[0.0f32; 4]; 4];
    for (i, column) in columns.iter_mut().enumerate() {
        let at = |row: [f32; 4]| row.get(i).copied().unwrap_or(0.0);
        *column = four([at(r0), at(r1), at(r2), at(r3)]);
    }
    let [c0, c1, c2, c3] = columns;
    for (i, row) in rows.enumerate() {
        let at = |column: [f32; 4]| column.get(i).copied().unwrap_or(0.0);
        *row = four([at(c0), at(c1), at(c2), at(c3)]).map(sample);
    }
}

/// Level-shifted, rounded, clamped (a cast of a float saturates).
fn sample(value: f32) -> u8 {
    (value + 128.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_the_means_of_the_full_inverse_transform() {
        let mut coefficients = [0.0f64; 64];
        for (i, c) in coefficients.iter_mut().enumerate() {
            *c = f64::from((i as i32 * 37 + 11) % 23 - 11) * if i == 0 { 20.0 } else { 1.5 };
        }
        let full = |x: usize, y: usize| -> f64 {
            let mut sum = 0.0;
            for v in 0..8 {
                for u in 0..8 {
                    let scale = |n: usize| if n == 0 { 0.5f64.sqrt() } else { 1.0 };
                    let wave = |x: usize, u: usize| {
                        ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos()
                    };
                    sum += scale(u) * scale(v) * coefficients[v * 8 + u] * wave(x, u) * wave(y, v);
                }
            }
            sum / 4.0
        };
        let mut folded = [0.0f32; 16];
        let table = folds(&[1; 64]);
        for (k, fold) in table.iter().enumerate() {
            folded[fold.slot as usize] +=
                coefficients[usize::from(NATURAL[k])] as f32 * fold.weight;
        }
        let mut plane = Plane::new(4, 4);
        write(&folded, false, &mut plane, 0, 0);
        for y in 0..4 {
            for x in 0..4 {
                let mean = (full(2 * x, 2 * y)
                    + full(2 * x + 1, 2 * y)
                    + full(2 * x, 2 * y + 1)
                    + full(2 * x + 1, 2 * y + 1))
                    / 4.0
                    + 128.0;
                let got = f64::from(plane.samples[y * 4 + x]);
                assert!((got - mean.clamp(0.0, 255.0)).abs() <= 0.51, "{x},{y}: {got} {mean}");
            }
        }
    }
}
