//! Tables for spreadsheets, in which no field can run as a formula.

use crate::base::text::one_line;

/// Whether a spreadsheet would run a field that begins with this character. The wide forms count too: they
/// are what an East Asian keyboard types, and some spreadsheets treat them alike.
pub fn runs(sign: char) -> bool {
    matches!(sign, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

/// Rows as CSV (RFC 4180). A field that a spreadsheet would run gets a leading `'`, which marks it as text.
/// Each field is one line, and acts on no terminal.
pub fn table(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    // Flexible row lengths, so no row is refused; writing to memory does not fail.
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        let _ = out.write_record(row.into_iter().map(guarded));
    }
    String::from_utf8_lossy(&out.into_inner().unwrap_or_default()).into_owned()
}

/// A field that stays text in a spreadsheet. Tabs and line ends count too: spreadsheets skip them and run the
/// rest.
fn guarded(field: String) -> String {
    let line = one_line(&field);
    match field.chars().next() {
        Some(sign) if runs(sign) || matches!(sign, '\t' | '\r' | '\n') => format!("'{line}"),
        _ => line.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_runs_as_a_formula() {
        let hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"];
        let text = table([hostile.map(str::to_owned).to_vec()]);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        let back: Vec<String> = row.iter().map(str::to_owned).collect();
        assert_eq!(back, ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "' =1", "' =1", "' =1", "'＝1"]);
    }

    #[test]
    fn other_fields_are_as_they_are() {
        let row = ["a-b", "O'Brien", "x, \"y\"", "", " =1"].map(str::to_owned).to_vec();
        assert_eq!(table([row]), "a-b,O'Brien,\"x, \"\"y\"\"\",, =1\n");
        let row = ["two\nlines", "\u{1b}[2J"].map(str::to_owned).to_vec();
        assert_eq!(table([row]), "two lines,\\x1b[2J\n");
    }
}
