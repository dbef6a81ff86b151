//! What loads of telephones and of chat have of their own.

use std::ops::RangeInclusive;

use toml::Spanned;

use super::check::Checker;
use super::tables::LoadTable;
use crate::model::drill::{CallPlan, CallTo, ChatPlan, Load, LoadKind, SipMethod};
use crate::model::{LoadName, Millis};

/// How long users may wait in silence.
const PATIENCE: RangeInclusive<Millis> = Millis(500)..=Millis::seconds(60);

impl Checker<'_> {
    /// The calls of a load whose packets are lost after this time.
    pub fn calls(&mut self, table: &LoadTable, timeout: Millis) -> Option<CallPlan> {
        let to = table.to.as_ref().map(|key| *key.get_ref()).unwrap_or_default();
        if let (CallTo::Phone, Some(number)) = (to, &table.number) {
            let help = "leave it out, or write `to = \"echo\"`: a phone is called by its account";
            self.error(number.span(), "a call to a phone has no `number`", help);
        }
        let number = self.account(&table.number, "600");
        let user = self.first_phone(&table.user);
        let redial_after = self.silence(&table.redial_after, Millis::seconds(5));
        let buffer = table.buffer.as_ref().map_or(Millis(60), |key| *key.get_ref());
        if let Some(key) = table.buffer.as_ref().filter(|_| buffer > timeout) {
            let message = format!("a phone cannot wait {buffer} for a packet that is lost after {timeout}");
            self.error(key.span(), message, "write a shorter `buffer`, or a longer `timeout`");
        }
        Some(CallPlan {
            calls: table.calls.as_ref().map_or(1, |calls| *calls.get_ref()),
            to,
            number: number?,
            user: user?,
            redial_after,
            buffer,
            video_kbps: table.video_kbps.as_ref().map(|rate| *rate.get_ref()),
        })
    }

    /// Reports a load that would use an account of one before it.
    pub fn shared_accounts(&mut self, name: &Spanned<LoadName>, load: &Load, before: &[Load]) {
        let own = accounts(&load.kind);
        for other in before.iter().filter(|other| other.address == load.address) {
            if let Some(account) = accounts(&other.kind).into_iter().find(|account| own.contains(account)) {
                let message = format!("the account `{account}` is one of `{}`", other.name);
                let help = "give it others: of two with one account, who came last pushes the other out";
                self.error(name.span(), message, help);
            }
        }
    }

    /// The messages of a load.
    pub fn chat(&mut self, table: &LoadTable) -> Option<ChatPlan> {
        let user = self.account(&table.user, "100");
        let peer = self.account(&table.peer, "101");
        if let (Some(one), Some(other)) = (&user, &peer)
            && one == other
        {
            let place = table.peer.as_ref().or(table.user.as_ref()).map_or(0..0, Spanned::span);
            let message = format!("`{one}` would send messages to itself");
            self.error(place, message, "write another account: `user` sends, `peer` receives");
        }
        let domain = self.account(&table.domain, "lab");
        let password = table.password.as_ref().map_or("lab", |key| key.get_ref().as_str()).to_owned();
        if let Some(key) = table.password.as_ref().filter(|key| key.get_ref().contains(char::is_control)) {
            self.error(key.span(), "no password has such characters", "write what can be typed in one line");
        }
        let reconnect_after = self.silence(&table.reconnect_after, Millis::seconds(3));
        Some(ChatPlan { user: user?, peer: peer?, domain: domain?, password, reconnect_after })
    }

    /// How long users wait when nothing comes.
    fn silence(&mut self, key: &Option<Spanned<Millis>>, usual: Millis) -> Millis {
        let Some(key) = key else { return usual };
        let time = *key.get_ref();
        if !PATIENCE.contains(&time) {
            let message = format!("users cannot wait {time} in silence");
            self.error(key.span(), message, "write `\"500ms\"` to `\"60s\"`");
        }
        time
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
}

/// The accounts that a load uses: numbers of telephones, addresses of chat.
fn accounts(kind: &LoadKind) -> Vec<String> {
    match kind {
        LoadKind::Call(plan) => (plan.user..plan.user + plan.phones()).map(|user| user.to_string()).collect(),
        LoadKind::Sip { method: SipMethod::Register, user } => vec![user.clone()],
        LoadKind::Xmpp(plan) => {
            [&plan.user, &plan.peer].map(|user| format!("{user}@{}", plan.domain)).to_vec()
        }
        _ => Vec::new(),
    }
}
