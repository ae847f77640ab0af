//! What each mutation of the API takes, in one table: the operations ask it, and a client is told by it which commands
//! it may give.

use super::{Actor, Denied, Permission};
use crate::id::PersonId;

/// What a verb takes of whoever uses it. Rules that depend on a row come on top and stand with their area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: also nobody known may.
    Nothing,
    /// An account, whatever its roles.
    Account,
    /// One of these permissions.
    AnyOf(&'static [Permission]),
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $mutation:literal, $needs:expr;)*) => {
        /// The mutations of the API, in the order of the printed matrix.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Verb { $($(#[$doc])* $name,)* }

        impl Verb {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in the schema.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $mutation,)* }
            }

            /// What it takes.
            pub fn needs(self) -> Needs {
                use Needs::{Account, AnyOf};
                use Permission::*;
                match self { $(Self::$name => $needs,)* }
            }
        }
    };
}

verbs! {
    /// Begin a request.
    CreateRequest = "createDistributionRequest", AnyOf(&[RequestLines]);
    /// Change a draft.
    UpdateRequest = "updateDistributionRequest", AnyOf(&[RequestLines]);
    /// Hand it in.
    SubmitRequest = "submitDistributionRequest", AnyOf(&[RequestLines]);
    /// Take it back.
    WithdrawRequest = "withdrawDistributionRequest", AnyOf(&[RequestLines]);
    /// Take it to work on.
    ClaimRequest = "claimDistributionRequest", AnyOf(&[DecideRequests]);
    /// Send it back for completion.
    ReturnRequest = "returnDistributionRequest", AnyOf(&[DecideRequests]);
    /// Decide its lines.
    DecideRequest = "decideDistributionRequest", AnyOf(&[DecideRequests]);
    /// Offer the agreement.
    OfferAgreement = "offerAgreement", AnyOf(&[OfferAgreements]);
    /// Sign it, for any of the parties.
    SignAgreement = "signAgreement", AnyOf(&[RequestLines, SignForInstitution, SignForBank]);
    /// Decline it.
    DeclineAgreement = "declineAgreement", AnyOf(&[RequestLines, SignForInstitution]);
    /// Set vials aside.
    ReserveVials = "reserveVials", AnyOf(&[DistributeVials]);
    /// Put them back.
    ReleaseReservation = "releaseReservation", AnyOf(&[DistributeVials]);
    /// Pack a shipment.
    CreateShipment = "createShipment", AnyOf(&[DistributeVials]);
    /// Hand it over.
    DispatchShipment = "dispatchShipment", AnyOf(&[DistributeVials]);
    /// Confirm the receipt.
    ConfirmReceipt = "confirmReceipt", AnyOf(&[RequestLines]);
    /// Register a lot.
    RegisterLot = "registerLot", AnyOf(&[KeepStock]);
    /// Record a test of it.
    RecordQualityTest = "recordQualityTest", AnyOf(&[KeepStock]);
    /// Release it.
    ReleaseLot = "releaseLot", AnyOf(&[KeepStock]);
    /// Erase one's own account.
    EraseAccount = "eraseAccount", Account;
}

impl Actor {
    /// The first line of every operation behind a mutation.
    ///
    /// # Errors
    /// [`Denied`] if it takes what the actor does not have.
    pub fn may_do(&self, verb: Verb) -> Result<(), Denied> {
        let allowed = match verb.needs() {
            Needs::Nothing => true,
            Needs::Account => !self.is_anonymous(),
            Needs::AnyOf(permissions) => permissions.iter().any(|permission| self.can(*permission)),
        };
        if allowed { Ok(()) } else { Err(Denied { signed_in: !self.is_anonymous() }) }
    }

    /// The same for what only people do: who it is.
    ///
    /// # Errors
    /// [`Denied`] as [`Actor::may_do`], and for a part of the system.
    pub fn person_who_may_do(&self, verb: Verb) -> Result<PersonId, Denied> {
        self.may_do(verb)?;
        self.person_id().ok_or(Denied { signed_in: true })
    }
}
