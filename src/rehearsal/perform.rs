//! The course of a rehearsal: open the class, wait for its clusters, let the students work, delete it all.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::browser;
use super::dice::Dice;
use super::lesson::Lesson;
use super::plan::Plan;
use super::report::{LeastFree, Report, ServerShare, judged};
use super::server::Server;
use super::student::Student;
use super::tally::Kind;
use super::teacher::Teacher;
use super::usage::Usage;
use crate::app::class::{EndRehearsal, MachineRoom, Rehearse, Rehearsed, hold_rehearsal, memory_of};
use crate::app::history::{self, Standing};
use crate::app::{AppError, Cancel, Event, Halab, Level, Request, What};
use crate::base::descriptors;
use crate::base::words::{seconds, several};
use crate::model::InstanceName;

/// How often the machine is looked at.
const TICK: Duration = Duration::from_millis(500);

/// The longest time without a further cluster that stands. An image may have to be built for the first one.
const NO_CLUSTER: Duration = Duration::from_secs(600);

/// How often it is looked why clusters do not stand.
const LOOK: Duration = Duration::from_secs(5);

/// How often the preparation of a cluster may fail.
const TRIES: usize = 2;

/// How long operations may take to stop.
const STOPPING: Duration = Duration::from_secs(120);

/// What is rehearsed.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The file of the class.
    pub file: Option<PathBuf>,
    /// The exercise, if there is no file.
    pub exercise: Option<String>,
    /// The number of students.
    pub students: usize,
    /// How long they work.
    pub length: Duration,
    /// What they do follows from it.
    pub seed: u64,
}

/// How the course is reported to people.
type Say<'a> = &'a (dyn Fn(&str) + Sync);

/// Rehearses a class, and deletes it.
///
/// # Errors
/// When a class is open, the server cannot be started, the rehearsal is cancelled, or something is left.
pub fn perform(
    halab: &Halab,
    wanted: &Wanted,
    cancel: &Cancel,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Report, AppError> {
    let _held = hold_rehearsal(&halab.state)?;
    let Wanted { file, exercise, students, .. } = wanted.clone();
    let class = run(halab, &Rehearse { file, exercise, students }, cancel, say)?;
    let done = rehearsed(halab, wanted, &class, cancel, say);
    say("deleting the class");
    let deleted = delete(halab, &class, say);
    let report = done?;
    deleted.map(|()| report)
}

fn rehearsed(
    halab: &Halab,
    wanted: &Wanted,
    class: &Rehearsed,
    cancel: &Cancel,
    say: Say<'_>,
) -> Result<Report, AppError> {
    let (client, started) = (browser::client()?, Timestamp::now());
    let mut server = Server::start(halab)?;
    // Only now: the server has the limit that it would have without a rehearsal.
    descriptors::raise_limit();
    let lesson = Lesson::new(wanted.length, cancel);
    let teacher = Teacher::of(&server, &client, &lesson)?;
    let students: Vec<Student<'_>> = (1..)
        .zip(teacher.cards()?)
        .map(|(number, card)| student(wanted, class, number, card, &lesson))
        .collect();
    let (students, teacher, root) = (&students, &teacher, server.root.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| teacher.look());
        scope.spawn(|| teacher.teach());
        for student in students {
            let (client, root) = (&client, &root);
            scope.spawn(move || student.attend(client, root));
        }
        let watch = Watch { halab, class, lesson: &lesson, teacher, started, say };
        let seen = watch.lesson(&mut server);
        // Streams end with the server, and the threads that look at them with the streams.
        lesson.close();
        drop(server);
        let (seen, tally) = (seen?, &lesson.tally);
        let (reasons, first_limit) = judged(tally, seen.room);
        Ok(Report {
            seed: wanted.seed,
            students: wanted.students,
            exercise: class.exercise.to_string(),
            length_s: wanted.length.as_secs_f64(),
            clusters: seen.clusters,
            stood_s: seen.stood.as_secs_f64(),
            actions: tally.rows(),
            server: seen.server,
            clusters_memory: seen.clusters_memory,
            room: seen.room,
            failures: tally.failures(),
            reasons,
            first_limit,
        })
    })
}

fn student<'a>(
    wanted: &Wanted,
    class: &Rehearsed,
    number: usize,
    (seat, code): (String, String),
    lesson: &'a Lesson<'a>,
) -> Student<'a> {
    let instance = format!("{}-{seat}", class.class);
    let plan = Plan::draw(wanted.seed, number, wanted.students, wanted.length);
    // The hands draw other numbers than the plan.
    let dice = Dice::of(wanted.seed.rotate_left(32), u64::try_from(number).unwrap_or_default());
    Student { seat, instance, code, plan, dice, lesson }
}

/// What was seen of the machine.
struct Seen {
    clusters: usize,
    stood: Duration,
    server: ServerShare,
    clusters_memory: Option<u64>,
    room: Option<LeastFree>,
}

/// Looks at the machine and leads through the lesson.
struct Watch<'a> {
    halab: &'a Halab,
    class: &'a Rehearsed,
    lesson: &'a Lesson<'a>,
    teacher: &'a Teacher<'a>,
    /// When the rehearsal began.
    started: Timestamp,
    say: Say<'a>,
}

impl Watch<'_> {
    fn lesson(&self, server: &mut Server) -> Result<Seen, AppError> {
        let mut room = None;
        let clusters = self.clusters(server, &mut room)?;
        let stood = self.lesson.tally.now();
        let (begin, before) = (Instant::now(), server.usage());
        self.lesson.begin();
        let mut most = before;
        let mut handing_in = false;
        // All students, and the teacher.
        while self.lesson.gone() <= self.class.instances.len() {
            self.tick(server, &mut room)?;
            most = most.most(server.usage());
            if self.lesson.is_over() && !handing_in {
                handing_in = true;
                (self.say)("the time is over, and the students hand in");
            }
        }
        let (took, after) = (begin.elapsed(), server.usage());
        let percent = |time: Duration| time.as_secs_f64() / took.as_secs_f64() * 100.0;
        let server = ServerShare {
            processor_percent: percent(after.own.saturating_sub(before.own)),
            begun_percent: percent(after.begun.saturating_sub(before.begun)),
            resident: most.resident,
            proportional: most.proportional,
        };
        let clusters_memory = memory_of(self.halab, &self.class.instances);
        Ok(Seen { clusters, stood, server, clusters_memory, room })
    }

    /// Waits until all clusters stand, or no further one does; returns how many do.
    fn clusters(&self, server: &mut Server, room: &mut Option<LeastFree>) -> Result<usize, AppError> {
        let (all, lesson) = (self.class.instances.len(), self.lesson);
        let (say, many) = (self.say, several(all, "cluster"));
        say(&format!("{many} for {} are prepared", several(all, "student")));
        let (mut ready, mut last, mut looked) = (0, Instant::now(), Instant::now());
        while ready < all && last.elapsed() < NO_CLUSTER {
            self.tick(server, room)?;
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                if self.is_hopeless() {
                    break;
                }
            }
            let now = self.teacher.ready();
            if now > ready {
                (ready..now).for_each(|_| lesson.tally.answered(Kind::Cluster, lesson.tally.now()));
                (ready, last) = (now, Instant::now());
                say(&format!("{ready} of {many} stand"));
            }
        }
        let why = self.why_not();
        if ready == 0 {
            return Err(AppError::failed(format!("no cluster can be prepared: {why}"))
                .hint("`lab start EXERCISE` prepares one, and says more"));
        }
        for _ in ready..all {
            lesson.tally.failed(Kind::Cluster, "server", why.clone());
        }
        let length = seconds(lesson.length);
        say(&format!("after {}, the students work for {length}", seconds(lesson.tally.now())));
        Ok(ready)
    }

    /// Whether clusters are missing, and each of them was tried as often as it is worth to try.
    fn is_hopeless(&self) -> bool {
        let all = history::list(self.halab, None).unwrap_or_default();
        let mut missing = self.class.instances.iter().filter_map(|name| {
            let name = name.to_string();
            let own = all.iter().filter(|one| one.started >= self.started && one.subject.contains(&name));
            let standings: Vec<Standing> = own.map(history::Operation::standing).collect();
            (!standings.contains(&Standing::Done)).then_some(standings)
        });
        let given_up = |tries: Vec<Standing>| tries.len() >= TRIES && !tries.contains(&Standing::Running);
        // The board may not show yet that the last one stands.
        let first = missing.next();
        first.is_some_and(given_up) && missing.all(given_up)
    }

    /// Why a cluster was not made, as the history has it.
    fn why_not(&self) -> String {
        let all = history::list(self.halab, None).unwrap_or_default();
        let recent = all.into_iter().filter(|one| one.started >= self.started).collect();
        let failed = of_class(recent, self.class).find_map(|one| one.ended?.error);
        failed.map_or_else(|| "it did not stand in time".to_owned(), |error| error.line())
    }

    fn tick(&self, server: &mut Server, least: &mut Option<LeastFree>) -> Result<(), AppError> {
        if !self.lesson.pause(TICK) {
            return Err(AppError::stopped());
        }
        if server.has_ended() {
            return Err(AppError::failed("the server ended during the rehearsal"));
        }
        if let Some(room) = MachineRoom::now(self.halab) {
            let now = LeastFree::at(&room, self.lesson.tally.now());
            *least = Some(least.map_or(now, |before| before.and(now)));
        }
        Ok(())
    }
}

impl Usage {
    /// The most memory of both moments.
    fn most(self, later: Self) -> Self {
        Self {
            resident: self.resident.max(later.resident),
            proportional: self.proportional.max(later.proportional),
            ..later
        }
    }
}

/// The operations about the instances of a class.
fn of_class(all: Vec<history::Operation>, class: &Rehearsed) -> impl Iterator<Item = history::Operation> {
    let names: Vec<String> = class.instances.iter().map(InstanceName::to_string).collect();
    all.into_iter().filter(move |one| one.subject.iter().any(|name| names.contains(name)))
}

/// Deletes the class, after the operations about it have stopped: each has its instance to itself.
fn delete(halab: &Halab, class: &Rehearsed, say: &(dyn Fn(&str) + Send + Sync)) -> Result<(), AppError> {
    let end = Instant::now() + STOPPING;
    let running = || -> Result<Vec<history::Operation>, AppError> {
        let all = of_class(history::list(halab, None)?, class);
        Ok(all.filter(|one| one.standing() == Standing::Running).collect())
    };
    for operation in running()? {
        // It may have ended in the meantime.
        let _ = history::stop(halab, &operation.id);
    }
    while Instant::now() < end && !running()?.is_empty() {
        std::thread::sleep(TICK);
    }
    run(halab, &EndRehearsal {}, &Cancel::default(), say)
}

/// Performs a request, and reports its notes and problems.
fn run<R: Request>(
    halab: &Halab,
    request: &R,
    cancel: &Cancel,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<R::Outcome, AppError> {
    let heard = std::sync::Mutex::new(Vec::new());
    let heard = std::sync::Arc::new(heard);
    let far = heard.clone();
    let listener = Box::new(move |event: &Event| {
        let line = match &event.what {
            What::Note { level: Level::Warning | Level::Info, text } if !event.background => text.clone(),
            What::Problem { error } => error.line(),
            _ => return,
        };
        far.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
    });
    let done = halab.run(request, cancel, listener);
    let lines = std::mem::take(&mut *heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    lines.iter().for_each(|line| say(line));
    done
}
