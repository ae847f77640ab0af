//! What was typed in a step of the form, written into the request; or what stands in its way.

use super::case::Case;
use super::fields::{self, Clash, Values, changes};
use crate::catalogue::queries::{Key, find};
use crate::requests::Error;
use crate::requests::commands::{UpdateRequest, version};
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::page_error::PageError;
use crate::web::visitor::Visitor;

/// Times that a change is tried against what others write at the same moment.
const TRIES: usize = 3;

/// What became of it.
pub enum Written {
    /// All that was changed is kept.
    Done,
    /// Somebody else changed the same fields; nothing is kept.
    Clashing(Case, Vec<Clash>),
    /// Something cannot be kept as it was typed; nothing is.
    Mistaken(Case, FormErrors),
}

/// Writes what was changed, and nothing over what somebody else changed since the form was shown.
///
/// # Errors
/// No such request for this visitor, or others who never stop writing.
pub async fn put(
    v: &Visitor,
    number: &str,
    step: usize,
    typed: &Values,
    posted: &FormData,
) -> Result<Written, PageError> {
    for _ in 0..TRIES {
        let case = Case::of(v, number).await?;
        let (changed, clashes) = changes(step, &Values::kept(&case), typed, posted);
        if !clashes.is_empty() {
            return Ok(Written::Clashing(case, clashes));
        }
        if changed.is_empty() {
            return Ok(Written::Done);
        }
        let draft = match fields::draft(&changed, typed, v.t) {
            Ok(draft) => draft,
            Err(errors) => return Ok(Written::Mistaken(case, errors)),
        };
        let seen = Some(version(case.application(), &case.lines));
        let update = UpdateRequest { request: case.request.id, draft, seen };
        match v.web.app.run(&v.actor, update).await {
            // Somebody wrote just now: what they wrote is compared with what was typed here.
            Err(Error::ChangedMeanwhile) => {}
            updated => {
                return Ok(match into_form_errors(updated, v.t)? {
                    Ok(_) => Written::Done,
                    Err(errors) => Written::Mistaken(case, errors),
                });
            }
        }
    }
    Err(Error::ChangedMeanwhile.into())
}

/// Puts the line that somebody named into the lines.
///
/// # Errors
/// Those of the database.
pub async fn add(
    v: &Visitor,
    step: usize,
    posted: &FormData,
    typed: &mut Values,
) -> Result<Result<(), FormErrors>, PageError> {
    let Some(wanted) = posted.filled("add").filter(|_| step == 1) else { return Ok(Ok(())) };
    let keys = [Key::Accession(wanted.into()), Key::Rrid(wanted.into()), Key::Name(wanted.into())];
    for key in keys {
        let found = match into_form_errors(find(&v.web.app, &v.actor, &key).await, v.t)? {
            Ok(found) => found,
            Err(errors) => {
                let sentence = errors.list().next().map(|one| one.1.to_owned()).unwrap_or_default();
                return Ok(Err(FormErrors::at("add", sentence)));
            }
        };
        if let Some(line) = found {
            let have = fields::lines(typed.get("lines"));
            if !have.iter().any(|one| one.0 == line.id) {
                let lines = format!("{} {}:1", typed.get("lines"), line.id.0);
                typed.put("lines", lines.trim().to_owned());
            }
            return Ok(Ok(()));
        }
    }
    Ok(Err(FormErrors::at("add", v.t.say1("requests-no-such-line", "typed", wanted.to_owned()))))
}
