//! Where the figures of a year come from, said to their reader.

use super::queries::YearFigures;
use crate::language::Lang;

/// Where figures of a year come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum SourceKind {
    /// Shipments recorded in this system.
    Recorded,
    /// Totals published before this system, with their citation.
    Historical,
    /// Made up for a demonstration.
    Demo,
    /// Not known, and why.
    Unknown,
}

/// One source, or one reason why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What kind.
    pub kind: SourceKind,
    /// The citation, or the reason.
    pub text: String,
}

/// Where the figures of a year come from, and why one is not known.
pub fn sources(figures: &YearFigures, lang: Lang) -> Vec<Source> {
    let source = |kind, text: &str| Source { kind, text: text.into() };
    let mut list = vec![];
    if let Some(historical) = &figures.historical {
        list.extend(historical.sources.iter().map(|citation| source(SourceKind::Historical, citation)));
    }
    if let Some(recorded) = &figures.recorded {
        let text = lang.pick("Shipments recorded in this system.", "이 시스템에 기록된 발송 실적.");
        list.push(source(SourceKind::Recorded, text));
        if recorded.made_up {
            let text = lang.pick(
                "This year contains shipments that were made up for a demonstration.",
                "이 연도에는 시연을 위해 지어낸 발송 실적이 포함되어 있습니다.",
            );
            list.push(source(SourceKind::Demo, text));
        }
    } else if figures.is_known && figures.historical.is_none() {
        let text = lang.pick(
            "No shipment left in this year; shipments are recorded here from an earlier year on.",
            "이 연도에는 발송이 없었습니다. 그 이전부터 발송 실적을 기록하고 있습니다.",
        );
        list.push(source(SourceKind::Recorded, text));
    }
    for text in unknown(figures, lang) {
        list.push(source(SourceKind::Unknown, text));
    }
    list
}

fn unknown(figures: &YearFigures, lang: Lang) -> Vec<&'static str> {
    let mut reasons = vec![];
    if !figures.is_known {
        reasons.push(lang.pick(
            "No total was published for this year, and shipments were not recorded here throughout it.",
            "이 연도의 공표된 실적이 없고, 연도 전체의 발송 실적이 기록되어 있지 않습니다.",
        ));
    } else if figures.recorded.is_some() && figures.historical.is_some() {
        reasons.push(lang.pick(
            "Published and recorded institutions of one year may be the same ones and do not add; measures that were not published are not known either.",
            "공표된 기관과 기록된 기관은 서로 겹칠 수 있어 합산하지 않으며, 공표되지 않은 항목도 알 수 없습니다.",
        ));
    } else if figures.requests.is_none() || figures.vials.is_none() || figures.institutions.is_none() {
        reasons.push(lang.pick(
            "What is unknown here was not published for this year.",
            "값이 없는 항목은 이 연도에 공표되지 않은 항목입니다.",
        ));
    }
    if figures.five_year_mean.is_none() {
        reasons.push(lang.pick(
            "The five-year mean is not known: one of the five years before is not.",
            "직전 5년 중 실적을 알 수 없는 연도가 있어 5년 평균을 구할 수 없습니다.",
        ));
    }
    reasons
}
