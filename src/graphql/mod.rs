//! The outside of the bank as a graph. Nothing is decided here: a resolver reads its arguments, calls a query or runs a
//! command, and shows the answer.
//!
//! Columns are plain fields; edges go through the loaders of the request, one query a level. One file an area.

mod access;
mod accounts;
mod agreements;
mod approvals;
mod audit;
mod catalogue;
mod connection;
mod document;
mod error;
mod graphiql;
mod http;
mod identities;
mod institutions;
mod inventory;
mod loaders;
mod mail;
mod node;
mod personal_data;
mod protocol;
mod requests;
mod scalars;
mod shipments;
mod statistics;
mod turnaround;
mod use_check;

pub use http::{Gateway, router};

use async_graphql::connection::EmptyFields;
use async_graphql::{EmptySubscription, MergedObject, Schema, SchemaBuilder, ValidationMode};

use connection::List;

/// How deep a query may nest; the standard introspection query needs 15.
pub const MAX_DEPTH: usize = 20;
/// How many fields a query may ask for, lists counted by their size.
pub const MAX_COMPLEXITY: usize = 20_000;
/// How many operations one request may batch.
pub const MAX_BATCH: usize = 10;

/// Reads.
#[derive(Default, MergedObject)]
pub struct Query(
    accounts::AccountsQuery,
    access::AdministrationQuery,
    identities::IdentitiesQuery,
    institutions::InstitutionsQuery,
    catalogue::CatalogueQuery,
    catalogue::OverviewQuery,
    use_check::UseQuery,
    requests::RequestsQuery,
    statistics::StatisticsQuery,
    turnaround::TurnaroundQuery,
    audit::AuditQuery,
    mail::MailQuery,
    node::NodeQuery,
);

/// Changes. Each takes one input and returns a payload with the changed object and what was refused.
#[derive(Default, MergedObject)]
pub struct Mutation(
    access::AccessMutation,
    identities::IdentitiesMutation,
    requests::RequestsMutation,
    requests::ConversationMutation,
    requests::HandlingMutation,
    approvals::ApprovalsMutation,
    agreements::AgreementsMutation,
    shipments::ShipmentsMutation,
    inventory::InventoryMutation,
    catalogue::CatalogueMutation,
    institutions::InstitutionsMutation,
    personal_data::PersonalDataMutation,
    mail::MailMutation,
);

/// The bank's schema.
pub type BankSchema = Schema<Query, Mutation, EmptySubscription>;

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        // Documents are validated before: `document::read`.
        .validation_mode(ValidationMode::Fast)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .override_output_type_description::<List<catalogue::CellLine, catalogue::CellLineTotals>>(
            "A page of cell lines, with what can be told of the whole list.",
        )
        .override_output_type_description::<List<catalogue::Disease, catalogue::DiseaseTotals>>("A page of diseases.")
        .override_output_type_description::<List<institutions::Institution, institutions::InstitutionTotals>>(
            "A page of institutions.",
        )
        .override_output_type_description::<List<institutions::InstitutionMembership, institutions::MembershipTotals>>(
            "A page of memberships.",
        )
        .override_output_type_description::<List<requests::DistributionRequest, requests::RequestTotals>>(
            "A page of requests.",
        )
        .override_output_type_description::<List<access::Account, access::AccountTotals>>("A page of accounts.")
        .override_output_type_description::<List<statistics::Distribution, EmptyFields>>("A page of distributions.")
        .override_output_type_description::<List<audit::AuditEvent, EmptyFields>>("A page of the history.")
        .override_output_type_description::<List<mail::MailMessage, mail::MailTotals>>("A page of the outbox.")
}

/// The schema, ready to answer.
pub fn schema() -> BankSchema {
    builder().finish()
}

/// The same for documents that introspect: it counts what it answers of itself.
pub fn introspected_schema() -> BankSchema {
    builder().extension(document::CountValues).finish()
}

/// The schema in its definition language, as `schema.graphql` has it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments();
    let sdl = schema().sdl_with_options(options);
    let lines: Vec<&str> = sdl.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned() + "\n"
}
