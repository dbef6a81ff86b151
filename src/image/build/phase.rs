//! Derives progress from the output of mmdebstrap and apt.

use crate::work::Progress;

/// The progress known from the lines so far.
#[derive(Debug, Default)]
pub struct Phases {
    /// The bytes that apt announced, and those downloaded.
    download: Option<(u64, u64)>,
    /// The packages that apt announced, and those set up.
    packages: Option<(usize, usize)>,
}

impl Phases {
    /// The progress of a program that will download this many bytes, if known.
    pub fn downloading(total: Option<u64>) -> Self {
        Self { download: total.map(|total| (0, total)), packages: None }
    }

    /// The progress that a line reports, if any.
    pub fn read(&mut self, line: &str) -> Option<Progress> {
        if let Some(rest) = line.strip_prefix("I: ") {
            return mmdebstrap_phase(rest);
        }
        if let Some(rest) = line.strip_prefix("Need to get ") {
            // "Need to get 12.3 MB of archives." or, with some of it cached, "Need to get 1 MB/12.3 MB of
            // archives."
            let total = bytes(rest.split(" of ").next()?.split('/').next()?)?;
            self.download = Some((0, total));
            return Some(Progress::Bytes { done: 0, total: Some(total) });
        }
        if line.starts_with("Get:") {
            let (done, total) = self.download.as_mut()?;
            *done += bytes(line.rsplit_once('[')?.1.strip_suffix(']')?)?;
            return Some(Progress::Bytes { done: (*done).min(*total), total: Some(*total) });
        }
        if let Some((_, rest)) = line.split_once(" upgraded, ") {
            self.packages = Some((0, rest.split(' ').next()?.parse().ok()?));
            return None;
        }
        if line.starts_with("Setting up ") {
            let (done, total) = self.packages.as_mut()?;
            *done += 1;
            return Some(Progress::Phase(format!("setting up packages ({done} of {total})")));
        }
        None
    }
}

/// mmdebstrap's own messages, reworded as what the user is waiting for.
fn mmdebstrap_phase(message: &str) -> Option<Progress> {
    let phase = match message.trim_end_matches('.') {
        "running apt-get update" => "reading the package lists",
        "downloading packages with apt" => "downloading packages",
        "extracting archives" => "unpacking the essential packages",
        "installing essential packages" => "installing the essential packages",
        "installing remaining packages inside the chroot" => "installing packages",
        _ => return None,
    };
    Some(Progress::Phase(phase.to_owned()))
}

/// apt's sizes: `731 kB`, `12.3 MB`, `584 B`, in powers of 1000.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let factor = match unit {
        "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        _ => return None,
    };
    let number: f64 = number.replace(',', "").parse().ok()?;
    Some((number * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_followed() {
        let mut phases = Phases::default();
        let phase = |text: &str| Some(Progress::Phase(text.to_owned()));
        let bytes = |done| Some(Progress::Bytes { done, total: Some(2_500_000) });
        for (line, expected) in [
            ("I: automatically chosen mode: root", None),
            ("I: running apt-get update...", phase("reading the package lists")),
            ("Get:1 http://a.example bookworm InRelease [151 kB]", None),
            ("0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.", None),
            ("Need to get 2.5 MB/3 MB of archives.", bytes(0)),
            ("Get:1 http://a.example bookworm/main amd64 gawk amd64 1:5.2.1-2 [673 kB]", bytes(673_000)),
            ("Get:2 http://a.example bookworm/main amd64 drbd-utils amd64 9 [1,900 kB]", bytes(2_500_000)),
            ("Setting up gawk (1:5.2.1-2) ...", phase("setting up packages (1 of 2)")),
            ("Setting up drbd-utils (9.22.0-1) ...", phase("setting up packages (2 of 2)")),
        ] {
            assert_eq!(phases.read(line), expected, "{line}");
        }
    }
}
