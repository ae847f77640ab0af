//! What each mutation of the API takes, in one table: the operations ask it, and a client is told by it which commands
//! it may give.

use super::{Actor, Denied, Permission};
use crate::id::PersonId;

/// What a verb takes of whoever uses it. Rules that depend on a row come on top and stand with their area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: also nobody known may.
    Nothing,
    /// An account, whatever its roles; a token that only reads does not suffice.
    Account,
    /// A session: what a token may never do.
    Session,
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
                use Needs::{Account, AnyOf, Nothing, Session};
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
    /// Write to the other side about it.
    PostMessage = "postRequestMessage", AnyOf(&[RequestLines, DecideRequests]);
    /// Note something that only the bank sees.
    PostNote = "postRequestNote", AnyOf(&[DecideRequests]);
    /// Begin a new one with what an old one says.
    CopyRequest = "copyDistributionRequest", AnyOf(&[RequestLines]);
    /// Take it over from another member of staff.
    TakeOverRequest = "takeOverDistributionRequest", AnyOf(&[DecideRequests]);
    /// Put it back on the desk.
    ReleaseRequest = "releaseDistributionRequest", AnyOf(&[DecideRequests]);
    /// Cancel one of its lines.
    CancelRequestLine = "cancelRequestLine", AnyOf(&[RequestLines]);
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
    /// Let a held line be requested.
    PublishLine = "publishCellLine", AnyOf(&[CurateLines]);
    /// Stop requests of it for a while.
    SuspendLine = "suspendCellLine", AnyOf(&[CurateLines]);
    /// Give it out no more.
    WithdrawLine = "withdrawCellLine", AnyOf(&[CurateLines]);
    /// Join an institution, or ask to.
    JoinInstitution = "joinInstitution", Account;
    /// Decide who joins; the row says who is in charge.
    DecideMembership = "decideMembership", Account;
    /// End a membership; the row says whose.
    LeaveInstitution = "leaveInstitution", Account;
    /// Give or take a role of a member; the row says who is in charge.
    SetInstitutionRole = "setInstitutionRole", Account;
    /// Propose an institution that is not there.
    ProposeInstitution = "proposeInstitution", Account;
    /// Say that an institution exists.
    VerifyInstitution = "verifyInstitution", AnyOf(&[KeepInstitutions]);
    /// Change what is known of it.
    UpdateInstitution = "updateInstitution", AnyOf(&[KeepInstitutions]);
    /// Close it.
    CloseInstitution = "closeInstitution", AnyOf(&[KeepInstitutions]);
    /// Open it again.
    ReopenInstitution = "reopenInstitution", AnyOf(&[KeepInstitutions]);
    /// Make a duplicate part of the one that counts.
    MergeInstitutions = "mergeInstitutions", AnyOf(&[KeepInstitutions]);
    /// Open an account for oneself.
    RegisterAccount = "registerAccount", Nothing;
    /// Confirm an e-mail.
    VerifyEmail = "verifyEmail", Nothing;
    /// Have the confirmation sent again.
    ResendVerification = "resendVerification", Nothing;
    /// Ask for a new password.
    RequestPasswordReset = "requestPasswordReset", Nothing;
    /// Choose it.
    ResetPassword = "resetPassword", Nothing;
    /// Accept an invitation.
    AcceptInvitation = "acceptInvitation", Nothing;
    /// Sign in.
    SignIn = "signIn", Nothing;
    /// Sign out.
    SignOut = "signOut", Session;
    /// End one of them.
    EndSession = "endSession", Session;
    /// Change one's password.
    ChangePassword = "changePassword", Session;
    /// Change one's name and language.
    UpdateProfile = "updateProfile", Session;
    /// Begin a second factor.
    EnrolSecondFactor = "enrolSecondFactor", Session;
    /// Confirm it by its first code.
    ConfirmSecondFactor = "confirmSecondFactor", Session;
    /// Prove it in a session that began without.
    ProveSecondFactor = "proveSecondFactor", Session;
    /// Remove it.
    RemoveSecondFactor = "removeSecondFactor", Session;
    /// Take new recovery codes.
    RegenerateRecoveryCodes = "regenerateRecoveryCodes", Session;
    /// Create a token.
    CreateApiToken = "createApiToken", Session;
    /// Revoke one of one's tokens.
    RevokeApiToken = "revokeApiToken", Session;
    /// Unlink an identity at a provider.
    UnlinkIdentity = "unlinkIdentity", Session;
    /// Invite somebody.
    InviteAccount = "inviteAccount", AnyOf(&[Administer]);
    /// Close an account.
    DisableAccount = "disableAccount", AnyOf(&[Administer]);
    /// Open it again.
    EnableAccount = "enableAccount", AnyOf(&[Administer]);
    /// Remove somebody's second factor.
    ResetSecondFactor = "resetSecondFactor", AnyOf(&[Administer]);
    /// Give a role.
    GrantRole = "grantRole", AnyOf(&[Administer]);
    /// Take a role.
    RevokeRole = "revokeRole", AnyOf(&[Administer]);
    /// Switch a letter on or off.
    SetMailPreference = "setMailPreference", Account;
    /// Put a dead letter back into the outbox.
    RetryMail = "retryMail", AnyOf(&[Administer]);
    /// Erase one's own account.
    EraseAccount = "eraseAccount", Account;
}

impl Actor {
    /// The first line of every operation behind a mutation.
    ///
    /// # Errors
    /// [`Denied`] if it takes what the actor does not have.
    pub fn may_do(&self, verb: Verb) -> Result<(), Denied> {
        match verb.needs() {
            Needs::Nothing => Ok(()),
            Needs::Account if self.is_system() => Ok(()),
            Needs::Account => self.person_who_may_change().map(drop),
            Needs::Session => self.person_in_session().map(drop),
            Needs::AnyOf(permissions) => {
                let first = permissions.first().map_or(Ok(()), |permission| self.may(*permission));
                if permissions.iter().any(|permission| self.can(*permission)) { Ok(()) } else { first }
            }
        }
    }

    /// The same for what only people do: who it is.
    ///
    /// # Errors
    /// [`Denied`] as [`Actor::may_do`], and for a part of the system.
    pub fn person_who_may_do(&self, verb: Verb) -> Result<PersonId, Denied> {
        self.may_do(verb)?;
        self.signed_in()
    }
}
