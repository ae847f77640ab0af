//! Tokens know whether a second factor stands behind them: what a session without one withholds, its tokens withhold.

crate::step!("m27_tokens");

const SQL: &str = r#"
ALTER TABLE api_token ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
-- These scopes were given only where a second factor was proved. Of the others nobody knows: they lose what only the
-- bank's people do, and are made anew.
UPDATE api_token SET second_factor = TRUE WHERE may_staff OR may_administer;
"#;
