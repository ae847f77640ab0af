//! Charts: where each mark stands. Pure; the templates draw. Text stays text, colours are classes.

/// Where a chart of years has its ground line, in units of the drawing.
const GROUND: f64 = 320.0;
/// The highest a bar gets.
const HEIGHT: f64 = 266.0;
/// Width of a bar and from one to the next.
const BAR: f64 = 84.0;
const STEP: f64 = 122.0;
const LEFT: f64 = 20.0;
/// Width of a strip of shares, and the gap between two parts.
const STRIP: f64 = 760.0;
const GAP: f64 = 4.0;
/// Parts that a strip can tell apart; more of them are drawn as rows.
const STRIP_PARTS: usize = 3;
/// Rows drawn at most; the table has all.
const ROWS: usize = 8;
/// Height of a row.
const ROW: f64 = 44.0;

/// One year as a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The year.
    pub year: i32,
    /// What it shows; `None` is not known.
    pub value: Option<i64>,
    /// The year that the page is about.
    pub is_hot: bool,
    /// Left edge.
    pub x: f64,
    /// Middle.
    pub middle: f64,
    /// Upper edge.
    pub y: f64,
    /// Height.
    pub height: f64,
    /// Where its number stands.
    pub label_y: f64,
    /// The number stands inside the bar.
    pub is_inside: bool,
}

/// Years as bars, with the mean as a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The bars, earliest first.
    pub bars: Vec<Bar>,
    /// Width of the whole drawing.
    pub width: f64,
    /// Where the ground line ends.
    pub end: f64,
    /// Height of the mean's line, and the mean.
    pub mean: Option<(f64, f64)>,
}

impl Bars {
    /// Draws years and their values; `hot` is the year that the page is about, `mean` the line across.
    pub fn of(years: &[(i32, Option<i64>)], hot: i32, mean: Option<f64>) -> Self {
        let most = years.iter().filter_map(|year| year.1).max().unwrap_or_default().max(1) as f64;
        let scale = HEIGHT / most.max(mean.unwrap_or_default());
        let bars: Vec<Bar> = years.iter().enumerate().map(|(i, year)| bar(i, *year, hot, scale)).collect();
        let end = LEFT + STEP * bars.len() as f64 - (STEP - BAR) + LEFT;
        let mean = mean.map(|mean| (GROUND - mean * scale, mean));
        Self { width: end + 102.0, end, bars, mean }
    }

    /// True if the chart shows anything.
    pub fn has_values(&self) -> bool {
        self.bars.iter().any(|bar| bar.value.is_some())
    }
}

fn bar(place: usize, (year, value): (i32, Option<i64>), hot: i32, scale: f64) -> Bar {
    let x = LEFT + STEP * place as f64;
    let height = value.unwrap_or_default() as f64 * scale;
    let is_hot = year == hot;
    // A number needs a bar of some height around it.
    let is_inside = !is_hot && height >= 40.0;
    let label_y = if is_inside { GROUND - 12.0 } else { GROUND - height - 12.0 };
    Bar { year, value, is_hot, x, middle: x + BAR / 2.0, y: GROUND - height, height, label_y, is_inside }
}

/// One part of a strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Left edge.
    pub x: f64,
    /// Width.
    pub width: f64,
    /// Which of the three fillings.
    pub class: &'static str,
}

/// One share as a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where its words stand.
    pub text_y: f64,
    /// Where its bar begins.
    pub bar_y: f64,
    /// Length of the bar.
    pub width: f64,
}

/// Percentages that add to 100, drawn so that they can be told apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Shares {
    /// Few: parts of one strip.
    Strip(Vec<Part>),
    /// Many: a row each, the largest ones.
    Rows(Vec<Row>),
}

impl Shares {
    /// Draws percentages, largest first.
    pub fn of(percents: &[i64]) -> Self {
        if percents.len() <= STRIP_PARTS {
            return Self::Strip(strip(percents));
        }
        let most = percents.first().copied().unwrap_or_default().max(1) as f64;
        let row = |(i, percent): (usize, &i64)| {
            let y = ROW * i as f64;
            Row { text_y: y + 15.0, bar_y: y + 22.0, width: STRIP * *percent as f64 / most }
        };
        Self::Rows(percents.iter().take(ROWS).enumerate().map(row).collect())
    }
}

fn strip(percents: &[i64]) -> Vec<Part> {
    let gaps = GAP * percents.len().saturating_sub(1) as f64;
    let unit = (STRIP - gaps) / 100.0;
    let mut x = 0.0;
    let classes = ["p1", "p2", "p3"].into_iter().cycle();
    let parts = percents.iter().zip(classes).map(|(percent, class)| {
        let width = (*percent as f64 * unit).max(0.0);
        let part = Part { x, width, class };
        x += width + GAP;
        part
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_the_ground_in_proportion_and_an_unknown_year_has_none() {
        let bars = Bars::of(&[(2022, Some(50)), (2023, None), (2024, Some(100))], 2024, Some(50.0));
        let heights: Vec<_> = bars.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [133.0, 0.0, 266.0]);
        assert!(bars.bars.iter().all(|bar| (bar.y + bar.height - GROUND).abs() < 1e-9));
        assert_eq!((bars.bars[0].is_inside, bars.bars[2].is_inside, bars.bars[2].is_hot), (true, false, true));
        assert_eq!(bars.mean, Some((GROUND - 133.0, 50.0)), "the mean is as high as a bar of its value");
        assert!(!Bars::of(&[(2020, None)], 2020, None).has_values());
    }

    #[test]
    fn a_strip_is_filled_to_its_end() {
        let parts = strip(&[74, 20, 6]);
        let last = &parts[2];
        assert!((last.x + last.width - STRIP).abs() < 1e-9, "{parts:?}");
        assert!((parts[0].width / parts[1].width - 3.7).abs() < 1e-9);
        assert_eq!(strip(&[]), []);
    }

    #[test]
    fn many_shares_are_rows_in_proportion() {
        let Shares::Rows(rows) = Shares::of(&[50, 25, 15, 10]) else { panic!("four parts are no strip") };
        let widths: Vec<_> = rows.iter().map(|row| row.width).collect();
        assert_eq!(widths, [760.0, 380.0, 228.0, 152.0]);
        let Shares::Rows(rows) = Shares::of(&[10; 10]) else { panic!("ten parts are no strip") };
        assert_eq!(rows.len(), 8, "the table has the rest");
    }
}
