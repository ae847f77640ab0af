//! Edges, batched: one query for all the keys of a level. Made for each request, so that nobody sees through another's
//! eyes.

use super::error::refuse_database;
use crate::accounts::PersonView;
use crate::accounts::institutions::{Former, Found};
use crate::accounts::membership::Membership;
use crate::actor::Actor;
use crate::agreements::rules::Kind;
use crate::agreements::{AgreementView, RequiredSignatureView, SignatureView};
use crate::app::App;
use crate::approvals::ApprovalView;
use crate::catalogue::queries::LineDisease;
use crate::catalogue::record::RecordView;
use crate::catalogue::{DiseaseView, LineView, ModificationView};
use crate::id::{
    AgreementId, ApprovalId, CellLineId, DiseaseId, InstitutionId, LotId, PersonId, RequestId, RequestLineId,
    ShipmentId, TemplateId,
};
use crate::inventory::queries::StockedLot;
use crate::inventory::{StockView, TestView, VialView};
use crate::requests::queries::{Message, Served};
use crate::requests::{Chosen, RequestLineView, RequestView};
use crate::shipments::{ShipmentView, ShippedVial};
use crate::{accounts, agreements, approvals, catalogue, inventory, requests, shipments};
use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};
use sea_orm::DbErr;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Keys of one batch; keeps within the values that a statement can bind.
const MAX_BATCH: usize = 500;

/// The bank and the one who asks it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The bank.
    pub app: App,
    /// Who asks.
    pub actor: Actor,
}

/// The caller of this request.
pub fn caller<'a>(ctx: &Context<'a>) -> &'a Caller {
    ctx.data_unchecked::<Caller>()
}

/// The loaders of one request.
pub type Loaders = DataLoader<Caller>;

/// New loaders for a caller.
pub fn loaders(caller: Caller) -> Loaders {
    DataLoader::new(caller, tokio::spawn).max_batch_size(MAX_BATCH)
}

/// Follows an edge; what is not there is its type's empty value.
///
/// # Errors
/// A database that failed.
pub async fn follow<K>(ctx: &Context<'_>, key: K) -> async_graphql::Result<<Caller as Loader<K>>::Value>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Caller: Loader<K, Error = Arc<DbErr>>,
    <Caller as Loader<K>>::Value: Default,
{
    Ok(load_one(ctx, key).await?.unwrap_or_default())
}

/// Follows an edge to one thing.
///
/// # Errors
/// A database that failed.
pub async fn load_one<K>(ctx: &Context<'_>, key: K) -> async_graphql::Result<Option<<Caller as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Caller: Loader<K, Error = Arc<DbErr>>,
{
    let answer = ctx.data_unchecked::<Loaders>().load_one(key).await;
    answer.map_err(|error| refuse_database(&error, caller(ctx).actor.lang))
}

/// Follows an edge to many things at once; in no order, and without those that are not there.
///
/// # Errors
/// A database that failed.
pub async fn load_all<K>(
    ctx: &Context<'_>,
    keys: impl IntoIterator<Item = K>,
) -> async_graphql::Result<Vec<<Caller as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Caller: Loader<K, Error = Arc<DbErr>>,
{
    let answer = ctx.data_unchecked::<Loaders>().load_many(keys).await;
    let found = answer.map_err(|error| refuse_database(&error, caller(ctx).actor.lang))?;
    Ok(found.into_values().collect())
}

macro_rules! edges {
    ($($(#[$doc:meta])* $key:ident($of:ty) -> $value:ty = |$caller:ident, $ids:ident| $rows:expr, by $by:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $of);

        impl Loader<$key> for Caller {
            type Value = $value;
            type Error = Arc<DbErr>;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Arc<DbErr>> {
                let $caller = self;
                let $ids: Vec<$of> = keys.iter().map(|key| key.0).collect();
                let $ids = $ids.as_slice();
                let mut found: HashMap<$key, $value> = HashMap::with_capacity(keys.len());
                for row in $rows.await? {
                    put(&mut found, $key($by(&row)), row);
                }
                Ok(found)
            }
        }
    )*};
}

/// What a loader keeps for a key: one row, or all of them.
trait Keep<R>: Sized {
    fn begin(row: R) -> Self;
    fn add(&mut self, row: R);
}

impl<R> Keep<R> for R {
    fn begin(row: R) -> Self {
        row
    }

    fn add(&mut self, row: R) {
        *self = row;
    }
}

impl<R> Keep<R> for Vec<R> {
    fn begin(row: R) -> Self {
        vec![row]
    }

    fn add(&mut self, row: R) {
        self.push(row);
    }
}

fn put<K: Hash + Eq, R, V: Keep<R>>(found: &mut HashMap<K, V>, key: K, row: R) {
    use std::collections::hash_map::Entry;
    match found.entry(key) {
        Entry::Occupied(mut entry) => entry.get_mut().add(row),
        Entry::Vacant(entry) => drop(entry.insert(V::begin(row))),
    }
}

edges! {
    /// A line.
    Line(CellLineId) -> LineView =
        |c, ids| catalogue::queries::lines_by_id(c.app.db.read(), &c.actor, ids), by |l: &LineView| l.id;
    /// A line that stands in a request, whatever became of it since.
    RequestedLine(CellLineId) -> LineView =
        |c, ids| catalogue::queries::requested_lines(c.app.db.read(), ids),
        by |l: &LineView| l.id;
    /// Diseases of a line.
    DiseasesOf(CellLineId) -> Vec<LineDisease> =
        |c, ids| catalogue::queries::diseases_of(c.app.db.read(), ids), by |d: &LineDisease| d.line_id;
    /// Engineered changes of a line.
    ModificationsOf(CellLineId) -> Vec<ModificationView> =
        |c, ids| catalogue::queries::modifications_of(c.app.db.read(), ids), by |m: &ModificationView| m.line_id;
    /// What sources said of a line.
    RecordOf(CellLineId) -> (CellLineId, RecordView) =
        |c, ids| catalogue::queries::records_of(c.app.db.read(), ids), by |r: &(CellLineId, RecordView)| r.0;
    /// Lots of a line.
    LotsOf(CellLineId) -> Vec<StockedLot> =
        |c, ids| inventory::queries::lots_of(c.app.db.read(), &c.actor, ids, c.app.clock.now()),
        by |o: &StockedLot| o.lot.line_id;
    /// What can be had of a line.
    StockOf(CellLineId) -> (CellLineId, StockView) =
        |c, ids| inventory::queries::stock_of(c.app.db.read(), &c.actor, ids, c.app.clock.now()),
        by |s: &(CellLineId, StockView)| s.0;
    /// A disease.
    Disease(DiseaseId) -> DiseaseView =
        |c, ids| catalogue::queries::diseases_by_id(c.app.db.read(), ids), by |d: &DiseaseView| d.id;
    /// Codes of a disease.
    CodesOf(DiseaseId) -> Vec<(DiseaseId, String)> =
        |c, ids| catalogue::queries::codes_of(c.app.db.read(), ids), by |d: &(DiseaseId, String)| d.0;
    /// A lot.
    Lot(LotId) -> StockedLot =
        |c, ids| inventory::queries::lots_by_id(c.app.db.read(), &c.actor, ids, c.app.clock.now()),
        by |o: &StockedLot| o.lot.id;
    /// Vials of a lot.
    VialsOf(LotId) -> Vec<VialView> =
        |c, ids| inventory::queries::vials_of(c.app.db.read(), ids), by |v: &VialView| v.lot_id;
    /// Tests of a lot.
    TestsOf(LotId) -> Vec<TestView> =
        |c, ids| inventory::queries::tests_of(c.app.db.read(), &c.actor, ids), by |t: &TestView| t.lot_id;
    /// A person.
    Person(PersonId) -> PersonView =
        |c, ids| accounts::queries::people(c.app.db.read(), ids), by |p: &PersonView| p.id;
    /// Roles of a person.
    GrantsOf(PersonId) -> Vec<accounts::queries::PersonGrant> =
        |c, ids| accounts::queries::grants_of(c.app.db.read(), ids), by |g: &accounts::queries::PersonGrant| g.person_id;
    /// An institution.
    Institution(InstitutionId) -> Found =
        |c, ids| accounts::institutions::queries::found(c.app.db.read(), &c.actor, ids), by |i: &Found| i.requested;
    /// What turned out to be duplicates of an institution.
    DuplicatesOf(InstitutionId) -> Vec<Former> =
        |c, ids| accounts::institutions::queries::merged_into(c.app.db.read(), ids), by |f: &Former| f.merged_into;
    /// An institution as it was, if it turned out to be a duplicate.
    FormerInstitution(InstitutionId) -> Former =
        |c, ids| accounts::institutions::queries::formers(c.app.db.read(), ids), by |f: &Former| f.id;
    /// The caller's active membership at an institution.
    OwnMembership(InstitutionId) -> Membership =
        |c, ids| accounts::membership::queries::own_at(c.app.db.read(), &c.actor, ids),
        by |m: &Membership| m.institution_id;
    /// Principal investigators of an institution.
    InvestigatorsOf(InstitutionId) -> Vec<(InstitutionId, PersonId)> =
        |c, ids| accounts::membership::queries::investigators(c.app.db.read(), ids),
        by |i: &(InstitutionId, PersonId)| i.0;
    /// A request.
    Request(RequestId) -> RequestView =
        |c, ids| requests::queries::by_id(c.app.db.read(), &c.actor, ids), by |q: &RequestView| q.id;
    /// Lines of a request.
    LinesOf(RequestId) -> Vec<RequestLineView> =
        |c, ids| requests::queries::lines_of(c.app.db.read(), ids), by |l: &RequestLineView| l.request_id;
    /// Approvals that are chosen on a request.
    ApprovalsOf(RequestId) -> Vec<Chosen> =
        |c, ids| requests::queries::chosen(c.app.db.read(), ids), by |a: &Chosen| a.request_id;
    /// An approval.
    Approval(ApprovalId) -> ApprovalView =
        |c, ids| approvals::queries::by_id(c.app.db.read(), &c.actor, ids), by |a: &ApprovalView| a.id;
    /// Messages between the two sides of a request.
    MessagesOf(RequestId) -> Vec<Message> =
        |c, ids| requests::queries::messages(c.app.db.read(), &c.actor, ids), by |m: &Message| m.message.request_id;
    /// The bank's notes about a request.
    NotesOf(RequestId) -> Vec<Message> =
        |c, ids| requests::queries::notes(c.app.db.read(), &c.actor, ids), by |m: &Message| m.message.request_id;
    /// How far a request line is served.
    ServedOf(RequestLineId) -> (RequestLineId, Served) =
        |c, ids| requests::queries::served(c.app.db.read(), ids), by |s: &(RequestLineId, Served)| s.0;
    /// The place of a request line that waits.
    WaitingPlaceOf(RequestLineId) -> (RequestLineId, i64) =
        |c, ids| requests::queries::waiting_places(c.app.db.read(), ids), by |p: &(RequestLineId, i64)| p.0;
    /// Agreements of a request.
    AgreementsOf(RequestId) -> Vec<AgreementView> =
        |c, ids| agreements::queries::of_requests(c.app.db.read(), ids), by |a: &AgreementView| a.request_id;
    /// An agreement.
    Agreement(AgreementId) -> AgreementView =
        |c, ids| agreements::queries::by_id(c.app.db.read(), ids), by |a: &AgreementView| a.id;
    /// Signatures that an agreement needs.
    RequiredOf(AgreementId) -> Vec<RequiredSignatureView> =
        |c, ids| agreements::queries::required(c.app.db.read(), ids), by |r: &RequiredSignatureView| r.agreement_id;
    /// Signatures under an agreement.
    SignaturesOf(AgreementId) -> Vec<SignatureView> =
        |c, ids| agreements::queries::given(c.app.db.read(), ids), by |s: &SignatureView| s.agreement_id;
    /// Kind and version of a template.
    Template(TemplateId) -> (TemplateId, Kind, i32) =
        |c, ids| agreements::queries::templates(c.app.db.read(), ids), by |t: &(TemplateId, Kind, i32)| t.0;
    /// Shipments of a request.
    ShipmentsOf(RequestId) -> Vec<ShipmentView> =
        |c, ids| shipments::queries::of_requests(c.app.db.read(), ids), by |s: &ShipmentView| s.request_id;
    /// A shipment.
    Shipment(ShipmentId) -> ShipmentView =
        |c, ids| shipments::queries::by_id(c.app.db.read(), ids), by |s: &ShipmentView| s.id;
    /// Vials in a shipment.
    ContentsOf(ShipmentId) -> Vec<ShippedVial> =
        |c, ids| shipments::queries::vials_of(c.app.db.read(), ids), by |v: &ShippedVial| v.shipment_id;
}

/// A line by its RRID.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LineByRrid(pub String);

impl Loader<LineByRrid> for Caller {
    type Value = LineView;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[LineByRrid]) -> Result<HashMap<LineByRrid, LineView>, Arc<DbErr>> {
        let rrids: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let lines = catalogue::queries::lines_by_rrid(self.app.db.read(), &self.actor, &rrids).await?;
        Ok(lines.into_iter().filter_map(|line| Some((LineByRrid(line.rrid.clone()?), line))).collect())
    }
}
