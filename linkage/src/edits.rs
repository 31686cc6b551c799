//! How far two words are apart.

/// The number of edits (a letter more, less, other, or two neighbours exchanged) between two
/// words, or nothing when there are more than `most`.
pub fn within(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(..a.len() - tail)?, b.get(..b.len() - tail)?);
    if a.is_empty() || b.is_empty() {
        let count = a.len().max(b.len());
        return (count <= most).then_some(count);
    }
    if a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let mut before = [0_usize; LONGEST + 1];
    let mut row = [0_usize; LONGEST + 1];
    let mut next = [0_usize; LONGEST + 1];
    for (index, cell) in row.iter_mut().enumerate() {
        *cell = index;
    }
    let mut last_a = 0;
    for (i, &x) in a.iter().enumerate() {
        let mut least = i + 1;
        let mut left = i + 1;
        let mut last_b = 0;
        if let Some(cell) = next.first_mut() {
            *cell = left;
        }
        for (j, &y) in b.iter().enumerate() {
            let diagonal = row.get(j).copied().unwrap_or(most + 1);
            let above = row.get(j + 1).copied().unwrap_or(most + 1);
            let mut cost = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            if i > 0 && j > 0 && x == last_b && y == last_a {
                cost = cost.min(before.get(j - 1).copied().unwrap_or(most + 1) + 1);
            }
            if let Some(cell) = next.get_mut(j + 1) {
                *cell = cost;
            }
            least = least.min(cost);
            left = cost;
            last_b = y;
        }
        if least > most {
            return None;
        }
        last_a = x;
        (before, row, next) = (row, next, before);
    }
    row.get(b.len()).copied().filter(|count| *count <= most)
}

/// Words longer than this between what they share at both ends are not compared.
const LONGEST: usize = 40;

/// Whether two different words are the same but for a slip of the pen: one edit from four letters
/// on, two from eight on.
pub fn slip(a: &str, b: &str) -> bool {
    let shortest = a.len().min(b.len());
    if shortest < 4 {
        return false;
    }
    // A number with another digit is another number.
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(a) || digits(b) {
        return false;
    }
    within(a, b, if shortest >= 8 { 2 } else { 1 }).is_some()
}
