//! A document as one page.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::{Context, Tera};

use crate::report::document::{Block, Document, Drawing};

/// The templates, by name. Those with names that end with `.html` escape every value.
const TEMPLATES: [(&str, &str); 5] = [
    ("style.css", include_str!("style.css")),
    ("page.html", include_str!("page.html")),
    ("chart.html", include_str!("chart.html")),
    ("spread.html", include_str!("spread.html")),
    ("settings.html", include_str!("settings.html")),
];

/// A page could not be made: one of our templates is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the page cannot be made")]
pub struct PageError(#[from] tera::Error);

/// The templates of pages and drawings.
pub struct Templates(Tera);

impl Templates {
    pub fn new() -> Result<Self, PageError> {
        let mut tera = Tera::new();
        tera.autoescape_on([".html"]);
        tera.add_raw_templates(TEMPLATES)?;
        Ok(Self(tera))
    }

    /// Renders a template with data as the variable `name`.
    pub fn render(
        &self,
        template: &str,
        name: &'static str,
        data: &impl Serialize,
    ) -> Result<String, PageError> {
        let mut context = Context::new();
        context.insert(name, data);
        Ok(self.0.render(template, &context)?)
    }

    /// A whole page. Drawings for which `draw` returns nothing are left out.
    pub fn page(
        &self,
        document: &Document,
        draw: impl Fn(Drawing) -> Result<Option<String>, PageError>,
    ) -> Result<String, PageError> {
        let mut drawings: BTreeMap<String, String> = BTreeMap::new();
        for block in document.sections.iter().flat_map(|section| &section.blocks) {
            if let Block::Drawing { drawing } = block {
                drawings.insert(drawing.to_string(), draw(*drawing)?.unwrap_or_default());
            }
        }
        let mut context = Context::new();
        context.insert("page", document);
        context.insert("drawings", &drawings);
        Ok(self.0.render("page.html", &context)?)
    }
}
