//! Checks the parts of a stack: duties, files, places, ports, logs and health checks.

use super::Checker;
use crate::diagnostic::{Diagnostic, suggestion};
use crate::model::{CLIENT_PATH, GuestPath};
use crate::stack::definition::PathDefinition;
use crate::stack::{HealthTemplate, LogDefinition, Parameter, ParameterKind, mode};

impl Checker<'_> {
    /// Checks what does not stand by itself: duties, modes, paths, ports, places.
    pub(super) fn parts(&mut self) {
        for duty in &self.stack.duties {
            let takes = duty.parameters().iter().filter(|name| !self.stack.param.contains_key(**name));
            for missing in takes {
                let message = format!("this duty needs a parameter `{missing}`");
                self.key(&["duties"], message);
            }
        }
        if let Some(name) = self.stack.virtual_mac.as_ref().map(|mac| &mac.number) {
            let is_byte = |parameter: &Parameter| {
                parameter.kind == ParameterKind::Integer
                    && parameter.min.is_some_and(|min| min >= 0)
                    && parameter.max.is_some_and(|max| max <= 255)
            };
            if !self.stack.param.get(name).is_some_and(is_byte) {
                let message = format!("`{name}` is not a parameter of the kind `integer` from 0 to 255");
                self.value(&["virtual-mac", "number"], message);
            }
        }
        for (path, file) in &self.stack.file {
            if mode(&file.mode).is_none() {
                let message = format!("the mode `{}` is not permission bits in octal", file.mode);
                let at = self.places.value(&["file", path.as_str(), "mode"]);
                self.problems.push(Diagnostic::error(at, message).help("write them as in `\"0644\"`"));
            }
        }
        for (name, path) in &self.stack.path {
            self.port("path", name.as_str(), path);
            if name.as_str() == CLIENT_PATH {
                let message = format!("`{name}` is the path of clients, which every lab has");
                self.key(&["path", name.as_str()], message);
            }
        }
        for (name, listen) in &self.stack.listen {
            self.port("listen", name.as_str(), listen);
        }
        self.places();
        self.several();
    }

    /// Checks the port of a path, or of one that the nodes listen on.
    fn port(&mut self, table: &str, name: &str, path: &PathDefinition) {
        let param = path.port_param.as_ref();
        let integer = |param: &&String| {
            self.stack.param.get(*param).is_some_and(|found| found.kind == ParameterKind::Integer)
        };
        if let Some(param) = param.filter(|param| !integer(param)) {
            let message = format!("`{param}` is not a parameter of the kind `integer`");
            self.value(&[table, name, "port-param"], message);
        }
        let ports = usize::from(path.port.is_some()) + usize::from(param.is_some());
        if ports != usize::from(path.protocol.has_ports()) {
            self.key(
                &[table, name],
                format!(
                    "the {table} `{name}` needs one of `port` and `port-param` with UDP and TCP, and none else"
                ),
            );
        }
    }

    /// Checks that the places for text of a lab are in files of the stack.
    fn places(&mut self) {
        for (name, place) in &self.stack.extra {
            if self.stack.file.contains_key(&place.file) {
                continue;
            }
            let at = self.places.value(&["extra", name.as_str(), "file"]);
            let known =
                suggestion(place.file.as_str(), "file", self.stack.file.keys().map(GuestPath::as_str));
            let message = format!("the stack writes no file `{}`", place.file);
            self.problems.push(Diagnostic::error(at, message).help(known));
        }
    }

    /// Checks the parameters that several uses share.
    fn several(&mut self) {
        let Some(several) = &self.stack.several else { return };
        for (key, index, name) in several.named() {
            if self.stack.param.contains_key(name) {
                continue;
            }
            let at = self.places.value(&["several", key, &index.to_string()]);
            let known = suggestion(name, "parameter", self.stack.param.keys().map(String::as_str));
            let message = format!("the stack declares no parameter `{name}`");
            self.problems.push(Diagnostic::error(at, message).help(known));
        }
        for name in several.differ.iter().filter(|name| several.equal.contains(name)) {
            let message = format!("the values of `{name}` cannot both differ and be equal");
            self.value(&["several", "equal"], message);
        }
    }

    /// Checks the meaning of a log line.
    pub(super) fn log(&mut self, index: &str, log: &LogDefinition) {
        if log.rule().is_none() {
            self.value(&["log", index, "pattern"], "a log is either a `file` or the journal of a `unit`");
        }
        if let Some(name) = log.means.captures().filter(|name| !log.pattern.has(name)) {
            let message = format!("the pattern for this meaning has to capture `{{{name}}}`");
            self.value(&["log", index, "pattern"], message);
        }
    }

    /// Checks a health check.
    pub(super) fn health(&mut self, (index, health): (usize, &HealthTemplate)) {
        let index = index.to_string();
        match (&health.script, &health.http) {
            (Some(_), None) => {}
            (None, Some(http)) => {
                let kind = self.stack.param.get(&http.address).map(|param| param.kind);
                if kind != Some(ParameterKind::Address) {
                    let message = format!("`{}` is not a parameter of the kind `address`", http.address);
                    self.value(&["health", &index, "http", "address"], message);
                }
            }
            _ => {
                self.value(&["health", &index, "id"], "a health check is either a script or an HTTP request")
            }
        }
    }
}
