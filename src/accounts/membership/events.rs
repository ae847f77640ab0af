//! What the history tells of memberships.

use super::model::How;
use crate::audit::Changes;
use crate::id::{InstitutionId, MembershipId};

crate::area_events! {
    /// What happened to a membership.
    MembershipEvent, MembershipAction, about MembershipId:

    /// Somebody belongs to an institution, by this basis.
    Joined { institution: InstitutionId, #[serde(with = "crate::audit::word")] how: How }
        = "membership.join", "Joined an institution", "기관 소속";

    /// Somebody wants to.
    Requested { institution: InstitutionId, #[serde(with = "crate::audit::word")] how: How }
        = "membership.request", "Asked to join an institution", "기관 소속 신청";

    /// It is the one that counts again.
    ReturnedTo { institution: InstitutionId, #[serde(with = "crate::audit::word")] how: How }
        = "membership.return", "Returned to an institution", "이전 소속으로 복귀";

    /// It was decided.
    Decided { #[serde(flatten)] changes: Changes } = "membership.decide", "Membership decided", "기관 소속 결정";

    /// It ended.
    Left { #[serde(flatten)] changes: Changes } = "membership.leave", "Membership ended", "기관 소속 종료";

    /// A role at the institution was given or taken.
    RoleSet { role: String, #[serde(flatten)] changes: Changes }
        = "membership.role", "Role at the institution given or taken", "기관 역할 변경";
}
