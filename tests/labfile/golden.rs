//! Files with their expected text beside them.

use std::path::Path;

use halab::testing::catalog::Catalog;
use halab::testing::labfile::{LabSource, Setting};

/// The environment variable that requests writing the expected texts.
const UPDATE: &str = "HALAB_UPDATE";

/// The lab file at a path, with the small catalogue of these tests, under its bare name.
pub fn source(path: &Path) -> datatest_stable::Result<LabSource> {
    let label = path.file_name().unwrap_or_default().to_string_lossy();
    let text = fs_err::read_to_string(path)?;
    Ok(LabSource::from_text(label, text, Catalog::bundled().beside_path(Path::new("tests/labfile"))?))
}

/// The settings in a file's first lines: `# --set deadtime=800ms`.
pub fn settings(path: &Path) -> datatest_stable::Result<Vec<Setting>> {
    let text = fs_err::read_to_string(path)?;
    let given = text.lines().map_while(|line| line.strip_prefix("# --set "));
    Ok(given.map(str::parse).collect::<Result<_, _>>()?)
}

/// Compares a text with the expected one, or writes it if requested.
pub fn compare(expected: &Path, actual: &str) -> datatest_stable::Result<()> {
    if std::env::var_os(UPDATE).is_some() {
        return Ok(fs_err::write(expected, actual)?);
    }
    let text = fs_err::read_to_string(expected)?;
    if text == actual {
        return Ok(());
    }
    let message = format!("{} differs; {UPDATE}=1 writes this instead:\n{actual}", expected.display());
    Err(message.into())
}
