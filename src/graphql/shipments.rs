//! Shipments.

use super::agreements::Agreement;
use super::error::UserError;
use super::loaders::{self, caller, follow, load_one};
use super::protocol::{each_id, id, payload};
use super::requests::DistributionRequest;
use crate::id::{AgreementId, RequestId, RequestLineId, ShipmentId, VialId};
use crate::shipments::commands::{ArrivedVial, ConfirmReceipt, CreateShipment, DispatchShipment, Handover};
use crate::shipments::{Condition, ShipmentState as State, ShipmentView};
use async_graphql::{ComplexObject, Context, ID, InputObject, InputType, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// Vials of one request on their way to its laboratory.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Shipment {
    #[graphql(skip)]
    shipment: ShipmentId,
    #[graphql(skip)]
    request: RequestId,
    #[graphql(skip)]
    agreement: AgreementId,
    /// Global id.
    pub id: ID,
    /// `SHP-2026-00007`.
    number: String,
    /// Where it is.
    state: State,
    /// Carrier; null for a pick-up.
    courier: Option<String>,
    /// The carrier's number.
    tracking_number: Option<String>,
    /// Packed when.
    created_at: DateTime<Utc>,
    /// Handed over when; its year in Asia/Seoul is the year of the statistics.
    dispatched_at: Option<DateTime<Utc>>,
    /// Received when.
    received_at: Option<DateTime<Utc>>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<ShipmentView> for Shipment {
    fn from(row: ShipmentView) -> Self {
        Self {
            shipment: row.id,
            request: row.request_id,
            agreement: row.agreement_id,
            id: ID(row.id.global()),
            number: row.number,
            state: row.state,
            courier: row.courier,
            tracking_number: row.tracking_number,
            created_at: row.created_at,
            dispatched_at: row.dispatched_at,
            received_at: row.received_at,
            made_up: row.made_up,
        }
    }
}

/// A vial in a shipment.
#[derive(SimpleObject)]
pub struct ShippedVial {
    /// Global id of the vial.
    id: ID,
    /// Global id of the request line that it serves.
    request_line: ID,
    /// The code on it.
    barcode: String,
    /// Number of its lot.
    lot_number: String,
    /// How it arrived, once received.
    condition: Option<Condition>,
}

impl From<crate::shipments::ShippedVial> for ShippedVial {
    fn from(row: crate::shipments::ShippedVial) -> Self {
        Self {
            id: ID(row.vial_id.global()),
            request_line: ID(row.request_line_id.global()),
            barcode: row.barcode,
            lot_number: row.lot_number,
            condition: row.condition,
        }
    }
}

#[ComplexObject]
impl Shipment {
    /// The vials, in the order in which they were packed.
    async fn vials(&self, ctx: &Context<'_>) -> Result<Vec<ShippedVial>> {
        Ok(follow(ctx, loaders::ContentsOf(self.shipment)).await?.into_iter().map(ShippedVial::from).collect())
    }

    /// The agreement under which it goes.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<Agreement>> {
        Ok(load_one(ctx, loaders::Agreement(self.agreement)).await?.map(Agreement::from))
    }

    /// The request.
    async fn distribution_request(&self, ctx: &Context<'_>) -> Result<Option<DistributionRequest>> {
        Ok(load_one(ctx, loaders::Request(self.request)).await?.map(DistributionRequest::from))
    }
}

/// What to pack.
#[derive(Clone, InputObject)]
pub struct CreateShipmentInput {
    /// The request.
    request: ID,
    /// Its lines to pack; all that are reserved unless told.
    lines: Option<Vec<ID>>,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    idempotency_key: Option<String>,
}

/// A packed shipment to hand over.
#[derive(Clone, InputObject)]
pub struct DispatchShipmentInput {
    /// The shipment.
    shipment: ID,
    /// Carrier, at most 200 characters; none for a pick-up.
    courier: Option<String>,
    /// The carrier's number, at most 200 characters.
    tracking_number: Option<String>,
}

/// How a vial arrived.
#[derive(Clone, InputObject)]
pub struct ArrivedVialInput {
    /// The vial.
    vial: ID,
    /// Its condition.
    condition: Condition,
}

/// A shipment that arrived.
#[derive(Clone, InputObject)]
pub struct ConfirmReceiptInput {
    /// The shipment.
    shipment: ID,
    /// Vials that did not arrive in good condition; all others did.
    vials: Option<Vec<ArrivedVialInput>>,
}

payload! {
    /// What came of packing a shipment.
    CreateShipmentPayload { shipment: Shipment }
    /// What came of handing a shipment over.
    DispatchShipmentPayload { shipment: Shipment }
    /// What came of confirming a receipt.
    ConfirmReceiptPayload { shipment: Shipment }
}

/// Changes of shipments.
#[derive(Default)]
pub struct ShipmentsMutation;

#[Object]
impl ShipmentsMutation {
    /// Packs the reserved vials of a request. Nothing is packed without an agreement in force. For staff.
    async fn create_shipment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to pack.")] input: CreateShipmentInput,
    ) -> Result<CreateShipmentPayload> {
        let caller = caller(ctx);
        let pack = || {
            let request = id!(caller, input.request, RequestId, "request");
            let lines = input.lines.as_ref();
            let lines = lines.map(|ids| each_id(ids, "lines", caller.actor.lang, RequestLineId::from_global));
            Ok(CreateShipment { request, lines: lines.transpose()? })
        };
        let (row, errors) = caller.run_once(input.idempotency_key.as_deref(), &input.to_value(), pack).await?;
        Ok(CreateShipmentPayload { shipment: row.map(Into::into), errors })
    }

    /// Hands a packed shipment over: its lines are shipped, and counted in the statistics of this year. For staff.
    async fn dispatch_shipment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The shipment and its carrier.")] input: DispatchShipmentInput,
    ) -> Result<DispatchShipmentPayload> {
        let caller = caller(ctx);
        let dispatch = || {
            let shipment = id!(caller, input.shipment, ShipmentId, "shipment");
            let to = Handover { courier: input.courier, tracking_number: input.tracking_number };
            Ok(DispatchShipment { shipment, to })
        };
        let (row, errors) = caller.run(dispatch).await?;
        Ok(DispatchShipmentPayload { shipment: row.map(Into::into), errors })
    }

    /// Confirms the receipt of a shipment of one's own request. When every line has ended, the request is closed.
    async fn confirm_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The shipment and how its vials arrived.")] input: ConfirmReceiptInput,
    ) -> Result<ConfirmReceiptPayload> {
        let caller = caller(ctx);
        let confirm = || {
            let shipment = id!(caller, input.shipment, ShipmentId, "shipment");
            let reported = input.vials.unwrap_or_default();
            let ids: Vec<ID> = reported.iter().map(|arrived| arrived.vial.clone()).collect();
            let ids = each_id(&ids, "vials", caller.actor.lang, VialId::from_global)?;
            let arrived = ids.into_iter().zip(&reported);
            let arrived = arrived.map(|(vial, reported)| ArrivedVial { vial, condition: reported.condition });
            Ok(ConfirmReceipt { shipment, arrived: arrived.collect() })
        };
        let (row, errors) = caller.run(confirm).await?;
        Ok(ConfirmReceiptPayload { shipment: row.map(Into::into), errors })
    }
}
