//! Our mark on libvirt's objects: the specification that they were made from, as JSON inside `<metadata>`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::inventory::Mark;
use crate::model::spec::Digest;

/// The XML namespace of our elements.
pub(super) const NAMESPACE: &str = "urn:halab:1";

/// The element, in a namespace of its own, that holds the seal: the digest of the configuration of a machine.
pub(super) const SEAL_NAMESPACE: &str = "urn:halab:seal:1";

/// A specification as text for an element.
pub(super) fn text(spec: &impl Serialize) -> String {
    serde_json::to_string(spec).unwrap_or_default()
}

fn element<'a>(document: &'a roxmltree::Document<'_>, namespace: &str) -> Option<&'a str> {
    document
        .root_element()
        .children()
        .find(|node| node.has_tag_name("metadata"))?
        .children()
        .find(|node| node.tag_name().namespace() == Some(namespace))?
        .text()
}

/// The owner of an object, according to its XML.
pub(crate) fn read<S: DeserializeOwned>(xml: &str) -> Mark<S> {
    roxmltree::Document::parse(xml)
        .ok()
        .and_then(|document| serde_json::from_slice(element(&document, NAMESPACE)?.trim().as_bytes()).ok())
        .map_or(Mark::Foreign, Mark::Ours)
}

/// The seal on a machine, by its XML.
pub(crate) fn seal(xml: &str) -> Option<Digest> {
    let document = roxmltree::Document::parse(xml).ok()?;
    element(&document, SEAL_NAMESPACE).map(|text| Digest(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::HostSpec;

    #[test]
    fn a_mark_is_read_back_and_anything_else_is_foreign() {
        let spec = HostSpec { lab: "lab".parse().unwrap(), guard: Default::default() };
        let xml = format!(
            "<domain><metadata><h:guest xmlns:h=\"{NAMESPACE}\">{}</h:guest>\
             <s:seal xmlns:s=\"{SEAL_NAMESPACE}\">abc</s:seal></metadata></domain>",
            text(&spec)
        );
        assert_eq!(read::<HostSpec>(&xml), Mark::Ours(spec));
        assert_eq!(seal(&xml), Some(Digest("abc".to_owned())));
        for foreign in ["<domain/>", "<domain><metadata><x/></metadata></domain>", "not XML"] {
            assert_eq!(read::<HostSpec>(foreign), Mark::Foreign);
            assert_eq!(seal(foreign), None);
        }
    }
}
