//! A NATS server with a folder of its own, and what is asked of it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, Context, message::StreamMessage, stream};
use futures_util::StreamExt;

/// Messages, and what is answered.
pub(super) const FLOWERS: [(&str, &str); 3] = [
    (r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#, "setosa"),
    (r#"{"sepal_length":5.9,"sepal_width":3.0,"petal_length":4.2,"petal_width":1.5}"#, "versicolor"),
    (r#"{"sepal_length":6.3,"sepal_width":3.3,"petal_length":6.0,"petal_width":2.5}"#, "virginica"),
];

/// A broker that ends with the test, on a port that was free.
pub(super) struct Broker {
    child: Child,
    folder: PathBuf,
    port: u16,
    context: Context,
}

impl Broker {
    /// With the streams `flowers` and `answers`; `None`, and a line about it, where the program is not installed.
    #[expect(clippy::print_stdout, reason = "a test that held nothing should say so")]
    pub(super) async fn start() -> Option<Self> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let Some(program) = program() else {
            println!("left out: no nats-server (Debian: apt-get install nats-server)");
            return None;
        };
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nats-{}-{number}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        let child = spawn(&program, &folder, "-1");
        let port = told_port(&folder);
        let client = async_nats::connect(format!("127.0.0.1:{port}")).await.unwrap();
        let mut context = jetstream::new(client);
        context.set_timeout(Duration::from_secs(60));
        let broker = Self { child, folder, port, context };
        broker.store("flowers", "flowers").await;
        broker.store("answers", "answers.>").await;
        Some(broker)
    }

    pub(super) async fn store(&self, name: &str, subject: &str) {
        let config = stream::Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            duplicate_window: Duration::from_secs(600),
            ..stream::Config::default()
        };
        self.context.create_stream(config).await.unwrap();
    }

    pub(super) async fn remove(&self, stream: &str) {
        self.context.delete_stream(stream).await.unwrap();
    }

    /// Forgets all flowers before the one of this number.
    pub(super) async fn purge_until(&self, sequence: u64) {
        let flowers = self.context.get_stream("flowers").await.unwrap();
        flowers.purge().sequence(sequence).await.unwrap();
    }

    pub(super) async fn forget_consumer(&self, name: &str) {
        let flowers = self.context.get_stream("flowers").await.unwrap();
        flowers.delete_consumer(name).await.unwrap();
    }

    /// The address of a subject.
    pub(super) fn at(&self, subject: &str) -> String {
        format!("nats://127.0.0.1:{}/{subject}", self.port)
    }

    /// Ends without a word, and starts again on what it had stored.
    pub(super) async fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // Nobody can be told but by a connection that is refused.
        assert!(std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err());
        self.child = spawn(&program().unwrap(), &self.folder, &self.port.to_string());
        let until = Instant::now() + Duration::from_secs(60);
        while self.context.get_stream("flowers").await.is_err() {
            assert!(Instant::now() < until, "the broker does not come back");
        }
    }

    pub(super) async fn publish(&self, messages: impl IntoIterator<Item = &'static str>) {
        let mut messages = messages.into_iter().peekable();
        while messages.peek().is_some() {
            let mut sent = Vec::new();
            for message in messages.by_ref().take(1000) {
                sent.push(self.context.publish("flowers", message.into()).await.unwrap());
            }
            for stored in sent {
                stored.await.unwrap();
            }
        }
    }

    pub(super) async fn publish_with(&self, headers: HeaderMap, message: &'static str) {
        let sent = self.context.publish_with_headers("flowers", headers, message.into()).await.unwrap();
        sent.await.unwrap();
    }

    async fn n_answers(&self) -> usize {
        let answers = self.context.get_stream("answers").await.unwrap();
        usize::try_from(answers.cached_info().state.messages).unwrap()
    }

    pub(super) async fn until_answered(&self, n: usize) {
        let until = Instant::now() + Duration::from_secs(300);
        while self.n_answers().await < n {
            assert!(Instant::now() < until, "{} of {n} answers", self.n_answers().await);
        }
    }

    /// The newest message of a subject.
    pub(super) async fn last(&self, subject: &str) -> StreamMessage {
        let answers = self.context.get_stream("answers").await.unwrap();
        answers.get_last_raw_message_by_subject(subject).await.unwrap()
    }

    /// All answers to a message, by its number.
    pub(super) async fn answers(&self) -> HashMap<u64, Vec<String>> {
        let n = self.n_answers().await;
        let answers = self.context.get_stream("answers").await.unwrap();
        let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
        let consumer = answers.create_consumer(config).await.unwrap();
        let mut messages = consumer.messages().await.unwrap().take(n);
        let mut found: HashMap<u64, Vec<String>> = HashMap::new();
        while let Some(message) = messages.next().await {
            let message = message.unwrap();
            let sequence = message.headers.as_ref().unwrap().get("Iris-Sequence").unwrap().as_str();
            let answer = String::from_utf8(message.payload.to_vec()).unwrap();
            found.entry(sequence.parse().unwrap()).or_default().push(answer);
        }
        found
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Fails unless each of `n` messages that are the flowers in turn has one answer, its own.
pub(super) fn check(found: &HashMap<u64, Vec<String>>, n: usize) {
    assert_eq!(found.len(), n, "messages without an answer");
    for (sequence, answers) in found {
        let (_, label) = FLOWERS[usize::try_from(sequence - 1).unwrap() % 3];
        assert_eq!(answers.len(), 1, "{sequence}: {answers:?}");
        assert!(answers[0].contains(&format!("\"{label}\"")), "{sequence}: {answers:?}");
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("NATS_SERVER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("nats-server")).find(|program| program.exists())
}

fn spawn(program: &Path, folder: &Path, port: &str) -> Child {
    Command::new(program)
        .args(["-a", "127.0.0.1", "-p", port, "-js", "-sd"])
        .arg(folder)
        .arg("--ports_file_dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The broker writes its port into a file once it listens.
fn told_port(folder: &Path) -> u16 {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let files = fs::read_dir(folder).unwrap().filter_map(Result::ok).map(|entry| entry.path());
        for file in files.filter(|path| path.extension().is_some_and(|extension| extension == "ports")) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let digits = text.split("nats://127.0.0.1:").nth(1).unwrap_or_default();
            let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(port) = digits.parse() {
                return port;
            }
        }
        assert!(Instant::now() < until, "nats-server did not say where it listens");
        std::thread::yield_now();
    }
}
