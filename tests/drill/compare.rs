//! Drills of several labs side by side.

use halab::report::{Analysis, analyse, compare, compare_text, json};

use super::ramps;
use super::synthetic::{Truth, lab};
use halab::record::Nanos;

/// The same drills of two labs, of which the second has no standby.
fn performed() -> Vec<(halab::model::InstanceName, String, Analysis)> {
    let on_time = Nanos(0);
    let cluster = Truth::typical();
    let alone = Truth {
        away: vec![(cluster.away[0].0, cluster.away[0].0.plus(Nanos::millis(9000)))],
        ..cluster.clone()
    };
    let cut = |truth: &Truth| analyse(&truth.record(&lab(200, 1000, true)));
    let capacity =
        |bad| analyse(&ramps::record(&[(10, 1000, on_time), (20, bad, on_time), (30, 4, on_time)]));
    let of = |name: &str, record: &str, analysis| (name.parse().unwrap(), record.to_owned(), analysis);
    vec![
        of("cluster", "1-power-cut", cut(&cluster)),
        of("cluster", "2-capacity", capacity(1000)),
        of("alone", "3-power-cut", cut(&alone)),
        of("alone", "4-capacity", capacity(3)),
    ]
}

#[test]
fn the_same_faults_and_the_same_rush_stand_under_each_other() {
    let comparison = compare(&performed());
    let capacities: Vec<_> =
        comparison.capacities.iter().map(|row| (row.instance.as_str(), row.capacity)).collect();
    assert_eq!(capacities, [("cluster", Some(20)), ("alone", Some(10))]);
    let away: Vec<_> = comparison.drills.iter().map(|row| (row.instance.as_str(), row.away)).collect();
    let [("cluster", Some(cluster)), ("alone", Some(alone))] = away[..] else { panic!("{away:?}") };
    assert!(cluster < Nanos::millis(7000) && alone > Nanos::millis(8900), "{cluster} {alone}");
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("compare", compare_text(&comparison, 100));
        insta::assert_snapshot!("compare-json", serde_json::to_string_pretty(&json(&comparison)).unwrap());
    });
}

#[test]
fn drills_alone_have_no_table_of_capacities() {
    let faults: Vec<_> =
        performed().into_iter().filter(|(_, _, analysis)| analysis.ramps.is_empty()).collect();
    let text = compare_text(&compare(&faults), 100);
    assert!(text.starts_with("Cost of the faults\n"), "{text}");
}
