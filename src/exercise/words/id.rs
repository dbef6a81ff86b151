//! Indonesian.

use super::{Figure, Invariant, Language, Millis, Phrase, Score, Seen, State, Words, percent, seconds};

/// Indonesian sentences.
pub struct Indonesian;

impl Words for Indonesian {
    fn seen(&self, seen: &Seen) -> String {
        match seen {
            Seen::Healthy => "semua pemeriksaan kesehatan terpenuhi".to_owned(),
            Seen::Unhealthy { title } => format!("ini tidak terpenuhi: {title}"),
            Seen::OneHolder { address, node } => format!("hanya {node} yang menjawab untuk {address}"),
            Seen::NoHolder { address } => format!("tidak ada node yang menjawab untuk {address}"),
            Seen::OtherHolder { address, node, wanted } => {
                format!("{node} yang menjawab untuk {address}, bukan {wanted}")
            }
            Seen::SeveralHolders { address, nodes } => {
                format!("{nodes} menjawab untuk {address} pada saat yang sama")
            }
            Seen::Held { invariant } => held(*invariant).to_owned(),
            Seen::Violated { invariant } => violated(*invariant).to_owned(),
            Seen::Requests { failed, sent, allowed } => {
                format!("{failed} dari {sent} permintaan gagal; {allowed} boleh gagal")
            }
            Seen::Measured { figure, value, full, none } => format!(
                "{} {} detik; nilai penuh sampai {} detik, nol mulai {} detik",
                name(*figure),
                comma(&seconds(*value)),
                comma(&seconds(*full)),
                comma(&seconds(*none))
            ),
            Seen::DrillPassed { outage: None } => "ujinya lulus".to_owned(),
            Seen::DrillPassed { outage: Some(Millis(0)) } => {
                "ujinya lulus; layanan tidak pernah terputus".to_owned()
            }
            Seen::DrillPassed { outage: Some(outage) } => {
                format!("ujinya lulus; layanan terputus paling lama {} detik", comma(&seconds(*outage)))
            }
            Seen::DrillFailed { what } => what.clone(),
            Seen::Property { says } => says.get(Language::Id).to_owned(),
            Seen::AllOfPool { count } => format!("{count} dari {count} uji tersembunyi lulus"),
            Seen::Unsteady => "klaster tidak sehat, jadi tidak ada yang bisa diuji".to_owned(),
            Seen::Takeovers { count: 0 } => {
                "tidak ada pengambilalihan dan tidak ada permintaan yang gagal".to_owned()
            }
            Seen::Takeovers { count } => {
                format!("{count} kali pengambilalihan padahal klaster tidak diganggu")
            }
            Seen::Writes { lost: 0, of } => format!("semua {of} tulisan yang sudah dikonfirmasi masih ada"),
            Seen::Writes { lost, of } => format!("{lost} dari {of} tulisan yang sudah dikonfirmasi hilang"),
            Seen::ConfigAsWanted => "isi konfigurasi sudah seperti seharusnya".to_owned(),
            Seen::ConfigDiffers { path } => format!("isi {path} tidak seperti seharusnya"),
            Seen::ScriptEnded => "berfungsi".to_owned(),
            Seen::ScriptFailed { text } => format!("tidak berfungsi: {text}"),
            Seen::RightAnswer => "benar".to_owned(),
            Seen::WrongAnswer { left } => format!("salah; {left} jawaban lagi akan dinilai"),
            Seen::NoAnswer => "belum dijawab: `lab answer`".to_owned(),
            Seen::Guessed { guess, measured } => format!(
                "perkiraan {} detik, terukur {} detik",
                comma(&seconds(*guess)),
                comma(&seconds(*measured))
            ),
            Seen::Unclear { why } => format!("pengukuran tidak membuktikan apa pun: {why}"),
        }
    }

    fn state(&self, state: State) -> &'static str {
        match state {
            State::Passed => "lulus",
            State::Failed => "gagal",
            State::Inconclusive => "tidak pasti",
            State::Open => "terbuka",
        }
    }

    fn phrase(&self, phrase: Phrase) -> String {
        match phrase {
            Phrase::Grading => "menilai salinan klaster Anda; klaster Anda tetap berjalan".to_owned(),
            Phrase::Points { points, of } => format!("{points} dari {of}"),
            Phrase::Score(score) => total(&score),
            Phrase::Pass => "lulus".to_owned(),
            Phrase::NoPass => "belum lulus".to_owned(),
            Phrase::LeftOpen => "ada pemeriksaan yang belum pasti hasilnya: nilai sekali lagi".to_owned(),
            Phrase::Told => "sebagian menurut node itu sendiri".to_owned(),
            Phrase::NoHint => "tidak ada petunjuk lagi".to_owned(),
            Phrase::Hint { number, cost } => format!("petunjuk {number} (biaya {cost} %)"),
            Phrase::AnswerTaken => "jawaban dicatat; `lab grade` menilainya".to_owned(),
            Phrase::Ready => "klaster sudah siap".to_owned(),
            Phrase::Next => "`lab task` menampilkan ini lagi, `lab grade` memeriksa hasil kerja".to_owned(),
            Phrase::AtStart => "klaster kembali seperti pada awal latihan".to_owned(),
            Phrase::Saved => "tersimpan".to_owned(),
            Phrase::Loaded => "klaster kembali seperti saat disimpan".to_owned(),
            Phrase::Finished => "selesai; klaster tetap jalan, `lab down` menghapusnya".to_owned(),
            Phrase::Time(time) => format!("waktu yang direncanakan: {time}"),
            Phrase::Questions => "Pertanyaan".to_owned(),
            Phrase::Checks { pass } => format!("Poin (batas lulus {pass} %)"),
            Phrase::OnlyFiles => {
                "Hanya berkas berikut yang dinilai: berkas itu dipasang pada klaster yang baru".to_owned()
            }
            Phrase::Hints(count) => format!("{count} petunjuk: `lab hint`"),
            Phrase::Verified => "setiap poin sesuai dengan rekaman".to_owned(),
        }
    }
}

/// Indonesian writes a comma before the decimals.
fn comma(number: &str) -> String {
    number.replace('.', ",")
}

fn total(score: &Score) -> String {
    let Score { points, of, hints, pass, .. } = score;
    let hints = if *hints > 0 { format!(", dikurangi {hints} % untuk petunjuk") } else { String::new() };
    format!("{points} dari {of} poin{hints}: {} %; batas lulus {pass} %", comma(&percent(score.hundredths())))
}

fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "failover memakan waktu",
        Figure::Failback => "failback memakan waktu",
        Figure::WriteOutage => "penulisan ditolak selama",
        Figure::Redundancy => "redundan kembali setelah",
        Figure::Outage => "layanan tidak tersedia selama",
    }
}

fn held(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::OneHolder => "selalu hanya satu node yang menjawab untuk alamat itu",
        Invariant::AcknowledgedWrites => "semua tulisan yang sudah dikonfirmasi masih ada",
        Invariant::FailbackAsDeclared => "alamat berada di tempat yang ditentukan pengaturan",
        Invariant::ReplicasEqual => "semua salinan data sama",
        Invariant::OnePrimary => "selalu hanya satu node yang menjadi primary DRBD",
        Invariant::NoSplitBrain => "DRBD tidak menemukan split brain",
        Invariant::DisksEqual => "kedua disk sama",
        Invariant::Released => "node cadangan telah melepas alamat dan disk",
        Invariant::NoCollateral => "tidak ada node yang rusak",
        Invariant::FencedTakeover => "tidak ada node yang mengambil alih dari node yang masih menyala",
    }
}

fn violated(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::OneHolder => "dua node menjawab untuk alamat itu pada saat yang sama",
        Invariant::AcknowledgedWrites => "ada tulisan yang sudah dikonfirmasi tetapi hilang",
        Invariant::FailbackAsDeclared => "alamat tidak berada di tempat yang ditentukan pengaturan",
        Invariant::ReplicasEqual => "salinan data berbeda",
        Invariant::OnePrimary => "kedua node menjadi primary DRBD pada saat yang sama",
        Invariant::NoSplitBrain => "DRBD menemukan split brain",
        Invariant::DisksEqual => "kedua disk berbeda",
        Invariant::Released => "node cadangan masih memegang alamat atau disk",
        Invariant::NoCollateral => "ada node yang rusak",
        Invariant::FencedTakeover => "sebuah node mengambil alih dari node yang masih menyala",
    }
}
