//! Join cards to print: who sits where, and how to join, as a link for a phone and as a code to type.
//!
//! A page has eight cards on A4, black on white, in English and Indonesian at once. It is one file without
//! scripts and network access. It contains secrets: it is as valuable as all the codes in it.

mod qr;

use std::fmt::{self, Write as _};

use super::code::JoinCode;
use super::markup::{POLICY, escaped};
use super::roster::{Names, Student};

pub use qr::QrError;

const STYLE: &str = include_str!("cards/style.css");

/// The cards of a page: two columns of four.
const ON_A_PAGE: usize = 8;

/// Names with more characters are set smaller.
const LONG: usize = 30;

/// Names with more characters are set smaller again.
const LONGER: usize = 60;

/// The cards of a class.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// The title of the class.
    pub title: &'a str,
    /// The address that students type, such as `http://192.168.1.10:8080`.
    pub address: &'a str,
    /// Whether the session is recorded, as exams are. Each card says it.
    pub recorded: bool,
    /// Whether the cards have the names of the students.
    pub names: Names,
    /// The cards, in the order of the roster.
    pub cards: Vec<Card<'a>>,
}

/// A card of a student.
#[derive(Clone)]
pub struct Card<'a> {
    /// The student.
    pub student: &'a Student,
    /// The code to type.
    pub code: &'a JoinCode,
    /// The link with the student's key, which the QR code has.
    pub link: &'a str,
}

impl fmt::Debug for Card<'_> {
    /// The seat only: the link has the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({})", self.student.seat)
    }
}

/// The cards as a page of HTML.
///
/// # Errors
/// When a link is too long for a QR code.
pub fn page(sheet: &Sheet<'_>) -> Result<String, QrError> {
    let title = escaped(sheet.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{POLICY}\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    for cards in sheet.cards.chunks(ON_A_PAGE) {
        out += "<section class=\"sheet\">\n";
        for card in cards {
            out += &self::card(sheet, card)?;
        }
        out += "</section>\n";
    }
    Ok(out + "</body>\n</html>\n")
}

fn card(sheet: &Sheet<'_>, card: &Card<'_>) -> Result<String, QrError> {
    let Student { seat, name, .. } = card.student;
    let mut out = format!("<article class=\"card\">\n<div class=\"class\">{}</div>\n", escaped(sheet.title));
    let _ = write!(out, "<div class=\"who\"><span class=\"seat\">{seat}</span>");
    if sheet.names == Names::Shown {
        let letters = name.chars().count();
        let class = match letters {
            _ if letters > LONGER => "name longer",
            _ if letters > LONG => "name long",
            _ => "name",
        };
        let _ = write!(out, "<span class=\"{class}\">{}</span>", escaped(name));
    }
    let _ = write!(out, "</div>\n<div class=\"way\">\n{}\n<div class=\"steps\">\n", qr::svg(card.link)?);
    out += "<div>Scan, or open <span class=\"other\" lang=\"id\">Pindai, atau buka</span>";
    let _ = writeln!(out, "<b>{}</b></div>", escaped(sheet.address));
    out += "<div>and type the code <span class=\"other\" lang=\"id\">lalu ketik kode</span>";
    let _ = writeln!(out, "<b class=\"code\">{}</b></div>\n</div>\n</div>", card.code.text());
    let (class, english, indonesian) = match sheet.recorded {
        true => ("foot recorded", "This session is recorded.", "Sesi ini direkam."),
        false => ("foot", "This session is not recorded.", "Sesi ini tidak direkam."),
    };
    let _ = write!(out, "<div class=\"{class}\">{english} Keep this card to yourself. ");
    let _ = write!(out, "<span class=\"other\" lang=\"id\">/ {indonesian} ");
    out += "Jangan tunjukkan kartu ini kepada orang lain.</span></div>\n</article>\n";
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::roster;

    const LINK: &str = "http://192.168.1.10:8080/join#00112233445566778899aabbccddeeff";

    fn students(count: usize) -> Vec<Student> {
        let list: String = (1..=count).map(|number| format!("Student {number}\n")).collect();
        let mut students = roster::read(list.as_bytes()).unwrap().students;
        students[0].name = "<img src=x onerror=\"alert(1)\">&amp;'".to_owned();
        students
    }

    fn made(count: usize, change: impl FnOnce(&mut Sheet<'_>)) -> String {
        let students = students(count);
        let code: JoinCode = "BCDF-GHJK".parse().unwrap();
        let cards = students.iter().map(|student| Card { student, code: &code, link: LINK }).collect();
        let mut sheet = Sheet {
            title: "<i>HA</i> & disks",
            address: "http://192.168.1.10:8080/<b>",
            recorded: false,
            names: Names::Shown,
            cards,
        };
        change(&mut sheet);
        page(&sheet).unwrap()
    }

    /// The page as XML, of which nothing is in a shorter form but these.
    fn xml(page: &str) -> String {
        let closed =
            |line: &str| if line.starts_with("<meta ") { line.replace('>', "/>") } else { line.to_owned() };
        page.lines().filter(|line| !line.starts_with("<!doctype")).map(|line| closed(line) + "\n").collect()
    }

    #[test]
    fn a_page_has_eight_cards_and_all_have_what_a_student_needs() {
        let text = xml(&made(17, |_| {}));
        let document = roxmltree::Document::parse(&text).unwrap();
        let sheets: Vec<_> = document.descendants().filter(|node| node.has_tag_name("section")).collect();
        let counts: Vec<usize> = sheets
            .iter()
            .map(|sheet| sheet.children().filter(|node| node.has_tag_name("article")).count())
            .collect();
        assert_eq!(counts, [8, 8, 1]);
        let card = sheets[2].descendants().find(|node| node.has_tag_name("article")).unwrap();
        let words: Vec<&str> = card
            .descendants()
            .filter(|node| node.is_text())
            .filter_map(|node| node.text())
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .collect();
        assert_eq!(
            words,
            [
                "<i>HA</i> & disks",
                "s17",
                "Student 17",
                "Scan, or open",
                "Pindai, atau buka",
                "http://192.168.1.10:8080/<b>",
                "and type the code",
                "lalu ketik kode",
                "BCDF-GHJK",
                "This session is not recorded. Keep this card to yourself.",
                "/ Sesi ini tidak direkam. Jangan tunjukkan kartu ini kepada orang lain.",
            ]
        );
        assert!(card.descendants().any(|node| node.tag_name().name() == "svg"));
    }

    #[test]
    fn every_value_is_escaped_and_nothing_is_loaded() {
        let page = made(1, |_| {});
        let text = xml(&page);
        let document = roxmltree::Document::parse(&text).unwrap();
        let known = "html head meta title style body section article div span b svg path";
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            assert!(known.split(' ').any(|known| known == node.tag_name().name()), "{node:?}");
        }
        assert!(page.contains("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;amp;&#39;"), "{page}");
        for part in ["url(", "@import", "src=\"", "href"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn names_can_be_hidden_and_a_recording_is_announced() {
        let page = made(2, |sheet| (sheet.names, sheet.recorded) = (Names::Hidden, true));
        assert!(!page.contains("Student 2") && page.contains("s02"));
        assert!(page.contains("This session is recorded.") && page.contains("Sesi ini direkam."));
        assert!(!page.contains("not recorded") && !page.contains("tidak direkam"));
    }

    #[test]
    fn no_secret_is_shown_by_accident() {
        let students = students(1);
        let code: JoinCode = "BCDF-GHJK".parse().unwrap();
        let cards = vec![Card { student: &students[0], code: &code, link: LINK }];
        let sheet = Sheet { title: "HA", address: "", recorded: false, names: Names::Shown, cards };
        let shown = format!("{sheet:?}");
        assert!(
            shown.contains("[Card(s01)]") && !shown.contains("0011") && !shown.contains("BCDF"),
            "{shown}"
        );
    }

    #[test]
    fn long_names_are_small() {
        let mut students = students(3);
        for (student, letters) in students.iter_mut().zip([30, 31, 61]) {
            student.name = "é".repeat(letters);
        }
        let code: JoinCode = "BCDF-GHJK".parse().unwrap();
        let cards = students.iter().map(|student| Card { student, code: &code, link: LINK }).collect();
        let sheet = Sheet { title: "", address: "", recorded: false, names: Names::Shown, cards };
        let page = page(&sheet).unwrap();
        for class in ["\"name\"", "\"name long\"", "\"name longer\""] {
            assert_eq!(page.matches(class).count(), 1, "{class}");
        }
    }

    #[test]
    fn a_link_that_does_not_fit_is_refused() {
        let students = students(1);
        let code: JoinCode = "BCDF-GHJK".parse().unwrap();
        let link = "a".repeat(3000);
        let cards = vec![Card { student: &students[0], code: &code, link: &link }];
        let sheet = Sheet { title: "", address: "", recorded: false, names: Names::Shown, cards };
        assert_eq!(page(&sheet).unwrap_err().to_string(), "a link of 3000 bytes does not fit into a QR code");
    }
}
