//! Who receives the parcel of a request, and where the courier reaches them.

crate::step!("m24_request_recipient");

const SQL: &str = r#"
ALTER TABLE request ADD COLUMN recipient_name TEXT CHECK (recipient_name <> '');
ALTER TABLE request ADD COLUMN recipient_telephone TEXT CHECK (recipient_telephone <> '');
"#;
