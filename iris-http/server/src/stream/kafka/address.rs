//! Where brokers are, and what is asked of them.

use std::fmt;

/// The port of a broker whose address has none.
const PORT: u16 = 9092;

const EXPECTED: &str = "kafka://HOST:PORT[,HOST:PORT…]/TOPIC";

/// `kafka://HOST[:PORT][,HOST[:PORT]…]/TOPIC`.
#[derive(Debug)]
pub(super) struct Address {
    brokers: Vec<String>,
    topic: String,
}

impl Address {
    /// # Errors
    ///
    /// Says what is wrong without repeating the text, which may hold a password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| format!("expected {EXPECTED}"))?;
        if scheme != "kafka" {
            return Err(format!("{scheme} is not spoken: only kafka://, without TLS"));
        }
        let (brokers, topic) =
            rest.split_once('/').ok_or_else(|| format!("a topic is missing: {EXPECTED}"))?;
        if brokers.contains('@') {
            return Err("a login (SASL) is not spoken: brokers have to take connections without".to_owned());
        }
        check_topic(topic)?;
        let brokers = brokers.split(',').map(broker).collect::<Result<_, _>>()?;
        Ok(Self { brokers, topic: topic.to_owned() })
    }

    /// As clients take it.
    pub(super) fn brokers(&self) -> String {
        self.brokers.join(",")
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    /// Whether both are known to be the same brokers, of which one is enough.
    pub(super) fn is_same_cluster(&self, other: &Self) -> bool {
        self.brokers.iter().any(|broker| other.brokers.contains(broker))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kafka://{}/{}", self.brokers.join(","), self.topic)
    }
}

/// One broker with its port.
fn broker(text: &str) -> Result<String, String> {
    // The colons of an address in brackets are not a port's.
    let after_brackets = text.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match text[after_brackets..].rfind(':') {
        Some(colon) => {
            let (host, port) = text.split_at(after_brackets + colon);
            let port = port[1..].parse().ok().filter(|port| *port != 0);
            (host, port.ok_or_else(|| format!("{text:?} has no port behind its colon"))?)
        }
        None => (text, PORT),
    };
    let is_in_brackets = host.starts_with('[') && host.ends_with(']');
    let is_name = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if host.is_empty() || !(is_name || is_in_brackets) {
        return Err(format!("{text:?} is no broker: {EXPECTED}"));
    }
    Ok(format!("{host}:{port}"))
}

/// Kafka's own rules for names of topics.
pub(super) fn check_topic(topic: &str) -> Result<(), String> {
    if topic.is_empty() {
        return Err("the topic is empty".to_owned());
    }
    let is_name = topic.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if !is_name || topic.len() > 249 || matches!(topic, "." | "..") {
        return Err(format!("{topic:?} is no topic: up to 249 letters, digits, dots, - and _"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Address::parse(text).unwrap_err()
    }

    #[test]
    fn an_address_has_brokers_and_a_topic() {
        let address = Address::parse("kafka://garden,[::1]:7,10.0.0.1:9093/flowers.v1").unwrap();
        assert_eq!(address.brokers(), "garden:9092,[::1]:7,10.0.0.1:9093");
        assert_eq!(address.topic(), "flowers.v1");
        assert_eq!(address.to_string(), "kafka://garden:9092,[::1]:7,10.0.0.1:9093/flowers.v1");
    }

    #[test]
    fn what_is_no_address_is_refused_with_why() {
        assert!(refused("flowers").contains("expected kafka://"));
        assert!(refused("kafkas://garden/flowers").contains("without TLS"));
        assert!(refused("kafka://garden").contains("topic is missing"));
        assert!(refused("kafka:///flowers").contains("no broker"));
        assert!(refused("kafka://garden,/flowers").contains("no broker"));
        assert!(refused("kafka://garden:/flowers").contains("no port"));
        assert!(refused("kafka://garden:0/flowers").contains("no port"));
        assert!(refused("kafka://garden:70000/flowers").contains("no port"));
        assert!(refused("kafka://::1/flowers").contains("no broker"));
        assert!(refused("kafka://gar den/flowers").contains("no broker"));
        assert!(refused("kafka://garden/").contains("topic is empty"));
        assert!(refused("kafka://garden/a/b").contains("no topic"));
        assert!(refused("kafka://garden/..").contains("no topic"));
        assert!(refused("kafka://garden/ü").contains("no topic"));
        assert!(refused(&format!("kafka://garden/{}", "a".repeat(250))).contains("no topic"));
    }

    #[test]
    fn a_login_is_refused_and_never_shown() {
        let why = refused("kafka://me:secret@garden/flowers");
        assert!(why.contains("SASL") && !why.contains("secret"), "{why}");
        assert!(!refused("kafkas://me:secret@garden/flowers").contains("secret"));
    }

    #[test]
    fn one_broker_in_common_is_one_cluster() {
        let of = |text: &str| Address::parse(text).unwrap();
        assert!(of("kafka://a,b/x").is_same_cluster(&of("kafka://c,b:9092/y")));
        assert!(!of("kafka://a/x").is_same_cluster(&of("kafka://a:9093/x")));
    }
}
