//! Media types of answers, and which one a client likes.

use super::answer::Refusal;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Media types of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status tells of errors.
    Graphql,
    /// `application/json`: a well-formed request is answered with 200.
    Json,
}

impl Media {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The one that the client likes best, by RFC 9110, section 12.5.1; JSON where it does not say, and of two that
    /// it likes as much the one that it names first.
    ///
    /// # Errors
    /// It accepts neither.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok()).peekable();
        if lines.peek().is_none() {
            return Ok(Self::Json);
        }
        let ranges: Vec<Range> = lines.flat_map(|line| line.split(',')).filter_map(Range::read).collect();
        let liked = |media: Self| Range::weight(&ranges, media);
        match (liked(Self::Graphql), liked(Self::Json)) {
            (0, 0) if ranges.is_empty() => Ok(Self::Json),
            (0, 0) => Err(Refusal::not_acceptable()),
            (graphql, json) if graphql > json => Ok(Self::Graphql),
            (graphql, json) if graphql == json && Range::first(&ranges) == Some(Self::Graphql) => Ok(Self::Graphql),
            _ => Ok(Self::Json),
        }
    }
}

/// One range of an `Accept` header, with its weight in thousandths.
struct Range {
    name: String,
    weight: u16,
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
        let weight = weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        Some(Self { name, weight: (weight * 1000.0) as u16 })
    }

    /// What the most specific range says of a type.
    fn weight(ranges: &[Self], media: Media) -> u16 {
        let (whole, _) = media.name().split_once(';').unwrap_or((media.name(), ""));
        let named = |name: &str| ranges.iter().find(|range| range.name == name).map(|range| range.weight);
        named(whole).or_else(|| named("application/*")).or_else(|| named("*/*")).unwrap_or_default()
    }

    /// The type that is named first.
    fn first(ranges: &[Self]) -> Option<Media> {
        ranges.iter().find_map(|range| match range.name.as_str() {
            "application/graphql-response+json" => Some(Media::Graphql),
            "application/json" | "application/*" | "*/*" => Some(Media::Json),
            _ => None,
        })
    }
}
