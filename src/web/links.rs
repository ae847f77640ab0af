//! Addresses: built with what people typed, and those to which a form may lead.

/// A path with a query made of these pairs.
pub fn with(path: &str, pairs: &[(&str, &str)]) -> String {
    match serde_urlencoded::to_string(pairs) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// A text as one part of a path.
pub fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") }).collect()
}

/// Where a form leads back to: a page of ours, else the home page. An address that names another host is never
/// followed.
pub fn local(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.contains(char::is_control);
    if is_path { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_pages_of_ours_only() {
        for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "", "/a\r\nb"] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
        assert_eq!(local("/catalogue?q=a"), "/catalogue?q=a");
        assert_eq!(
            with("/sign-in", &[("to", "/catalogue?q=레트&a=b")]),
            "/sign-in?to=%2Fcatalogue%3Fq%3D%EB%A0%88%ED%8A%B8%26a%3Db"
        );
        assert_eq!(with("/", &[]), "/");
    }
}
