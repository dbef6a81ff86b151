//! The steps of a login. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::stanza::{Element, Piece, escaped};

/// The resource of our phone, which follows the account in its full address (JID).
pub const RESOURCE: &str = "halab";

/// The account that logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name: `100`.
    pub user: String,
    /// Its domain.
    pub domain: String,
    /// Its password.
    pub password: String,
}

impl Account {
    /// The full address (JID) of our phone.
    pub fn address(&self) -> String {
        format!("{}@{}/{RESOURCE}", self.user, self.domain)
    }
}

/// The step of a login, by the answer that it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginStep {
    /// The features offered before authentication.
    Offer,
    /// The result of the authentication.
    Password,
    /// The features offered after authentication.
    Features,
    /// Our address.
    Address,
    /// The session, which old servers require.
    Session,
    /// The login is complete: messages can be sent and received.
    Done,
}

/// The opening of a stream.
pub fn open(account: &Account) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>",
        escaped(&account.domain)
    )
}

/// The next step after a received piece, and the message to send. An error names what the server refused.
pub fn next(step: LoginStep, piece: &Piece, account: &Account) -> Result<(LoginStep, String), String> {
    let element = match piece {
        Piece::Opened => return Ok((step, String::new())),
        Piece::Closed => return Err("the stream was closed".to_owned()),
        Piece::Element(element) => element,
    };
    match (step, element.name.as_str()) {
        (LoginStep::Offer, "stream:features") => offered(element, account),
        (LoginStep::Password, "success") => Ok((LoginStep::Features, open(account))),
        (LoginStep::Password, "failure") => Err(condition(element, "the password was refused")),
        (LoginStep::Features, "stream:features") => {
            let session = element.child("session").filter(|session| session.child("optional").is_none());
            let bind = format!(
                "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                 <resource>{RESOURCE}</resource></bind></iq>"
            );
            let more =
                "<iq type='set' id='session'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
            Ok(match session {
                Some(_) => (LoginStep::Address, bind + more),
                None => (LoginStep::Session, bind),
            })
        }
        (LoginStep::Address | LoginStep::Session, "iq") if element.attribute("type") == Some("error") => {
            Err(condition(element, "the address was refused"))
        }
        (LoginStep::Address, "iq") => Ok((LoginStep::Session, String::new())),
        (LoginStep::Session, "iq") => Ok((LoginStep::Done, "<presence/>".to_owned())),
        (_, "stream:error") => Err(condition(element, "the stream was refused")),
        (step, _) => Ok((step, String::new())),
    }
}

fn offered(features: &Element, account: &Account) -> Result<(LoginStep, String), String> {
    if features.child("mechanisms").is_none() {
        return Err("there is no way to say a password".to_owned());
    }
    // RFC 4616. Its presence in the offer is not checked: a server without it answers with an error.
    let Account { user, password, .. } = account;
    let secret = STANDARD.encode(format!("\0{user}\0{password}"));
    let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>");
    Ok((LoginStep::Password, auth))
}

/// The condition that a server names; else the given words.
fn condition(element: &Element, otherwise: &str) -> String {
    let error = element.child("error").unwrap_or(element);
    match error.children.iter().find(|child| child.name != "text" && child.name != "bind") {
        Some(child) => format!("{otherwise}: {}", child.name),
        None => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::Incoming;
    use super::*;

    fn account() -> Account {
        Account { user: "100".to_owned(), domain: "lab".to_owned(), password: "lab".to_owned() }
    }

    fn piece(text: &str) -> Piece {
        let mut incoming = Incoming::default();
        incoming.add(text.as_bytes());
        incoming.take().unwrap().unwrap()
    }

    #[test]
    fn a_password_is_said_as_the_standard_has_it() {
        // RFC 6120, 9.1.2.
        let (user, password) = ("juliet".to_owned(), "r0m30myr0m30".to_owned());
        let own = Account { user, password, ..account() };
        let offer = piece("<stream:features><mechanisms/></stream:features>");
        let (_, said) = next(LoginStep::Offer, &offer, &own).unwrap();
        assert!(said.ends_with(">AGp1bGlldAByMG0zMG15cjBtMzA=</auth>"), "{said}");
    }

    #[test]
    fn a_login_goes_from_step_to_step() {
        let own = account();
        let offer =
            "<stream:features><mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
        let features = "<stream:features><bind/><session><optional/></session></stream:features>";
        let old = "<stream:features><bind/><session/></stream:features>";
        for (step, said, then, begins) in [
            (LoginStep::Offer, offer, LoginStep::Password, "<auth"),
            (LoginStep::Password, "<success/>", LoginStep::Features, "<?xml"),
            (LoginStep::Features, features, LoginStep::Session, "<iq type='set' id='bind'>"),
            (LoginStep::Features, old, LoginStep::Address, "<iq type='set' id='bind'>"),
            (LoginStep::Address, "<iq type='result' id='bind'/>", LoginStep::Session, ""),
            (LoginStep::Session, "<iq type='result' id='session'/>", LoginStep::Done, "<presence/>"),
            (LoginStep::Session, "<presence/>", LoginStep::Session, ""),
        ] {
            let (found, answer) = next(step, &piece(said), &own).unwrap();
            assert!(found == then && answer.starts_with(begins), "{said}: {found:?} {answer}");
        }
    }

    #[test]
    fn what_a_server_refuses_is_said() {
        let own = account();
        for (step, said, says) in [
            (LoginStep::Offer, "<stream:features><starttls/></stream:features>", "no way to say a password"),
            (
                LoginStep::Password,
                "<failure><not-authorized/></failure>",
                "the password was refused: not-authorized",
            ),
            (
                LoginStep::Session,
                "<iq type='error'><error type='cancel'><conflict/></error></iq>",
                "refused: conflict",
            ),
            (
                LoginStep::Offer,
                "<stream:error><host-unknown/></stream:error>",
                "the stream was refused: host-unknown",
            ),
            (LoginStep::Offer, "</stream:stream>", "the stream was closed"),
        ] {
            let error = next(step, &piece(said), &own).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
