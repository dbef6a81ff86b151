//! Whose word the results are: the meaning of the mark, answers in the name of another node, and marks for
//! students.

use super::super::analysis::{Analysis, FalseName, Grading};
use super::super::document::{Badge, Section, Statement, Tone};
use super::super::terms::LEGEND;
use crate::base::words::several;

pub fn section(analysis: &Analysis) -> Option<Section> {
    let Grading { safe, told } = &analysis.grading;
    let legend = (!told.is_empty()).then(|| LEGEND.to_owned());
    let rests = (!told.is_empty() && !safe).then(|| {
        format!("This verdict gives no mark, because it rests on the word of nodes: {}.", told.join(", "))
    });
    let section = Section::new("Whose word it is");
    let section = section.statements(analysis.false_names.iter().map(statement).collect());
    section.notes(legend.into_iter().chain(rests)).unless_empty()
}

fn statement(name: &FalseName) -> Statement {
    let FalseName { load, answered, named, first, times } = name;
    let times = several(*times, "time");
    Statement {
        badge: Badge { word: "FALSE NAME".to_owned(), tone: Tone::Fail },
        text: format!("{answered} answered in the name of {named}: load {load}, {times}, first at {first} s"),
    }
}
