//! The history: search, what changed, tables to take along. Every search is itself recorded.

use super::people::called;
use super::{administrator, frame, section_nav};
use crate::accounts::queries::person_by_email;
use crate::audit::Error;
use crate::audit::queries::{Chain, Export, Filter, Sealed, chain, line, list};
use crate::csv_writer;
use crate::error::DomainError;
use crate::history;
use crate::id::{PersonId, parse_global};
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors};
use crate::web::frame::{Frame, PageResult, attachment, html};
use crate::web::links::with;
use crate::web::page_error::PageError;
use crate::web::section_nav::{Pages, SectionNav, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::Value as Json;
use std::collections::HashMap;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/admin/history", get(show))
        .route("/admin/history.csv", get(table))
        .route("/admin/history.jsonl", get(json_lines))
}

/// An event, written for a reader.
pub struct Shown {
    pub row: Sealed,
    /// Field, before and after; `None` where the event has only one of them.
    pub changes: Vec<Change>,
}

#[derive(Template)]
#[template(path = "admin/history.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    typed: FormData,
    chain: Chain,
    people: HashMap<PersonId, String>,
    rows: Vec<Shown>,
    pages: Pages,
    csv: String,
    jsonl: String,
}

impl Page {
    /// What an action is called; its word if a newer version of the bank recorded it.
    fn label<'a>(&self, action: &'a str) -> &'a str {
        history::label(action, self.t.lang).unwrap_or(action)
    }

    /// Every action and what it is called, for the filter.
    fn actions(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        history::actions(self.t.lang)
    }

    fn who(&self, one: &Shown) -> String {
        let name = one.row.event.person_id.and_then(|id| self.people.get(&id)).cloned();
        name.unwrap_or_else(|| one.row.event.actor.clone())
    }

    /// Of a fingerprint as much as tells it from others; the exports have all of it.
    fn short(&self, value: &str) -> String {
        match value.strip_prefix("sha256:") {
            Some(print) if print.len() == 64 => format!("sha256:{}…", &print[..8]),
            _ => value.to_owned(),
        }
    }
}

/// Changes of one event that are seen at once.
const FIRST: usize = 4;

impl Shown {
    fn first(&self) -> &[Change] {
        &self.changes[..FIRST.min(self.changes.len())]
    }

    fn rest(&self) -> &[Change] {
        &self.changes[FIRST.min(self.changes.len())..]
    }
}

/// A value of an event's detail as one line of text.
fn value(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field, and its value before and after.
type Change = (String, Option<String>, Option<String>);

/// What an event says changed: field by field if it has before and after, else its particulars.
pub fn changes(detail: &Json) -> Vec<Change> {
    let Some(fields) = detail.as_object() else { return vec![] };
    let (before, after) = (fields.get("before"), fields.get("after"));
    let mut all = vec![];
    if before.is_some() || after.is_some() {
        let inside = |side: Option<&Json>| side.and_then(Json::as_object).cloned();
        match (inside(before), inside(after)) {
            (None, None) => all.push((String::new(), before.map(value), after.map(value))),
            (old, new) => {
                let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
                let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
                keys.sort_unstable();
                keys.dedup();
                all.extend(keys.iter().map(|key| ((*key).clone(), old.get(*key).map(value), new.get(*key).map(value))));
            }
        }
    }
    let others = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "before" | "after"));
    all.extend(others.map(|(key, other)| (key.clone(), None, Some(value(other)))));
    all
}

/// Reads the filter of an address: a person by number or e-mail, a record as `Kind:number` or by its global id.
async fn filter(v: &Visitor, params: &FormData) -> Result<Result<Filter, FormErrors>, PageError> {
    let mut errors = FormErrors::default();
    let mut filter = Filter { action: params.filled("action").map(Into::into), ..Filter::default() };
    if let Some(text) = params.filled("person") {
        filter.person = match text.parse() {
            Ok(number) => Some(PersonId(number)),
            Err(_) => person_by_email(v.web.app.db.read(), text).await?.map(|person| person.id),
        };
        if filter.person.is_none() {
            errors.add("person", v.t.say("admin-history-no-person"));
        }
    }
    if let Some(text) = params.filled("record") {
        let named = text.split_once(':').and_then(|(kind, id)| Some((kind.to_owned(), id.trim().parse().ok()?)));
        filter.subject = named.or_else(|| parse_global(text));
        if filter.subject.is_none() {
            errors.add("record", v.t.say("admin-history-no-record"));
        }
    }
    for (field, day) in [("from", &mut filter.from), ("to", &mut filter.to)] {
        if let Some(text) = params.filled(field) {
            *day = text.parse().ok();
            if day.is_none() {
                errors.add(field, v.t.say("admin-history-no-day"));
            }
        }
    }
    if filter.from.zip(filter.to).is_some_and(|(from, to)| to < from) {
        errors.add("to", Error::Days.say(v.t.lang));
    }
    Ok(if errors.is_empty() { Ok(filter) } else { Err(errors) })
}

async fn show(v: Visitor) -> PageResult {
    administrator(&v)?;
    let (app, params) = (&v.web.app, query_params(&v));
    let (page, errors) = match filter(&v, &params).await? {
        Ok(filter) => (list(app, &v.actor, &filter, &window(&params)).await?, FormErrors::default()),
        Err(errors) => (crate::page::Page::empty(), errors),
    };
    let pages = Pages::of(&v, &page);
    let rows: Vec<Sealed> = page.rows.into_iter().map(|(_, row)| row).collect();
    let keys: Vec<_> = rows.iter().filter_map(|row| row.event.person_id).collect();
    let fields = ["person", "record", "action", "from", "to"].map(|name| (name, params.get(name)));
    let given: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let (csv, jsonl) = (with("/admin/history.csv", &given), with("/admin/history.jsonl", &given));
    let page = Page {
        f: frame(&v, v.t.say("admin-section-history")),
        t: v.t,
        a: section_nav(&v, "history", &[]),
        chain: chain(app, &v.actor).await?,
        people: called(&v, &keys).await?,
        rows: rows.into_iter().map(|row| Shown { changes: changes(&row.event.detail), row }).collect(),
        errors,
        typed: params,
        pages,
        csv,
        jsonl,
    };
    html(page.errors.status(), &page)
}

/// Streams an export: what is written of each part of the history, a part in memory at a time.
async fn exported(
    v: Visitor,
    name: &'static str,
    kind: &'static str,
    head: Vec<u8>,
    write: fn(&Visitor, &[Sealed]) -> Result<Vec<u8>, PageError>,
) -> PageResult {
    administrator(&v)?;
    let filter = filter(&v, &query_params(&v)).await?.map_err(|_| PageError::NotFound)?;
    let export = Export::begin(&v.web.app, &v.actor, filter).await?;
    let parts = stream::unfold((v, export, false), move |(v, mut export, is_broken)| async move {
        if is_broken {
            return None;
        }
        // A reader who gets an error sees that the file is not whole.
        let part = match export.next(&v.web.app).await {
            Ok(rows) => write(&v, &rows?).map_err(|_| std::io::ErrorKind::Other.into()),
            Err(error) => {
                tracing::warn!(%error, "an export of the history ended early");
                Err(std::io::ErrorKind::Other.into())
            }
        };
        let is_broken = part.is_err();
        Some((part.map(Bytes::from), (v, export, is_broken)))
    });
    let head = stream::iter([Ok::<_, std::io::Error>(Bytes::from(head))]);
    let parts = head.chain(parts);
    Ok(attachment(kind, name, "no-store", Body::from_stream(parts)))
}

async fn table(v: Visitor) -> PageResult {
    let columns = ["id", "at", "actor", "action", "record", "detail", "sequence", "hash"];
    let head = csv_writer::file([columns.map(|column| v.t.say(&format!("admin-column-{column}")))]);
    exported(v, "history.csv", csv_writer::MEDIA_TYPE, head.into_bytes(), |v, rows| {
        Ok(csv_writer::lines(rows.iter().map(|row| cells(v, row))).into_bytes())
    })
    .await
}

fn cells(v: &Visitor, row: &Sealed) -> [String; 8] {
    let event = &row.event;
    [
        event.id.0.to_string(),
        v.t.machine(&event.at),
        event.actor.clone(),
        event.action.clone(),
        format!("{}:{}", event.subject_kind, event.subject_id),
        event.detail.to_string(),
        row.sequence.map(|n| n.to_string()).unwrap_or_default(),
        row.hash.clone().unwrap_or_default(),
    ]
}

async fn json_lines(v: Visitor) -> PageResult {
    let write = |_: &Visitor, rows: &[Sealed]| {
        Ok(rows.iter().flat_map(|row| format!("{}\n", line(row)).into_bytes()).collect())
    };
    exported(v, "history.jsonl", "application/jsonl; charset=utf-8", vec![], write).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_changed_is_told_field_by_field() {
        let some = |text: &str| Some(text.to_owned());
        let detail = json!({ "before": { "name": "a", "city": null }, "after": { "name": "b" }, "reason": "x" });
        let listed = changes(&detail);
        assert_eq!(listed[0], ("city".into(), some(""), None));
        assert_eq!(listed[1], ("name".into(), some("a"), some("b")));
        assert_eq!(listed[2], ("reason".into(), None, some("x")));
        let plain = changes(&json!({ "before": "open", "after": "closed" }));
        assert_eq!(plain, [(String::new(), some("open"), some("closed"))]);
        assert!(changes(&json!({})).is_empty());
    }
}
