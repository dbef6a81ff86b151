//! QR codes as drawings.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// The white border that readers need, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// A link is too long for a QR code; its length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a link of {0} bytes does not fit into a QR code")]
pub struct QrError(usize);

/// The QR code of a link as SVG, with its border. A unit is a module. Level M repairs 15 % of the code, which
/// suffices for paper.
///
/// # Errors
/// When the link is too long.
pub fn svg(link: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(|_| QrError(link.len()))?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        // One rectangle for each run of dark modules: single ones would show white lines between them on
        // paper.
        let mut x = 0;
        for run in row.chunk_by(PartialEq::eq) {
            if run.first() == Some(&Color::Dark) {
                let _ = write!(path, "M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len());
            }
            x += run.len();
        }
    }
    let size = width + 2 * QUIET;
    Ok(format!(
        "<svg viewBox=\"0 0 {size} {size}\" role=\"img\" aria-label=\"QR\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}h-{size}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_the_modules_of_the_code() {
        let link = "http://192.168.1.10:8080/join#00112233445566778899aabbccddeeff";
        let svg = svg(link).unwrap();
        let code = QrCode::with_error_correction_level(link, EcLevel::M).unwrap();
        let (width, size) = (code.width(), code.width() + 2 * QUIET);
        assert!(svg.starts_with(&format!("<svg viewBox=\"0 0 {size} {size}\"")), "{svg}");
        let path = svg.split("fill=\"#000\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut drawn = vec![Color::Light; width * width];
        for run in path.split_terminator('z') {
            let (place, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            assert_eq!(rest, format!("{length}v1h-{length}"));
            for x in x..x + length {
                drawn[(y - QUIET) * width + x - QUIET] = Color::Dark;
            }
        }
        assert_eq!(drawn, code.to_colors());
    }
}
