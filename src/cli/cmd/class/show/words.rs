//! What `lab class show` says, in each language.

use crate::app::class::{CheckRow, Deed, KeptHandIn, Phase, shown};
use crate::app::exercise::{Language, State};
use crate::app::size;

/// Something to say.
pub enum Word<'a> {
    /// A student has joined, at this moment.
    Joined(String),
    /// A student has not joined.
    NotJoined,
    /// Where the bench is in the time of the class.
    Phase(Phase),
    /// Until when.
    Until(String),
    /// The instance stands.
    Stands,
    /// It does not.
    DoesNotStand,
    /// The hand is up.
    AsksForHelp,
    /// A wrong answer is right at other benches.
    RightForOthers {
        /// The answer.
        answer: String,
        /// The benches.
        seats: String,
    },
    /// All points sooner than a student needs.
    SolvedFast {
        /// The time that it took.
        took: String,
        /// The least time that a student needs.
        least: String,
    },
    /// The planned time.
    Planned(String),
    /// An exercise was not begun.
    NotBegun,
    /// What lateness costs, in percent.
    Late(u32),
    /// The heading of messages and orders.
    Events,
    /// What happened.
    Deed(&'a Deed),
}

/// Says something.
pub fn word(word: Word<'_>, language: Language) -> String {
    match language {
        Language::En => english(word),
        Language::Id => indonesian(word),
    }
}

fn english(word: Word<'_>) -> String {
    match word {
        Word::Joined(at) => format!("joined {at}"),
        Word::NotJoined => "not joined".to_owned(),
        Word::Phase(phase) => match phase {
            Phase::Before => "before the class",
            Phase::Working => "at work",
            Phase::Late => "after the deadline, can hand in late",
            Phase::Frozen => "stopped by the teacher",
            Phase::Over => "over",
        }
        .to_owned(),
        Word::Until(until) => format!("until {until}"),
        Word::Stands => "stands".to_owned(),
        Word::DoesNotStand => "does not stand".to_owned(),
        Word::AsksForHelp => "asks for help".to_owned(),
        Word::RightForOthers { answer, seats } => {
            format!("the wrong answer \"{answer}\" is the right one of {seats}")
        }
        Word::SolvedFast { took, least } => {
            format!("all points {took} after the start; no one is expected to need less than {least}")
        }
        Word::Planned(time) => format!("planned: {time}"),
        Word::NotBegun => "not begun".to_owned(),
        Word::Late(percent) => format!(", late: -{percent} %"),
        Word::Events => "messages and orders".to_owned(),
        Word::Deed(deed) => english_deed(deed),
    }
}

fn english_deed(deed: &Deed) -> String {
    let all = |to_all: &bool| if *to_all { " (all)" } else { "" };
    match deed {
        Deed::Began => "begun".to_owned(),
        Deed::Checked { checks } => {
            format!("had it graded: {} of {} checks passed", passed(checks), checks.len())
        }
        Deed::Hinted { number, cost } => format!("bought hint {number} for {cost} %"),
        Deed::Answered { check, answer, right } => {
            let verdict = match right {
                Some(true) => ": right",
                Some(false) => ": wrong",
                None => "",
            };
            format!("answered \"{answer}\" to {check}{verdict}")
        }
        Deed::Undone => "went back to the start".to_owned(),
        Deed::Saved { name } => format!("saved as {name}"),
        Deed::Loaded { name } => format!("went back to {name}"),
        Deed::Finished => "ended".to_owned(),
        Deed::HandedIn { by_deadline, receipt, late, kept } => {
            let by = if *by_deadline { " by the deadline" } else { "" };
            let late = if *late > 0 { format!(", late: -{late} %") } else { String::new() };
            let kept = space(kept.as_ref(), "packed");
            format!("handed in{by}{late}{kept}; receipt {}", receipt.as_deref().unwrap_or("-"))
        }
        Deed::Graded { points, of, .. } => format!("the hand-in was graded: {points} of {of} points"),
        Deed::Joined { student } => format!("{student} joined"),
        Deed::Said { to_all, text } => format!("the teacher{}: {text}", all(to_all)),
        Deed::Hand { up: true } => "raised the hand".to_owned(),
        Deed::Hand { up: false } => "took the hand down".to_owned(),
        Deed::Extended { to_all, until } => format!("deadline{}: {}", all(to_all), shown(*until)),
        Deed::Frozen { to_all, frozen: true } => format!("stopped{}", all(to_all)),
        Deed::Frozen { to_all, frozen: false } => format!("goes on{}", all(to_all)),
        Deed::Reseeded => "other values from the next start on".to_owned(),
    }
}

fn indonesian(word: Word<'_>) -> String {
    match word {
        Word::Joined(at) => format!("bergabung {at}"),
        Word::NotJoined => "belum bergabung".to_owned(),
        Word::Phase(phase) => match phase {
            Phase::Before => "sebelum kelas",
            Phase::Working => "sedang bekerja",
            Phase::Late => "lewat batas waktu, masih bisa mengumpulkan terlambat",
            Phase::Frozen => "dihentikan oleh pengajar",
            Phase::Over => "selesai",
        }
        .to_owned(),
        Word::Until(until) => format!("sampai {until}"),
        Word::Stands => "berjalan".to_owned(),
        Word::DoesNotStand => "tidak berjalan".to_owned(),
        Word::AsksForHelp => "meminta bantuan".to_owned(),
        Word::RightForOthers { answer, seats } => {
            format!("jawaban salah \"{answer}\" adalah jawaban benar di {seats}")
        }
        Word::SolvedFast { took, least } => {
            format!("semua poin {took} setelah mulai; tidak ada yang diperkirakan perlu kurang dari {least}")
        }
        Word::Planned(time) => format!("direncanakan: {time}"),
        Word::NotBegun => "belum dimulai".to_owned(),
        Word::Late(percent) => format!(", terlambat: -{percent} %"),
        Word::Events => "pesan dan perintah".to_owned(),
        Word::Deed(deed) => indonesian_deed(deed),
    }
}

fn indonesian_deed(deed: &Deed) -> String {
    let all = |to_all: &bool| if *to_all { " (semua)" } else { "" };
    match deed {
        Deed::Began => "dimulai".to_owned(),
        Deed::Checked { checks } => {
            format!("meminta penilaian: {} dari {} pemeriksaan lulus", passed(checks), checks.len())
        }
        Deed::Hinted { number, cost } => format!("membeli petunjuk {number} seharga {cost} %"),
        Deed::Answered { check, answer, right } => {
            let verdict = match right {
                Some(true) => ": benar",
                Some(false) => ": salah",
                None => "",
            };
            format!("menjawab \"{answer}\" untuk {check}{verdict}")
        }
        Deed::Undone => "kembali ke awal".to_owned(),
        Deed::Saved { name } => format!("disimpan sebagai {name}"),
        Deed::Loaded { name } => format!("kembali ke {name}"),
        Deed::Finished => "diakhiri".to_owned(),
        Deed::HandedIn { by_deadline, receipt, late, kept } => {
            let by = if *by_deadline { " oleh batas waktu" } else { "" };
            let late = if *late > 0 { format!(", terlambat: -{late} %") } else { String::new() };
            let kept = space(kept.as_ref(), "dimampatkan");
            format!("dikumpulkan{by}{late}{kept}; tanda terima {}", receipt.as_deref().unwrap_or("-"))
        }
        Deed::Graded { points, of, .. } => format!("hasil kerja dinilai: {points} dari {of} poin"),
        Deed::Joined { student } => format!("{student} bergabung"),
        Deed::Said { to_all, text } => format!("pengajar{}: {text}", all(to_all)),
        Deed::Hand { up: true } => "mengangkat tangan".to_owned(),
        Deed::Hand { up: false } => "menurunkan tangan".to_owned(),
        Deed::Extended { to_all, until } => {
            format!("batas waktu{}: {}", all(to_all), shown(*until))
        }
        Deed::Frozen { to_all, frozen: true } => format!("dihentikan{}", all(to_all)),
        Deed::Frozen { to_all, frozen: false } => format!("dilanjutkan{}", all(to_all)),
        Deed::Reseeded => "nilai lain mulai dari awal berikutnya".to_owned(),
    }
}

/// The disk space of a hand-in, and whether it is packed.
fn space(kept: Option<&KeptHandIn>, packed: &str) -> String {
    kept.map_or_else(String::new, |kept| match kept.packed {
        true => format!(", {} ({packed})", size(kept.bytes)),
        false => format!(", {}", size(kept.bytes)),
    })
}

fn passed(checks: &[CheckRow]) -> usize {
    let outcomes = checks.iter().filter_map(|check| check.outcome.as_ref());
    outcomes.filter(|outcome| outcome.state == State::Passed).count()
}
