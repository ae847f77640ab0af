//! The fields of the form: what stands in them, what somebody changed in them, and what comes of it when two people write
//! at once.
//!
//! A form carries a short hash of every field as it was shown. What its sender left as it was is not written, so that it
//! cannot undo what somebody else wrote meanwhile; what both changed differently is a [`Clash`].

use super::case::Case;
use crate::accounts::passwords::sha256_hex;
use crate::id::LineId;
use crate::requests::commands::{Draft, DraftLine};
use crate::requests::model::request::{Delivery, Use};
use crate::web::forms::{FormData, FormErrors};
use crate::web::texts::Text;
use chrono::NaiveDate;
use sea_orm::ActiveEnum;

/// Steps of the form.
pub const STEPS: usize = 5;

/// Names of the fields of a step, 1 to [`STEPS`]; the last one has none.
pub fn fields_of(step: usize) -> &'static [&'static str] {
    match step {
        1 => &["lines"],
        2 => &[
            "projectTitle",
            "principalInvestigator",
            "summary",
            "usePlan",
            "intendedUse",
            "commercial",
            "inPeople",
            "redistribution",
        ],
        3 => &[
            "irbApprovalNumber",
            "irbValidUntil",
            "irbExemptionNumber",
            "headApprovalNumber",
            "lmoFacilityNumber",
            "exportApprovalNumber",
            "clinicalPlanNumber",
            "clinicalPlanValidUntil",
        ],
        4 => &["country", "region", "address", "delivery"],
        _ => &[],
    }
}

/// The step in which a field stands; `lines[0].vials` stands where `lines` stands.
pub fn step_of(field: &str) -> usize {
    let name = field.split(['[', '.']).next().unwrap_or_default();
    (1..=STEPS).find(|step| fields_of(*step).contains(&name)).unwrap_or(STEPS)
}

/// What stands in fields, by name; a tick is `yes`, lines are `ID:VIALS` apart by spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// What is kept of a request.
    pub fn kept(case: &Case) -> Self {
        let request = &case.request;
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let tick = |yes: bool| if yes { "yes".to_owned() } else { String::new() };
        let number = |number: &Option<String>| number.clone().unwrap_or_default();
        let lines = case.lines.iter().map(|line| format!("{}:{}", line.line_id.0, line.vials_requested));
        Self(vec![
            ("lines", lines.collect::<Vec<_>>().join(" ")),
            ("principalInvestigator", case.email(request.principal_investigator_id).to_owned()),
            ("projectTitle", plain(&request.project_title)),
            ("summary", plain(&request.summary)),
            ("usePlan", plain(&request.use_plan)),
            ("intendedUse", request.intended_use.map(|of| of.to_value()).unwrap_or_default()),
            ("commercial", tick(request.commercial)),
            ("inPeople", tick(request.in_people)),
            ("redistribution", tick(request.redistribution)),
            ("country", request.country.clone()),
            ("region", plain(&request.region)),
            ("address", plain(&request.address)),
            ("delivery", request.delivery.to_value()),
            ("irbApprovalNumber", number(&request.irb_approval_number)),
            ("irbValidUntil", day(request.irb_valid_until)),
            ("irbExemptionNumber", number(&request.irb_exemption_number)),
            ("headApprovalNumber", number(&request.head_approval_number)),
            ("lmoFacilityNumber", number(&request.lmo_facility_number)),
            ("exportApprovalNumber", number(&request.export_approval_number)),
            ("clinicalPlanNumber", number(&request.clinical_plan_number)),
            ("clinicalPlanValidUntil", day(request.clinical_plan_valid_until)),
        ])
    }

    /// What somebody typed in a step.
    pub fn typed(step: usize, posted: &FormData) -> Self {
        Self(fields_of(step).iter().map(|field| (*field, typed(field, posted))).collect())
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
        let each = fields_of(step).iter().map(|field| format!("{field}={}", hash(self.get(field))));
        each.collect::<Vec<_>>().join(" ")
    }
}

fn hash(value: &str) -> String {
    sha256_hex(value.as_bytes()).chars().take(16).collect()
}

/// As operations keep a text, with lines ended the same way everywhere.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn typed(field: &str, posted: &FormData) -> String {
    let abroad = posted.get("place") == "abroad";
    match field {
        "lines" => {
            let pairs = posted.all("line").zip(posted.all("vials"));
            let kept = pairs.filter(|(line, _)| posted.get("remove") != *line);
            kept.map(|(line, vials)| format!("{line}:{}", vials.trim())).collect::<Vec<_>>().join(" ")
        }
        "commercial" | "inPeople" | "redistribution" => posted.filled(field).map(|_| "yes".into()).unwrap_or_default(),
        "country" if abroad => posted.get(field).trim().to_uppercase(),
        "country" => "KR".into(),
        "region" if abroad => plain(posted.get("regionAbroad")),
        "irbValidUntil" | "clinicalPlanValidUntil" => {
            posted.get(field).trim().trim_end_matches('.').replace(['.', '/'], "-").replace(' ', "")
        }
        _ => plain(posted.get(field)),
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
            _ => changed.push(*field),
        }
    }
    (changed, clashes)
}

/// Lines as [`Values`] keep them: the cell line and what stands in the field for vials.
pub fn lines(value: &str) -> Vec<(LineId, String)> {
    let pairs = value.split(' ').filter_map(|pair| pair.split_once(':'));
    pairs.filter_map(|(line, vials)| Some((LineId(line.parse().ok()?), vials.to_owned()))).collect()
}

/// The draft that writes these fields; what has no form that could be written is an error at its field.
pub fn draft(changed: &[&'static str], values: &Values, t: Text) -> Result<Draft, FormErrors> {
    let (mut draft, mut errors) = (Draft::default(), FormErrors::default());
    for field in changed {
        let value = values.get(field);
        match *field {
            "lines" => draft.lines = Some(read_lines(value, t, &mut errors)),
            "principalInvestigator" => draft.principal_investigator = Some(value.to_owned()),
            "intendedUse" => draft.intended_use = Use::try_from_value(&value.to_owned()).ok(),
            "commercial" => draft.commercial = Some(!value.is_empty()),
            "inPeople" => draft.in_people = Some(!value.is_empty()),
            "redistribution" => draft.redistribution = Some(!value.is_empty()),
            "country" => draft.country = Some(value.to_owned()),
            "delivery" => draft.delivery = Delivery::try_from_value(&value.to_owned()).ok(),
            "irbValidUntil" => draft.irb_valid_until = day(field, value, t, &mut errors),
            "clinicalPlanValidUntil" => draft.clinical_plan_valid_until = day(field, value, t, &mut errors),
            text => *text_of(&mut draft, text) = Some(value.to_owned()),
        }
    }
    if errors.is_empty() { Ok(draft) } else { Err(errors) }
}

fn text_of<'a>(draft: &'a mut Draft, field: &str) -> &'a mut Option<String> {
    match field {
        "projectTitle" => &mut draft.project_title,
        "summary" => &mut draft.summary,
        "usePlan" => &mut draft.use_plan,
        "region" => &mut draft.region,
        "irbApprovalNumber" => &mut draft.irb_approval_number,
        "irbExemptionNumber" => &mut draft.irb_exemption_number,
        "headApprovalNumber" => &mut draft.head_approval_number,
        "lmoFacilityNumber" => &mut draft.lmo_facility_number,
        "exportApprovalNumber" => &mut draft.export_approval_number,
        "clinicalPlanNumber" => &mut draft.clinical_plan_number,
        _ => &mut draft.address,
    }
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

fn day(field: &str, value: &str, t: Text, errors: &mut FormErrors) -> Option<Option<NaiveDate>> {
    if value.is_empty() {
        return Some(None);
    }
    let read = value.parse().ok();
    if read.is_none() {
        errors.add(field, t.say1("requests-bad-day", "typed", value.to_owned()));
    }
    Some(read)
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
        assert_eq!(lines(Values::typed(1, &form).get("lines")), [(LineId(7), "x".into())]);
        let days = Values::typed(3, &posted(&[("irbValidUntil", "2027. 8. 31.")]));
        assert_eq!(days.get("irbValidUntil"), "2027-8-31");
    }

    #[test]
    fn every_field_stands_in_one_step() {
        let all: Vec<_> = crate::requests::fields::FIELDS.iter().map(|field| field.name).collect();
        let of_steps: Vec<_> = (1..=STEPS).flat_map(|step| fields_of(step).iter().copied()).collect();
        assert_eq!(of_steps.len(), all.len());
        assert!(all.iter().all(|name| fields_of(step_of(name)).contains(name)));
        assert_eq!((step_of("lines[0].vials"), step_of("address")), (1, 4));
    }
}
