//! Who is asking, and the whole policy of who may do what.
//!
//! Plain data: an [`Actor`] is made by `accounts` from a token or by the command line, and given to every command and
//! query. Rules that depend on a row (one's own request, a conflict of interest) are functions of the area they belong
//! to.

mod denied;
mod labels;
mod verbs;

pub use denied::Denied;
pub use verbs::{Needs, Verb};

use crate::id::{InstitutionId, PersonId, SessionId};
use crate::language::Lang;
use denied::Reason;
use sea_orm::{DeriveActiveEnum, EnumIter};

/// What a person may be to the bank; one person may be several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Role {
    /// Browses, requests, signs as principal investigator, confirms receipt.
    Researcher,
    /// Signs agreements for one institution.
    Signatory,
    /// Curates, keeps stock, screens and decides requests, ships.
    Staff,
    /// Reviews requests in the distribution committee.
    CommitteeMember,
    /// Manages people and produces the annual report.
    Administrator,
}

impl Role {
    /// Every role, in the order in which tables show them.
    pub const ALL: [Self; 5] =
        [Self::Researcher, Self::Signatory, Self::Staff, Self::CommitteeMember, Self::Administrator];

    /// Whoever has it acts in it only in a session with a second factor.
    pub fn needs_second_factor(self) -> bool {
        matches!(self, Self::Staff | Self::Administrator)
    }
}

/// What can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum Permission {
    /// Read the published catalogue, diseases, institutions and statistics, and ask whether a line may be used.
    BrowseCatalogue,
    /// See stock as numbers instead of bands.
    ReadStock,
    /// See lines that are not published and lots that are not released.
    ReadUnpublished,
    /// Draft, submit and withdraw one's own requests, and confirm receipt of what they brought.
    RequestLines,
    /// Read every request, agreement and shipment.
    ReadAllRequests,
    /// Claim, return and decide requests.
    DecideRequests,
    /// Offer an agreement on an approved request.
    OfferAgreements,
    /// Sign agreements for one's institution.
    SignForInstitution,
    /// Sign agreements for the bank.
    SignForBank,
    /// Make a known line one that the bank holds, and keep its own columns.
    CurateLines,
    /// Register lots, record their tests and release them.
    KeepStock,
    /// Reserve vials, pack and dispatch them.
    DistributeVials,
    /// Verify, change, close, open again and merge institutions, and decide who belongs to them.
    KeepInstitutions,
    /// Import records, manage accounts, read and verify the history.
    Administer,
}

impl Permission {
    /// Every permission, in the order of the printed matrix.
    pub const ALL: [Self; 14] = [
        Self::BrowseCatalogue,
        Self::ReadStock,
        Self::ReadUnpublished,
        Self::RequestLines,
        Self::ReadAllRequests,
        Self::DecideRequests,
        Self::OfferAgreements,
        Self::SignForInstitution,
        Self::SignForBank,
        Self::CurateLines,
        Self::KeepStock,
        Self::DistributeVials,
        Self::KeepInstitutions,
        Self::Administer,
    ];

    /// Allowed without signing in.
    pub fn is_public(self) -> bool {
        matches!(self, Self::BrowseCatalogue)
    }

    /// The one scope of tokens that this belongs to.
    pub fn scope(self) -> Scope {
        match self {
            Self::BrowseCatalogue | Self::ReadStock | Self::ReadUnpublished | Self::ReadAllRequests => Scope::Read,
            Self::RequestLines | Self::SignForInstitution => Scope::Request,
            Self::DecideRequests
            | Self::OfferAgreements
            | Self::SignForBank
            | Self::CurateLines
            | Self::KeepStock
            | Self::DistributeVials
            | Self::KeepInstitutions => Scope::Staff,
            Self::Administer => Scope::Administer,
        }
    }
}

/// How much of what its person may do a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "TokenScope")]
pub enum Scope {
    /// Read what the person may see. Every token may.
    Read,
    /// Request lines, sign for an institution, confirm receipt.
    Request,
    /// Do the work of the bank's staff.
    Staff,
    /// Manage people.
    Administer,
}

impl Scope {
    /// Every scope, the least first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Request, Self::Staff, Self::Administer];
}

impl Role {
    /// The whole policy. Whatever is public is allowed to everybody besides.
    pub fn grants(self, permission: Permission) -> bool {
        use Permission::*;
        match self {
            Self::Researcher => matches!(permission, ReadStock | RequestLines),
            Self::Signatory => matches!(permission, ReadStock | SignForInstitution),
            Self::Staff => matches!(
                permission,
                ReadStock
                    | ReadUnpublished
                    | ReadAllRequests
                    | DecideRequests
                    | OfferAgreements
                    | SignForBank
                    | CurateLines
                    | KeepStock
                    | DistributeVials
                    | KeepInstitutions
            ),
            Self::CommitteeMember => matches!(permission, ReadStock | ReadUnpublished | ReadAllRequests),
            Self::Administrator => {
                matches!(
                    permission,
                    ReadStock | ReadUnpublished | ReadAllRequests | SignForBank | KeepInstitutions | Administer
                )
            }
        }
    }
}

/// A role that somebody holds, limited to an institution where that makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The institution for which a signatory signs; `None` for the other roles.
    pub institution: Option<InstitutionId>,
}

/// How a person is known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Credential {
    /// By the bank's own process.
    Process,
    /// By a session.
    Session(SessionId),
    /// By a token with these scopes; reading is always one.
    Token(Vec<Scope>),
}

/// Who acts: a person, a part of the system, or nobody known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    Anonymous,
    Person {
        id: PersonId,
        institution: Option<InstitutionId>,
        grants: Vec<Grant>,
        /// What the person holds and may not use by this credential, which has no second factor behind it.
        withheld: Vec<Grant>,
        credential: Credential,
    },
    System(&'static str),
}

/// The one who asks. Every command and every query takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    identity: Identity,
    /// The language in which to answer.
    pub lang: Lang,
}

impl Actor {
    /// Nobody known.
    pub fn anonymous(lang: Lang) -> Self {
        Self { identity: Identity::Anonymous, lang }
    }

    /// A person who proved who they are.
    pub fn person(id: PersonId, institution: Option<InstitutionId>, grants: Vec<Grant>, lang: Lang) -> Self {
        let (withheld, credential) = (vec![], Credential::Process);
        Self { identity: Identity::Person { id, institution, grants, withheld, credential }, lang }
    }

    /// The same person, by a session.
    #[must_use]
    pub fn in_session(mut self, session: SessionId) -> Self {
        if let Identity::Person { credential, .. } = &mut self.identity {
            *credential = Credential::Session(session);
        }
        self
    }

    /// The same person without the roles that act only with a second factor, of which the credential has none.
    #[must_use]
    pub fn without_second_factor(mut self) -> Self {
        if let Identity::Person { grants, withheld, .. } = &mut self.identity {
            withheld.extend(grants.extract_if(.., |grant| grant.role.needs_second_factor()));
        }
        self
    }

    /// The same person, by a token with these scopes.
    #[must_use]
    pub fn by_token(mut self, scopes: Vec<Scope>) -> Self {
        if let Identity::Person { credential, .. } = &mut self.identity {
            *credential = Credential::Token(scopes);
        }
        self
    }

    /// A part of the system: an import, a timer, the command line. It may do everything.
    pub fn system(part: &'static str) -> Self {
        Self { identity: Identity::System(part), lang: Lang::En }
    }

    /// The person, if it is one.
    pub fn person_id(&self) -> Option<PersonId> {
        match &self.identity {
            Identity::Person { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// True if a part of the system acts.
    pub fn is_system(&self) -> bool {
        matches!(self.identity, Identity::System(_))
    }

    /// True if nobody is signed in.
    pub fn is_anonymous(&self) -> bool {
        self.identity == Identity::Anonymous
    }

    /// The institution a person belongs to.
    pub fn institution(&self) -> Option<InstitutionId> {
        match &self.identity {
            Identity::Person { institution, .. } => *institution,
            _ => None,
        }
    }

    /// The roles a person holds.
    pub fn grants(&self) -> &[Grant] {
        match &self.identity {
            Identity::Person { grants, .. } => grants,
            _ => &[],
        }
    }

    /// Institutions for which this person signs.
    pub fn signs_for(&self) -> impl Iterator<Item = InstitutionId> {
        self.grants().iter().filter(|g| g.role == Role::Signatory).filter_map(|g| g.institution)
    }

    /// Institutions whose requests concern this person: where they work, and for which they sign.
    pub fn institutions(&self) -> impl Iterator<Item = InstitutionId> {
        self.institution().into_iter().chain(self.signs_for())
    }

    /// The session by which the person acts.
    pub fn session(&self) -> Option<SessionId> {
        match &self.identity {
            Identity::Person { credential: Credential::Session(id), .. } => Some(*id),
            _ => None,
        }
    }

    /// How the history names the one who acted; never a name or an address.
    pub fn label(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".into(),
            Identity::Person { id, .. } => format!("person:{}", id.0),
            Identity::System(part) => format!("system:{part}"),
        }
    }

    /// True if the actor's roles allow it, and the token's scopes if it is one.
    pub fn can(&self, permission: Permission) -> bool {
        self.check(permission).is_ok()
    }

    fn check(&self, permission: Permission) -> Result<(), Reason> {
        if permission.is_public() {
            return Ok(());
        }
        let granted = |grants: &[Grant]| grants.iter().any(|grant| grant.role.grants(permission));
        match &self.identity {
            Identity::Anonymous => Err(Reason::NobodySignedIn),
            Identity::System(_) => Ok(()),
            Identity::Person { credential: Credential::Token(scopes), grants, .. } if granted(grants) => {
                let scope = permission.scope();
                if scope == Scope::Read || scopes.contains(&scope) { Ok(()) } else { Err(Reason::Scope) }
            }
            Identity::Person { grants, .. } if granted(grants) => Ok(()),
            Identity::Person { withheld, .. } if granted(withheld) => Err(Reason::SecondFactor),
            Identity::Person { .. } => Err(Reason::Role),
        }
    }

    /// Asked by queries that only some may make; of commands the runner asks.
    ///
    /// # Errors
    /// [`Denied`] if no role of the actor grants it.
    pub fn may(&self, permission: Permission) -> Result<(), Denied> {
        self.check(permission).map_err(Denied)
    }

    /// The person behind a change that everybody with an account may make; a token that only reads may not.
    ///
    /// # Errors
    /// [`Denied`] if nobody is signed in, a part of the system asks, or the token lacks [`Scope::Request`].
    pub fn person_who_may_change(&self) -> Result<PersonId, Denied> {
        match &self.identity {
            Identity::Person { credential: Credential::Token(scopes), .. } if !scopes.contains(&Scope::Request) => {
                Err(Denied(Reason::Scope))
            }
            _ => self.signed_in(),
        }
    }

    /// The person behind what everybody with an account may do.
    ///
    /// # Errors
    /// [`Denied`] if nobody is signed in, or a part of the system asks.
    pub fn signed_in(&self) -> Result<PersonId, Denied> {
        self.person_id().ok_or(Denied(if self.is_anonymous() { Reason::NobodySignedIn } else { Reason::Role }))
    }

    /// The person behind what only people do.
    ///
    /// # Errors
    /// [`Denied`] if the permission is missing or the actor is no person.
    pub fn person_who_may(&self, permission: Permission) -> Result<PersonId, Denied> {
        self.may(permission)?;
        self.person_id().ok_or(Denied(Reason::Role))
    }

    /// The person and their session, for what a token may never do: change how somebody proves who they are.
    ///
    /// # Errors
    /// [`Denied`] without a session.
    pub fn person_in_session(&self) -> Result<(PersonId, SessionId), Denied> {
        match &self.identity {
            Identity::Anonymous => Err(Denied(Reason::NobodySignedIn)),
            Identity::Person { id, credential: Credential::Session(session), .. } => Ok((*id, *session)),
            _ => Err(Denied(Reason::NoSession)),
        }
    }
}
