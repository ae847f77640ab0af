//! That somebody gave a ROR id and that the register has it are two things.

crate::step!("m29_ror_checked");

const SQL: &str = r#"
ALTER TABLE institution ADD COLUMN ror_checked_at {time};
UPDATE institution SET ror_checked_at = coalesce(verified_at, {now})
  WHERE verification = 'registry' AND ror_id IS NOT NULL AND ',' || set_by_staff || ',' NOT LIKE '%,ror_id,%';
"#;
