//! What waits for its day: lots for their release, agreements for their end. The indices by which they are found.

crate::step!("m18_waiting");

const SQL: &str = r#"
CREATE INDEX lot_in_quarantine ON lot (id) WHERE state = 'quarantined';
CREATE INDEX agreement_last_day ON agreement (expires_on, id) WHERE state = 'in_force';
"#;
