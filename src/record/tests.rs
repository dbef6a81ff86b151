use super::*;
use crate::model::drill::{Drill, Settle, Steady};
use crate::model::{Lab, Millis};

/// The header of a drill without steps.
pub(crate) fn header() -> Header {
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
        expected_violations: Vec::new(),
        handover: None,
        measures: Vec::new(),
        ramps: Vec::new(),
        soak: None,
        as_found: false,
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
        Event { t: Nanos::millis(86_400_000), what: What::Ended { ending: Ending::Cancelled } },
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
fn a_record_that_ends_in_zeros_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), &header()).unwrap();
    events().iter().for_each(|event| writer.write(event));
    let path = writer.finish().unwrap();
    let whole = fs_err::read(&path).unwrap();
    // The host lost its power: the file has its full length, but not all of its blocks.
    for (kept, seen) in [(whole.len(), 4), (whole.len() - 9, 3)] {
        fs_err::write(&path, [&whole[..kept], &[0; 5000]].concat()).unwrap();
        let record = read(&path).unwrap();
        assert!(record.truncated);
        assert_eq!(record.events, events()[..seen]);
    }
    // In the middle they are damage.
    let (before, after) = whole.split_at(whole.len() - 9);
    fs_err::write(&path, [before, &[0; 50], after].concat()).unwrap();
    assert!(matches!(read(&path), Err(ReadError::Line { line: 5, .. })));
    fs_err::write(&path, [0; 5000]).unwrap();
    assert!(matches!(read(&path), Err(ReadError::Foreign(_))));
}

#[test]
fn lines_without_an_end_and_files_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(RECORD_FILE);
    let first = serde_json::to_string(&header()).unwrap() + "\n";
    // A sparse file: it takes no room on the disk.
    for (text, line) in [(first.as_str(), 2), ("", 1)] {
        fs_err::write(&path, text).unwrap();
        fs_err::OpenOptions::new().write(true).open(&path).unwrap().set_len(100 << 20).unwrap();
        match read(&path).unwrap_err() {
            ReadError::TooLong { line: found, .. } => assert_eq!(found, line),
            error => panic!("{error}"),
        }
    }
    fs_err::remove_file(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(matches!(read(&path), Err(ReadError::Io(_))), "a pipe without a writer");
    assert!(matches!(read("/dev/zero".as_ref()), Err(ReadError::Io(_))));
}

#[test]
fn times_that_no_drill_has_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(RECORD_FILE);
    let first = serde_json::to_string(&header()).unwrap();
    let read_with = |line: &str| {
        fs_err::write(&path, format!("{first}\n{line}\n")).unwrap();
        read(&path)
    };
    let packets = |first: u64, interval: u64| {
        format!(
            "{{\"t\":9,\"what\":{{\"kind\":\"packets\",\"load\":\"stream\",\"first\":{first},\"due\":0,\
             \"interval\":{interval},\"patience\":0,\"late_us\":[4294967295,3,0],\"took_us\":[null,812,null],\
             \"duplicates\":0,\"out_of_order\":0,\"too_late\":1}}}}"
        )
    };
    for line in [
        format!("{{\"t\":{},\"what\":{{\"kind\":\"stage\",\"stage\":\"steady\"}}}}", u64::MAX),
        packets(0, u64::MAX),
    ] {
        let error = read_with(&line).unwrap_err();
        assert!(crate::base::failure::chain(&error).contains("later than any drill lasts"), "{error}");
    }
    // The largest accepted numbers do not overflow.
    let record = read_with(&packets(u64::MAX, 300_000_000_000_000_000)).unwrap();
    let What::Packets(run) = &record.events[0].what else { panic!("{record:?}") };
    assert_eq!(run.samples().count(), 3);
}

#[test]
fn nothing_in_a_record_is_obeyed_by_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut header = header();
    header.drill.title = "A cut\u{1b}[2J".to_owned();
    let line = |text: &str| {
        let (node, stream) = ("node1".parse().unwrap(), Stream::ClusterLog);
        Event { t: Nanos(1), what: What::Line { node, stream, text: text.to_owned(), backlog: false } }
    };
    let mut writer = Writer::create(folder.path(), &header).unwrap();
    writer.write(&line("für \u{9b}2J\nverdict: pass"));
    let record = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(record.header.drill.title, "A cut\\x1b[2J");
    assert_eq!(record.events, [line("für \\x9b2J verdict: pass")]);
}

#[test]
fn other_files_and_other_versions_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(RECORD_FILE);
    for (text, says) in [
        ("", "is not a record"),
        ("{\"format\":\"something\",\"version\":1}\n", "is not a record"),
        ("{\"format\":\"halab-record\",\"version\":99}\n", "version 99"),
        ("{\"format\":\"halab-record\",\"version\":6}\n", "version 6"),
        ("{\"format\":\"halab-record\",\"version\":7}\n", "line 1"),
    ] {
        fs_err::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn packets_are_short_and_come_back_as_requests() {
    let text = concat!(
        r#"{"t":9,"what":{"kind":"packets","load":"stream","first":7,"due":1000000,"interval":1000000,"#,
        r#""patience":200000000,"late_us":[3,0],"took_us":[812,null],"duplicates":0,"out_of_order":0,"too_late":1}}"#,
    );
    let event: Event = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), text, "the format");
    let What::Packets(run) = event.what else { panic!("{event:?}") };
    let samples: Vec<Sample> = run.samples().collect();
    let times = |sample: &Sample| [sample.seq, sample.due.0, sample.sent.0, sample.done.0];
    assert_eq!(times(&samples[0]), [7, 1_000_000, 1_003_000, 1_815_000]);
    assert_eq!(times(&samples[1]), [8, 2_000_000, 2_000_000, 202_000_000]);
    assert_eq!((&samples[0].answer, &samples[1].answer), (&Answer::Ok, &Answer::Timeout));
}

#[test]
fn what_only_some_probes_tell_has_a_format_that_stays() {
    for text in [
        concat!(
            r#"{"t":9,"what":{"kind":"stream","stream":{"line":{"unit":"number","value":1},"#,
            r#""way":{"unit":"text","value":"around"}},"packets":{"load":"talk","first":7,"due":1000000,"#,
            r#""interval":20000000,"patience":500000000,"late_us":[3,0],"took_us":[812,null],"duplicates":0,"#,
            r#""out_of_order":0,"too_late":1}}}"#,
        ),
        concat!(
            r#"{"t":9,"what":{"kind":"fact","load":"talk","fact":"joined","source":"clients","columns":{"#,
            r#""answer":{"unit":"answer","value":{"kind":"status","code":503}},"#,
            r#""took":{"unit":"nanoseconds","value":5}}}}"#,
        ),
    ] {
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), text, "the format");
    }
}

fn run(number: u32) -> SeriesRun {
    SeriesRun { number, seed: 7, record: format!("run-{number}"), verdict: Verdict::Fail }
}

#[test]
fn a_series_is_read_as_far_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let header = SeriesHeader::begin(&header(), 3);
    let mut writer = SeriesWriter::create(folder.path(), &header).unwrap();
    let path = writer.path().to_owned();
    writer.write(&SeriesLine::Run(run(1))).unwrap();
    writer.write(&SeriesLine::Run(run(2))).unwrap();
    let series = read_series(&path).unwrap();
    assert_eq!((&series.header, series.runs, series.stopped), (&header, vec![run(1), run(2)], None));
    // Killed in the middle of a line.
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, &text[..text.len() - 9]).unwrap();
    assert_eq!(read_series(&path).unwrap().runs, [run(1)]);
    fs_err::write(&path, format!("{text}{{\"kind\":\"stopped\",\"record\":\"r\"}}\n")).unwrap();
    let series = read_series(&path).unwrap();
    assert_eq!((series.stopped, series.last_record.as_deref()), (Some(true), Some("r")));
    assert!(matches!(read(&path), Err(ReadError::Foreign(_))), "a series is no record");
}

#[test]
fn the_newest_series_is_found_beside_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path();
    assert_eq!(latest_series(&records.join("none"), None).unwrap(), None);
    let header = header();
    create_folder(records, &header).unwrap();
    let paths: Vec<_> = (0..3)
        .map(|_| SeriesWriter::create(records, &SeriesHeader::begin(&header, 3)).unwrap().path().to_owned())
        .collect();
    assert_eq!(latest_series(records, None).unwrap().as_ref(), paths.last());
    assert_eq!(latest_series(records, Some(&header.drill.name)).unwrap().as_ref(), paths.last());
    assert_eq!(latest_series(records, Some(&"failback".parse().unwrap())).unwrap(), None);
    assert!(list(records).unwrap().is_empty(), "a series is no record");
    let names = names(records).unwrap();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| series_file(records, name).is_file()), "{names:?}");
}
