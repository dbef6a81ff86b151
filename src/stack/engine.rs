//! The template engine, set up for each language that is rendered.

use tera::{Context, Tera};

use super::shell;

/// What a template's output is read by, which decides how values in it are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// A configuration file or a page: values as they are.
    Plain,
    /// A POSIX shell: every value becomes one word.
    Shell,
}

impl Language {
    /// The language of a file of a stack's folder.
    pub(super) fn of(template: &str) -> Self {
        if template.ends_with(".sh") { Language::Shell } else { Language::Plain }
    }

    /// An engine without templates. The escape function belongs to the whole engine, hence one for each language.
    pub(super) fn engine(self) -> Tera {
        let mut tera = Tera::new();
        match self {
            Language::Plain => tera.autoescape_on(Vec::<&str>::new()),
            Language::Shell => {
                // Every name ends with the empty text.
                tera.autoescape_on([""]);
                tera.set_escape_fn(shell::quote);
            }
        }
        tera
    }

    /// Renders one text.
    pub(super) fn render(self, name: &str, template: &str, context: &Context) -> Result<String, tera::Error> {
        let mut tera = self.engine();
        tera.add_raw_template(name, template)?;
        tera.render(name, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_in_shell_only() {
        let mut context = Context::new();
        context.insert("x", "'; rm -rf /");
        context.insert("n", &7);
        let render =
            |language: Language| language.render("t", "{{ x }} {{ n }} {{ x ~ n }}", &context).unwrap();
        assert_eq!(render(Language::Plain), "'; rm -rf / 7 '; rm -rf /7");
        assert_eq!(render(Language::Shell), r"''\''; rm -rf /' 7 ''\''; rm -rf /7'");
    }

    #[test]
    fn what_is_not_defined_is_an_error() {
        let context = Context::from_serialize(&serde_json::json!({ "param": {} })).unwrap();
        for template in ["{{ nothing }}", "{{ param.nothing }}"] {
            assert!(Language::Plain.render("t", template, &context).is_err(), "{template}");
        }
    }
}
