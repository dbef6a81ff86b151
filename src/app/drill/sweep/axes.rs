//! The axes of a sweep: parameters and their values, from the request and from the drill's file.

use crate::app::error::AppError;
use crate::labfile::Setting;
use crate::model::{Axis, Millis, Sweep};

/// The axes of the request, which take precedence over those of the file. None if there are neither.
pub fn asked(
    written: Option<Sweep>,
    over: Vec<Axis>,
    repeat: Option<u32>,
    soak: Option<Millis>,
) -> Option<Sweep> {
    let mut sweep = written.unwrap_or(Sweep { over: Vec::new(), repeat: 5, soak: None });
    if !over.is_empty() {
        sweep.over = over;
    }
    sweep.repeat = repeat.unwrap_or(sweep.repeat);
    sweep.soak = soak.or(sweep.soak);
    (!sweep.over.is_empty()).then_some(sweep)
}

/// The parameters of a request, each once: if one were given twice, only the later values would count.
pub fn axes(texts: &[String]) -> Result<Vec<Axis>, AppError> {
    let mut axes: Vec<Axis> = Vec::new();
    for text in texts {
        let axis = axis(text)?;
        if axes.iter().any(|known| known.key == axis.key) {
            let all = format!("write all its values at once: `--over {}=1s,3s`", axis.key);
            return Err(AppError::usage(format!("`--over {}` is there twice", axis.key)).hint(all));
        }
        axes.push(axis);
    }
    Ok(axes)
}

/// `deadtime=1s,3s` as a parameter and its values.
fn axis(text: &str) -> Result<Axis, AppError> {
    let Setting { value, .. } =
        text.parse::<Setting>().map_err(|error| AppError::usage(error.to_string()))?;
    let key = text.split('=').next().unwrap_or_default().trim().to_owned();
    let mut values: Vec<String> = Vec::new();
    for one in value.split(',').map(str::trim) {
        if one.is_empty() {
            return Err(
                AppError::usage(format!("`{text}` has an empty value")).hint("write `deadtime=1s,3s`")
            );
        }
        if values.iter().any(|known| known == one) {
            return Err(AppError::usage(format!("`{text}` has {one} twice")));
        }
        values.push(one.to_owned());
    }
    Ok(Axis { key, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_varied_is_read() {
        let read = axis("ha.deadtime = 1s, 3s").unwrap();
        assert_eq!(
            (read.key.as_str(), read.values.as_slice()),
            ("ha.deadtime", ["1s".to_owned(), "3s".to_owned()].as_slice())
        );
        for bad in ["deadtime", "=1s", "deadtime=", "deadtime=1s,,3s", "deadtime=1s,1s"] {
            assert!(axis(bad).is_err(), "{bad}");
        }
        let all = |texts: [&str; 2]| axes(&texts.map(str::to_owned));
        assert_eq!(all(["deadtime=1s", "keepalive=1s,2s"]).unwrap().len(), 2);
        assert!(all(["deadtime=1s", "deadtime=3s"]).is_err());
    }

    #[test]
    fn the_command_line_is_over_the_file() {
        let file =
            Sweep { over: vec![axis("deadtime=1s,3s").unwrap()], repeat: 7, soak: Some(Millis::seconds(60)) };
        assert_eq!(asked(Some(file.clone()), Vec::new(), None, None), Some(file.clone()));
        let other =
            asked(Some(file), vec![axis("keepalive=1s").unwrap()], Some(2), Some(Millis::seconds(30)))
                .unwrap();
        assert_eq!(
            (other.over[0].key.as_str(), other.repeat, other.soak),
            ("keepalive", 2, Some(Millis::seconds(30)))
        );
        assert_eq!(asked(None, Vec::new(), Some(2), None), None);
    }
}
