//! What a simulated student does, and when: drawn from the seed before anything begins.

use std::time::Duration;

use super::deed::Deed;
use super::dice::Dice;

/// The mean time between two deeds of a student. In a short rehearsal it is shorter, so that each kind fits.
const THINKING: Duration = Duration::from_secs(12);

/// The time in which each student saves, goes back, takes a hint and raises the hand once.
const ROUND: Duration = Duration::from_secs(600);

/// An attempt has room for this number of save points.
const MOST_SAVES: usize = 3;

/// One student of this number has the work graded once in a round: a grading takes minutes of the machine.
const GRADING: usize = 5;

/// The longest time over which students come, for each of them.
const COMING: Duration = Duration::from_millis(300);

/// The longest time over which the hand-ins are spread.
const HANDING_IN: Duration = Duration::from_secs(60);

/// A deed with its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When, from the beginning of the lesson.
    pub at: Duration,
    /// What.
    pub deed: Deed,
}

impl Step {
    /// Whether it is done even if its moment comes after the end, because what came before took long.
    pub fn is_rare(&self) -> bool {
        !matches!(self.deed, Deed::Status | Deed::Task)
    }
}

/// The lesson of one student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// When the student joins, from the start of the server.
    pub comes: Duration,
    /// What the student does, in order.
    pub steps: Vec<Step>,
    /// When the student hands in, from the end of the lesson.
    pub hands_in: Duration,
}

impl Plan {
    /// That of the student with this number, from 1, of a class.
    pub fn draw(seed: u64, number: usize, students: usize, length: Duration) -> Self {
        let mut dice = Dice::of(seed, u64::try_from(number).unwrap_or_default());
        let coming = COMING * u32::try_from(students).unwrap_or(u32::MAX);
        let comes = dice.between(Duration::ZERO, coming.min(length));
        let deeds = deeds(number, length, &mut dice);
        let pause = length.div_f64(deeds.len() as f64);
        let mut at = Duration::ZERO;
        let mut steps = Vec::new();
        for deed in deeds {
            // The mean of all is a pause, so that they end with the lesson.
            steps.push(Step { at: at + dice.between(Duration::ZERO, pause), deed });
            at += pause;
        }
        let hands_in = dice.between(Duration::ZERO, HANDING_IN.min(length / 5));
        Self { comes, steps, hands_in }
    }
}

/// What is done, in a random order: first what is rare, then what fills the time.
fn deeds(number: usize, length: Duration, dice: &mut Dice) -> Vec<Deed> {
    let rounds = usize::try_from(length.as_secs().div_ceil(ROUND.as_secs())).unwrap_or(1).max(1);
    let saves = rounds.min(MOST_SAVES);
    let mut deeds = vec![Deed::Status, Deed::Task];
    for (deed, count) in
        [(Deed::Hint, rounds), (Deed::Hand, 2 * rounds), (Deed::Undo, rounds), (Deed::Save, saves)]
    {
        deeds.extend(std::iter::repeat_n(deed, count));
    }
    if number % GRADING == 1 {
        deeds.extend(std::iter::repeat_n(Deed::Grade, rounds));
    }
    let wanted = usize::try_from(length.as_secs() / THINKING.as_secs()).unwrap_or_default();
    while deeds.len() < wanted {
        // The status is asked for twice as often as the task is read.
        deeds.push(if dice.below(3) == 0 { Deed::Task } else { Deed::Status });
    }
    dice.shuffle(&mut deeds);
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_MINUTES: Duration = Duration::from_secs(300);

    fn count(plan: &Plan, deed: Deed) -> usize {
        plan.steps.iter().filter(|step| step.deed == deed).count()
    }

    #[test]
    fn a_plan_follows_from_the_seed() {
        let draw = |seed, number| Plan::draw(seed, number, 30, FIVE_MINUTES);
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(8, 3));
        let orders: Vec<Duration> = (1..=30).map(|number| draw(7, number).hands_in).collect();
        assert!(!orders.is_sorted(), "hand-ins are in a random order");
        assert!(orders.iter().all(|at| *at <= HANDING_IN));
    }

    #[test]
    fn every_student_does_each_kind_and_few_have_it_graded() {
        for length in [Duration::from_secs(5), FIVE_MINUTES, Duration::from_secs(3600)] {
            let plans: Vec<Plan> = (1..=30).map(|number| Plan::draw(1, number, 30, length)).collect();
            for plan in &plans {
                assert!(plan.steps.is_sorted_by_key(|step| step.at));
                assert!(plan.steps.iter().all(|step| step.at <= length) && plan.comes <= length);
                for deed in [Deed::Status, Deed::Task, Deed::Hint, Deed::Save, Deed::Undo] {
                    assert!(count(plan, deed) >= 1, "{deed:?} in {length:?}");
                }
                assert!(count(plan, Deed::Save) <= MOST_SAVES);
                assert_eq!(count(plan, Deed::Hand) % 2, 0, "a hand that is raised is taken down");
            }
            assert_eq!(plans.iter().filter(|plan| count(plan, Deed::Grade) > 0).count(), 6);
        }
        let plan = Plan::draw(1, 2, 30, FIVE_MINUTES);
        assert_eq!(plan.steps.len(), 25, "a deed in twelve seconds");
        assert_eq!(count(&Plan::draw(1, 1, 1, FIVE_MINUTES), Deed::Grade), 1, "also of a class of one");
    }
}
