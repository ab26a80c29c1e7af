//! Brokers of Kafka's, and what is asked of them.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, OwnedHeaders};
use rdkafka::mocking::{MockCluster, MockCoordinator};
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

/// Messages, and what is answered.
pub(super) const FLOWERS: [(&str, &str); 3] = [
    (r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#, "setosa"),
    (r#"{"sepal_length":5.9,"sepal_width":3.0,"petal_length":4.2,"petal_width":1.5}"#, "versicolor"),
    (r#"{"sepal_length":6.3,"sepal_width":3.3,"petal_length":6.0,"petal_width":2.5}"#, "virginica"),
];

const PATIENCE: Duration = Duration::from_secs(60);

/// No multiple of the number of flowers, so that a partition has all of them.
const PARTITIONS: i32 = 4;

/// A partition keeps less than this many bytes.
const KEPT: usize = 6 << 20;

/// Where a message stands: its partition and offset.
type Place = (i32, i64);

/// Brokers that end with the test.
pub(super) struct Broker {
    cluster: MockCluster<'static, DefaultProducerContext>,
    producer: BaseProducer,
    n_partitions: i32,
}

/// A message that was published.
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) key: Option<Vec<u8>>,
    pub(super) body: String,
    headers: HashMap<String, String>,
}

/// Says nothing: what is away is away on purpose.
struct Quiet;

impl ClientContext for Quiet {}

impl Broker {
    /// One with the topics `flowers`, `answers` and `refused`.
    pub(super) fn start() -> Self {
        Self::start_with(PARTITIONS)
    }

    pub(super) fn start_with(n_partitions: i32) -> Self {
        Self::of(1, n_partitions)
    }

    /// Two, of which the second has the answers and nothing else.
    pub(super) fn with_answers_elsewhere() -> Self {
        let broker = Self::of(2, 1);
        let lead =
            |topic, partition, id| broker.cluster.partition_leader(topic, partition, Some(id)).unwrap();
        lead("flowers", 0, 1);
        lead("refused", 0, 1);
        lead("answers", 0, 2);
        lead("answers", 1, 2);
        broker.cluster.coordinator(MockCoordinator::Group("iris".to_owned()), 1).unwrap();
        broker
    }

    fn of(n_brokers: i32, n_partitions: i32) -> Self {
        let cluster = MockCluster::new(n_brokers).unwrap();
        for (topic, n_partitions) in [("flowers", n_partitions), ("answers", 2), ("refused", 1)] {
            cluster.create_topic(topic, n_partitions, n_brokers).unwrap();
        }
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", cluster.bootstrap_servers());
        let producer = config.set("message.max.bytes", "4000000").create().unwrap();
        Self { cluster, producer, n_partitions }
    }

    /// The address of a topic.
    pub(super) fn at(&self, topic: &str) -> String {
        format!("kafka://{}/{topic}", self.cluster.bootstrap_servers())
    }

    pub(super) fn goes_away(&self) {
        self.cluster.broker_down(-1).unwrap();
    }

    pub(super) fn comes_back(&self) {
        self.cluster.broker_up(-1).unwrap();
    }

    pub(super) fn place_of_answers_goes_away(&self) {
        self.cluster.broker_down(2).unwrap();
    }

    pub(super) fn place_of_answers_comes_back(&self) {
        self.cluster.broker_up(2).unwrap();
    }

    /// Once, of every partition that is asked for.
    pub(super) fn says_out_of_range(&self) {
        let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
        self.cluster.request_errors(RDKafkaApiKey::Fetch, &[error]);
    }

    /// Answers this to the next writes.
    pub(super) fn does_not_store(&self, error: RDKafkaRespErr, n: usize) {
        self.cluster.request_errors(RDKafkaApiKey::Produce, &vec![error; n]);
    }

    /// Knows the topic no more, and says so to those who read it.
    pub(super) fn deletes(&self, topic: &str) {
        let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        self.cluster.topic_error(topic, error).unwrap();
        self.cluster.request_errors(RDKafkaApiKey::Fetch, &[error; 8]);
    }

    /// The message of number `i` goes to partition `i` modulo their number, which is its key too.
    pub(super) fn publish<'a>(&self, messages: impl IntoIterator<Item = &'a str>) {
        for (partition, message) in (0..self.n_partitions).cycle().zip(messages) {
            let key = partition.to_string();
            self.send(BaseRecord::to("flowers").partition(partition).key(&*key).payload(message));
        }
        self.producer.flush(PATIENCE).unwrap();
    }

    pub(super) fn publish_with(&self, key: &str, (name, value): (&str, &str), message: &str) {
        let headers = OwnedHeaders::new().insert(Header { key: name, value: Some(value) });
        self.send(BaseRecord::to("flowers").key(key).headers(headers).payload(message));
        self.producer.flush(PATIENCE).unwrap();
    }

    /// Fills the first partition, so that it has nothing any more of what it had.
    pub(super) fn push_out(&self) {
        let message = "no JSON ".repeat(1 << 16);
        for _ in 0..=KEPT / message.len() {
            self.send(BaseRecord::<str, str>::to("flowers").partition(0).payload(&message));
            self.producer.flush(PATIENCE).unwrap();
        }
    }

    fn send(&self, mut record: BaseRecord<'_, str, str>) {
        loop {
            match self.producer.send(record) {
                Ok(()) => return,
                Err((KafkaError::MessageProduction(_), back)) => record = back,
                Err((error, _)) => panic!("{error}"),
            }
            self.producer.poll(Duration::from_millis(10));
        }
    }

    /// The first offset that the first partition has.
    pub(super) fn begins(&self, topic: &str) -> i64 {
        self.reader().fetch_watermarks(topic, 0, PATIENCE).unwrap().0
    }

    pub(super) fn until_answered(&self, n: usize) {
        self.until_there_are(n, "answers");
    }

    pub(super) fn until_an_answer_has(&self, text: &str) {
        let until = Instant::now() + Duration::from_secs(300);
        while !self.read("answers").iter().any(|answer| answer.body.contains(text)) {
            assert!(Instant::now() < until, "no {text} among the answers");
        }
    }

    pub(super) fn until_there_are(&self, n: usize, topic: &str) {
        let (reader, until) = (self.reader(), Instant::now() + Duration::from_secs(300));
        loop {
            let found = ends(&reader, topic).into_iter().map(|(_, _, high)| high).sum::<i64>();
            if found >= i64::try_from(n).unwrap() {
                return;
            }
            assert!(Instant::now() < until, "{found} of {n} in {topic}");
        }
    }

    pub(super) fn until_committed(&self, n: usize) {
        let until = Instant::now() + Duration::from_secs(300);
        while self.committed("iris").values().sum::<i64>() < i64::try_from(n).unwrap() {
            assert!(Instant::now() < until, "{:?} of {n} committed", self.committed("iris"));
        }
    }

    /// What a group has committed, by partition.
    pub(super) fn committed(&self, group: &str) -> BTreeMap<i32, i64> {
        let reader: BaseConsumer<Quiet> =
            self.config().set("group.id", group).create_with_context(Quiet).unwrap();
        let mut asked = TopicPartitionList::new();
        asked.add_partition_range("flowers", 0, self.n_partitions - 1);
        let committed = reader.committed_offsets(asked, PATIENCE).unwrap();
        let offsets = committed.elements().into_iter().filter_map(|element| match element.offset() {
            Offset::Offset(offset) => Some((element.partition(), offset)),
            _ => None,
        });
        offsets.collect()
    }

    /// All messages of a topic.
    pub(super) fn read(&self, topic: &str) -> Vec<Found> {
        // Only of a group partitions can be read, which joins nothing where it takes them itself.
        let reader: BaseConsumer<Quiet> =
            self.config().set("group.id", "reader").create_with_context(Quiet).unwrap();
        let ends = ends(&reader, topic);
        let mut partitions = TopicPartitionList::new();
        for (partition, ..) in &ends {
            partitions.add_partition_offset(topic, *partition, Offset::Beginning).unwrap();
        }
        reader.assign(&partitions).unwrap();
        let n = ends.into_iter().map(|(_, low, high)| high - low).sum::<i64>();
        let mut found = Vec::new();
        while found.len() < usize::try_from(n).unwrap() {
            let message = reader.poll(PATIENCE).expect("a message").unwrap();
            let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
            let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap();
            found.push(Found {
                place: (message.partition(), message.offset()),
                key: message.key().map(<[u8]>::to_vec),
                body: text(message.payload()),
                headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
            });
        }
        found
    }

    /// All answers to a message, by its place, in the order in which they came.
    pub(super) fn answers(&self) -> BTreeMap<Place, Vec<String>> {
        let mut answers: BTreeMap<Place, Vec<String>> = BTreeMap::new();
        for found in self.read("answers") {
            answers.entry(found.answers()).or_default().push(found.body);
        }
        answers
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.cluster.bootstrap_servers())
            .set("allow.auto.create.topics", "false");
        config
    }

    fn reader(&self) -> BaseConsumer<Quiet> {
        self.config().create_with_context(Quiet).unwrap()
    }
}

impl rdkafka::consumer::ConsumerContext for Quiet {}

impl Found {
    pub(super) fn header(&self, name: &str) -> String {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.headers)).clone()
    }

    /// The place of the message that it is about.
    pub(super) fn answers(&self) -> Place {
        let number = |name| self.header(name).parse::<i64>().unwrap();
        (i32::try_from(number("Iris-Partition")).unwrap(), number("Iris-Offset"))
    }
}

/// The partitions of a topic, each with its first offset and that after its last.
fn ends(reader: &BaseConsumer<Quiet>, topic: &str) -> Vec<(i32, i64, i64)> {
    let said = reader.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let partitions = said.topics()[0].partitions().iter().map(|partition| {
        let (low, high) = reader.fetch_watermarks(topic, partition.id(), PATIENCE).unwrap();
        (partition.id(), low, high)
    });
    partitions.collect()
}

/// Fails unless each of the first `n` messages that are the flowers in turn has an answer, its own.
pub(super) fn check(found: &BTreeMap<Place, Vec<String>>, n: usize) {
    assert_eq!(found.len(), n, "messages without an answer");
    for ((partition, offset), answers) in found {
        let index = offset * i64::from(PARTITIONS) + i64::from(*partition);
        let (_, label) = FLOWERS[usize::try_from(index % 3).unwrap()];
        let are_right = answers.iter().all(|answer| answer.contains(&format!("\"{label}\"")));
        assert!(are_right, "{partition}@{offset}: {answers:?}");
    }
}

/// Fails unless each has one.
pub(super) fn check_once(found: &BTreeMap<Place, Vec<String>>, n: usize) {
    check(found, n);
    let twice: Vec<_> = found.iter().filter(|(_, answers)| answers.len() > 1).collect();
    assert!(twice.is_empty(), "answered again: {twice:?}");
}
