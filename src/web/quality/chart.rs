//! Charts as inline SVG, drawn on the server: no script, the numbers stand in a table beside them.

use crate::quality::report::{Bar, Trend};

/// Width of the drawing area; it grows with the page.
const WIDTH: f64 = 320.0;
/// Height of the longest column.
const HEIGHT: f64 = 110.0;
/// Where columns stand, from above: there is room for a number over the longest.
const GROUND: f64 = 134.0;

/// A chart of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// For the ids inside.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// The same in words, for who does not see it.
    pub description: String,
    /// The columns.
    pub columns: Vec<Column>,
}

/// One column, or one part of a stacked one.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Left edge.
    pub x: String,
    /// Upper edge.
    pub y: String,
    /// Width.
    pub width: String,
    /// Height.
    pub height: String,
    /// Middle, for the texts.
    pub middle: String,
    /// Where the number stands.
    pub number_y: String,
    /// Class of its colour.
    pub class: String,
    /// Number over it, empty for none.
    pub number: String,
    /// Label under it, empty for none.
    pub label: String,
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

fn share(part: i64, of: i64) -> f64 {
    // Counts of objects are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "a drawing is exact to a pixel")]
    let share = if of > 0 { part as f64 / of as f64 } else { 0.0 };
    share
}

impl Chart {
    /// Columns of different height, each labelled with its value; `class` is that of the colours.
    pub fn of_bars(
        id: &'static str,
        title: &str,
        bars: &[Bar],
        class: &str,
        count: impl Fn(i64) -> String,
    ) -> Self {
        let most = bars.iter().map(|bar| bar.objects).max().unwrap_or_default();
        let columns: Vec<Column> = slots(bars.len())
            .zip(bars)
            .map(|((x, width), bar)| {
                let height = share(bar.objects, most) * HEIGHT;
                Column {
                    x: number(x),
                    y: number(GROUND - height),
                    width: number(width),
                    height: number(height),
                    middle: number(x + width / 2.0),
                    number_y: number(GROUND - height - 6.0),
                    class: format!("{class}-{}", bar.value.to_lowercase()),
                    number: count(bar.objects),
                    label: bar.value.clone(),
                }
            })
            .collect();
        let description = bars
            .iter()
            .map(|bar| format!("{} : {}", bar.value, count(bar.objects)))
            .collect::<Vec<_>>();
        Self { id, title: title.to_owned(), description: description.join(" ; "), columns }
    }

    /// One stacked column a run, its parts being the shares of the metadata tiers, C at the foot.
    pub fn of_trend(id: &'static str, title: &str, trend: &[Trend]) -> Self {
        let mut columns = Vec::new();
        let mut description = Vec::new();
        for ((x, width), run) in slots(trend.len()).zip(trend) {
            let mut foot = GROUND;
            let mut shares = Vec::new();
            for (class, objects) in ["0", "a", "b", "c"].into_iter().zip(run.metadata).rev() {
                let part = share(objects, run.objects);
                let height = part * HEIGHT;
                foot -= height;
                shares.push(format!("{} {:.0} %", class.to_uppercase(), part * 100.0));
                columns.push(Column {
                    x: number(x),
                    y: number(foot),
                    width: number(width),
                    height: number(height),
                    middle: number(x + width / 2.0),
                    number_y: String::new(),
                    class: format!("meta-{class}"),
                    number: String::new(),
                    // One label a column, under its foot; many runs leave no room for all.
                    label: if class == "c" && trend.len() <= 10 {
                        format!("n° {}", run.run_id)
                    } else {
                        String::new()
                    },
                });
            }
            description.push(format!("n° {} : {}", run.run_id, shares.join(", ")));
        }
        Self { id, title: title.to_owned(), description: description.join(" ; "), columns }
    }
}

/// Left edge and width of so many columns.
fn slots(count: usize) -> impl Iterator<Item = (f64, f64)> {
    let columns = u32::try_from(count.max(1)).map_or(1.0, f64::from);
    let slot = (WIDTH / columns).min(80.0);
    let start = (WIDTH - slot * columns) / 2.0;
    (0..u32::try_from(count).unwrap_or_default())
        .map(move |place| (start + slot * f64::from(place) + slot * 0.18, slot * 0.64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_column_fills_the_height_and_nothing_leaves_the_drawing() {
        let bar =
            |value: &str, objects| Bar { value: value.to_owned(), label: String::new(), objects };
        let chart = Chart::of_bars(
            "c",
            "Tiers",
            &[bar("0", 0), bar("A", 50), bar("B", 100)],
            "meta",
            |n| n.to_string(),
        );
        let heights: Vec<&str> = chart.columns.iter().map(|c| c.height.as_str()).collect();
        assert_eq!(heights, ["0.0", "55.0", "110.0"]);
        assert_eq!(chart.description, "0 : 0 ; A : 50 ; B : 100");
        let last = chart.columns.last().unwrap();
        let right: f64 = last.x.parse::<f64>().unwrap() + last.width.parse::<f64>().unwrap();
        assert!(right <= WIDTH);
    }
}
