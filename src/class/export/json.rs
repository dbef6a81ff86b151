//! All that is known as JSON.

use serde::Serialize;

use super::ExportError;
use crate::base::text;
use crate::class::gradebook::Gradebook;

/// The version of the document: it changes when a program that reads it has to.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    gradebook: &'a Gradebook,
}

/// The gradebook as a JSON document. The cells of a row are in the order of `exercises`, and `null` where
/// nothing was handed in. Nothing in it acts on a terminal.
pub fn json(gradebook: &Gradebook) -> Result<String, ExportError> {
    let document = serde_json::to_string_pretty(&Document { schema: SCHEMA, gradebook })?;
    Ok(text::json(&document).into_owned() + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn all_is_in_it() {
        let gradebook = fixture::gradebook();
        let text = json(&gradebook).unwrap();
        assert!(!text.contains('\u{1b}'));
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["schema"], 1);
        assert_eq!(document["gradebook"]["exported"], "2026-05-04T03:02:01.5Z");
        assert_eq!(document["gradebook"]["rows"][1]["cells"], serde_json::json!([null, null]));
        assert_eq!(document["gradebook"]["rows"][0]["cells"][0]["points-hundredths"], 9500);
        assert_eq!(document["gradebook"]["rows"][0]["cells"][1]["checks"][1]["state"], "inconclusive");
        let back: Gradebook = serde_json::from_value(document["gradebook"].take()).unwrap();
        assert_eq!(back, gradebook);
    }
}
