//! "Can I use it?": requirements before there is a request.

use super::catalogue::CellLine;
use super::error::refuse;
use super::loaders::caller;
use super::scalars::Date;
use crate::catalogue::{self, queries};
use crate::id::CellLineId;
use crate::requests::IntendedUse as Use;
use crate::requests::requirements::{self, Code, Intent, Outcome};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

/// A requirement and how it stands.
#[derive(SimpleObject)]
pub struct Requirement {
    /// Stable code.
    code: Code,
    /// How it stands.
    outcome: Outcome,
    /// The rule in a sentence, in the caller's language.
    rule: String,
    /// The law or term behind it.
    legal_basis: String,
    /// The document that fulfils it, if the applicant can provide one.
    document: Option<String>,
    /// The field of a request that provides it, if there is one.
    field: Option<String>,
}

/// What using a line would need.
#[derive(SimpleObject)]
pub struct UseCheck {
    /// The worst outcome of all requirements.
    outcome: Outcome,
    /// The requirements, in the order in which they are explained.
    requirements: Vec<Requirement>,
    /// The line.
    cell_line: CellLine,
}

/// A use to check. Give exactly one of `cellLine`, `accession` and `rrid`.
#[derive(InputObject)]
pub struct CheckUseInput {
    /// The line by global id.
    cell_line: Option<ID>,
    /// The line by the bank's accession.
    accession: Option<String>,
    /// The line by RRID.
    rrid: Option<String>,
    /// What for.
    intended_use: Use,
    /// For commercial use.
    #[graphql(default)]
    commercial: bool,
    /// In people.
    #[graphql(default)]
    in_people: bool,
    /// To be passed on to others.
    #[graphql(default)]
    redistribution: bool,
    /// ISO 3166-1 alpha-2 code of the destination.
    #[graphql(default_with = "String::from(\"KR\")")]
    country: String,
    /// There is a plan of use.
    #[graphql(default)]
    has_use_plan: bool,
    /// Number of the ethics board's approval.
    irb_approval_number: Option<String>,
    /// Its last day.
    irb_valid_until: Option<Date>,
    /// Number of the confirmed exemption.
    irb_exemption_number: Option<String>,
    /// Number of the institution head's approval.
    head_approval_number: Option<String>,
    /// Report or permit number of the facility for living modified organisms.
    lmo_facility_number: Option<String>,
    /// Number of the export approval.
    export_approval_number: Option<String>,
    /// Number of the approved clinical plan.
    clinical_plan_number: Option<String>,
    /// Its last day.
    clinical_plan_valid_until: Option<Date>,
}

impl CheckUseInput {
    fn intent(self) -> Intent {
        let until = |day: Option<Date>| day.map(|day| day.0);
        let (irb_until, plan_until) = (until(self.irb_valid_until), until(self.clinical_plan_valid_until));
        Intent {
            intended_use: Some(self.intended_use),
            commercial: self.commercial,
            in_people: self.in_people,
            redistribution: self.redistribution,
            country: self.country,
            has_use_plan: self.has_use_plan,
            irb: self.irb_approval_number.map(|number| (number, irb_until)),
            irb_exemption: self.irb_exemption_number,
            head_approval: self.head_approval_number,
            lmo_facility: self.lmo_facility_number,
            export_approval: self.export_approval_number,
            clinical_plan: self.clinical_plan_number.map(|number| (number, plan_until)),
        }
    }
}

/// The use check.
#[derive(Default)]
pub struct UseQuery;

#[Object]
impl UseQuery {
    /// Can I use it? The requirements of law and of the line for a use, each with its outcome and legal basis. Anyone
    /// can ask, before there is a request.
    async fn check_use(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Line and use.")] input: CheckUseInput,
    ) -> Result<UseCheck> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        let say = |error: catalogue::Error| refuse(&error, lang);
        let line = match (&input.cell_line, &input.accession, &input.rrid) {
            (Some(id), None, None) => match CellLineId::from_global(id) {
                Some(id) => {
                    let found = queries::lines_by_id(caller.app.db.read(), &caller.actor, &[id]).await;
                    found.map_err(|error| say(error.into()))?.pop()
                }
                None => None,
            },
            (None, Some(accession), None) => {
                let key = queries::Key::Accession(accession.clone());
                queries::find(&caller.app, &caller.actor, &key).await.map_err(say)?
            }
            (None, None, Some(rrid)) => {
                let key = queries::Key::Rrid(rrid.clone());
                queries::find(&caller.app, &caller.actor, &key).await.map_err(say)?
            }
            _ => return Err(say(catalogue::Error::OneKey)),
        };
        let line = line.ok_or_else(|| say(catalogue::Error::NoSuchLine))?;
        let found = requirements::requirements(&line, &input.intent(), caller.app.clock.today());
        let show = |r: &requirements::Requirement| Requirement {
            code: r.code,
            outcome: r.outcome,
            rule: r.code.rule(lang).into(),
            legal_basis: r.code.legal_basis(lang).into(),
            document: r.code.document(lang).map(Into::into),
            field: r.code.field().map(Into::into),
        };
        Ok(UseCheck {
            outcome: requirements::overall(&found),
            requirements: found.iter().map(show).collect(),
            cell_line: CellLine::from(line),
        })
    }
}
