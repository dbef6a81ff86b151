use super::*;
use crate::model::drill::{Drill, Settle, Steady};
use crate::model::{Lab, Millis};

fn header() -> Header {
    let lab = Lab {
        name: "pair".parse().unwrap(),
        title: "A pair".to_owned(),
        networks: Vec::new(),
        nodes: Vec::new(),
        addresses: Vec::new(),
        stacks: Vec::new(),
    };
    let drill = Drill {
        name: "power-cut".parse().unwrap(),
        title: "A cut".to_owned(),
        steady: Steady { within: Millis::seconds(1), baseline: Millis::seconds(1) },
        loads: Vec::new(),
        steps: Vec::new(),
        settle: Settle { until: Vec::new(), calm: Millis(0), within: Millis(0) },
        expect: Vec::new(),
        invariants: Vec::new(),
    };
    Header::begin(&"pair".parse().unwrap(), &lab, &drill, &[], "tcg", 7).0
}

fn events() -> Vec<Event> {
    let load: crate::model::LoadName = "web".parse().unwrap();
    let sample = |seq, answer| {
        let due = Nanos::millis(20 * seq);
        Event {
            t: due,
            what: What::Sample(Sample {
                load: load.clone(),
                seq,
                due,
                sent: due,
                done: due,
                answer,
                node: None,
            }),
        }
    };
    vec![
        Event { t: Nanos(1), what: What::Stage { stage: Stage::Steady } },
        sample(0, Answer::Ok),
        sample(1, Answer::Status { code: 503 }),
        Event { t: Nanos(u64::MAX), what: What::Ended { ending: Ending::Cancelled } },
    ]
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let header = header();
    let place = create_folder(folder.path(), &header).unwrap();
    let second = create_folder(folder.path(), &header).unwrap();
    assert!(place < second, "{place:?} {second:?}");
    let mut writer = Writer::create(&place, &header).unwrap();
    for event in events() {
        writer.write(&event);
    }
    let path = writer.finish().unwrap();
    assert_eq!(read(&path).unwrap(), Record { header: header.clone(), events: events(), truncated: false });
    assert_eq!(
        list(folder.path()).unwrap(),
        std::slice::from_ref(&path),
        "the second folder has no record yet"
    );
    assert_eq!(latest(folder.path(), Some(&header.drill.name)).unwrap(), Some(path));
    assert_eq!(latest(folder.path(), Some(&"failback".parse().unwrap())).unwrap(), None);
    assert_eq!(latest(&folder.path().join("none"), None).unwrap(), None);
}

#[test]
fn a_record_cut_off_in_its_last_line_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), &header()).unwrap();
    events().iter().for_each(|event| writer.write(event));
    let path = writer.finish().unwrap();
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, &text[..text.len() - 9]).unwrap();
    let record = read(&path).unwrap();
    assert!(record.truncated);
    assert_eq!(record.events, events()[..3]);
    // The same damage anywhere else is an error that names the line.
    fs_err::write(&path, text.replacen(r#""seq":0"#, r#""seq":"#, 1)).unwrap();
    assert!(matches!(read(&path), Err(ReadError::Line { line: 3, .. })));
}

#[test]
fn other_files_and_other_versions_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(RECORD_FILE);
    for (text, says) in [
        ("", "is not a record"),
        ("{\"format\":\"something\",\"version\":1}\n", "is not a record"),
        ("{\"format\":\"halab-record\",\"version\":99}\n", "version 99"),
        ("{\"format\":\"halab-record\",\"version\":1}\n", "line 1"),
    ] {
        fs_err::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
