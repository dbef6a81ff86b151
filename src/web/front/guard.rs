//! Whether a request comes from this server's own page, or from a program that means it.
//!
//! A page of another site can make a browser send requests here, and a name that its owner points to this
//! machine (DNS rebinding) makes the browser take that page for ours. The browser says which name it asked
//! and which page asks; both are checked, also on 127.0.0.1.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};

use super::credential::Credential;

/// The header that only a page of ours can add.
const OURS: &str = "x-halab";

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It asks for a machine that is not this one.
    Host,
    /// A page of another site asks.
    Origin,
    /// A browser may have sent it by itself.
    Unmeant,
}

/// Checks a request; `names` are further names of this machine.
///
/// # Errors
/// What is wrong with it.
pub fn check(
    method: &Method,
    headers: &HeaderMap,
    credential: &Credential,
    upgrade: bool,
    names: &[String],
) -> Result<(), Foreign> {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let host = text(HOST).ok_or(Foreign::Host)?;
    if !is_ours(host, names) {
        return Err(Foreign::Host);
    }
    let origin = headers.get(ORIGIN).map(|value| value.to_str().unwrap_or_default());
    let same = origin.map(|origin| {
        let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
    });
    if same == Some(false) {
        return Err(Foreign::Origin);
    }
    let looks = matches!(*method, Method::GET | Method::HEAD);
    let by_itself = matches!(credential, Credential::Session(_));
    match (by_itself, upgrade, looks) {
        // A WebSocket is a GET, and the browser sends it for any page. It always says for which.
        (true, true, _) if same != Some(true) => Err(Foreign::Origin),
        (true, false, false) if !headers.contains_key(OURS) => Err(Foreign::Unmeant),
        _ => Ok(()),
    }
}

/// Whether a host names this machine: a number, `localhost`, or one of its names. A number cannot be pointed
/// elsewhere.
fn is_ours(host: &str, names: &[String]) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(
        method: &Method,
        pairs: &[(&'static str, &str)],
        credential: &Credential,
        upgrade: bool,
    ) -> Result<(), Foreign> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        check(method, &headers, credential, upgrade, &["lab.example".to_owned()])
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["127.0.0.1:8006", "[::1]:8006", "localhost", "LOCALHOST:1", "lab.example:8006"] {
            assert_eq!(checked(&Method::GET, &[("host", host)], &Credential::None, false), Ok(()), "{host}");
        }
        for host in ["evil.example", "evil.example:8006", "127.0.0.1.evil.example", "localhost.evil", ""] {
            let found = checked(&Method::GET, &[("host", host)], &Credential::None, false);
            assert_eq!(found, Err(Foreign::Host), "{host}");
        }
        assert_eq!(checked(&Method::GET, &[], &Credential::None, false), Err(Foreign::Host));
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        let session = Credential::Session("s".to_owned());
        let host = ("host", "127.0.0.1:8006");
        let own = ("origin", "http://127.0.0.1:8006");
        let ours = ("x-halab", "1");
        for (other, upgrade) in [("http://evil.example", false), ("null", false), ("http://127.0.0.1", true)]
        {
            let found = checked(&Method::GET, &[host, ("origin", other)], &session, upgrade);
            assert_eq!(found, Err(Foreign::Origin), "{other}");
        }
        assert_eq!(checked(&Method::POST, &[host, own], &session, false), Err(Foreign::Unmeant));
        assert_eq!(checked(&Method::POST, &[host, own, ours], &session, false), Ok(()));
        assert_eq!(checked(&Method::GET, &[host], &session, true), Err(Foreign::Origin));
        assert_eq!(checked(&Method::GET, &[host, own], &session, true), Ok(()));
        // A browser never sends a token by itself.
        assert_eq!(checked(&Method::POST, &[host], &Credential::Token("t".to_owned()), false), Ok(()));
    }
}
