//! Approvals of ethics boards and others are records of their own, chosen on requests. What stood in a request's
//! columns becomes records of its institution, which nobody verified.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

const SQL: &str = r#"
CREATE TABLE approval (
  id {id},
  kind TEXT NOT NULL CHECK (kind IN
    ('irb_approval', 'irb_exemption', 'head_approval', 'lmo_facility', 'export_approval', 'clinical_plan')),
  -- Empty while a draft tells the last day alone.
  number TEXT NOT NULL,
  issuer TEXT NOT NULL DEFAULT '',
  valid_from {date},
  valid_until {date},
  institution_id BIGINT NOT NULL REFERENCES institution (id),
  study TEXT NOT NULL,
  created_by BIGINT NOT NULL REFERENCES person (id),
  created_at {time} NOT NULL,
  verified_by BIGINT REFERENCES person (id),
  verified_at {time},
  -- Into a request, rather than entered by itself: it goes when it is on no request any more.
  typed BOOLEAN NOT NULL DEFAULT FALSE,
  made_up BOOLEAN NOT NULL DEFAULT FALSE,
  moved_from BIGINT,
  CHECK ((verified_by IS NULL) = (verified_at IS NULL)),
  CHECK (verified_by <> created_by),
  CHECK (valid_from <= valid_until)
);
CREATE INDEX approval_of_institution ON approval (institution_id, id);
CREATE INDEX approval_of_creator ON approval (created_by, id);

CREATE TABLE request_approval (
  request_id BIGINT NOT NULL REFERENCES request (id),
  approval_id BIGINT NOT NULL REFERENCES approval (id),
  -- It stands in the request's own fields, rather than being chosen among those of the institution.
  typed BOOLEAN NOT NULL,
  PRIMARY KEY (request_id, approval_id)
) {rowless};
CREATE INDEX request_approval_of_approval ON request_approval (approval_id);
"#;

const LINKS: &str = "
INSERT INTO request_approval (request_id, approval_id, typed) SELECT moved_from, id, TRUE FROM approval;
ALTER TABLE approval DROP COLUMN moved_from;
";

/// Kinds with their columns: the number, and the last day if there was one.
const MOVED: [(&str, &str, Option<&str>); 6] = [
    ("irb_approval", "irb_approval_number", Some("irb_valid_until")),
    ("irb_exemption", "irb_exemption_number", None),
    ("head_approval", "head_approval_number", None),
    ("lmo_facility", "lmo_facility_number", None),
    ("export_approval", "export_approval_number", None),
    ("clinical_plan", "clinical_plan_number", Some("clinical_plan_valid_until")),
];

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m25_approvals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        for (kind, number, until) in MOVED {
            let day = until.unwrap_or("NULL");
            let is_there = until.map(|until| format!(" OR {until} IS NOT NULL")).unwrap_or_default();
            let sql = format!(
                "INSERT INTO approval (kind, number, valid_until, institution_id, study, created_by, created_at, typed,
                   made_up, moved_from)
                 SELECT '{kind}', coalesce({number}, ''), {day}, institution_id, project_title, applicant_id, created_at,
                   TRUE, made_up, id FROM request WHERE {number} IS NOT NULL{is_there} ORDER BY id"
            );
            crate::run(manager, &sql).await?;
        }
        crate::run(manager, LINKS).await?;
        for (_, number, until) in MOVED {
            crate::run(manager, &format!("ALTER TABLE request DROP COLUMN {number}")).await?;
            if let Some(until) = until {
                crate::run(manager, &format!("ALTER TABLE request DROP COLUMN {until}")).await?;
            }
        }
        Ok(())
    }
}
