//! Telephone calls through an exchange: received and lost media, and the reaction of users.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use halab::model::Millis;
use halab::model::drill::Load;
use halab::record::{Answer, Event, Nanos, Sample, What};
use halab::testing::probe::call::{CallEvent, Callee, MediaRun, Medium, Phase, Plan, Way};

use super::load::{http, run};
use super::switchboard::Switchboard;
use super::{alone, undisturbed};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

pub fn plan(calls: u32, to: Callee) -> Plan {
    Plan {
        calls,
        to,
        number: "600".to_owned(),
        user: 100,
        redial_after: Millis(500),
        buffer: Millis(60),
        video_kbps: None,
    }
}

pub fn talk(port: u16, plan: Plan) -> Load {
    let kind = plan.kind();
    Load { name: "talk".parse().unwrap(), kind, timeout: Millis(200), ..http(port, 50) }
}

/// The moments of a load, in order.
pub fn moments(events: &[Event]) -> Vec<Sample> {
    let mut moments = Vec::new();
    for event in events {
        if let What::Packets(run) = &event.what {
            moments.extend(run.samples());
        }
    }
    moments
}

/// The packets of a stream: their numbers, and whether they arrived.
pub fn packets(events: &[Event], line: u32, way: Way, medium: Medium) -> Vec<(u64, bool)> {
    let mut all = Vec::new();
    for event in events {
        if let Some((key, packets)) = MediaRun::read(&event.what)
            && key == (line, medium, way)
        {
            all.extend((packets.first..).zip(packets.took_us.iter().map(Option::is_some)));
        }
    }
    all
}

fn phases(events: &[Event], line: u32) -> Vec<(Nanos, u32, Phase)> {
    let mut phases = Vec::new();
    for event in events {
        if let Some((_, CallEvent { line: own, call, phase })) = CallEvent::read(&event.what)
            && own == line
        {
            phases.push((event.t, call, phase));
        }
    }
    phases
}

#[test]
fn every_packet_of_every_voice_is_accounted_for() {
    let _alone = alone();
    // Every tenth packet of each wire is lost.
    let board = Switchboard::start(|count| count % 10 != 9);
    let events = run(&talk(board.address.port(), plan(2, Callee::Echo)), LOCAL, 7, 2000);
    for line in 0..2 {
        let found = phases(&events, line);
        let [(_, 1, Phase::Answered { took }), (_, 1, Phase::Ended)] = &found[..] else {
            panic!("{found:?}")
        };
        assert!(*took < Nanos::millis(800), "{took}");
        let voice = packets(&events, line, Way::Around, Medium::Voice);
        assert!(voice.len() >= 45, "{}", voice.len());
        for (place, (number, came)) in (0..).zip(&voice) {
            assert_eq!((*number, *came), (place, place % 10 != 9), "line {line}");
        }
    }
    let moments = moments(&events);
    for (place, moment) in (0..).zip(&moments) {
        assert_eq!(moment.due.since(moments[0].due), Nanos::millis(20 * place));
        assert_eq!(moment.answer == Answer::Ok, place % 10 != 9, "a moment is good when every voice came");
    }
    assert!(!events.iter().any(|event| matches!(event.what, What::Dropped { .. })));
}

#[test]
fn a_cut_that_is_shorter_than_users_wait_is_a_gap_in_the_same_call() {
    let _alone = alone();
    undisturbed(|| {
        // A fifth of a second, on each wire.
        let board = Switchboard::start(|count| !(50..60).contains(&count));
        let events = run(&talk(board.address.port(), plan(1, Callee::Phone)), LOCAL, 8, 1800);
        let found = phases(&events, 0);
        assert!(matches!(found[..], [(_, 1, Phase::Answered { .. }), (_, 1, Phase::Ended)]), "{found:?}");
        for way in [Way::There, Way::Back] {
            let lost: Vec<u64> = packets(&events, 0, way, Medium::Voice)
                .iter()
                .filter(|(_, came)| !came)
                .map(|(number, _)| *number)
                .collect();
            assert!(lost.iter().copied().eq(50..60), "{way:?}: {lost:?}");
        }
    });
}

#[test]
fn an_exchange_that_hangs_up_is_called_again_at_once() {
    let _alone = alone();
    let board = Switchboard::start(|_| true);
    let hang_up = Arc::clone(&board.hang_up);
    let events = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(700));
            hang_up.store(true, Ordering::Relaxed);
        });
        run(&talk(board.address.port(), plan(1, Callee::Echo)), LOCAL, 10, 2500)
    });
    let found = phases(&events, 0);
    let [
        (_, 1, Phase::Answered { .. }),
        (ended, 1, Phase::HungUp),
        (again, 2, Phase::Answered { .. }),
        (_, 2, Phase::Ended),
    ] = &found[..]
    else {
        panic!("{found:?}")
    };
    assert!(again.since(*ended) < Nanos::millis(1000), "the users redial at once: {found:?}");
}

#[test]
fn users_of_a_dead_exchange_hang_up_and_call_again() {
    let _alone = alone();
    let board = Switchboard::start(|_| true);
    let dead = Arc::clone(&board.dead);
    let events = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(700));
            dead.store(true, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1200));
            dead.store(false, Ordering::Relaxed);
        });
        run(&talk(board.address.port(), plan(2, Callee::Phone)), LOCAL, 9, 4500)
    });
    for line in 0..2 {
        let found = phases(&events, line);
        let [
            (up, 1, Phase::Answered { .. }),
            (silent, 1, Phase::Silent),
            attempts @ ..,
            (again, 2, Phase::Answered { .. }),
            (_, 2, Phase::Ended),
        ] = &found[..]
        else {
            panic!("{found:?}")
        };
        assert!(
            silent.since(*up) > Nanos::millis(1100) && silent.since(*up) < Nanos::millis(1900),
            "{found:?}"
        );
        assert!(!attempts.is_empty() && again.since(*silent) < Nanos::millis(2900), "{found:?}");
        for (_, call, phase) in attempts {
            let expected = Phase::Failed { request: "REGISTER".to_owned(), answer: Answer::Timeout };
            assert_eq!((*call, phase), (1, &expected));
        }
        let voice = packets(&events, line, Way::There, Medium::Voice);
        let holes = voice.windows(2).filter(|pair| pair[1].0 != pair[0].0 + 1).count();
        assert_eq!(holes, 1, "between the calls nothing is sent");
    }
    let moments = moments(&events);
    assert!(
        moments.iter().map(|moment| moment.seq).eq(0..moments.len() as u64),
        "moments go on without a call"
    );
    let runs: Vec<usize> = moments.chunk_by(|a, b| a.answer == b.answer).map(<[Sample]>::len).collect();
    assert_eq!(runs.len(), 3, "{runs:?}");
}

#[test]
fn video_goes_beside_the_voice_at_its_own_rate() {
    let _alone = alone();
    let board = Switchboard::start(|_| true);
    let plan = Plan { video_kbps: Some(384), ..plan(1, Callee::Echo) };
    let events = run(&talk(board.address.port(), plan), LOCAL, 10, 1000);
    for (medium, rate) in [(Medium::Voice, 50), (Medium::Video, 48)] {
        let all = packets(&events, 0, Way::Around, medium);
        assert!(all.len() >= rate / 2, "{medium:?}: {}", all.len());
        assert!(all.iter().all(|(_, came)| *came));
    }
}

#[test]
fn a_number_that_is_nobodys_is_told() {
    let _alone = alone();
    let board = Switchboard::start(|_| true);
    let mut plan = plan(1, Callee::Echo);
    plan.number = "999".to_owned();
    let events = run(&talk(board.address.port(), plan), LOCAL, 11, 500);
    let found = phases(&events, 0);
    let expected = Phase::Failed { request: "INVITE".to_owned(), answer: Answer::Status { code: 404 } };
    assert!(
        found.len() >= 2 && found.iter().all(|(_, call, phase)| *call == 0 && *phase == expected),
        "{found:?}"
    );
    assert!(moments(&events).is_empty(), "there was no call that could have broken");
}
