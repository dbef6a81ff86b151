use super::*;

#[test]
fn words_that_other_programs_would_take_for_something_else_do_not_fit() {
    for word in ALL {
        for bad in
            ["", " ", "-o", "--setup-hook=id", "a\nb", "a\0b", "a;b", "$(id)", "`id`", "/a\nb", "/a\u{9b}b"]
        {
            assert!(!word.fits(bad), "{}: {bad:?}", word.kind);
        }
        assert!(!word.fits(&format!("/{}", "x".repeat(3000))), "{}", word.kind);
    }
    for bad in ["a-", "a.", "a=1", "a/sid", "a:i386", "a", "A1"] {
        assert!(!PACKAGE.fits(bad), "{bad}");
    }
    for bad in
        ["ftp://a/b", "http://", "http://a b/", "http://a/b?c", "http://u@a/", "http://a:x/", "file:///a"]
    {
        assert!(!ARCHIVE.fits(bad), "{bad}");
    }
    for bad in ["/a b", "a", "/a\r\nHost: b"] {
        assert!(!URL_PATH.fits(bad), "{bad}");
    }
    for bad in ["apache2", ".service", "a b.service", "-x.service", "../x.service"] {
        assert!(!UNIT.fits(bad), "{bad}");
    }
}

#[test]
fn usual_words_fit() {
    for (word, good) in [
        (&SUITE, ["trixie", "bookworm-backports"].as_slice()),
        (&COMPONENT, &["main", "non-free-firmware"]),
        (&PACKAGE, &["g++", "libc6", "linux-image-cloud-amd64", "r2", "python3.11"]),
        (&ARCHIVE, &["http://mirror.example/debian", "https://127.0.0.1:8080/debian/", "http://a"]),
        (&IMAGE_URL, &["https://a.example/x.qcow2?v=1", "file:///srv/my image.raw"]),
        (&KEYRING, &["/usr/share/keyrings/debian-archive-keyring.gpg"]),
        (&USER, &["debian", "_apt", "www-data"]),
        (&OWNER, &["root:root", "root:www-data", "mysql"]),
        (&UNIT, &["apache2.service", "getty@tty1.service", "dev-vdb.mount"]),
        (&GUEST_PATH, &["/etc/mysql/x y.cnf", "/usr/local/lib/halab/replicas/x", "/etc/halab.conf"]),
        (&LOG_FILE, &["/var/log/ha-log", "/proc/kmsg"]),
        (&URL_PATH, &["/", "/health.php?x=1&y=%20"]),
        (&LAB_FILE, &["site.conf", "files/a+b/.vimrc", "..x", "a@b.service"]),
        (&STACK_FILE, &["start.sh", "www/index.php", "../lamp/www/ledger.php", "cron"]),
    ] {
        for good in good {
            assert!(word.fits(good), "{good} is not {}", word.kind);
        }
    }
}

#[test]
fn paths_say_where_they_lead() {
    for bad in ["x", "/", "//x", "/x/", "/x/../y", "/..", "/x/./y", "/x\ny", "/x\u{7f}"] {
        assert!(!GUEST_PATH.fits(bad) && !LOG_FILE.fits(bad) && !KEYRING.fits(bad), "{bad:?}");
    }
    for bad in [
        "/etc/halab",
        "/etc/halab/nics",
        "/usr/lib/halab/x",
        "/var/lib/halab/seed",
        "/proc/x",
        "/sys/x",
        "/dev/vda",
    ] {
        assert!(!GUEST_PATH.fits(bad), "{bad}");
    }
    for bad in
        ["/etc/passwd", "../x", "..", ".", "a/../b", "a//b", "a/", "-x", "a/-b", "a b", "a:b", "~/x", "a\\b"]
    {
        assert!(!LAB_FILE.fits(bad), "{bad}");
    }
    for bad in [
        "/etc/passwd",
        "../x",
        "..",
        "../lamp/",
        "../lamp/../x",
        "../../x/y",
        "../Lamp/x",
        "a/../b",
        "a//b",
        ".x",
        "a/.b",
        "../lamp",
    ] {
        assert!(!STACK_FILE.fits(bad), "{bad}");
    }
}

#[test]
fn an_editor_accepts_what_a_file_may_have() {
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    // Patterns that look ahead cannot be turned into examples.
    for word in ALL.iter().filter(|word| !word.pattern.contains("(?!")) {
        let texts = proptest::string::string_regex(word.pattern.trim_matches(['^', '$'])).unwrap();
        for _ in 0..300 {
            let text = texts.new_tree(&mut runner).unwrap().current();
            assert!(text.len() > word.longest || word.fits(&text), "{text:?} is not {}", word.kind);
        }
    }
}
