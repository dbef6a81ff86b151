//! Live state: made once for all who look, and sent to each when it changes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::last_seen::LastSeen;
use super::relay::open::Terminals;
use super::stream::Sink;
use crate::app::history::{self, Standing};
use crate::app::{Cancel, Event, Halab, List, Request, Status, Watch, What, class};
use crate::model::InstanceName;
use crate::web::channel::OperationRow;
use crate::web::role::Scope;

/// How often the overview is made, stamps are looked at, and the end of a viewer is looked for. What they are
/// made of is in many files of many processes, and the end of a machine is no event here: one look for all
/// viewers is cheaper than a watch on each file.
const TICK: Duration = Duration::from_millis(400);

/// In how many of these rounds the machines are asked whether they run.
const ROUNDS: u32 = 5;

/// The last operations that are in an overview.
const OPERATIONS: usize = 50;

/// The last operations of each instance that are in it: a student sees those only.
const OF_INSTANCE: usize = 5;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// All instances and operations.
    Overview,
    /// The status of an instance.
    Status(InstanceName),
    /// What the student of an instance sees of the class.
    Me(InstanceName),
    /// How the open class is doing.
    Board,
}

/// The live states of an application.
pub struct Live {
    halab: Halab,
    terminals: Arc<Terminals>,
    seen: Arc<LastSeen>,
    topics: Mutex<HashMap<Key, Arc<Topic>>>,
}

/// One state that is watched.
#[derive(Default)]
struct Topic {
    state: Mutex<State>,
    news: Condvar,
    cancel: Cancel,
}

#[derive(Default)]
struct State {
    /// The latest, and how many there were.
    latest: Arc<Value>,
    count: u64,
    /// There will be no more.
    over: bool,
    viewers: usize,
}

impl Topic {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, value: &Value) {
        let mut state = self.state();
        if *state.latest != *value {
            state.latest = Arc::new(value.clone());
            state.count += 1;
            self.news.notify_all();
        }
    }

    fn end(&self) {
        self.state().over = true;
        self.news.notify_all();
    }
}

impl Live {
    /// Those of an application. Nothing is watched yet.
    pub fn of(halab: &Halab, terminals: &Arc<Terminals>) -> Self {
        let (halab, terminals) = (halab.clone(), terminals.clone());
        Self { halab, terminals, seen: Arc::default(), topics: Mutex::default() }
    }

    /// Sends the overview of the instances and operations in a scope, until the front closes the channel.
    pub fn overview(&self, scope: &Scope, sink: &Sink) {
        let only = match scope {
            Scope::All => None,
            Scope::Instance(only) => Some(only),
        };
        self.show(&Key::Overview, "overview", only, sink);
    }

    /// Sends the status of an instance, until it is gone or the front closes the channel.
    pub fn watch(&self, instance: &InstanceName, sink: &Sink) {
        if self.show(&Key::Status(instance.clone()), "status", None, sink) {
            sink.message("gone", None, &Value::Null);
        }
    }

    /// Sends what a student sees of the class, until the front closes the channel.
    pub fn me(&self, instance: &InstanceName, sink: &Sink) {
        self.show(&Key::Me(instance.clone()), "me", None, sink);
    }

    /// Sends how the open class is doing, with the open terminals of its students, until the front closes the
    /// channel.
    pub fn board(&self, sink: &Sink) {
        self.show(&Key::Board, "board", None, sink);
    }

    /// Sends each state to a viewer, or what an overview says of one instance; returns whether there will be
    /// no more.
    fn show(&self, key: &Key, event: &str, only: Option<&InstanceName>, sink: &Sink) -> bool {
        let topic = self.join(key);
        let over = sink.while_open(|cancel| {
            let mut seen = 0;
            while !cancel.asked() {
                let state = topic.state();
                let waits = |state: &mut State| state.count == seen && !state.over;
                let (state, _) =
                    topic.news.wait_timeout_while(state, TICK, waits).unwrap_or_else(PoisonError::into_inner);
                let (latest, count, over) = (state.latest.clone(), state.count, state.over);
                drop(state);
                if count != seen {
                    seen = count;
                    let seen = only.map_or(Cow::Borrowed(&*latest), |only| Cow::Owned(about(&latest, only)));
                    if !sink.message(event, Some(count), &*seen) {
                        return false;
                    }
                }
                if over {
                    return true;
                }
            }
            false
        });
        self.leave(key, &topic);
        over
    }

    /// The topic, which is made if it is not watched yet.
    fn join(&self, key: &Key) -> Arc<Topic> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = topics.entry(key.clone()).or_insert_with(|| self.begin(key)).clone();
        topic.state().viewers += 1;
        topic
    }

    fn leave(&self, key: &Key, topic: &Arc<Topic>) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = topic.state();
        state.viewers -= 1;
        let unused = state.viewers == 0 || state.over;
        drop(state);
        // Who comes later gets a new one.
        if unused && topics.get(key).is_some_and(|known| Arc::ptr_eq(known, topic)) {
            topics.remove(key);
            topic.cancel.ask();
        }
    }

    fn begin(&self, key: &Key) -> Arc<Topic> {
        let topic = Arc::new(Topic::default());
        let (halab, key, shared) = (self.halab.clone(), key.clone(), topic.clone());
        let (terminals, seen) = (self.terminals.clone(), self.seen.clone());
        std::thread::spawn(move || {
            match key {
                Key::Status(instance) => watch(&halab, instance, &shared, &seen),
                Key::Overview => overview(&halab, &shared, &seen),
                Key::Me(instance) => {
                    let request = class::ShowMe { instance: instance.clone() };
                    let stamp = || class::of_one(&halab.state, &instance);
                    stamped(&halab, &shared, &request, stamp, |_| {});
                }
                Key::Board => {
                    let request = class::ShowBoard::default();
                    let rows = || serde_json::to_value(terminals.rows()).unwrap_or_default();
                    let with_terminals = |board: &mut Map<String, Value>| {
                        board.insert("terminals".to_owned(), rows());
                        add_figures(board, class::figures(&halab.state));
                    };
                    stamped(&halab, &shared, &request, || class::of_all(&halab.state), with_terminals);
                }
            }
            shared.end();
        });
        topic
    }
}

/// What an overview says of an instance.
fn about(all: &Value, only: &InstanceName) -> Value {
    let kept = |field: &str, is: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        all[field].as_array().into_iter().flatten().filter(|row| is(row)).cloned().collect()
    };
    let name = only.as_str();
    let instances = kept("instances", &|row| row["instance"] == name);
    let operations = kept("operations", &|row| row["subject"] == json!([name]));
    json!({ "instances": instances, "operations": operations })
}

/// Adds what the instances take now to a board that was made when something happened in the class.
fn add_figures(board: &mut Map<String, Value>, figures: Option<class::Figures>) {
    let Some(mut figures) = figures else { return };
    board.insert("disk".to_owned(), serde_json::to_value(figures.disk).unwrap_or_default());
    let rows = board.get_mut("seats").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten().filter_map(Value::as_object_mut) {
        let instance = row.get("instance").and_then(|name| name.as_str()?.parse().ok());
        let takes = instance.and_then(|name: InstanceName| figures.instances.remove(&name));
        match takes {
            Some(takes) => row.insert("takes".to_owned(), serde_json::to_value(takes).unwrap_or_default()),
            None => row.remove("takes"),
        };
    }
}

fn watch(halab: &Halab, instance: InstanceName, topic: &Arc<Topic>, seen: &Arc<LastSeen>) {
    let (shared, noted) = (topic.clone(), seen.clone());
    let name = instance.clone();
    let listener = Box::new(move |event: &Event| {
        if let What::Status { status } = &event.what {
            noted.note(&name, status);
            shared.publish(&serde_json::to_value::<&Status>(status).unwrap_or_default());
        }
    });
    // An instance that does not exist has no state.
    let _ = halab.run(&Watch { instance: Some(instance.clone()) }, &topic.cancel, listener);
    seen.leave(&instance);
}

/// Makes the overview until no viewer is left. Machines are asked more rarely than the history: each answer
/// is a call to the daemon of an instance.
fn overview(halab: &Halab, topic: &Topic, seen: &LastSeen) {
    let mut instances = Vec::new();
    let (mut round, mut known) = (0, Vec::new());
    while !topic.cancel.asked() {
        let mut operations = history::list(halab, None).unwrap_or_default();
        operations.reverse();
        let mut of_instance: HashMap<Vec<String>, usize> = HashMap::new();
        let mut place = 0;
        operations.retain(|one| {
            place += 1;
            let count = of_instance.entry(one.subject.clone()).or_default();
            *count += 1;
            place <= OPERATIONS || *count <= OF_INSTANCE
        });
        let rows: Vec<OperationRow> = operations.into_iter().map(OperationRow::from).collect();
        let standings: Vec<(String, Standing)> =
            rows.iter().map(|row| (row.operation.id.clone(), row.standing)).collect();
        if round % ROUNDS == 0 || standings != known {
            let listed = halab.run(&List::default(), &topic.cancel, Box::new(|_| {})).unwrap_or_default();
            seen.keep(&listed);
            instances = listed;
        }
        (round, known) = (round + 1, standings);
        topic.publish(&json!({ "instances": seen.with(&instances), "operations": rows }));
        std::thread::sleep(TICK);
    }
}

/// Performs a request whenever a stamp has changed, until no viewer is left. What the request says of the
/// present moment is left out, because it changes always. To its outcome is added what the back itself knows.
fn stamped<R: Request>(
    halab: &Halab,
    topic: &Topic,
    request: &R,
    stamp: impl Fn() -> Option<class::Stamp>,
    add: impl Fn(&mut Map<String, Value>),
) {
    let mut known = None;
    let mut value = Value::Null;
    while !topic.cancel.asked() {
        let now = stamp();
        if known.as_ref() != Some(&now) {
            let looked = halab.run(request, &topic.cancel, Box::new(|_| {}));
            value = looked.map_or_else(
                |error| json!({ "error": error }),
                |outcome| serde_json::to_value(outcome).unwrap_or_default(),
            );
            if let Some(fields) = value.as_object_mut() {
                fields.remove("now");
            }
            known = Some(now);
        }
        if let Some(fields) = value.as_object_mut() {
            add(fields);
        }
        topic.publish(&value);
        std::thread::sleep(TICK);
    }
}
