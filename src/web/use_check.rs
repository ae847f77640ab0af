//! “Can I use it?”: requirements before there is a request. The answer is an address that can be kept and sent on.

use super::Web;
use super::catalogue::shown::line_address;
use super::forms::FormData;
use super::frame::{Frame, PageResult, public};
use super::page_error::PageError;
use super::texts::Text;
use super::visitor::Visitor;
use crate::catalogue::queries::{Key, find};
use crate::catalogue::rules::is_rrid;
use crate::catalogue::{Holding, LineView, PublicationStatus};
use crate::requests::IntendedUse as Use;
use crate::requests::requirements::{Code, Intent, Outcome, Requirement, overall, requirements};
use crate::requests::rules::MAX_VIALS;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, Iterable};

/// A destination that is not Korea, where it does not matter which: a code that no country has (ISO 3166-1,
/// user-assigned).
const ABROAD: &str = "ZZ";
/// What somebody may have already: as the address names it, the key of its words, and the requirements that ask for it.
const PAPERS: [(&str, &str, &[Code]); 7] = [
    ("irb", "use-check-have-irb", &[Code::IrbApproval, Code::IrbApprovalOrExemption]),
    ("exemption", "use-check-have-exemption", &[Code::IrbApprovalOrExemption]),
    ("head", "use-check-have-head", &[Code::HeadApproval]),
    ("plan", "use-check-have-plan", &[Code::UsePlan]),
    ("lmo", "use-check-have-lmo", &[Code::LmoFacility]),
    ("export", "use-check-have-export", &[Code::ExportApproval]),
    ("clinical", "use-check-have-clinical", &[Code::ClinicalPlan]),
];

/// `/catalogue/{name}/use`
pub fn router() -> Router<Web> {
    Router::new().route("/catalogue/{name}/use", get(page))
}

/// A requirement as the page shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Colour.
    pub kind: &'static str,
    /// Icon of the requirement.
    pub icon: &'static str,
    /// Icon of the outcome.
    pub outcome_icon: &'static str,
    /// The outcome in a word.
    pub outcome: &'static str,
    /// The rule in a sentence.
    pub rule: &'static str,
    /// The law or term behind it.
    pub basis: &'static str,
    /// The document that fulfils it, in words; empty if none does.
    pub document: String,
}

/// A box to tick.
#[derive(Clone, Debug)]
pub struct Checkbox {
    /// Name in the address.
    pub name: &'static str,
    /// Value in the address.
    pub value: &'static str,
    /// Words.
    pub words: String,
    /// Ticked.
    pub on: bool,
}

/// The form and its answer for one line.
#[derive(Clone, Debug)]
pub struct Check {
    /// Where the form goes.
    pub action: String,
    /// Uses: value, words, chosen.
    pub uses: Vec<(String, &'static str, bool)>,
    /// Destinations: value, words, chosen.
    pub places: Vec<(&'static str, String, bool)>,
    /// What of the use matters.
    pub about: Vec<Checkbox>,
    /// What one has, of what this line and use ask for.
    pub papers: Vec<Checkbox>,
    /// Colour and icon of the whole.
    pub kind: (&'static str, &'static str),
    /// The whole in a sentence.
    pub heading: String,
    /// What was assumed.
    pub basis: String,
    /// The requirements.
    pub list: Vec<Shown>,
    /// It makes sense to request it.
    pub goes_on: bool,
}

#[derive(Template)]
#[template(path = "use_check/page.html")]
struct Page {
    f: Frame,
    t: Text,
    line: LineView,
    address: String,
    check: Check,
    most: i32,
}

async fn page(v: Visitor, Path(name): Path<String>, headers: HeaderMap) -> PageResult {
    let mut moved = None;
    let making = async {
        let upper = name.trim().to_uppercase();
        let rrid = upper.strip_prefix("RRID:").unwrap_or(&upper);
        let key = if is_rrid(rrid) { Key::Rrid(rrid.into()) } else { Key::Accession(upper.clone()) };
        let app = &v.web.app;
        let found = match find(app, &v.actor, &key).await? {
            Some(line) => Some(line),
            None => find(app, &v.actor, &Key::Name(name.clone())).await?,
        };
        let line = found.ok_or(PageError::NotFound)?;
        let address = line_address(line.identifier());
        if line.identifier() != name {
            moved = Some(address);
            return Err(PageError::NotFound);
        }
        let f = Frame::new(&v, v.t.say1("use-check-title", "name", line.name.clone())).at("catalogue");
        let check = of_line(&v, &line, &v.query);
        Ok(Page { f, t: v.t, check, address, line, most: MAX_VIALS }.render()?)
    };
    let answer = public(&v, &headers, making).await;
    match moved {
        Some(to) => {
            let query = if v.query.is_empty() { String::new() } else { format!("?{}", v.query) };
            Ok((StatusCode::MOVED_PERMANENTLY, [(LOCATION, format!("{to}/use{query}"))]).into_response())
        }
        None => answer,
    }
}

/// The form and its answer for a line and what an address says of the use.
pub fn of_line(v: &Visitor, line: &LineView, query: &str) -> Check {
    let (t, today) = (v.t, v.web.app.clock.today());
    let params = FormData::of(serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_default());
    let intent = intent(&params, today);
    let found = requirements(line, &intent, today);
    let whole = overall(&found);
    let has = |paper: &str| params.all("have").any(|value| value == paper);
    let is_asked = |codes: &[Code]| found.iter().any(|one| codes.contains(&one.code));
    let papers = PAPERS.into_iter().filter(|(name, _, codes)| is_asked(codes) || has(name));
    let papers = papers.map(|(name, key, _)| Checkbox { name: "have", value: name, words: t.say(key), on: has(name) });
    let about = ["commercial", "people", "redistribution"];
    let tick = |name: &'static str| Checkbox {
        name,
        value: "1",
        words: t.say(&format!("use-check-about-{name}")),
        on: params.has(name),
    };
    let chosen = intent.intended_use.unwrap_or(Use::BasicResearch);
    let place = |value: &'static str, key: &str| (value, t.say(key), intent.country == value);
    Check {
        action: format!("{}/use", line_address(line.identifier())),
        uses: Use::iter().map(|one| (one.to_value(), one.label(t.lang), one == chosen)).collect(),
        places: vec![place("KR", "use-check-place-korea"), place(ABROAD, "use-check-place-abroad")],
        about: about.map(tick).into(),
        papers: papers.collect(),
        kind: colour(whole),
        heading: heading(t, whole, &found),
        basis: basis(t, chosen, &intent),
        list: found.iter().map(|one| shown(t, one)).collect(),
        goes_on: line.holding == Holding::Held
            && line.publication_status == Some(PublicationStatus::Published)
            && whole != Outcome::NotAllowed,
    }
}

/// What an address says of the use. A paper that somebody has counts as valid today: its number and last day are asked
/// for in the request.
fn intent(params: &FormData, today: NaiveDate) -> Intent {
    let has = |paper: &str| params.all("have").any(|value| value == paper);
    let number = |paper: &str| has(paper).then(|| paper.to_owned());
    let dated = |paper: &str| number(paper).map(|number| (number, Some(today)));
    Intent {
        intended_use: Use::iter().find(|one| one.to_value() == params.get("use")).or(Some(Use::BasicResearch)),
        commercial: params.has("commercial"),
        in_people: params.has("people"),
        redistribution: params.has("redistribution"),
        country: if params.get("country") == ABROAD { ABROAD.into() } else { "KR".into() },
        has_use_plan: has("plan"),
        irb: dated("irb"),
        irb_exemption: number("exemption"),
        head_approval: number("head"),
        lmo_facility: number("lmo"),
        export_approval: number("export"),
        clinical_plan: dated("clinical"),
    }
}

fn colour(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Met => ("ok", "circle-check"),
        Outcome::NeedsReview => ("", "user-round"),
        Outcome::Missing => ("warn", "file-text"),
        Outcome::NotAllowed => ("bad", "ban"),
    }
}

fn heading(t: Text, whole: Outcome, found: &[Requirement]) -> String {
    let count = |outcome: Outcome| found.iter().filter(|one| one.outcome == outcome).count();
    match whole {
        Outcome::Met => t.say("use-check-met"),
        Outcome::NeedsReview => t.say1("use-check-review", "count", count(Outcome::NeedsReview)),
        Outcome::Missing => t.say1("use-check-missing", "count", count(Outcome::Missing)),
        Outcome::NotAllowed => t.say1("use-check-not-allowed", "count", count(Outcome::NotAllowed)),
    }
}

/// For which use the answer is.
fn basis(t: Text, chosen: Use, intent: &Intent) -> String {
    let place = if intent.country == "KR" { "use-check-place-korea" } else { "use-check-place-abroad" };
    t.say2("use-check-basis", "use", chosen.label(t.lang), "place", t.say(place))
}

fn shown(t: Text, one: &Requirement) -> Shown {
    let (kind, outcome_icon) = match one.outcome {
        Outcome::Met => ("ok", "check"),
        Outcome::NeedsReview => ("acc", "user-round"),
        Outcome::Missing => ("warn", "upload"),
        Outcome::NotAllowed => ("bad", "ban"),
    };
    Shown {
        kind,
        outcome_icon,
        icon: colour(one.outcome).1,
        outcome: one.outcome.label(t.lang),
        rule: one.code.rule(t.lang),
        basis: one.code.legal_basis(t.lang),
        document: one
            .code
            .document(t.lang)
            .map(|one| t.say1("use-check-document", "document", one))
            .unwrap_or_default(),
    }
}
