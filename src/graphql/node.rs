//! Anything by its global id.

use super::accounts::Institution;
use super::agreements::Agreement;
use super::approvals::Approval;
use super::catalogue::{CellLine, Disease};
use super::inventory::Lot;
use super::loaders::{self, caller, load_one};
use super::requests::DistributionRequest;
use super::shipments::Shipment;
use crate::id::{
    AgreementId, ApprovalId, CellLineId, DiseaseId, InstitutionId, LotId, RequestId, ShipmentId, parse_global,
};
use async_graphql::{Context, ErrorExtensions, ID, Interface, Object, Result};

/// Something with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Global id."))]
pub enum Node {
    /// A cell line.
    CellLine(Box<CellLine>),
    /// A disease.
    Disease(Box<Disease>),
    /// An institution.
    Institution(Box<Institution>),
    /// A lot.
    Lot(Box<Lot>),
    /// A request.
    DistributionRequest(Box<DistributionRequest>),
    /// An approval.
    Approval(Box<Approval>),
    /// An agreement.
    Agreement(Box<Agreement>),
    /// A shipment.
    Shipment(Box<Shipment>),
}

/// The most ids that one call may ask for.
const MAX_IDS: usize = 100;

/// What an id names, if the caller may see it. Agreements and shipments are seen by whoever sees their request, lots by
/// whoever sees their line.
async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Some((kind, key)) = parse_global(id) else { return Ok(None) };
    Ok(match kind.as_str() {
        CellLineId::KIND => {
            load_one(ctx, loaders::Line(CellLineId(key))).await?.map(|row| Node::CellLine(Box::new(row.into())))
        }
        DiseaseId::KIND => {
            load_one(ctx, loaders::Disease(DiseaseId(key))).await?.map(|row| Node::Disease(Box::new(row.into())))
        }
        InstitutionId::KIND => {
            let row = load_one(ctx, loaders::Institution(InstitutionId(key))).await?;
            row.map(|row| Node::Institution(Box::new(row.into())))
        }
        LotId::KIND => match load_one(ctx, loaders::Lot(LotId(key))).await? {
            Some(row) if load_one(ctx, loaders::Line(row.lot.line_id)).await?.is_some() => {
                Some(Node::Lot(Box::new(row.into())))
            }
            _ => None,
        },
        RequestId::KIND => {
            let row = load_one(ctx, loaders::Request(RequestId(key))).await?;
            row.map(|row| Node::DistributionRequest(Box::new(row.into())))
        }
        ApprovalId::KIND => {
            let row = load_one(ctx, loaders::Approval(ApprovalId(key))).await?;
            row.map(|row| Node::Approval(Box::new(row.into())))
        }
        AgreementId::KIND => match load_one(ctx, loaders::Agreement(AgreementId(key))).await? {
            Some(row) if load_one(ctx, loaders::Request(row.request_id)).await?.is_some() => {
                Some(Node::Agreement(Box::new(row.into())))
            }
            _ => None,
        },
        ShipmentId::KIND => match load_one(ctx, loaders::Shipment(ShipmentId(key))).await? {
            Some(row) if load_one(ctx, loaders::Request(row.request_id)).await?.is_some() => {
                Some(Node::Shipment(Box::new(row.into())))
            }
            _ => None,
        },
        _ => None,
    })
}

/// Reads by global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with this id; null if there is none or the caller may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its global id.")] id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// Things by id, in the order of the ids; null for each that is not there.
    #[graphql(complexity = "ids.len() * child_complexity + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_IDS {
            let sentence = caller(ctx).actor.lang.pick(
                format!("{} ids are too many; ask for at most {MAX_IDS}.", ids.len()),
                format!("id는 한 번에 {MAX_IDS}개까지 조회할 수 있습니다. 요청한 개수는 {}개입니다.", ids.len()),
            );
            return Err(async_graphql::Error::new(sentence).extend_with(|_, e| e.set("code", "BAD_USER_INPUT")));
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}
