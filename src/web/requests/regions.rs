//! The first-level divisions of Korea, as addresses name them.

use crate::language::Lang;

/// Korean name, English name.
const REGIONS: [(&str, &str); 17] = [
    ("서울특별시", "Seoul"),
    ("부산광역시", "Busan"),
    ("대구광역시", "Daegu"),
    ("인천광역시", "Incheon"),
    ("광주광역시", "Gwangju"),
    ("대전광역시", "Daejeon"),
    ("울산광역시", "Ulsan"),
    ("세종특별자치시", "Sejong"),
    ("경기도", "Gyeonggi"),
    ("강원특별자치도", "Gangwon"),
    ("충청북도", "North Chungcheong"),
    ("충청남도", "South Chungcheong"),
    ("전북특별자치도", "Jeonbuk"),
    ("전라남도", "South Jeolla"),
    ("경상북도", "North Gyeongsang"),
    ("경상남도", "South Gyeongsang"),
    ("제주특별자치도", "Jeju"),
];

/// All of them as choices: what is kept, and what a person reads. What is kept already and is none of them stays a
/// choice.
pub fn choices(lang: Lang, kept: &str, none: String) -> Vec<(String, String)> {
    let read = |ko: &str, en: &str| match lang {
        Lang::Ko => ko.to_owned(),
        // As the address has it, so that it can be compared.
        Lang::En => format!("{en} ({ko})"),
    };
    let named = REGIONS.iter().map(|(ko, en)| ((*ko).to_owned(), read(ko, en)));
    let other = Some(kept).filter(|kept| !kept.is_empty() && !REGIONS.iter().any(|region| region.0 == *kept));
    let first = [(String::new(), none)].into_iter();
    first.chain(named).chain(other.map(|other| (other.to_owned(), other.to_owned()))).collect()
}

/// The division of a city that is one by itself: `Seoul` and `서울` are 서울특별시.
pub fn of_city(city: &str) -> Option<&'static str> {
    let city = city.trim();
    let is = |(ko, en): &&(&str, &str)| {
        !city.is_empty()
            && (en.eq_ignore_ascii_case(city) || *ko == city || (ko.starts_with(city) && ko.contains('시')))
    };
    REGIONS.iter().find(is).map(|region| region.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_that_is_a_division_is_recognised_in_both_languages() {
        assert_eq!((of_city("Seoul"), of_city("대전")), (Some("서울특별시"), Some("대전광역시")));
        assert_eq!((of_city("Suwon"), of_city("")), (None, None));
    }

    #[test]
    fn what_is_kept_stays_a_choice() {
        assert_eq!(choices(Lang::Ko, "전라북도", "-".into()).len(), 19);
        assert_eq!(choices(Lang::En, "서울특별시", "-".into()).len(), 18);
    }
}
