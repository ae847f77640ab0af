//! Which commands the caller can give to a request now, and why not the others.

use crate::error::{Code, DomainError};
use crate::graphql::loaders::{self, caller, follow, load_all, load_one};
use crate::id::{CellLineId, RequestId, ShipmentId};
use crate::requests::policy;
use crate::requests::rules::Move;
use crate::shipments::policy::{PolicyContext, answers};
use async_graphql::{Context, Result, SimpleObject};

/// A command on a request, and whether the caller can give it now.
#[derive(SimpleObject)]
pub struct CommandState {
    /// Which.
    command: Move,
    /// True if it would be done now, given a well-formed input.
    allowed: bool,
    /// Why not and what to do, in the caller's language; null if it is allowed.
    reason: Option<String>,
    /// Stable code of that reason; null if it is allowed.
    code: Option<Code>,
    /// Code of the requirement that refuses; null if it is none.
    rule: Option<String>,
}

impl CommandState {
    fn new(command: Move, answer: Result<(), impl DomainError>, lang: crate::language::Lang) -> Self {
        match answer {
            Ok(()) => Self { command, allowed: true, reason: None, code: None, rule: None },
            Err(error) => {
                let description = error.describe();
                let (code, rule) = (Some(description.code), description.rule);
                Self { command, allowed: false, reason: Some(error.say(lang)), code, rule }
            }
        }
    }
}

/// Every command on a request, by the rules that the commands themselves ask. Everything it depends on goes through the
/// loaders: a page of requests costs as many queries as one.
///
/// # Errors
/// A database that failed.
pub(super) async fn for_caller(ctx: &Context<'_>, id: RequestId) -> Result<Vec<CommandState>> {
    let caller = caller(ctx);
    let (request, approvals, lines, agreements, shipments) = tokio::try_join!(
        load_one(ctx, loaders::Request(id)),
        follow(ctx, loaders::ApprovalsOf(id)),
        follow(ctx, loaders::LinesOf(id)),
        follow(ctx, loaders::AgreementsOf(id)),
        follow(ctx, loaders::ShipmentsOf(id)),
    )?;
    let Some(request) = request else { return Ok(vec![]) };
    let newest = agreements.last().map(|agreement| agreement.id);
    let (required, given) = match newest {
        Some(id) => tokio::try_join!(follow(ctx, loaders::RequiredOf(id)), follow(ctx, loaders::SignaturesOf(id)))?,
        None => (vec![], vec![]),
    };
    let of_lines: Vec<CellLineId> = lines.iter().map(|line| line.line_id).collect();
    let inside: Vec<ShipmentId> = shipments.iter().map(|shipment| shipment.id).collect();
    let (cell_lines, vials) = tokio::try_join!(
        load_all(ctx, of_lines.into_iter().map(loaders::RequestedLine)),
        load_all(ctx, inside.into_iter().map(loaders::ContentsOf)),
    )?;
    let vials: Vec<_> = vials.into_iter().flatten().collect();
    let request = policy::PolicyContext {
        request: &request,
        approvals: &approvals,
        lines: &lines,
        cell_lines: &cell_lines,
        agreements: &agreements,
        required: &required,
        given: &given,
        today: caller.app.clock.today(),
    };
    let context = PolicyContext { request, shipments: &shipments, vials: &vials };
    let lang = caller.actor.lang;
    let answers = answers(&context, &caller.actor).into_iter();
    Ok(answers.map(|(command, answer)| CommandState::new(command, answer, lang)).collect())
}
