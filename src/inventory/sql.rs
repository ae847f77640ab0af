//! Statements over the stock that are written by hand.

use super::queries::{is_free, is_given_out};
use super::rules::PLENTY;
use crate::db::Sql;
use chrono::{DateTime, Utc};

/// Adds the number of vials of a line that could be given out now, counted no further than [`PLENTY`]: enough to know
/// its band. `line` is the column with the line's key.
pub fn push_free_vial_count(sql: &mut Sql, line: &str, now: DateTime<Utc>) {
    sql.push("(SELECT count(*) FROM (SELECT 1 FROM lot o JOIN vial v ON v.lot_id = o.id WHERE o.line_id = ").push(line);
    sql.push(" AND ").condition(is_given_out("o")).push(" AND ").condition(is_free("v", now));
    sql.push(&format!(" LIMIT {PLENTY}) f)"));
}

/// Vials called `v`, each with the reservation that has not ended and with what happened to it last, as
/// [`super::stock::KeptVial`]; the condition on them follows. The number of a request is all that the stock tells of
/// it.
pub(super) fn kept_vials() -> Sql {
    Sql::new(
        "SELECT v.id, v.lot_id, v.barcode, v.state, v.made_up, q.number AS request_number, r.expires_at,
           e.at, e.actor, e.from_state, e.to_state, e.reason
         FROM vial v
         LEFT JOIN reservation r ON r.vial_id = v.id AND r.ending IS NULL
         LEFT JOIN request_line n ON n.id = r.request_line_id
         LEFT JOIN request q ON q.id = n.request_id
         LEFT JOIN vial_event e ON e.id = (SELECT max(l.id) FROM vial_event l WHERE l.vial_id = v.id)
         WHERE ",
    )
}
