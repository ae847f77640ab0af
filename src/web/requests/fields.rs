//! The fields of the form: what stands in them, what somebody changed in them, and what comes of it when two people
//! write at once.
//!
//! A form carries a short hash of every field as it was shown. What its sender left as it was is not written, so that
//! it cannot undo what somebody else wrote meanwhile; what both changed differently is a [`Clash`].

use super::case::Case;
use crate::accounts::passwords::sha256_hex;
use crate::id::{ApprovalId, CellLineId};
use crate::requests::Application;
use crate::requests::commands::{Draft, DraftLine};
use crate::requests::fields::{FIELDS, Field, Section, form_text};
use crate::web::forms::{FormData, FormErrors};
use crate::web::texts::Text;

/// Steps of the form: one for each section, and one to check and hand in.
pub const STEPS: usize = Section::ALL.len() + 1;

/// Names of the fields of a step, 1 to [`STEPS`]; the last one has none.
pub fn fields_of(step: usize) -> impl Iterator<Item = &'static str> {
    let section = step.checked_sub(1).and_then(|place| Section::ALL.get(place));
    FIELDS.iter().filter(move |field| section == Some(&field.section)).map(|field| field.name)
}

/// The step in which a field stands; `lines[0].vials` stands where `lines` stands.
pub fn step_of(field: &str) -> usize {
    let name = field.split(['[', '.']).next().unwrap_or_default();
    (1..=STEPS).find(|step| fields_of(*step).any(|field| field == name)).unwrap_or(STEPS)
}

/// What stands in fields, by name; a tick is `yes`, lines are `ID:VIALS` apart by spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// What is kept of a request.
    pub fn kept(case: &Case) -> Self {
        let request = &case.request;
        let lines = case.lines.iter().map(|line| format!("{}:{}", line.line_id.0, line.vials_requested));
        let mut all = vec![
            ("lines", lines.collect::<Vec<_>>().join(" ")),
            ("principalInvestigator", case.email(request.principal_investigator_id).to_owned()),
        ];
        let chosen = case.approvals.iter().filter(|one| !one.typed).map(|one| one.approval.id.0.to_string());
        all.push(("approvals", in_order(chosen)));
        // Of approvals what is typed: those that are chosen stand in their list.
        let typed: Vec<_> = case.approvals.iter().filter(|one| one.typed).cloned().collect();
        let application = Application { request, approvals: &typed };
        let written = FIELDS.iter().filter(|field| field.column.is_some() || field.approval.is_some());
        all.extend(written.map(|field| (field.name, field.normal(form_text(&application.value(field))))));
        Self(all)
    }

    /// What somebody typed in a step.
    pub fn typed(step: usize, posted: &FormData) -> Self {
        Self(fields_of(step).map(|field| (field, typed(field, posted))).collect())
    }

    /// What stands in a field; empty if it is not among them.
    pub fn get(&self, field: &str) -> &str {
        self.0.iter().find(|one| one.0 == field).map_or("", |one| one.1.as_str())
    }

    /// The same with another value in a field.
    pub fn put(&mut self, field: &'static str, value: String) {
        match self.0.iter_mut().find(|one| one.0 == field) {
            Some(one) => one.1 = value,
            None => self.0.push((field, value)),
        }
    }

    /// The same with everything that stands in others put over it.
    pub fn under(mut self, others: &Self) -> Self {
        for (field, value) in &others.0 {
            self.put(field, value.clone());
        }
        self
    }

    /// Short hashes of the fields of a step, for the form to carry.
    pub fn hashes(&self, step: usize) -> String {
        let each = fields_of(step).map(|field| format!("{field}={}", hash(self.get(field))));
        each.collect::<Vec<_>>().join(" ")
    }
}

fn hash(value: &str) -> String {
    sha256_hex(value.as_bytes()).chars().take(16).collect()
}

fn typed(field: &str, posted: &FormData) -> String {
    let abroad = posted.get("place") == "abroad";
    let normal = |text: &str| Field::from_name(field).map_or_else(String::new, |field| field.normal(text));
    match field {
        "lines" => {
            let pairs = posted.all("line").zip(posted.all("vials"));
            let kept = pairs.filter(|(line, _)| posted.get("remove") != *line);
            kept.map(|(line, vials)| format!("{line}:{}", vials.trim())).collect::<Vec<_>>().join(" ")
        }
        "approvals" => in_order(posted.all("approvals").map(str::to_owned)),
        "country" if abroad => posted.get(field).trim().to_uppercase(),
        "country" => "KR".into(),
        "region" if abroad => normal(posted.get("regionAbroad")),
        _ => normal(posted.get(field)),
    }
}

/// A field that somebody else changed since the form was shown, and that the sender changed as well.
pub struct Clash {
    /// Its name.
    pub field: &'static str,
    /// What is kept of it.
    pub kept: String,
    /// What the sender typed.
    pub typed: String,
}

/// What the sender changed in a step, and where that clashes with what is kept.
pub fn changes(step: usize, kept: &Values, typed: &Values, posted: &FormData) -> (Vec<&'static str>, Vec<Clash>) {
    let was = |field: &str| posted.get("was").split(' ').find_map(|one| one.strip_prefix(field)?.strip_prefix('='));
    let (mut changed, mut clashes) = (vec![], vec![]);
    for field in fields_of(step) {
        let (now, mine) = (kept.get(field), typed.get(field));
        if now == mine {
            continue;
        }
        match was(field) {
            // Nobody else changed it, or the form does not say what it showed.
            Some(was) if was != hash(now) && was == hash(mine) => {}
            Some(was) if was != hash(now) => {
                clashes.push(Clash { field, kept: now.to_owned(), typed: mine.to_owned() });
            }
            _ => changed.push(field),
        }
    }
    (changed, clashes)
}

/// Lines as [`Values`] keep them: the cell line and what stands in the field for vials.
pub fn lines(value: &str) -> Vec<(CellLineId, String)> {
    let pairs = value.split(' ').filter_map(|pair| pair.split_once(':'));
    pairs.filter_map(|(line, vials)| Some((CellLineId(line.parse().ok()?), vials.to_owned()))).collect()
}

/// Keys apart by spaces, in one order.
fn in_order(keys: impl Iterator<Item = String>) -> String {
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    keys.join(" ")
}

/// Approvals as [`Values`] keep them.
pub fn approvals(value: &str) -> Vec<ApprovalId> {
    value.split(' ').filter_map(|id| Some(ApprovalId(id.parse().ok()?))).collect()
}

/// The draft that writes these fields; what has no form that could be written is an error at its field.
pub fn draft(changed: &[&'static str], values: &Values, t: Text) -> Result<Draft, FormErrors> {
    let (mut draft, mut errors) = (Draft::default(), FormErrors::default());
    for field in changed {
        let value = values.get(field);
        match *field {
            "lines" => draft.lines = Some(read_lines(value, t, &mut errors)),
            "approvals" => draft.approvals = Some(approvals(value)),
            "principalInvestigator" => draft.principal_investigator = Some(value.to_owned()),
            name => {
                if Field::from_name(name).is_some_and(|field| field.put(&mut draft, value).is_err()) {
                    errors.add(name, t.say1("requests-bad-day", "typed", value.to_owned()));
                }
            }
        }
    }
    if errors.is_empty() { Ok(draft) } else { Err(errors) }
}

fn read_lines(value: &str, t: Text, errors: &mut FormErrors) -> Vec<DraftLine> {
    let mut read = vec![];
    for (i, (line, vials)) in lines(value).into_iter().enumerate() {
        match vials.parse() {
            Ok(vials) => read.push(DraftLine { line, vials }),
            Err(_) => errors.add(&format!("lines[{i}].vials"), t.say("requests-bad-number")),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(fields: &[(&str, &str)]) -> FormData {
        FormData::of(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_one_left_alone_is_not_written_over_what_another_wrote() {
        let shown =
            Values(vec![("projectTitle", "One".into()), ("summary", "Two".into()), ("usePlan", "Three".into())]);
        let was = shown.hashes(2);
        let kept =
            Values(vec![("projectTitle", "Theirs".into()), ("summary", "Two".into()), ("usePlan", "Theirs".into())]);
        let form = posted(&[("projectTitle", "One"), ("summary", "Mine"), ("usePlan", "Mine"), ("was", &was)]);
        let (changed, clashes) = changes(2, &kept, &Values::typed(2, &form), &form);
        assert_eq!(changed, ["summary"]);
        let clash: Vec<_> = clashes.iter().map(|c| (c.field, c.kept.as_str(), c.typed.as_str())).collect();
        assert_eq!(clash, [("usePlan", "Theirs", "Mine")]);
    }

    #[test]
    fn a_form_is_read_with_the_line_that_goes_left_out_and_days_however_they_are_parted() {
        let form = posted(&[("line", "3"), ("vials", " 2"), ("line", "7"), ("vials", "x"), ("remove", "3")]);
        assert_eq!(lines(Values::typed(1, &form).get("lines")), [(CellLineId(7), "x".into())]);
        let days = Values::typed(3, &posted(&[("irbValidUntil", "2027. 8. 31.")]));
        assert_eq!(days.get("irbValidUntil"), "2027-8-31");
    }

    #[test]
    fn every_field_stands_in_one_step() {
        let of_steps = (1..=STEPS).map(|step| fields_of(step).count()).sum::<usize>();
        assert_eq!(of_steps, FIELDS.len());
        assert!(FIELDS.iter().all(|field| fields_of(step_of(field.name)).any(|name| name == field.name)));
        assert_eq!((step_of("lines[0].vials"), step_of("address"), step_of("")), (1, 4, STEPS));
    }
}
