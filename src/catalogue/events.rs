//! What the history tells of cell lines.

use crate::audit::Changes;
use crate::id::CellLineId;

crate::area_events! {
    /// What happened to a cell line.
    LineEvent, LineAction, about CellLineId:

    /// The bank holds it now.
    TakenIntoHoldings { #[serde(flatten)] changes: Changes }
        = "line.hold", "Taken into the bank's holdings", "보유 세포주 등록";

    /// It can be requested.
    Published { #[serde(flatten)] changes: Changes } = "line.publish", "Line published", "세포주 공개";

    /// It cannot be requested for a while.
    Suspended { #[serde(flatten)] changes: Changes } = "line.suspend", "Line suspended", "세포주 분양 일시 중단";

    /// It is given out no more.
    Withdrawn { #[serde(flatten)] changes: Changes } = "line.withdraw", "Line withdrawn", "세포주 분양 철회";
}
