//! Words of lab, stack and image files that other programs read: package managers, `ip`, systemd, HTTP
//! servers, file systems. Each kind has a grammar, which is checked when a file is read; a word that keeps to
//! it is no option of a program, has no second line, and means the same everywhere.

#[cfg(test)]
mod tests;

/// A kind of word.
#[derive(Debug)]
pub struct Word {
    /// The grammar as a pattern of JSON Schema.
    pub pattern: &'static str,
    /// What it is, with its article.
    pub kind: &'static str,
    /// An example, as in a file.
    pub example: &'static str,
    /// The longest word, in bytes.
    longest: usize,
    fits: fn(&str) -> bool,
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Word {}

impl Word {
    /// Whether a text is such a word.
    pub fn fits(&self, text: &str) -> bool {
        text.len() <= self.longest && (self.fits)(text)
    }

    /// The kind with this pattern.
    pub fn of_pattern(pattern: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|word| word.pattern == pattern)
    }
}

/// Paths in a guest that belong to `lab` itself, with everything below them.
const OURS: [&str; 4] = ["/etc/halab", "/usr/lib/halab", "/var/lib/halab", "/run/halab"];

/// Folders of a guest that hold no files of a disk.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// A release of a distribution.
pub static SUITE: Word = Word {
    pattern: SUITE_PATTERN,
    kind: "the name of a suite",
    example: "one such as `\"trixie\"`",
    longest: 64,
    fits: |text| begins(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit()) && all(text, ".-"),
};

/// A component of an archive.
pub static COMPONENT: Word = Word {
    pattern: COMPONENT_PATTERN,
    kind: "the name of a component",
    example: "one such as `\"main\"`",
    longest: 64,
    fits: |text| begins(text, |c| c.is_ascii_lowercase()) && all(text, "-"),
};

/// A Debian package. apt would remove a package whose name ends with `-`.
pub static PACKAGE: Word = Word {
    pattern: PACKAGE_PATTERN,
    kind: "the name of a package",
    example: "one such as `\"nginx-light\"`",
    longest: 128,
    fits: |text| {
        text.len() >= 2
            && begins(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit())
            && all(text, "+.-")
            && !text.ends_with(['-', '.'])
    },
};

/// The URL of a package archive.
pub static ARCHIVE: Word = Word {
    pattern: ARCHIVE_PATTERN,
    kind: "the URL of an archive",
    example: "one such as `\"http://mirror.example/debian\"`",
    longest: 1000,
    fits: |text| web(text).is_some_and(|rest| rest.bytes().all(|byte| !b"?#".contains(&byte))),
};

/// The URL of an image.
pub static IMAGE_URL: Word = Word {
    pattern: IMAGE_URL_PATTERN,
    kind: "the URL of an image",
    example: "one such as `\"https://…\"`, `\"http://…\"` or `\"file:///…\"`",
    longest: 2000,
    fits: |text| match text.strip_prefix("file://") {
        Some(path) => path.starts_with('/') && !path.contains(char::is_control),
        None => web(text).is_some(),
    },
};

/// A file of the machine that apt reads.
pub static KEYRING: Word = Word {
    pattern: KEYRING_PATTERN,
    kind: "the path of a keyring",
    example: "one such as `\"/usr/share/keyrings/debian-archive-keyring.gpg\"`",
    longest: 1000,
    fits: |text| normal(text) && text.bytes().all(|byte| letter(byte) || b"/._+@~-".contains(&byte)),
};

/// A user of a guest.
pub static USER: Word = Word {
    pattern: USER_PATTERN,
    kind: "the name of a user",
    example: "one such as `\"debian\"`",
    longest: 32,
    fits: user,
};

/// The owner and the group of a file in a guest.
pub static OWNER: Word = Word {
    pattern: OWNER_PATTERN,
    kind: "an owner and a group",
    example: "one such as `\"root:root\"`",
    longest: 65,
    fits: |text| {
        let (owner, group) = text.split_once(':').unwrap_or((text, "root"));
        user(owner) && user(group) && owner.len().max(group.len()) <= 32
    },
};

/// A unit of systemd.
pub static UNIT: Word = Word {
    pattern: UNIT_PATTERN,
    kind: "the name of a unit",
    example: "one such as `\"apache2.service\"`",
    longest: 128,
    fits: |text| {
        let name = UNIT_KINDS.iter().find_map(|kind| text.strip_suffix(kind));
        name.is_some_and(|name| {
            begins(name, |c| c.is_ascii_alphanumeric() || c == '_')
                && name.bytes().all(|byte| letter(byte) || b":_.@-".contains(&byte))
        })
    },
};

const UNIT_KINDS: [&str; 6] = [".service", ".socket", ".timer", ".target", ".mount", ".path"];

/// A bridge of the machine.
pub static BRIDGE: Word = Word {
    pattern: BRIDGE_PATTERN,
    kind: "the name of a bridge",
    example: "the name of a bridge of the machine, as `ip link` shows it: at most 15 characters",
    longest: 15,
    fits: |text| {
        begins(text, |c| c.is_ascii_alphanumeric() || c == '_')
            && text.bytes().all(|byte| letter(byte) || b"_.-".contains(&byte))
    },
};

/// A path that a stack may write in a guest.
pub static GUEST_PATH: Word = Word {
    pattern: GUEST_PATH_PATTERN,
    kind: "a path for a file in a guest",
    example: "an absolute path without `..`, and not below `/etc/halab`, `/usr/lib/halab`, `/var/lib/halab`, \
              `/run/halab`, `/proc`, `/sys` or `/dev`",
    longest: 1000,
    fits: |text| {
        let below = |folder: &&str| {
            text.strip_prefix(*folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        normal(text) && !OURS.iter().chain(&KERNEL).any(below)
    },
};

/// A file of a guest that is read.
pub static LOG_FILE: Word = Word {
    pattern: LOG_FILE_PATTERN,
    kind: "the path of a log",
    example: "an absolute path, such as `\"/var/log/ha-log\"`",
    longest: 1000,
    fits: normal,
};

/// The path of a request.
pub static URL_PATH: Word = Word {
    pattern: URL_PATH_PATTERN,
    kind: "the path of a request",
    example: "one such as `\"/health\"`: it begins with `/` and has neither spaces nor control characters",
    longest: 1000,
    fits: |text| text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()),
};

/// A file of a stack, or of another stack beside it.
pub static STACK_FILE: Word = Word {
    pattern: STACK_FILE_PATTERN,
    kind: "a file of a stack",
    example: "a name such as `\"start.sh\"`, or `\"../STACK/start.sh\"` for a file of another stack",
    longest: 200,
    fits: |text| {
        let (stack, file) = match text.strip_prefix("../") {
            Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
            None => ("own", text),
        };
        let part = |part: &str| {
            begins(part, |c| c.is_ascii_alphanumeric() || c == '_')
                && part.bytes().all(|byte| letter(byte) || b"._-".contains(&byte))
        };
        super::check_name(stack, 32).is_ok() && file.split('/').all(part)
    },
};

/// A file in the folder of a lab.
pub static LAB_FILE: Word = Word {
    pattern: LAB_FILE_PATTERN,
    kind: "a file beside the lab",
    example: "a path in the lab's folder, such as `\"site.conf\"` or `\"files/site.conf\"`",
    longest: 200,
    fits: |text| {
        let part = |part: &str| {
            begins(part, |c| c.is_ascii_alphanumeric() || "._".contains(c))
                && !matches!(part, "." | "..")
                && part.bytes().all(|byte| letter(byte) || b"._@+-".contains(&byte))
        };
        text.split('/').all(part)
    },
};

static ALL: [&Word; 15] = [
    &SUITE,
    &COMPONENT,
    &PACKAGE,
    &ARCHIVE,
    &IMAGE_URL,
    &KEYRING,
    &USER,
    &OWNER,
    &UNIT,
    &BRIDGE,
    &GUEST_PATH,
    &LOG_FILE,
    &URL_PATH,
    &STACK_FILE,
    &LAB_FILE,
];

// Patterns are constants, because attributes of fields need them.

/// See [`SUITE`].
pub const SUITE_PATTERN: &str = "^[a-z0-9][a-z0-9.-]{0,63}$";
/// See [`COMPONENT`].
pub const COMPONENT_PATTERN: &str = "^[a-z][a-z0-9-]{0,63}$";
/// See [`PACKAGE`].
pub const PACKAGE_PATTERN: &str = "^[a-z0-9][a-z0-9+.-]{0,126}[a-z0-9+]$";
/// See [`ARCHIVE`].
pub const ARCHIVE_PATTERN: &str = "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%+,:@=&-]*)*$";
/// See [`IMAGE_URL`].
pub const IMAGE_URL_PATTERN: &str = "^(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%+,:@=&?-]*)*|file:///[^\\x00-\\x1f\\x7f-\\x9f]*)$";
/// See [`KEYRING`].
pub const KEYRING_PATTERN: &str = "^(/(?!\\.{1,2}(/|$))[A-Za-z0-9._+@~-]+)+$";
/// See [`USER`].
pub const USER_PATTERN: &str = "^[a-z_][a-z0-9_-]{0,31}$";
/// See [`OWNER`].
pub const OWNER_PATTERN: &str = "^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$";
/// See [`UNIT`].
pub const UNIT_PATTERN: &str =
    "^[A-Za-z0-9_][A-Za-z0-9:_.@-]{0,100}\\.(service|socket|timer|target|mount|path)$";
/// See [`BRIDGE`].
pub const BRIDGE_PATTERN: &str = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$";
/// See [`GUEST_PATH`].
pub const GUEST_PATH_PATTERN: &str = "^(?!/(etc|usr/lib|var/lib|run)/halab(/|$)|/(proc|sys|dev)(/|$))(/(?!\\.{1,2}(/|$))[^/\\x00-\\x1f\\x7f-\\x9f]+)+$";
/// See [`LOG_FILE`].
pub const LOG_FILE_PATTERN: &str = "^(/(?!\\.{1,2}(/|$))[^/\\x00-\\x1f\\x7f-\\x9f]+)+$";
/// See [`URL_PATH`].
pub const URL_PATH_PATTERN: &str = "^/[!-~]{0,999}$";
/// See [`STACK_FILE`].
pub const STACK_FILE_PATTERN: &str =
    "^(\\.\\./[a-z][a-z0-9-]{0,31}/)?[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$";

/// See [`LAB_FILE`].
pub const LAB_FILE_PATTERN: &str =
    "^(?!\\.{1,2}(/|$))[A-Za-z0-9._][A-Za-z0-9._@+-]*(/(?!\\.{1,2}(/|$))[A-Za-z0-9._][A-Za-z0-9._@+-]*)*$";

fn letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn begins(text: &str, with: impl Fn(char) -> bool) -> bool {
    text.chars().next().is_some_and(with)
}

/// Whether all characters are small letters, digits, or one of these.
fn all(text: &str, others: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c))
}

fn user(text: &str) -> bool {
    begins(text, |c| c.is_ascii_lowercase() || c == '_') && all(text, "_-")
}

/// Whether a text is an absolute path that says directly where it leads.
fn normal(text: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(char::is_control);
    text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(part))
}

/// The path and query of a URL of the web.
fn web(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let sound = !name.is_empty()
        && name.bytes().all(|byte| letter(byte) || b".-".contains(&byte))
        && (1..=5).contains(&port.len())
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && path.bytes().all(|byte| letter(byte) || b"/._~%+,:@=&?-".contains(&byte));
    sound.then_some(path)
}
