//! What the history tells of institutions.

use crate::audit::Changes;
use crate::id::InstitutionId;
use serde_json::Value as Json;

crate::area_events! {
    /// What happened to an institution.
    InstitutionEvent, InstitutionAction, about InstitutionId:

    /// Somebody proposed it.
    Proposed { #[serde(flatten)] changes: Changes }
        = "institution.propose", "Institution proposed", "기관 등록 제안";

    /// The bank says that it exists.
    Verified { #[serde(flatten)] changes: Changes } = "institution.verify", "Institution verified", "기관 확인";

    /// What is known of it was changed.
    Updated { #[serde(flatten)] changes: Changes } = "institution.update", "Institution changed", "기관 정보 수정";

    /// It was closed.
    Closed { reason: String, #[serde(flatten)] changes: Changes }
        = "institution.close", "Institution closed", "기관 폐쇄";

    /// It was opened again.
    Reopened { reason: String, #[serde(flatten)] changes: Changes }
        = "institution.reopen", "Institution opened again", "기관 재개";

    /// It was a duplicate: what stood under it stands under the one that counts.
    Merged { reason: String, moved: Json, #[serde(flatten)] changes: Changes }
        = "institution.merge", "Institution merged into another", "다른 기관으로 통합";

    /// A duplicate of it went into it.
    Absorbed { duplicate: InstitutionId, reason: String }
        = "institution.absorb", "A duplicate merged into this institution", "중복 기관 흡수";
}
