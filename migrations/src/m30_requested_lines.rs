//! A request asks for lines that the bank holds. Drafts could name others, which nobody could hand in.

crate::step!("m30_requested_lines");

const SQL: &str = r#"
DELETE FROM request_line WHERE line_id IN (SELECT id FROM cell_line WHERE holding = 'reference')
  AND request_id IN (SELECT id FROM request WHERE state = 'draft');
"#;
