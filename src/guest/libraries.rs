//! The C libraries in this program that parse bytes of guests and servers.

use std::ffi::{CStr, c_char, c_int};

// libssh2-sys links the library but does not declare this function.
use libssh2_sys as _;

unsafe extern "C" {
    /// The version of the library as a text, if it is not older than the required one.
    fn libssh2_version(required: c_int) -> *const c_char;
}

/// The names and versions of the libraries.
pub fn libraries() -> [(&'static str, String); 2] {
    // SAFETY: every version is good enough, so the library returns its constant text.
    let ssh = unsafe { CStr::from_ptr(libssh2_version(0)) }.to_string_lossy().into_owned();
    [("libssh2", ssh), ("OpenSSL", openssl::version::version().to_owned())]
}
