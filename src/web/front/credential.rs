//! The credential of a request: a token in its header, or the secret of a session in its cookie.

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

/// The name of the cookie.
const NAME: &str = "halab";

/// A credential, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer …`: only a program sends it.
    Token(String),
    /// A cookie: a browser sends it by itself, perhaps for another page.
    Session(String),
    /// None.
    None,
}

impl Credential {
    /// That of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(token) = token.and_then(|value| value.strip_prefix("Bearer ")) {
            return Self::Token(token.trim().to_owned());
        }
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
        let session = pairs.find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='));
        session.map_or(Self::None, |secret| Self::Session(secret.to_owned()))
    }

    /// The secret; empty if there is none.
    pub fn secret(&self) -> &str {
        match self {
            Self::Token(secret) | Self::Session(secret) => secret,
            Self::None => "",
        }
    }
}

/// The header that sets the cookie, which ends with the session; the back ends it by its own clock.
pub fn cookie(secret: &str, until: Timestamp, tls: bool) -> Option<HeaderValue> {
    let left = until.duration_since(Timestamp::now()).as_secs();
    set(secret, u32::try_from(left).unwrap_or_default(), tls)
}

/// The header that removes the cookie.
pub fn no_cookie(tls: bool) -> Option<HeaderValue> {
    set("", 0, tls)
}

fn set(secret: &str, age: u32, tls: bool) -> Option<HeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let text = format!("{NAME}={secret}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_token_comes_before_a_cookie() {
        let session = headers(&[("cookie", "a=b; halab=secret; c=d")]);
        assert_eq!(Credential::of(&session), Credential::Session("secret".to_owned()));
        let both = headers(&[("cookie", "halab=secret"), ("authorization", "Bearer token")]);
        assert_eq!(Credential::of(&both), Credential::Token("token".to_owned()));
        for none in [headers(&[]), headers(&[("cookie", "xhalab=secret")])] {
            assert_eq!(Credential::of(&none).secret(), "");
        }
    }

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let later = Timestamp::now() + jiff::SignedDuration::from_secs(60);
        let text = cookie("secret", later, true).unwrap();
        let text = text.to_str().unwrap();
        for word in ["halab=secret", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(text.contains(word), "{text}");
        }
        assert!(!cookie("secret", later, false).unwrap().to_str().unwrap().contains("Secure"));
    }
}
