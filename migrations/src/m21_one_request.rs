//! What belongs to one request belongs together: its agreement, its shipments, what is in them and what was counted of
//! them; and a reserved vial is of the cell line that was requested.

use crate::constraints::{constrain, not_null};
use crate::refusals::{Refusal, fixed, refuse};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

const SQL: &str = r#"
-- Keys to which a row of another table refers together with the request.
CREATE UNIQUE INDEX agreement_in_request ON agreement (id, request_id);
CREATE UNIQUE INDEX shipment_in_request ON shipment (id, request_id);
CREATE UNIQUE INDEX request_line_in_request ON request_line (id, request_id);
CREATE INDEX shipment_of_agreement ON shipment (agreement_id);
CREATE INDEX dispatched_line_of_request ON dispatched_line (request_id);
CREATE INDEX dispatched_line_of_request_line ON dispatched_line (request_line_id);

-- The shipment's and the request line's, which are one.
ALTER TABLE shipment_vial ADD COLUMN request_id BIGINT;
UPDATE shipment_vial SET request_id = (SELECT s.request_id FROM shipment s WHERE s.id = shipment_vial.shipment_id);
"#;

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m21_one_request"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        not_null(manager, "shipment_vial", "request_id BIGINT").await?;
        let agreement = "CONSTRAINT shipment_under_agreement_of_request
            FOREIGN KEY (agreement_id, request_id) REFERENCES agreement (id, request_id)";
        constrain(manager, "shipment", &[agreement]).await?;
        for (table, names) in [
            ("shipment_vial", ["shipment_vial_in_shipment_of_request", "shipment_vial_for_line_of_request"]),
            ("dispatched_line", ["dispatched_line_in_shipment_of_request", "dispatched_line_for_line_of_request"]),
        ] {
            let [shipment, line] = names;
            let shipment = format!(
                "CONSTRAINT {shipment} FOREIGN KEY (shipment_id, request_id) REFERENCES shipment (id, request_id)"
            );
            let line = format!(
                "CONSTRAINT {line} FOREIGN KEY (request_line_id, request_id) REFERENCES request_line (id, request_id)"
            );
            constrain(manager, table, &[&shipment, &line]).await?;
        }
        crate::append_only(manager, "dispatched_line").await?;
        fixed(manager, "lot", &["line_id"]).await?;
        fixed(manager, "request_line", &["request_id", "line_id"]).await?;
        for refusal in OF_ANOTHER_LINE {
            refuse(manager, &refusal).await?;
        }
        Ok(())
    }
}

/// The line of a vial stands in its lot, two tables away, where no key reaches. None of it ever changes.
const OF_ANOTHER_LINE: [Refusal<'_>; 2] = [
    Refusal {
        name: "reservation_is_of_the_line",
        table: "reservation",
        change: "INSERT",
        when: "NOT EXISTS (SELECT 1 FROM vial v JOIN lot o ON o.id = v.lot_id
                 JOIN request_line l ON l.line_id = o.line_id WHERE v.id = NEW.vial_id AND l.id = NEW.request_line_id)",
        because: "a reserved vial is of the requested line",
    },
    Refusal {
        name: "dispatched_line_is_of_the_line",
        table: "dispatched_line",
        change: "INSERT",
        when: "NOT EXISTS (SELECT 1 FROM request_line l WHERE l.id = NEW.request_line_id AND l.line_id = NEW.line_id)",
        because: "a dispatched line is the requested one",
    },
];
