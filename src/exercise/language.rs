//! Languages of tasks, hints and feedback, and texts in each of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::choice::choice;

/// A language of tasks, hints and feedback.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Indonesian.
    Id,
}

choice!(Language { En = "en", Id = "id" });

impl Language {
    /// The language of a locale: `id_ID.UTF-8`, `en_US`, `C`. English if it is another one.
    pub fn of_locale(locale: &str) -> Self {
        let code = locale.split(['_', '.', '-', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code() == code).unwrap_or_default()
    }

    /// Its code according to ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Id => "id",
        }
    }

    /// The name of the file with the task: `task.md`, `task.id.md`.
    pub fn task_file(self) -> String {
        match self {
            Self::En => "task.md".to_owned(),
            other => format!("task.{}.md", other.code()),
        }
    }
}

/// A text in several languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Localized(BTreeMap<Language, String>);

impl Localized {
    /// The text in a language; in English, or in any, if it lacks that one.
    pub fn get(&self, language: Language) -> &str {
        let text = self.0.get(&language).or_else(|| self.0.get(&Language::En));
        text.or_else(|| self.0.values().next()).map_or("", String::as_str)
    }

    /// Adds or replaces the text in a language.
    pub fn set(&mut self, language: Language, text: String) {
        self.0.insert(language, text);
    }

    /// Its languages.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.0.keys().copied()
    }

    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

/// What is wrong with a text that lacks one of these languages, or has another one, and what to write.
pub fn missing_language(text: &Localized, languages: &[Language]) -> Option<(String, String)> {
    let lacks = |language: &&Language| !text.languages().any(|own| own == **language);
    if let Some(language) = languages.iter().find(lacks) {
        let code = language.code();
        let help = format!("add `{code} = \"…\"`, or take the language out of `languages`");
        return Some((format!("the text has no `{code}`"), help));
    }
    let extra = text.languages().find(|own| !languages.contains(own))?;
    let message = format!("`{}` is not in `languages`", extra.code());
    Some((message, "add it to `languages`, or leave it out".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_a_language() {
        for (locale, language) in [
            ("id_ID.UTF-8", Language::Id),
            ("id", Language::Id),
            ("en_US.UTF-8", Language::En),
            ("C", Language::En),
            ("idx_ID", Language::En),
            ("", Language::En),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
        assert_eq!(
            (Language::En.task_file().as_str(), Language::Id.task_file().as_str()),
            ("task.md", "task.id.md")
        );
    }

    #[test]
    fn a_text_that_lacks_a_language_is_shown_in_english() {
        let mut text = Localized::default();
        assert_eq!(text.get(Language::Id), "");
        text.set(Language::En, "one holder".to_owned());
        assert_eq!(text.get(Language::Id), "one holder");
        text.set(Language::Id, "satu pemegang".to_owned());
        assert_eq!(text.get(Language::Id), "satu pemegang");
    }
}
