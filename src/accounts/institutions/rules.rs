//! Rules on institutions that need no database.

/// A list of columns with one more, each once and in order.
pub fn with_column(set_by_staff: &str, column: &str) -> String {
    let mut columns: Vec<&str> = set_by_staff.split(',').filter(|name| !name.is_empty()).chain([column]).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_stands_once_in_the_list() {
        assert_eq!(with_column("", "name"), "name");
        assert_eq!(with_column("name,status", "city"), "city,name,status");
        assert_eq!(with_column("city,name", "name"), "city,name");
    }
}
