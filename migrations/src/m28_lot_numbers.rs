//! A lot's number is known however it is typed: in small letters, in full width, with one dash or another. What it is
//! compared by stands beside it, once in the bank.

crate::step!("m28_lot_numbers");

const SQL: &str = r#"
ALTER TABLE lot ADD COLUMN number_key {key} NOT NULL DEFAULT '';
UPDATE lot SET number_key = replace(replace(lower(number), '_', '-'), ' ', '-');
-- Numbers that were apart by their writing alone stay apart: a label is not changed.
UPDATE lot SET number_key = number_key || '-' || id WHERE EXISTS (
  SELECT 1 FROM lot other WHERE other.number_key = lot.number_key AND other.id < lot.id
);
CREATE UNIQUE INDEX lot_by_number_key ON lot (number_key);
"#;
