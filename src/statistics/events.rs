//! What the history tells of who read the rows behind the figures.

use crate::audit::Subject;

crate::area_events! {
    /// What was read of a year.
    YearEvent, YearAction, about Subject:

    /// Its rows, one a distribution.
    RowsRead {} = "statistics.read_rows", "Rows of a year's figures read", "연간 통계의 개별 자료 열람";
}
