//! The user for whom a privileged process works, and giving up its rights for that user's.

use std::ffi::{CStr, CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// The largest entry of the user database that is read, in bytes.
const LARGEST_ENTRY: usize = 1 << 20;

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number.
    pub uid: u32,
    /// The number of the main group.
    gid: u32,
    /// All groups.
    groups: Vec<u32>,
    name: OsString,
    home: OsString,
    shell: OsString,
}

impl User {
    /// Looks up a user in the machine's database.
    ///
    /// # Errors
    /// When there is no such user, or the database cannot be read.
    pub fn of(uid: u32) -> io::Result<Self> {
        let mut buffer = vec![0; 1024];
        // SAFETY: all-zero bytes are a valid `passwd`, which is plain data.
        let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        loop {
            // SAFETY: all pointers are valid for the call, and the length is that of the buffer.
            let status = unsafe {
                libc::getpwuid_r(uid, &raw mut entry, buffer.as_mut_ptr(), buffer.len(), &raw mut found)
            };
            match status {
                0 if found.is_null() => {
                    return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no user {uid}")));
                }
                0 => break,
                libc::ERANGE if buffer.len() < LARGEST_ENTRY => buffer.resize(2 * buffer.len(), 0),
                status => return Err(io::Error::from_raw_os_error(status)),
            }
        }
        // SAFETY: the entry is filled in, and its texts are in the buffer, which lives on.
        let text = |text: *const libc::c_char| unsafe { CStr::from_ptr(text) }.to_owned();
        let (name, home, shell) = (text(entry.pw_name), text(entry.pw_dir), text(entry.pw_shell));
        let groups = groups(&name, entry.pw_gid)?;
        let owned = |text: CString| OsString::from_vec(text.into_bytes());
        let (name, home, shell) = (owned(name), owned(home), owned(shell));
        Ok(Self { uid, gid: entry.pw_gid, groups, name, home, shell })
    }

    /// The name.
    pub fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// Lets a command run with this user's rights, which it cannot exceed: not even by programs that run as
    /// their owner. The caller must be root.
    pub fn run(&self, command: &mut Command) {
        command.env("HOME", &self.home).env("USER", &self.name).env("LOGNAME", &self.name);
        command.env("SHELL", &self.shell);
        let (uid, gid, groups) = (self.uid, self.gid, self.groups.clone());
        let drop_rights = move || {
            // SAFETY: these are system calls with valid arguments; the order is that of losing rights.
            let done = unsafe {
                libc::setgroups(groups.len(), groups.as_ptr()) == 0
                    && libc::setresgid(gid, gid, gid) == 0
                    && libc::setresuid(uid, uid, uid) == 0
                    && libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            };
            if done { Ok(()) } else { Err(io::Error::last_os_error()) }
        };
        // SAFETY: between `fork` and `exec`, it only makes system calls.
        unsafe { command.pre_exec(drop_rights) };
    }
}

/// The groups of a user.
fn groups(name: &CStr, gid: u32) -> io::Result<Vec<u32>> {
    let mut groups = vec![0; 64];
    loop {
        let mut count = libc::c_int::try_from(groups.len()).unwrap_or(libc::c_int::MAX);
        // SAFETY: the pointers are valid, and the count is that of the list.
        let status = unsafe { libc::getgrouplist(name.as_ptr(), gid, groups.as_mut_ptr(), &raw mut count) };
        if status >= 0 {
            groups.truncate(usize::try_from(count).unwrap_or_default());
            return Ok(groups);
        }
        if groups.len() >= LARGEST_ENTRY {
            return Err(io::Error::other("it has too many groups"));
        }
        groups.resize(2 * groups.len(), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let root = User::of(0).unwrap();
        assert_eq!((root.name.to_str(), root.gid), (Some("root"), 0));
        assert!(root.groups.contains(&0));
        assert_eq!(User::of(4_000_000_000).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    #[ignore = "needs root: it runs a command as another user"]
    fn a_command_has_that_users_rights_and_no_way_back() {
        let nobody = User::of(65534).unwrap();
        let mut command = Command::new("sh");
        nobody.run(
            command.args(["-c", "id -u; id -G; echo $HOME $USER; cat /proc/self/status; cat /etc/shadow"]),
        );
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("65534"));
        assert_eq!(lines.next(), Some("65534"), "no group of root is left");
        assert_eq!(lines.next(), Some(&*format!("{} {}", nobody.home.display(), nobody.name.display())));
        for line in ["NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000"] {
            assert!(text.contains(line), "{text}");
        }
        assert!(!output.status.success(), "it must not read /etc/shadow");
    }
}
