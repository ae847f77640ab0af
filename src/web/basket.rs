//! What somebody put aside to request: kept in a cookie, so that it needs no account.

/// The cookie's name.
pub const COOKIE: &str = "basket";
/// Lines that it holds at most: as many as a request.
pub const MOST: usize = crate::requests::rules::MAX_LINES;

/// Lines put aside, by the bank's accession, each with the number of vials wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket(Vec<(String, i32)>);

impl Basket {
    /// Reads `DEMO-0001~2.DEMO-0002~1`; what is malformed is left out: a cookie is anybody's to write.
    pub fn read(cookie: &str) -> Self {
        let mut basket = Self::default();
        for entry in cookie.split('.') {
            if let Some((accession, vials)) = entry.split_once('~')
                && let Ok(vials) = vials.parse()
            {
                basket.put(accession, vials);
            }
        }
        basket
    }

    /// As the cookie keeps it.
    pub fn write(&self) -> String {
        self.0.iter().map(|(accession, vials)| format!("{accession}~{vials}")).collect::<Vec<_>>().join(".")
    }

    /// Puts a line in, or changes its number; false if it is full or the number is out of range (1 to the most vials of
    /// a line in a request).
    pub fn put(&mut self, accession: &str, vials: i32) -> bool {
        let is_accession = !accession.is_empty()
            && accession.len() <= 40
            && accession.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !is_accession || !(1..=crate::requests::rules::MAX_VIALS).contains(&vials) {
            return false;
        }
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.0 == accession) {
            entry.1 = vials;
            return true;
        }
        let fits = self.0.len() < MOST;
        if fits {
            self.0.push((accession.to_owned(), vials));
        }
        fits
    }

    /// Takes a line out.
    pub fn remove(&mut self, accession: &str) {
        self.0.retain(|entry| entry.0 != accession);
    }

    /// The lines in it, with vials.
    pub fn lines(&self) -> &[(String, i32)] {
        &self.0
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basket_reads_what_it_wrote_and_leaves_out_what_is_malformed() {
        let mut basket = Basket::read("DEMO-0001~2.DEMO-0002~1.<script>~1.DEMO-0003~0.DEMO-0004~x.nonsense");
        assert_eq!(basket.write(), "DEMO-0001~2.DEMO-0002~1");
        assert!(basket.put("DEMO-0001", 5) && basket.put("DEMO-0009", 1) && !basket.put("DEMO-0009", 101));
        basket.remove("DEMO-0002");
        assert_eq!(Basket::read(&basket.write()).lines(), [("DEMO-0001".into(), 5), ("DEMO-0009".into(), 1)]);
    }
}
