//! The home page.

use super::Web;
use super::catalogue::shown::{self, Row};
use super::frame::{Frame, PageResult, public};
use super::links::with;
use super::page_error::PageError;
use super::texts::Text;
use super::visitor::Visitor;
use crate::app::seoul_year;
use crate::catalogue::overview::{Overview, overview};
use crate::catalogue::{Holding, PublicationStatus};
use crate::search::Filter;
use crate::search::facets::{Facet, facets};
use crate::statistics::queries::{YearFigures, years};
use crate::statistics::turnaround::{Step, days, turnaround};
use askama::Template;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

/// Years back in which the newest complete figure is looked for.
const LOOK_BACK: i32 = 10;
/// Dots of the drawing, at most: beyond that one dot stands for several distributions.
const MOST_DOTS: i64 = 350;
/// Dots on top of each other.
const HIGH: i64 = 7;
/// Side of the square of one dot.
const SIDE: i64 = 16;

/// `/`
pub fn router() -> Router<Web> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home {
    f: Frame,
    t: Text,
    /// What to search for: words, address.
    examples: Vec<(String, String)>,
    figure: Option<Figure>,
    /// Lines with the day of their publication, for people and for machines.
    newest: Vec<(Row, String, String)>,
    all_lines: i64,
    kinds: Vec<Kind>,
    /// Heading, text, and how long it takes where the bank knows.
    steps: Vec<(String, String, String)>,
}

/// The figure of a year as dots.
struct Figure {
    year: i32,
    count: i64,
    /// Distributions that one dot stands for.
    each: i64,
    width: i64,
    height: i64,
    /// Outline of the dots up to the mean, and of those beyond; empty without a mean below the figure.
    mean: String,
    more: String,
    description: String,
    sentence: String,
}

/// A kind of lines, with the address of the list that counts the same.
struct Kind {
    count: i64,
    name: String,
    about: String,
    address: String,
}

async fn home(v: Visitor, headers: HeaderMap) -> PageResult {
    public(&v, &headers, async { Ok(written(&v).await?.render()?) }).await
}

async fn written(v: &Visitor) -> Result<Home, PageError> {
    let (app, t) = (&v.web.app, v.t);
    let found = overview(app).await?;
    let published =
        Filter { holding: vec![Holding::Held], status: vec![PublicationStatus::Published], ..Filter::default() };
    let counted = facets(app, &v.actor, published).await?;
    let lines: Vec<_> = found.newest.iter().map(|one| one.line.clone()).collect();
    let rows = shown::rows(v, &lines).await?;
    let this_year = seoul_year(app.clock.now());
    let figures = years(app, this_year - LOOK_BACK, this_year - 1).await?;
    let since = found.newest.iter().map(|one| (t.day(&one.since), t.machine(&one.since)));
    Ok(Home {
        f: Frame::new(v, t.say("home-title")).described(t.say("home-lead")),
        t,
        examples: examples(&rows),
        figure: figures.iter().rev().find(|year| is_told(year)).and_then(|year| figure(t, year)),
        all_lines: found.counts.all_lines,
        kinds: kinds(t, &found, &counted),
        steps: steps(v).await?,
        newest: rows.into_iter().zip(since).map(|(row, (day, machine))| (row, day, machine)).collect(),
    })
}

/// Searches that find something: a disease, an identifier and a change of the newest lines.
fn examples(rows: &[Row]) -> Vec<(String, String)> {
    let disease = rows.iter().flat_map(|row| &row.diseases).map(|name| name.text.clone()).next();
    let disease2 =
        rows.iter().flat_map(|row| &row.diseases).map(|name| name.text.clone()).find(|d| Some(d) != disease.as_ref());
    let identifier = rows.iter().find_map(|row| row.identifiers.split(" · ").last().map(str::to_owned));
    let gene = rows.iter().flat_map(|row| &row.changes).find_map(|change| {
        let plain = change.split(" (").next().unwrap_or_default();
        plain.rsplit(' ').next().map(str::to_owned)
    });
    let words = [disease, disease2, gene, identifier.filter(|word| !word.is_empty())].into_iter().flatten();
    words.map(|word| (word.clone(), with("/catalogue", &[("q", &word)]))).collect()
}

/// A figure for the home page: known, and nothing of it made up.
fn is_told(year: &YearFigures) -> bool {
    year.is_known && year.distributions.is_some_and(|count| count > 0) && !year.recorded.is_some_and(|r| r.made_up)
}

fn figure(t: Text, year: &YearFigures) -> Option<Figure> {
    let count = year.distributions?;
    let each = (count + MOST_DOTS - 1) / MOST_DOTS;
    let dots = (count + each / 2) / each;
    let below = year.five_year_mean.and_then(|mean| whole(mean).filter(|mean| *mean < count)).unwrap_or(0) / each;
    let mean = year.five_year_mean.map(|mean| format!("{mean:.1}"));
    let (sentence, description) = match (mean, year.ratio_to_five_year_mean) {
        (Some(mean), Some(ratio)) => {
            let values = || {
                [
                    ("count", count.into()),
                    ("mean", mean.clone().into()),
                    ("ratio", format!("{ratio:.1}").into()),
                    ("below", (below * each).into()),
                    ("more", (count - below * each).into()),
                ]
            };
            let key = if below > 0 { "home-figure-above" } else { "home-figure-below" };
            (t.with(key, values()), t.with("home-figure-description", values()))
        }
        _ => (t.say("home-figure-no-mean"), t.say1("home-figure-description-plain", "count", count)),
    };
    let columns = (dots + HIGH - 1) / HIGH;
    let (width, height) = (columns * SIDE, HIGH * SIDE);
    let (mean, more) = (outline(0, below), outline(below, dots));
    Some(Figure { year: year.year, count, each, width, height, mean, more, description, sentence })
}

/// A mean as a number of dots.
fn whole(mean: f64) -> Option<i64> {
    format!("{mean:.0}").parse().ok()
}

/// The squares of the dots from one to another, column by column, as a path.
fn outline(from: i64, to: i64) -> String {
    let square = |x1: i64, y1: i64, x2: i64, y2: i64| {
        format!("M{} {}H{}V{}H{}Z", x1 * SIDE, y1 * SIDE, x2 * SIDE, y2 * SIDE, x1 * SIDE)
    };
    let mut path = String::new();
    let mut at = from;
    while at < to {
        let (column, row) = (at / HIGH, at % HIGH);
        let (columns, end) =
            if row == 0 && to - at >= HIGH { ((to - at) / HIGH, HIGH) } else { (1, HIGH.min(row + to - at)) };
        path += &square(column, row, column + columns, end);
        at += if columns > 1 { columns * HIGH } else { end - row };
    }
    path
}

fn kinds(t: Text, found: &Overview, counted: &[Facet]) -> Vec<Kind> {
    let values = |field: &str| counted.iter().find(|facet| facet.field == field).map_or(&[][..], |facet| &facet.values);
    let count =
        |field: &str, value: &str| values(field).iter().find(|one| one.value == value).map_or(0, |one| one.count);
    let list =
        |name: &str, value: &str| with("/catalogue", &[("holding", "held"), (name, value), ("status", "published")]);
    let kind = |key: &str, count, about: String, address| Kind { count, name: t.say(key), about, address };
    let diseases: Vec<_> = values("disease").iter().take(3).map(|one| one.label.clone()).collect();
    let lmo = |is: &str| count("livingModifiedOrganism", is);
    let clinical = count("grade", "CLINICAL");
    let mut kinds = vec![
        kind("home-kind-patient", found.counts.patient_derived, diseases.join(", "), "/diseases".into()),
        kind("home-kind-modified", lmo("true"), t.say("home-kind-modified-about"), list("lmo", "true")),
        kind("home-kind-unmodified", lmo("false"), t.say("home-kind-unmodified-about"), list("lmo", "false")),
    ];
    if found.counts.embryonic > 0 {
        let about = t.say("home-kind-embryonic-about");
        kinds.push(kind("home-kind-embryonic", count("cellType", "EMBRYONIC"), about, list("type", "embryonic")));
    }
    let about = t.say(if clinical == 0 { "home-kind-clinical-none" } else { "home-kind-clinical-about" });
    kinds.push(kind("home-kind-clinical", clinical, about, list("grade", "clinical")));
    kinds
}

/// How a request goes; durations are the bank's own medians, or not told.
async fn steps(v: &Visitor) -> Result<Vec<(String, String, String)>, PageError> {
    let t = v.t;
    let figures = turnaround(&v.web.app).await?;
    let durations = |of: &[Step]| {
        let steps = figures.steps.iter().filter(|step| of.contains(&step.step));
        let known = steps.filter_map(|step| step.known.map(|(median, _)| (step.step.label(t.lang), days(median))));
        known.map(|(label, days)| t.say2("home-step-median", "step", label, "days", days)).collect::<Vec<_>>().join(" ")
    };
    let step = |key: &str, of: &[Step]| {
        (t.say(&format!("home-step-{key}")), t.say(&format!("home-step-{key}-about")), durations(of))
    };
    Ok(vec![
        step("check", &[]),
        step("request", &[]),
        step("review", &[Step::Decision, Step::Agreement]),
        step("receive", &[Step::Dispatch, Step::Receipt]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_outlined_column_by_column() {
        assert_eq!(outline(0, 7), "M0 0H16V112H0Z");
        assert_eq!(outline(0, 74), "M0 0H160V112H0ZM160 0H176V64H160Z");
        assert_eq!(outline(74, 133), "M160 64H176V112H160ZM176 0H304V112H176Z");
        assert_eq!(outline(5, 5), "");
        assert_eq!(outline(8, 10), "M16 16H32V48H16Z");
    }
}
