//! What a source's record says of a line, read out of its line codes (Cellosaurus, `CC`, `DR`, `RX`, `OI`). Pure.

use super::Holding;
use super::import::cellosaurus::Codes;
use super::rules::{is_about_donor, is_rrid};

/// A database and what the line is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossReference {
    /// The database.
    pub database: String,
    /// The identifier in it.
    pub identifier: String,
}

/// A publication about the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// DOI.
    pub doi: Option<String>,
    /// PubMed identifier.
    pub pubmed: Option<String>,
    /// As the source writes it.
    pub text: String,
}

/// Published facts of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The part of the body that the cells were taken from.
    pub tissue: Option<String>,
    /// The kind of cell they were.
    pub source_cell: Option<String>,
    /// How they were reprogrammed, where the source remarks it.
    pub reprogramming: Vec<String>,
    /// Where the line is also described.
    pub cross_references: Vec<CrossReference>,
    /// Publications.
    pub publications: Vec<Publication>,
    /// RRIDs of lines from the same donor.
    pub sisters: Vec<String>,
    /// The source's other remarks.
    pub remarks: Vec<String>,
}

/// The lines of a source's record that readers may see. Of a held line, remarks about the donor are left out; of a
/// reference line its source published them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordView {
    /// Identifiers in other databases, as `database; identifier` (`DR`).
    pub cross_references: Vec<String>,
    /// What the source remarks (`CC`).
    pub comments: Vec<String>,
    /// Publications (`RX`).
    pub references: Vec<String>,
    /// Web pages (`WW`).
    pub web_pages: Vec<String>,
    /// Lines from the same donor (`OI`).
    pub same_donor: Vec<String>,
}

impl RecordView {
    /// Reads a record as it is stored; nothing of one that cannot be read.
    pub fn of_stored(json: &str, holding: Holding) -> Self {
        Self::of(serde_json::from_str(json).unwrap_or_default(), holding)
    }

    /// Reads a record.
    pub fn of(mut codes: Codes, holding: Holding) -> Self {
        let mut lines = |code: &str| codes.remove(code).unwrap_or_default();
        let mut comments = lines("CC");
        comments.retain(|comment| holding == Holding::Reference || !is_about_donor(comment));
        Self {
            cross_references: lines("DR"),
            comments,
            references: lines("RX"),
            web_pages: lines("WW"),
            same_donor: lines("OI"),
        }
    }
}

impl Facts {
    /// Reads a record.
    pub fn of(record: &RecordView) -> Self {
        let mut facts = Self::default();
        for comment in &record.comments {
            let about = |topic: &str| comment.strip_prefix(topic).map(|rest| tidy(rest.trim_start_matches(':')));
            let tissue = about("Derived from site").or_else(|| about("Derived from sampling site"));
            match (tissue, about("Cell type")) {
                (Some(tissue), _) if facts.tissue.is_none() => facts.tissue = Some(tissue),
                (_, Some(cell)) if facts.source_cell.is_none() => facts.source_cell = Some(cell),
                _ if comment.to_lowercase().contains("reprogram") => facts.reprogramming.push(comment.clone()),
                _ => facts.remarks.push(comment.clone()),
            }
        }
        facts.cross_references = record.cross_references.iter().filter_map(|line| cross_reference(line)).collect();
        facts.publications = record.references.iter().map(|line| publication(line)).collect();
        facts.sisters = record.same_donor.iter().filter_map(|line| rrid(line)).collect();
        facts
    }
}

/// A remark without the codes of an ontology behind it and the full stop: `In situ; Skin, dermis;
/// UBERON=UBERON_0001511.`
fn tidy(text: &str) -> String {
    let parts = text.trim().trim_end_matches('.').split(';').map(str::trim);
    parts.filter(|part| !part.is_empty() && !part.contains('=')).collect::<Vec<_>>().join("; ")
}

fn cross_reference(line: &str) -> Option<CrossReference> {
    let (database, identifier) = line.split_once(';')?;
    let identifier = identifier.trim().trim_end_matches('.');
    (!identifier.is_empty()).then(|| CrossReference { database: database.trim().into(), identifier: identifier.into() })
}

/// `PubMed=20110439; DOI=10.1093/hmg/ddq023;`
fn publication(line: &str) -> Publication {
    let value = |name: &str| {
        let parts = line.split(';').map(str::trim);
        parts.filter_map(|part| part.split_once('=')).find(|part| part.0 == name).map(|part| part.1.to_owned())
    };
    Publication { doi: value("DOI"), pubmed: value("PubMed"), text: line.trim().trim_end_matches(';').into() }
}

/// `CVCL_IT64 ! KSCBi002-B`
fn rrid(line: &str) -> Option<String> {
    line.split_whitespace().next().filter(|word| is_rrid(word)).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_tells_where_the_cells_came_from_and_where_they_are_described() {
        let codes = [
            (
                "CC",
                vec![
                    "Derived from site: In situ; Skin, dermis; UBERON=UBERON_0001511.",
                    "Cell type: Fibroblast of skin; CL=CL_0002553.",
                    "Characteristics: Reprogrammed with Sendai virus.",
                    "Population: Korean.",
                    "HLA typing: A*02:01,24:02; B*15:01 (PubMed=1).",
                ],
            ),
            ("DR", vec!["hPSCreg; KSCBi001-A", "nothing"]),
            ("RX", vec!["PubMed=20110439; DOI=10.1093/hmg/ddq023;", "Patent=US1;"]),
            ("OI", vec!["CVCL_IT64 ! KSCBi002-B", "broken"]),
        ];
        let owned = |(code, lines): (&str, Vec<&str>)| (code.to_owned(), lines.into_iter().map(Into::into).collect());
        let codes: Codes = codes.map(owned).into_iter().collect();
        let published = Facts::of(&RecordView::of(codes.clone(), Holding::Reference)).remarks;
        assert!(published.iter().any(|remark| remark.starts_with("HLA typing")), "{published:?}");
        let record = RecordView::of(codes, Holding::Held);
        assert!(record.comments.iter().all(|comment| !comment.contains("HLA")), "alleles of a donor are left out");
        let facts = Facts::of(&record);
        assert_eq!(facts.tissue.as_deref(), Some("In situ; Skin, dermis"));
        assert_eq!(facts.source_cell.as_deref(), Some("Fibroblast of skin"));
        assert_eq!(facts.reprogramming, ["Characteristics: Reprogrammed with Sendai virus."]);
        assert_eq!(facts.remarks, ["Population: Korean."]);
        assert_eq!(facts.sisters, ["CVCL_IT64"]);
        let hpscreg = CrossReference { database: "hPSCreg".into(), identifier: "KSCBi001-A".into() };
        assert_eq!(facts.cross_references, [hpscreg]);
        assert_eq!(facts.publications[0].doi.as_deref(), Some("10.1093/hmg/ddq023"));
        assert_eq!(facts.publications[0].pubmed.as_deref(), Some("20110439"));
        assert_eq!((facts.publications[1].doi.as_ref(), facts.publications[1].text.as_str()), (None, "Patent=US1"));
        assert_eq!(RecordView::of_stored("no JSON", Holding::Held), RecordView::default());
    }
}
