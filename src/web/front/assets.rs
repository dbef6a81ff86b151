//! The files of the page, from the program itself.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

use super::answers::refusal;

static PAGE: Dir<'_> = include_dir!("$OUT_DIR/page");

/// The file of a path. Paths of the page's own views are those of its only document.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let name = if path.is_empty() || !path.contains('.') { "index.html" } else { path };
    let Some(file) = PAGE.get_file(name) else {
        return refusal(StatusCode::NOT_FOUND, "there is no such file", &[]);
    };
    // The names of all others contain their digests, if they were bundled.
    let caching = if is_named_by_digest(name) { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind(name))),
        (CACHE_CONTROL, HeaderValue::from_static(caching)),
    ];
    (headers, file.contents()).into_response()
}

/// `app-3F2A9C1B.js`
fn is_named_by_digest(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let digest = stem.rsplit_once('-').map_or("", |(_, digest)| digest);
    digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_digests_are_kept_for_ever() {
        assert!(is_named_by_digest("app-3F2A9C1B.js"));
        for name in ["index.html", "plain.js", "app-x.js", "a-b.css"] {
            assert!(!is_named_by_digest(name), "{name}");
        }
    }

    #[test]
    fn there_is_a_page() {
        assert!(PAGE.get_file("index.html").is_some());
    }
}
