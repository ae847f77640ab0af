//! A request together with the approvals that are chosen on it.

use super::fields::{Field, Part};
use super::model::request;
use crate::approvals::model::approval::{self, Kind};
use crate::id::RequestId;
use serde_json::Value as Json;

/// An approval with the request on which it is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The request.
    pub request_id: RequestId,
    /// It stands in the request's own fields, rather than being chosen among those of the institution.
    pub typed: bool,
    /// The approval.
    pub approval: approval::Model,
}

/// A request with the approvals that are chosen on it.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// The request.
    pub request: &'a request::Model,
    /// The approvals.
    pub approvals: &'a [Chosen],
}

impl Application<'_> {
    /// What stands in a field, as JSON; null for lists and people.
    pub fn value(&self, field: &Field) -> Json {
        match (field.column, field.approval) {
            (Some(column), _) => (column.value)(self.request),
            (None, Some((kind, part))) => value(shown(self.approvals, kind), part),
            (None, None) => Json::Null,
        }
    }

    /// Numbers of approvals beside those that are shown, of a kind that has one already.
    pub fn further(&self) -> Vec<&str> {
        let is_shown = |one: &approval::Model| shown(self.approvals, one.kind).is_some_and(|shown| shown.id == one.id);
        let all = self.approvals.iter().map(|chosen| &chosen.approval);
        all.filter(|approval| !is_shown(approval)).map(|approval| approval.number.as_str()).collect()
    }
}

/// A part of an approval, as JSON.
pub fn value(approval: Option<&approval::Model>, part: Part) -> Json {
    match part {
        Part::Number => approval.map(|one| one.number.as_str()).filter(|number| !number.is_empty()).into(),
        Part::ValidUntil => approval.and_then(|one| one.valid_until).map(|day| day.to_string()).into(),
    }
}

/// The approval of a kind that stands for all of it, where only one can be shown: what is typed into the request, else
/// the one that lasts longest.
pub fn shown(approvals: &[Chosen], kind: Kind) -> Option<&approval::Model> {
    let of_kind = approvals.iter().filter(|chosen| chosen.approval.kind == kind);
    let best = of_kind.max_by_key(|chosen| (chosen.typed, chosen.approval.valid_until, chosen.approval.id));
    best.map(|chosen| &chosen.approval)
}

/// Its number; `None` if there is none.
pub fn number(approvals: &[Chosen], kind: Kind) -> Option<String> {
    shown(approvals, kind).map(|approval| approval.number.clone()).filter(|number| !number.is_empty())
}
