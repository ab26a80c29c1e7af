//! Where a broker is, who asks it, and for what.

use std::fmt;

use async_nats::{ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;

/// `nats://[USER:PASSWORD@]HOST[:PORT]/SUBJECT`, or `tls://…`. Shown without the login.
pub(super) struct Address {
    scheme: String,
    host: String,
    server: ServerAddr,
    login: Option<Login>,
    subject: String,
}

#[derive(Clone, PartialEq, Eq)]
enum Login {
    User { name: String, password: String },
    Token(String),
}

impl Address {
    /// # Errors
    ///
    /// Says what is wrong without repeating the text, which may hold a password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("expected nats://HOST[:PORT]/SUBJECT")?;
        if !matches!(scheme, "nats" | "tls") {
            return Err(format!(
                "{scheme} is not spoken; expected nats://HOST[:PORT]/SUBJECT, tls:// or kafka://"
            ));
        }
        let (authority, subject) = rest.split_once('/').ok_or("a subject is missing: nats://HOST/SUBJECT")?;
        check_subject(subject)?;
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(Login::parse(login)?), host),
            None => (None, authority),
        };
        if host.is_empty() {
            return Err("a host is missing: nats://HOST/SUBJECT".to_owned());
        }
        let server: ServerAddr =
            format!("{scheme}://{host}").parse().map_err(|error| format!("{host} is no host: {error}"))?;
        let (scheme, host, subject) = (scheme.to_owned(), host.to_owned(), subject.to_owned());
        Ok(Self { scheme, host, server, login, subject })
    }

    pub(super) fn server(&self) -> &ServerAddr {
        &self.server
    }

    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// The same with who asks.
    pub(super) fn log_in(&self, options: ConnectOptions) -> ConnectOptions {
        match self.login.clone() {
            Some(Login::User { name, password }) => options.user_and_password(name, password),
            Some(Login::Token(token)) => options.token(token),
            None => options,
        }
    }

    /// Whether one connection serves both.
    pub(super) fn is_same_login(&self, other: &Self) -> bool {
        self.is_same_broker(other) && self.login == other.login && self.scheme == other.scheme
    }

    /// Whether both are known to be the same broker.
    pub(super) fn is_same_broker(&self, other: &Self) -> bool {
        let place = |address: &Self| (address.server.host().to_owned(), address.server.port());
        place(self) == place(other)
    }

    /// Whether what is published to `subject` comes by this one.
    pub(super) fn takes(&self, subject: &str) -> bool {
        let mut tokens = subject.split('.');
        for pattern in self.subject.split('.') {
            match (pattern, tokens.next()) {
                (">", Some(_)) => return true,
                ("*", Some(_)) => {}
                (pattern, Some(token)) if pattern == token => {}
                _ => return false,
            }
        }
        tokens.next().is_none()
    }
}

impl Login {
    fn parse(text: &str) -> Result<Self, String> {
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(Into::into).map_err(|_| "the login is no text of UTF-8".to_owned())
        };
        Ok(match text.split_once(':') {
            Some((name, password)) => Self::User { name: decoded(name)?, password: decoded(password)? },
            None => Self::Token(decoded(text)?),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/{}", self.scheme, self.host, self.subject)
    }
}

/// What a subject is made of: words with dots between.
pub(super) fn check_subject(subject: &str) -> Result<(), String> {
    if subject.is_empty() {
        return Err("the subject is empty".to_owned());
    }
    if subject.split('.').any(str::is_empty)
        || subject.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Err(format!("{subject:?} is no subject: words with dots between"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match Address::parse(text) {
            Ok(address) => panic!("{address}"),
            Err(why) => why,
        }
    }

    #[test]
    fn an_address_has_a_broker_and_a_subject() {
        let address = Address::parse("nats://garden/flowers.>").unwrap();
        assert_eq!((address.server().host(), address.server().port()), ("garden", 4222));
        assert_eq!(address.subject(), "flowers.>");
        assert_eq!(Address::parse("tls://[::1]:7/a").unwrap().server().port(), 7);
    }

    #[test]
    fn what_is_no_address_is_refused_with_why() {
        assert!(refused("flowers").contains("expected nats://"));
        assert!(refused("mqtt://garden/flowers").contains("mqtt is not spoken"));
        assert!(refused("nats://garden").contains("subject is missing"));
        assert!(refused("nats:///flowers").contains("host is missing"));
        assert!(refused("nats://garden/").contains("subject is empty"));
        assert!(refused("nats://garden/a..b").contains("no subject"));
        assert!(refused("nats://garden/a b").contains("no subject"));
        assert!(refused("nats://gar den/a").contains("no host"));
    }

    #[test]
    fn a_login_is_understood_and_never_shown() {
        let address = Address::parse("nats://me:p%40ss%3Aword@garden/a").unwrap();
        assert_eq!(address.to_string(), "nats://garden/a");
        assert!(
            matches!(&address.login, Some(Login::User { name, password }) if name == "me" && password == "p@ss:word")
        );
        let address = Address::parse("nats://secret@garden/a").unwrap();
        assert!(matches!(&address.login, Some(Login::Token(token)) if token == "secret"));
        for wrong in ["mqtt://me:secret@garden/a", "nats://me:secret@garden", "nats://me:secret@/a"] {
            assert!(!refused(wrong).contains("secret"));
        }
        assert!(refused("nats://%ff@garden/a").contains("UTF-8"));
    }

    #[test]
    fn a_subject_that_stands_for_many_takes_those() {
        let takes = |pattern: &str, subject: &str| {
            Address::parse(&format!("nats://garden/{pattern}")).unwrap().takes(subject)
        };
        assert!(takes("a.b", "a.b") && takes("a.*", "a.b") && takes("a.>", "a.b.c") && takes(">", "a"));
        assert!(!takes("a.b", "a") && !takes("a", "a.b") && !takes("a.*", "a.b.c") && !takes("a.>", "a"));
    }

    #[test]
    fn one_connection_serves_the_same_login_alone() {
        let of = |text: &str| Address::parse(text).unwrap();
        assert!(of("nats://garden/a").is_same_login(&of("nats://garden:4222/b")));
        assert!(!of("nats://garden/a").is_same_login(&of("nats://me@garden/b")));
        assert!(!of("nats://garden/a").is_same_login(&of("tls://garden/b")));
        assert!(of("nats://garden/a").is_same_broker(&of("nats://me@garden/b")));
    }
}
