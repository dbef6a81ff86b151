//! The installed packages of a root tree, from dpkg's status file.

use std::collections::BTreeMap;

/// The longest name and version that are kept, in bytes.
const LONGEST: usize = 128;

/// Reads the packages that are installed, with their versions. What is not written as Debian's policy
/// requires is left out.
pub fn installed(status: &str) -> BTreeMap<String, String> {
    status.split("\n\n").filter_map(entry).collect()
}

fn entry(paragraph: &str) -> Option<(String, String)> {
    let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    if field("Status")?.split(' ').next_back() != Some("installed") {
        return None;
    }
    let (name, version) = (field("Package")?, field("Version")?);
    (is_name(name) && is_version(version)).then(|| (name.to_owned(), version.to_owned()))
}

/// A package and its version, from the name that apt gives the file: `drbd-utils_1%3a9.22.0-1_amd64.deb`.
pub fn of_file(name: &str) -> Option<(String, String)> {
    let mut parts = name.strip_suffix(".deb")?.split('_');
    let (Some(package), Some(version), Some(_architecture), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    // apt escapes the colon of an epoch, and nothing else that a version may have.
    let version = version.replace("%3a", ":");
    (is_name(package) && is_version(&version)).then(|| (package.to_owned(), version))
}

/// Policy 5.6.1: two or more lowercase letters, digits, `+`, `-` and `.`, beginning with a letter or digit.
pub fn is_name(name: &str) -> bool {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (2..=LONGEST).contains(&name.len())
        && name.bytes().all(|c| letter(c) || b"+-.".contains(&c))
        && name.bytes().next().is_some_and(letter)
}

/// Policy 5.6.12: letters, digits, `.`, `+`, `~`, `-`, and `:` after an epoch.
pub fn is_version(version: &str) -> bool {
    (1..=LONGEST).contains(&version.len())
        && version.bytes().all(|c| c.is_ascii_alphanumeric() || b".+~-:".contains(&c))
        && version.bytes().next().is_some_and(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_packages_with_clean_words_are_listed() {
        let status = "Package: apt\nStatus: install ok installed\nPriority: required\nVersion: 2.6.1\n\n\
                      Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                      Package: half\nStatus: install ok half-installed\nVersion: 1\n\n\
                      Package: \u{1b}[2Jevil\nStatus: install ok installed\nVersion: 1\n\n\
                      Package: evil\nStatus: install ok installed\nVersion: 1\u{7}\n\n\
                      Package: drbd-utils\nStatus: install ok installed\nVersion: 9.22.0-1\nConffiles:\n /etc/x 0\n";
        let found: Vec<_> = installed(status).into_iter().collect();
        let expected = [("apt", "2.6.1"), ("drbd-utils", "9.22.0-1")];
        assert_eq!(found, expected.map(|(name, version)| (name.to_owned(), version.to_owned())));
        assert!(installed("").is_empty() && installed("\n\n\n").is_empty());
    }

    #[test]
    fn a_file_of_apt_tells_package_and_version() {
        let found = of_file("heartbeat_1%3a3.0.6-13+b1_amd64.deb").unwrap();
        assert_eq!(found, ("heartbeat".to_owned(), "1:3.0.6-13+b1".to_owned()));
        for other in [
            "",
            "a_1_amd64.deb",
            "-oX_1_all.deb",
            "ab_1.deb",
            "ab_1_all.deb_",
            "ab_;x_all.deb",
            "ab_1_c_d.deb",
        ] {
            assert_eq!(of_file(other), None, "{other}");
        }
    }
}
