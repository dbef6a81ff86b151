//! What loads of telephones have of their own.

use std::ops::RangeInclusive;

use toml::Spanned;

use super::check::Checker;
use super::tables::LoadTable;
use crate::model::Millis;
use crate::model::drill::{CallPlan, CallTo};

/// Calls of a load at a time: more would take more phones than a lab has accounts.
const CALLS: RangeInclusive<u32> = 1..=10;

/// Thousands of bits a second.
const VIDEO: RangeInclusive<u32> = 64..=2000;

/// How long users may wait in silence.
const PATIENCE: RangeInclusive<Millis> = Millis(500)..=Millis::seconds(60);

impl Checker<'_> {
    /// The calls of a load whose packets are lost after this time.
    pub fn calls(&mut self, table: &LoadTable, timeout: Millis) -> Option<CallPlan> {
        let calls = self.within(&table.calls, 1, CALLS, "calls at a time");
        let video = table.video_kbps.as_ref();
        let video_kbps = video.map(|_| self.within(&table.video_kbps, 0, VIDEO, "thousand bits a second"));
        let to = table.to.as_ref().map(|key| *key.get_ref()).unwrap_or_default();
        if let (CallTo::Phone, Some(number)) = (to, &table.number) {
            let help = "leave it out, or write `to = \"echo\"`: a phone is called by its account";
            self.error(number.span(), "a call to a phone has no `number`", help);
        }
        let number = self.account(&table.number, "600");
        let user = self.first_phone(&table.user);
        let redial_after = table.redial_after.as_ref().map_or(Millis::seconds(5), |key| *key.get_ref());
        if let Some(key) = table.redial_after.as_ref().filter(|key| !PATIENCE.contains(key.get_ref())) {
            let message = format!("users cannot wait {redial_after} in silence");
            self.error(key.span(), message, "write `\"500ms\"` to `\"60s\"`");
        }
        let buffer = table.buffer.as_ref().map_or(Millis(60), |key| *key.get_ref());
        if let Some(key) = table.buffer.as_ref().filter(|_| buffer > timeout) {
            let message = format!("a phone cannot wait {buffer} for a packet that is lost after {timeout}");
            self.error(key.span(), message, "write a shorter `buffer`, or a longer `timeout`");
        }
        Some(CallPlan {
            calls: calls?,
            to,
            number: number?,
            user: user?,
            redial_after,
            buffer,
            video_kbps: match video_kbps {
                Some(rate) => Some(rate?),
                None => None,
            },
        })
    }

    /// The account of a telephone: it becomes part of an address, in which signs have meanings.
    pub fn account(&mut self, key: &Option<Spanned<String>>, usual: &str) -> Option<String> {
        let Some(user) = key else { return Some(usual.to_owned()) };
        let name = user.get_ref();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            let help = format!("write letters, digits, `-`, `_` and `.` only, such as `\"{usual}\"`");
            self.error(user.span(), format!("`{name}` is no name of an account"), help);
            return None;
        }
        Some(name.clone())
    }

    /// The account of the first of several phones, from which those of the others are counted.
    fn first_phone(&mut self, key: &Option<Spanned<String>>) -> Option<u32> {
        let Some(user) = key else { return Some(100) };
        // A number that begins with 0 would not be the account that was written.
        let number = user.get_ref().parse().ok().filter(|number: &u32| number.to_string() == *user.get_ref());
        let Some(number) = number.filter(|number| *number < 1_000_000) else {
            let help = "write a number such as `\"100\"`: the other phones have those after it";
            self.error(user.span(), format!("phones cannot be counted from `{}`", user.get_ref()), help);
            return None;
        };
        Some(number)
    }

    /// A number that must be in a range.
    fn within(
        &mut self,
        key: &Option<Spanned<u32>>,
        usual: u32,
        range: RangeInclusive<u32>,
        what: &str,
    ) -> Option<u32> {
        let Some(key) = key else { return Some(usual) };
        let number = *key.get_ref();
        if !range.contains(&number) {
            let help = format!("write {} to {}", range.start(), range.end());
            self.error(key.span(), format!("{number} {what} are not possible"), help);
            return None;
        }
        Some(number)
    }
}
