//! What the history tells of lots.

use super::model::{lot, quality_test};
use crate::audit::Changes;
use crate::id::LotId;

crate::area_events! {
    /// What happened to a lot.
    LotEvent, LotAction, about LotId:

    /// It was registered.
    Registered {
        number: String,
        #[serde(with = "crate::audit::word")] tier: lot::Tier,
        vials: i32,
        #[serde(flatten)] changes: Changes,
    } = "lot.register", "Lot registered", "로트 등록";

    /// A test of it was recorded.
    Tested { #[serde(with = "crate::audit::word")] test: quality_test::Test, #[serde(flatten)] changes: Changes }
        = "lot.test", "Test of a lot recorded", "로트 시험 결과 기록";

    /// It was released.
    Released { #[serde(flatten)] changes: Changes } = "lot.release", "Lot released", "로트 출고 승인";
}
