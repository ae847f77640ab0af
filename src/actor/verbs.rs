//! The one table of verbs: what can be done to the bank's data, by which door, and what it takes of whoever does it.
//! The runner of commands asks it; the API, the pages and the documentation tell by it who may do what.

use super::denied::Reason;
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
    /// To be a part of the bank's own system: a timer, the command line.
    System,
}

/// Where a verb is used first of all. Pages use the verbs of the API, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A mutation of the API, under the verb's name.
    Mutation,
    /// A page alone, such as coming back from a sign-in provider.
    Page,
    /// The command line.
    CommandLine,
    /// A timer of the service.
    Timer,
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $door:ident $word:literal, $needs:expr;)*) => {
        /// What can be done to the bank's data, in the order of the printed matrix.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Verb { $($(#[$doc])* $name,)* }

        impl Verb {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name: of a mutation the one in the schema.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Where it is used.
            pub fn door(self) -> Door {
                match self { $(Self::$name => Door::$door,)* }
            }

            /// What it takes.
            pub fn needs(self) -> Needs {
                use Needs::{Account, AnyOf, Nothing, Session, System};
                use Permission::*;
                match self { $(Self::$name => $needs,)* }
            }
        }
    };
}

verbs! {
    /// Begin a request.
    CreateRequest = Mutation "createDistributionRequest", AnyOf(&[RequestLines]);
    /// Change a draft.
    UpdateRequest = Mutation "updateDistributionRequest", AnyOf(&[RequestLines]);
    /// Hand it in.
    SubmitRequest = Mutation "submitDistributionRequest", AnyOf(&[RequestLines]);
    /// Take it back.
    WithdrawRequest = Mutation "withdrawDistributionRequest", AnyOf(&[RequestLines]);
    /// Take it to work on.
    ClaimRequest = Mutation "claimDistributionRequest", AnyOf(&[DecideRequests]);
    /// Send it back for completion.
    ReturnRequest = Mutation "returnDistributionRequest", AnyOf(&[DecideRequests]);
    /// Decide its lines.
    DecideRequest = Mutation "decideDistributionRequest", AnyOf(&[DecideRequests]);
    /// Write to the other side about it.
    PostMessage = Mutation "postRequestMessage", AnyOf(&[RequestLines, DecideRequests]);
    /// Note something that only the bank sees.
    PostNote = Mutation "postRequestNote", AnyOf(&[DecideRequests]);
    /// Begin a new one with what an old one says.
    CopyRequest = Mutation "copyDistributionRequest", AnyOf(&[RequestLines]);
    /// Take it over from another member of staff.
    TakeOverRequest = Mutation "takeOverDistributionRequest", AnyOf(&[DecideRequests]);
    /// Put it back on the desk.
    ReleaseRequest = Mutation "releaseDistributionRequest", AnyOf(&[DecideRequests]);
    /// Cancel one of its lines.
    CancelRequestLine = Mutation "cancelRequestLine", AnyOf(&[RequestLines]);
    /// Enter an approval.
    CreateApproval = Mutation "createApproval", AnyOf(&[RequestLines, DecideRequests]);
    /// Say that one was seen.
    VerifyApproval = Mutation "verifyApproval", AnyOf(&[DecideRequests]);
    /// Choose others on a request that is under way.
    ChooseApprovals = Mutation "chooseApprovals", AnyOf(&[DecideRequests]);
    /// Offer the agreement.
    OfferAgreement = Mutation "offerAgreement", AnyOf(&[OfferAgreements]);
    /// Sign it, for any of the parties.
    SignAgreement = Mutation "signAgreement", AnyOf(&[RequestLines, SignForInstitution, SignForBank]);
    /// Decline it.
    DeclineAgreement = Mutation "declineAgreement", AnyOf(&[RequestLines, SignForInstitution]);
    /// Set vials aside.
    ReserveVials = Mutation "reserveVials", AnyOf(&[DistributeVials]);
    /// Put them back.
    ReleaseReservation = Mutation "releaseReservation", AnyOf(&[DistributeVials]);
    /// Pack a shipment.
    CreateShipment = Mutation "createShipment", AnyOf(&[DistributeVials]);
    /// Hand it over.
    DispatchShipment = Mutation "dispatchShipment", AnyOf(&[DistributeVials]);
    /// Confirm the receipt.
    ConfirmReceipt = Mutation "confirmReceipt", AnyOf(&[RequestLines]);
    /// Register a lot.
    RegisterLot = Mutation "registerLot", AnyOf(&[KeepStock]);
    /// Record a test of it.
    RecordQualityTest = Mutation "recordQualityTest", AnyOf(&[KeepStock]);
    /// Release it.
    ReleaseLot = Mutation "releaseLot", AnyOf(&[KeepStock]);
    /// Let a held line be requested.
    PublishCellLine = Mutation "publishCellLine", AnyOf(&[CurateLines]);
    /// Stop requests of it for a while.
    SuspendCellLine = Mutation "suspendCellLine", AnyOf(&[CurateLines]);
    /// Give it out no more.
    WithdrawCellLine = Mutation "withdrawCellLine", AnyOf(&[CurateLines]);
    /// Join an institution, or ask to.
    JoinInstitution = Mutation "joinInstitution", Account;
    /// Decide who joins; the row says who is in charge.
    DecideMembership = Mutation "decideMembership", Account;
    /// End a membership; the row says whose.
    LeaveInstitution = Mutation "leaveInstitution", Account;
    /// Give or take a role of a member; the row says who is in charge.
    SetInstitutionRole = Mutation "setInstitutionRole", Account;
    /// Propose an institution that is not there.
    ProposeInstitution = Mutation "proposeInstitution", Account;
    /// Say that an institution exists.
    VerifyInstitution = Mutation "verifyInstitution", AnyOf(&[KeepInstitutions]);
    /// Change what is known of it.
    UpdateInstitution = Mutation "updateInstitution", AnyOf(&[KeepInstitutions]);
    /// Close it.
    CloseInstitution = Mutation "closeInstitution", AnyOf(&[KeepInstitutions]);
    /// Open it again.
    ReopenInstitution = Mutation "reopenInstitution", AnyOf(&[KeepInstitutions]);
    /// Make a duplicate part of the one that counts.
    MergeInstitutions = Mutation "mergeInstitutions", AnyOf(&[KeepInstitutions]);
    /// Open an account for oneself.
    RegisterAccount = Mutation "registerAccount", Nothing;
    /// Confirm an e-mail.
    VerifyEmail = Mutation "verifyEmail", Nothing;
    /// Have the confirmation sent again.
    ResendVerification = Mutation "resendVerification", Nothing;
    /// Ask for a new password.
    RequestPasswordReset = Mutation "requestPasswordReset", Nothing;
    /// Choose it.
    ResetPassword = Mutation "resetPassword", Nothing;
    /// Accept an invitation.
    AcceptInvitation = Mutation "acceptInvitation", Nothing;
    /// Sign in.
    SignIn = Mutation "signIn", Nothing;
    /// Sign out.
    SignOut = Mutation "signOut", Session;
    /// End one of them.
    EndSession = Mutation "endSession", Session;
    /// Change one's password.
    ChangePassword = Mutation "changePassword", Session;
    /// Change one's name and language.
    UpdateProfile = Mutation "updateProfile", Session;
    /// Begin a second factor.
    EnrolSecondFactor = Mutation "enrolSecondFactor", Session;
    /// Confirm it by its first code.
    ConfirmSecondFactor = Mutation "confirmSecondFactor", Session;
    /// Prove it in a session that began without.
    ProveSecondFactor = Mutation "proveSecondFactor", Session;
    /// Remove it.
    RemoveSecondFactor = Mutation "removeSecondFactor", Session;
    /// Take new recovery codes.
    RegenerateRecoveryCodes = Mutation "regenerateRecoveryCodes", Session;
    /// Create a token.
    CreateApiToken = Mutation "createApiToken", Session;
    /// Revoke one of one's tokens.
    RevokeApiToken = Mutation "revokeApiToken", Session;
    /// Unlink an identity at a provider.
    UnlinkIdentity = Mutation "unlinkIdentity", Session;
    /// Invite somebody.
    InviteAccount = Mutation "inviteAccount", AnyOf(&[Administer]);
    /// Close an account.
    DisableAccount = Mutation "disableAccount", AnyOf(&[Administer]);
    /// Open it again.
    EnableAccount = Mutation "enableAccount", AnyOf(&[Administer]);
    /// Remove somebody's second factor.
    ResetSecondFactor = Mutation "resetSecondFactor", AnyOf(&[Administer]);
    /// Give a role.
    GrantRole = Mutation "grantRole", AnyOf(&[Administer]);
    /// Take a role.
    RevokeRole = Mutation "revokeRole", AnyOf(&[Administer]);
    /// Switch a letter on or off.
    SetMailPreference = Mutation "setMailPreference", Account;
    /// Put a dead letter back into the outbox.
    RetryMail = Mutation "retryMail", AnyOf(&[Administer]);
    /// Erase one's own account.
    EraseAccount = Mutation "eraseAccount", Account;
    /// Make a known line one that the bank holds.
    TakeCellLineIntoHoldings = CommandLine "takeCellLineIntoHoldings", AnyOf(&[CurateLines]);
    /// Take in a line that no source describes yet.
    RegisterCellLine = CommandLine "registerCellLine", AnyOf(&[CurateLines]);
    /// Begin an import of records.
    BeginImport = CommandLine "beginImport", AnyOf(&[Administer]);
    /// Write some of its cell lines.
    ImportLines = CommandLine "importCellLines", AnyOf(&[Administer]);
    /// Write some of its diseases.
    ImportDiseases = CommandLine "importDiseases", AnyOf(&[Administer]);
    /// Map what lines said of diseases before these were there.
    MapDiseases = CommandLine "mapDiseasesOfCellLines", AnyOf(&[Administer]);
    /// Write some of its published totals.
    ImportTotals = CommandLine "importHistoricalTotals", AnyOf(&[Administer]);
    /// End it, well or badly.
    EndImport = CommandLine "endImport", AnyOf(&[Administer]);
    /// Erase somebody's account at their wish.
    EraseAccountFor = CommandLine "eraseAccountFor", AnyOf(&[Administer]);
    /// Mark an empty database as a demonstration.
    BeginDemonstration = CommandLine "beginDemonstration", System;
    /// Mark it as filled.
    CompleteDemonstration = CommandLine "completeDemonstration", System;
    /// Note that a backup was made.
    RecordBackup = CommandLine "recordBackup", System;
    /// Note that the database comes from one.
    RecordRestoration = CommandLine "recordRestoration", System;
    /// Seal what happened.
    SealHistory = Timer "sealHistory", System;
    /// Blank what was kept of erased people and whose term is over.
    BlankErasedRecords = Timer "blankErasedRecords", System;
    /// Delete what the bank has no more use for.
    DeleteExpiredRecords = Timer "deleteExpiredRecords", System;
    /// Take letters out of the outbox for a while, to send them.
    ClaimMail = Timer "claimMail", System;
    /// Hold on to the letters under way.
    RenewMail = Timer "renewMail", System;
    /// Note that the mail server has one.
    RecordSentMail = Timer "recordSentMail", System;
    /// Note that one will not be sent.
    RecordDeadMail = Timer "recordDeadMail", System;
    /// Try one again later.
    PostponeMail = Timer "postponeMail", System;
    /// Put letters back as they were.
    ReturnMail = Timer "returnMail", System;
    /// End the reservations of a request line that ran out.
    ExpireReservations = Timer "expireReservations", System;
    /// End agreements whose last day is over.
    ExpireAgreements = Timer "expireAgreements", System;
    /// Remind whoever's turn it is of a request that does not move.
    RemindOfRequest = Timer "remindOfRequest", System;
    /// Remind of a shipment whose receipt nobody confirmed.
    RemindOfShipment = Timer "remindOfShipment", System;
    /// Open an account without an invitation.
    OpenAccount = CommandLine "openAccount", AnyOf(&[Administer]);
    /// Give an account a token.
    IssueApiToken = CommandLine "issueApiToken", AnyOf(&[Administer]);
    /// Revoke a token, whoever's it is.
    WithdrawApiToken = CommandLine "withdrawApiToken", AnyOf(&[Administer]);
    /// Import institutions from their registry.
    ImportInstitutions = CommandLine "importInstitutions", AnyOf(&[Administer]);
    /// Note when a token or a session was used last.
    NoteUse = Page "noteUse", System;
    /// Count a wrong password or code.
    CountWrongPassword = Page "countWrongPassword", Nothing;
    /// Count wrong passwords from nothing again, after a right one.
    ForgetWrongPasswords = Page "forgetWrongPasswords", Nothing;
    /// Set out to a sign-in provider, to sign in or to link an identity.
    BeginSignIn = Page "beginSignIn", Nothing;
    /// Set out to one's sign-in provider, to authenticate for a signature.
    BeginSigning = Page "beginSigning", Session;
    /// Take what was begun, once, on the way back from a provider.
    TakeSignIn = Page "takeSignIn", Nothing;
    /// Come back from a provider: sign in, link an identity, or prove oneself for a signature.
    FinishSignIn = Page "finishSignIn", Nothing;
    /// Tell the outside where the history ends.
    AnchorHistory = Timer "anchorHistory", System;
}

impl Verb {
    /// The mutations of the API.
    pub fn mutations() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|verb| verb.door() == Door::Mutation)
    }
}

impl Actor {
    /// Whether the actor may use a verb; the runner of commands asks.
    ///
    /// # Errors
    /// [`Denied`] if it takes what the actor does not have.
    pub fn may_do(&self, verb: Verb) -> Result<(), Denied> {
        match verb.needs() {
            Needs::Nothing => Ok(()),
            Needs::Account if self.is_system() => Ok(()),
            Needs::Account => self.person_who_may_change().map(drop),
            Needs::Session => self.person_in_session().map(drop),
            Needs::System if self.is_system() => Ok(()),
            Needs::System => self.may(Permission::Administer).and(Err(Denied(Reason::Role))),
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
