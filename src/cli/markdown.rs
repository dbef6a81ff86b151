//! Markdown on a terminal: headings, paragraphs, lists, code and links, wrapped to the terminal's width.

use owo_colors::Style;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::ui::{dim, paint};
use crate::base::text::one_line;

/// The widest lines of prose: longer ones are hard to read.
const WIDEST: usize = 96;

/// Formats a Markdown text for a terminal of this width.
pub fn rendered(text: &str, width: usize) -> String {
    let mut page = Page { width: width.clamp(20, WIDEST), ..Page::default() };
    for event in Parser::new_ext(text, Options::empty()) {
        page.event(event);
    }
    page.out.trim_end().to_owned() + "\n"
}

/// A page that is being written.
#[derive(Default)]
struct Page {
    width: usize,
    out: String,
    /// The words of the present paragraph, each with its width on the screen.
    words: Vec<(String, usize)>,
    /// Whether the next text continues the last word.
    glued: bool,
    /// The numbers of the open lists; none for a list of points.
    lists: Vec<Option<u64>>,
    /// The mark of the present item, until its first line is written.
    mark: Option<String>,
    heading: bool,
    strong: bool,
    emphasis: bool,
    /// The lines of an open block of code.
    code: Option<String>,
    link: Option<String>,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.text(&text),
            },
            Event::Code(text) => self.word(&text, Style::new().cyan()),
            Event::SoftBreak => self.glued = false,
            Event::HardBreak => self.paragraph(false),
            Event::Rule => self.out.push_str(&format!("{}\n\n", dim("─".repeat(self.width / 2)))),
            // Raw HTML is shown as it is written.
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.heading = true,
            Tag::List(number) => {
                self.paragraph(false);
                self.lists.push(number);
            }
            Tag::Item => {
                self.mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        Some(format!("{}. ", *number - 1))
                    }
                    _ => Some("• ".to_owned()),
                };
            }
            Tag::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_)) => {
                self.code = Some(String::new());
            }
            Tag::Strong => self.strong = true,
            Tag::Emphasis => self.emphasis = true,
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.to_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.heading = false;
                self.paragraph(true);
            }
            TagEnd::Paragraph => self.paragraph(self.lists.is_empty()),
            TagEnd::Item => self.paragraph(false),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.out.push('\n');
                }
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                for line in code.lines() {
                    let line = paint(one_line(line), Style::new().cyan());
                    self.out.push_str(&format!("{}    {line}\n", self.margin()));
                }
                self.out.push('\n');
            }
            TagEnd::Strong => self.strong = false,
            TagEnd::Emphasis => self.emphasis = false,
            TagEnd::Link => {
                if let Some(address) = self.link.take() {
                    self.glued = false;
                    self.word(&format!("<{address}>"), Style::new().dimmed());
                    self.glued = true;
                }
            }
            _ => {}
        }
    }

    /// Text with its own spaces.
    fn text(&mut self, text: &str) {
        let style = match (self.heading || self.strong, self.emphasis) {
            (true, _) => Style::new().bold(),
            (false, true) => Style::new().italic(),
            (false, false) => Style::new(),
        };
        self.glued &= !text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            self.word(word, style);
            self.glued = false;
        }
        self.glued = !text.ends_with(char::is_whitespace);
    }

    fn word(&mut self, word: &str, style: Style) {
        let word = one_line(word);
        let wide = word.chars().count();
        let shown = paint(&word, style);
        match self.words.last_mut().filter(|_| self.glued) {
            Some((last, width)) => {
                last.push_str(&shown);
                *width += wide;
            }
            None => self.words.push((shown, wide)),
        }
        self.glued = true;
    }

    fn margin(&self) -> String {
        "  ".repeat(self.lists.len())
    }

    /// Writes the words of a paragraph in lines.
    fn paragraph(&mut self, gap: bool) {
        let words = std::mem::take(&mut self.words);
        self.glued = false;
        if words.is_empty() {
            return;
        }
        let outer = "  ".repeat(self.lists.len().saturating_sub(1));
        let mark = self.mark.take();
        let first = match &mark {
            Some(mark) => format!("{outer}{mark}"),
            None => self.margin(),
        };
        let hanging = " ".repeat(mark.map_or(first.len(), |mark| outer.len() + mark.chars().count()));
        let (mut line, mut used) = (first, hanging.len());
        let mut begun = false;
        for (word, wide) in words {
            if begun && used + 1 + wide > self.width {
                self.out.push_str(&format!("{line}\n"));
                (line, used, begun) = (hanging.clone(), hanging.len(), false);
            }
            if begun {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += wide;
            begun = true;
        }
        self.out.push_str(&format!("{line}\n"));
        if gap {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_readable_without_colours() {
        let text = "# Two nodes\n\nThe pages of *the shop* are **gone**, see `ha-log` and\n[this](https://example.org).\n\n\
                    1. Look at node1.\n2. Save it, so that it survives a power cut of the active node and more words.\n\n\
                    - one\n- two\n\n```\nlab ssh node1\n```\n";
        let plain = anstream::adapter::strip_str(&rendered(text, 40)).to_string();
        assert_eq!(
            plain,
            "Two nodes\n\nThe pages of the shop are gone, see\nha-log and this <https://example.org>.\n\n\
             1. Look at node1.\n2. Save it, so that it survives a power\n   cut of the active node and more\n   words.\n\n\
             • one\n• two\n\n    lab ssh node1\n"
        );
    }

    #[test]
    fn a_text_does_not_control_the_terminal() {
        let shown = rendered("a \u{1b}]0;title\u{7} `\u{1b}[2J`\n\n    \u{1b}[2J\n", 80);
        assert!(!anstream::adapter::strip_str(&shown).to_string().contains('\u{1b}'), "{shown:?}");
    }
}
