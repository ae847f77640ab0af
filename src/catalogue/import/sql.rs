//! Statements of imports: pieces for [`crate::import::rows`], which reads and writes hundreds of rows by one statement.

/// Diseases by codes and names; the codes follow.
pub(super) const DISEASES_BY_CODE: &str = "SELECT c.code, c.disease_id, d.name_key FROM disease_code c
    JOIN disease d ON d.id = c.disease_id WHERE c.code IN";
/// Diseases; their MONDO ids follow.
pub(super) const DISEASES_BY_MONDO_ID: &str = "SELECT id, mondo_id, name, synonyms, name_ko, synonyms_ko, description,
    core FROM disease WHERE mondo_id IN";
/// Codes of diseases; their keys follow.
pub(super) const CODES_OF_DISEASES: &str = "SELECT disease_id, code FROM disease_code WHERE disease_id IN";
/// Ancestors of diseases and how far they are; the keys follow.
pub(super) const ANCESTORS_OF_DISEASES: &str =
    "SELECT ancestor_id, disease_id, distance FROM disease_ancestor WHERE disease_id IN";
/// Lines with what their sources said; their RRIDs follow.
pub(super) const LINES_BY_RRID: &str = "SELECT l.rrid, l.id, l.name, r.codes, l.holding FROM cell_line l
    LEFT JOIN cell_line_record r ON r.line_id = l.id WHERE l.rrid IN";
/// What a line of the catalogue consists of, before itself; the keys follow each.
pub(super) const REMOVE_LINES: [&str; 4] = [
    "DELETE FROM cell_line_disease WHERE line_id IN",
    "DELETE FROM genetic_modification WHERE line_id IN",
    "DELETE FROM cell_line_record WHERE line_id IN",
    "DELETE FROM cell_line WHERE holding = 'reference' AND id IN",
];
/// Names of lines, and what tells them apart; the names as they are sorted follow. All holdings are named so that the
/// index over holding and name serves.
pub(super) const LINES_BY_NAME: &str = "SELECT name, coalesce(rrid, accession, '') FROM cell_line
    WHERE holding IN ('held', 'reference') AND name_key IN";

/// New lines, of fourteen columns.
pub(super) const INTO_LINES: &str = "INSERT INTO cell_line (holding, name, name_key, synonyms, rrid, hpscreg_name,
    parent_rrid, cell_type, category, species, sex, donor_age, problematic, engineered_in_source)";
/// Of lines that are new, their keys.
pub(super) const UNLESS_THERE_BY_RRID: &str = "ON CONFLICT (rrid) DO NOTHING RETURNING rrid, id";
/// What sources said of lines.
pub(super) const INTO_RECORDS: &str = "INSERT INTO cell_line_record (line_id, codes)";
/// What they say now stands instead.
pub(super) const OR_CHANGE_CODES: &str = "ON CONFLICT (line_id) DO UPDATE SET codes = excluded.codes";
/// Diseases of the donors of lines.
pub(super) const INTO_DISEASES_OF_LINES: &str = "INSERT INTO cell_line_disease (line_id, disease_id, label, code)";
/// What is there stays.
pub(super) const UNLESS_THERE: &str = "ON CONFLICT DO NOTHING";
/// New diseases, of eight columns.
pub(super) const INTO_DISEASES: &str =
    "INSERT INTO disease (mondo_id, name, name_key, synonyms, name_ko, synonyms_ko, description, core)";
/// Of diseases that are new, their keys.
pub(super) const UNLESS_THERE_BY_MONDO_ID: &str = "ON CONFLICT (mondo_id) DO NOTHING RETURNING mondo_id, id";
/// Ancestors of diseases.
pub(super) const INTO_ANCESTORS: &str = "INSERT INTO disease_ancestor (ancestor_id, disease_id, distance)";
/// Of one that is there the distance changes.
pub(super) const OR_CHANGE_DISTANCE: &str =
    "ON CONFLICT (ancestor_id, disease_id) DO UPDATE SET distance = excluded.distance";
/// Codes and names of diseases.
pub(super) const INTO_CODES: &str = "INSERT INTO disease_code (code, disease_id)";
/// Words by which diseases are found.
pub(super) const INTO_TOKENS: &str = "INSERT INTO disease_token (token, disease_id, weight)";
/// Codes of diseases go; their keys follow.
pub(super) const DELETE_CODES: &str = "DELETE FROM disease_code WHERE disease_id IN";
/// Words of diseases go; their keys follow.
pub(super) const DELETE_TOKENS: &str = "DELETE FROM disease_token WHERE disease_id IN";
