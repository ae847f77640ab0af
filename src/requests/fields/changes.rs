//! What stood in the fields at a return, and what the applicant changed since.

use super::{FIELDS, Field, form_text};
use crate::accounts::PersonView;
use crate::catalogue::LineView;
use crate::id::{CellLineId, PersonId};
use crate::language::Lang;
use crate::requests::model::{request, request_line};
use serde_json::Value as Json;

/// A field that the applicant changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Which.
    pub field: Field,
    /// What a reader saw in it; `None` if it was empty.
    pub before: Option<String>,
    /// What a reader sees now; `None` if it is empty.
    pub after: Option<String>,
}

/// What has to be looked up before the changes of a request can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Cell lines asked for then or now.
    pub cell_lines: Vec<CellLineId>,
    /// Principal investigators then and now.
    pub people: Vec<PersonId>,
}

/// The cell lines and people that stand in a request now and stood in it at its last return; nothing if it never was
/// returned.
pub fn mentioned(row: &request::Model, lines: &[request_line::Model]) -> Mentioned {
    let Some(before) = &row.returned_fields else { return Mentioned::default() };
    let then = requested(&before["lines"]).map(|(line, _)| line);
    let mut cell_lines: Vec<_> = lines.iter().map(|line| line.line_id).chain(then).collect();
    cell_lines.sort_unstable();
    cell_lines.dedup();
    let mut people = vec![row.principal_investigator_id];
    people.extend(before["principalInvestigator"].as_i64().map(PersonId).filter(|then| *then != people[0]));
    Mentioned { cell_lines, people }
}

/// What changed since the last return, field by field in the order of the form; nothing if it never was returned.
/// `after` is their [`snapshot`](super::snapshot) now, `cell_lines` and `people` are those [`mentioned`].
pub fn changes(
    row: &request::Model,
    after: &Json,
    cell_lines: &[LineView],
    people: &[PersonView],
    lang: Lang,
) -> Vec<FieldChange> {
    let Some(before) = &row.returned_fields else { return vec![] };
    let name = |id: Option<i64>| people.iter().find(|person| Some(person.id.0) == id).map(|person| person.name.clone());
    let read = |field: &Field, value: &Json| match (field.column, field.name) {
        (Some(column), _) => Some((column.read)(form_text(value), lang)).filter(|text| !text.is_empty()),
        (None, "lines") => Some(lines_text(value, cell_lines)).filter(|text| !text.is_empty()),
        (None, "principalInvestigator") => name(value.as_i64()),
        (None, _) => Some(form_text(value).to_owned()).filter(|text| !text.is_empty()),
    };
    // A field that is younger than the return stood empty then.
    let differs = |field: &&Field| match (&before[field.name], &after[field.name]) {
        (then, now) if matches!(field.name, "lines" | "principalInvestigator") => then != now,
        (then, now) => form_text(then) != form_text(now),
    };
    let changed = FIELDS.iter().filter(differs);
    changed
        .map(|field| FieldChange {
            field: *field,
            before: read(field, &before[field.name]),
            after: read(field, &after[field.name]),
        })
        .collect()
}

/// Cell lines with the number of vials, from a snapshot.
fn requested(lines: &Json) -> impl Iterator<Item = (CellLineId, i64)> {
    let pairs = lines.as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((CellLineId(pair[0].as_i64()?), pair[1].as_i64()?)))
}

/// `TEST-0001 × 2`, one a line of text.
fn lines_text(lines: &Json, cell_lines: &[LineView]) -> String {
    let name = |id: CellLineId| cell_lines.iter().find(|line| line.id == id).map_or("?", LineView::identifier);
    requested(lines).map(|(id, vials)| format!("{} × {vials}", name(id))).collect::<Vec<_>>().join("\n")
}
