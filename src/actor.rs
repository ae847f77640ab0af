//! Who is asking, and the whole policy of who may do what.
//!
//! Plain data: an [`Actor`] is made by `accounts` from a token or by the command line, and given to every operation.
//! Rules that depend on a row (one's own request, a conflict of interest) are functions of the area they belong to.

use crate::error::{Code, Description, Fault, Kind};
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
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
    /// Import records and manage accounts.
    Administer,
}

impl Permission {
    /// Every permission, in the order of the printed matrix.
    pub const ALL: [Self; 13] = [
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
        Self::Administer,
    ];

    /// Allowed without signing in.
    pub fn is_public(self) -> bool {
        matches!(self, Self::BrowseCatalogue)
    }
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
            ),
            Self::CommitteeMember => matches!(permission, ReadStock | ReadUnpublished | ReadAllRequests),
            Self::Administrator => {
                matches!(permission, ReadStock | ReadUnpublished | ReadAllRequests | SignForBank | Administer)
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

/// Who acts: a person, a part of the system, or nobody known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    Anonymous,
    Person { id: PersonId, institution: Option<InstitutionId>, grants: Vec<Grant> },
    System(&'static str),
}

/// The one who asks. Every operation takes one.
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
        Self { identity: Identity::Person { id, institution, grants }, lang }
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

    /// How the history names the one who acted; never a name or an address.
    pub fn label(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".into(),
            Identity::Person { id, .. } => format!("person:{}", id.0),
            Identity::System(part) => format!("system:{part}"),
        }
    }

    /// True if the actor's roles allow it.
    pub fn can(&self, permission: Permission) -> bool {
        match &self.identity {
            Identity::Anonymous => permission.is_public(),
            Identity::Person { grants, .. } => {
                permission.is_public() || grants.iter().any(|g| g.role.grants(permission))
            }
            Identity::System(_) => true,
        }
    }

    /// The first line of every operation.
    ///
    /// # Errors
    /// [`Denied`] if no role of the actor grants it.
    pub fn may(&self, permission: Permission) -> Result<(), Denied> {
        if self.can(permission) { Ok(()) } else { Err(Denied { signed_in: !self.is_anonymous() }) }
    }

    /// The person behind what everybody may do for themselves.
    ///
    /// # Errors
    /// [`Denied`] if nobody is signed in, or the actor is no person.
    pub fn signed_in(&self) -> Result<PersonId, Denied> {
        self.person_id().ok_or(Denied { signed_in: !self.is_anonymous() })
    }

    /// The person behind an operation that only people do.
    ///
    /// # Errors
    /// [`Denied`] if the permission is missing or the actor is no person.
    pub fn person_who_may(&self, permission: Permission) -> Result<PersonId, Denied> {
        self.may(permission)?;
        self.person_id().ok_or(Denied { signed_in: true })
    }
}

/// The actor's roles do not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Denied {
    signed_in: bool,
}

crate::shown_in_english!(Denied);

impl Fault for Denied {
    fn describe(&self) -> Description {
        if self.signed_in {
            Description::new(Kind::Forbidden, Code::Forbidden)
        } else {
            Description::new(Kind::Unauthenticated, Code::Unauthenticated)
        }
    }

    fn say(&self, lang: Lang) -> String {
        if self.signed_in {
            lang.pick(
                "Your role does not allow this. Ask the bank's administrator if you need it.",
                "이 작업을 할 권한이 없습니다. 필요하면 은행 관리자에게 문의해 주십시오.",
            )
        } else {
            lang.pick(
                "Sign in first: send a valid token as 'Authorization: Bearer TOKEN'.",
                "먼저 인증해 주십시오. 유효한 토큰을 'Authorization: Bearer TOKEN' 헤더로 보내야 합니다.",
            )
        }
        .into()
    }
}
