//! Where somebody is sent after they came back from a sign-in provider.

/// A path of the bank's own pages; anything else would send people away from it.
pub(super) fn own_path(return_to: Option<&str>) -> &str {
    return_to
        .filter(|path| path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']))
        .unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_away_from_the_bank() {
        assert_eq!(own_path(Some("/requests/REQ-2026-00001?lang=ko")), "/requests/REQ-2026-00001?lang=ko");
        for path in [None, Some("https://example.org/"), Some("//example.org"), Some("/\\example.org"), Some("/a\r\nb")]
        {
            assert_eq!(own_path(path), "/");
        }
    }
}
