//! The fields of a request as clients write and read them, each from its one declaration.

use crate::approvals::ApprovalKind;
use crate::graphql::error::unknown_id;
use crate::graphql::loaders::Caller;
use crate::graphql::protocol::each_id;
use crate::graphql::scalars::Date;
use crate::id::{ApprovalId, CellLineId, InstitutionId, PersonId, RequestId};
use crate::requests::commands::{Draft, DraftLine, TypedApproval};
use crate::requests::fields::kind::{self, Kind};
use crate::requests::fields::request_fields;
use crate::requests::{RequestState as State, RequestView};
use async_graphql::{ID, InputObject, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

/// A kind of field in the schema.
trait Api: Kind {
    /// What a client gives; null leaves the field as it is.
    type Given;
    /// What a client is shown.
    type Shown;

    fn drafted_of(given: Self::Given) -> Self::Drafted;
    fn shown(stored: Self::Stored) -> Self::Shown;
}

/// Kinds of which the schema has what the domain has.
macro_rules! as_they_are {
    ($($kind:ident)*) => {$(
        impl Api for kind::$kind {
            type Given = <Self as Kind>::Drafted;
            type Shown = <Self as Kind>::Stored;

            fn drafted_of(given: Self::Given) -> Self::Drafted {
                given
            }

            fn shown(stored: Self::Stored) -> Self::Shown {
                stored
            }
        }
    )*};
}
as_they_are! { Text Line OptionalLine Tick IntendedUse Delivery }

impl Api for kind::Day {
    type Given = Date;
    type Shown = Option<Date>;

    fn drafted_of(given: Date) -> Option<NaiveDate> {
        Some(given.0)
    }

    fn shown(stored: Option<NaiveDate>) -> Option<Date> {
        stored.map(Date)
    }
}

/// A cell line to ask for.
#[derive(Clone, InputObject)]
pub struct RequestedLineInput {
    /// The cell line.
    pub cell_line: ID,
    /// Vials, 1 to 100.
    pub vials: i32,
}

macro_rules! schema {
    ($(
        $column:ident: $kind:ident $name:literal { input $input:tt output $output:tt $($rest:tt)* }
    )*) => {
        /// What to write into a request. What is left out stays as it is; a draft may be incomplete.
        #[derive(Clone, InputObject)]
        pub struct RequestFieldsInput {
            /// The cell lines; replaces all.
            lines: Option<Vec<RequestedLineInput>>,
            #[doc = concat!(
                "E-mail of the principal investigator, who has an account at the same institution; ",
                "the applicant unless told."
            )]
            principal_investigator: Option<String>,
            $(
                #[doc = $input]
                $column: Option<<kind::$kind as Api>::Given>,
            )*
            /// Approvals of the institution to choose, at most 30; replaces those that were chosen before.
            approvals: Option<Vec<ID>>,
            /// Number of the ethics board's approval; an empty text takes it away.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            irb_approval_number: Option<String>,
            /// Its last day.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            irb_valid_until: Option<Date>,
            /// Number of the confirmed exemption.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            irb_exemption_number: Option<String>,
            /// Number of the institution head's approval.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            head_approval_number: Option<String>,
            /// Report or permit number of the facility for living modified organisms.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            lmo_facility_number: Option<String>,
            /// Number of the export approval.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            export_approval_number: Option<String>,
            /// Number of the approved clinical plan.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            clinical_plan_number: Option<String>,
            /// Its last day.
            #[graphql(deprecation = "Enter the approval with createApproval and choose it in approvals.")]
            clinical_plan_valid_until: Option<Date>,
        }

        impl RequestFieldsInput {
            /// The same for the domain.
            pub(super) fn draft(self, caller: &Caller) -> Result<Draft> {
                let typed = [
                    (ApprovalKind::IrbApproval, self.irb_approval_number, self.irb_valid_until),
                    (ApprovalKind::IrbExemption, self.irb_exemption_number, None),
                    (ApprovalKind::HeadApproval, self.head_approval_number, None),
                    (ApprovalKind::LmoFacility, self.lmo_facility_number, None),
                    (ApprovalKind::ExportApproval, self.export_approval_number, None),
                    (ApprovalKind::ClinicalPlan, self.clinical_plan_number, self.clinical_plan_valid_until),
                ];
                Ok(Draft {
                    lines: self.lines.map(|lines| lines_of(&lines, caller)).transpose()?,
                    principal_investigator: self.principal_investigator,
                    $($column: self.$column.map(kind::$kind::drafted_of),)*
                    approvals: self.approvals.map(|ids| chosen(&ids, caller)).transpose()?,
                    typed_approvals: typed.into_iter().filter_map(typed_in).collect(),
                    made_up: false,
                })
            }
        }

        /// A request for vials of one or more cell lines.
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub struct DistributionRequest {
            #[graphql(skip)]
            pub(super) request: RequestId,
            #[graphql(skip)]
            pub(super) people: [Option<PersonId>; 4],
            #[graphql(skip)]
            pub(super) institution: InstitutionId,
            /// Global id.
            pub id: ID,
            /// `REQ-2026-00042`.
            number: String,
            /// Where it stands.
            pub(super) state: State,
            /// Since when.
            state_since: DateTime<Utc>,
            /// Begun when.
            created_at: DateTime<Utc>,
            /// First handed in when.
            submitted_at: Option<DateTime<Utc>>,
            /// Decided when.
            decided_at: Option<DateTime<Utc>>,
            /// What is to be completed.
            return_comment: Option<String>,
            /// How often it was handed in: 0 as a draft, 1 after the first submission.
            revision: i32,
            $(
                #[doc = $output]
                $column: <kind::$kind as Api>::Shown,
            )*
            /// Made up for a demonstration.
            made_up: bool,
        }

        impl From<RequestView> for DistributionRequest {
            fn from(row: RequestView) -> Self {
                Self {
                    request: row.id,
                    people: [
                        Some(row.applicant_id),
                        Some(row.principal_investigator_id),
                        row.handler_id,
                        row.decider_id,
                    ],
                    institution: row.institution_id,
                    id: ID(row.id.global()),
                    number: row.number,
                    state: row.state,
                    state_since: row.state_since,
                    created_at: row.created_at,
                    submitted_at: row.submitted_at,
                    decided_at: row.decided_at,
                    return_comment: row.return_comment,
                    revision: row.revision,
                    $($column: kind::$kind::shown(row.$column),)*
                    made_up: row.made_up,
                }
            }
        }
    };
}
request_fields!(schema);

fn lines_of(lines: &[RequestedLineInput], caller: &Caller) -> Result<Vec<DraftLine>> {
    let line = |(i, line): (usize, &RequestedLineInput)| match CellLineId::from_global(&line.cell_line) {
        Some(id) => Ok(DraftLine { line: id, vials: line.vials }),
        None => Err(unknown_id(&format!("lines[{i}].cellLine"), caller.actor.lang)),
    };
    lines.iter().enumerate().map(line).collect()
}

pub(super) fn chosen(ids: &[ID], caller: &Caller) -> Result<Vec<ApprovalId>> {
    each_id(ids, "approvals", caller.actor.lang, ApprovalId::from_global)
}

/// What of an approval is typed; `None` if nothing is.
fn typed_in(typed: (ApprovalKind, Option<String>, Option<Date>)) -> Option<(ApprovalKind, TypedApproval)> {
    let (kind, number, until) = typed;
    let is_there = number.is_some() || until.is_some();
    is_there.then(|| (kind, TypedApproval { number, valid_until: until.map(|day| Some(day.0)) }))
}
