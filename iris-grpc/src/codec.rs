//! Messages that pass through tonic as they came.
//!
//! tonic would decode before a handler runs and encode after it; here both are
//! part of what a request's spans measure, so the handler does them itself.

use std::error::Error;
use std::fmt;

use bytes::{Buf, BufMut, Bytes};
use http_body::Body as HttpBody;
use iris_serving::Model;
use iris_telemetry::Tick;
use prost::Message;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::{Response, Status};

use crate::refusal::Refusal;

/// What tonic takes as a body.
pub(crate) trait RequestBody:
    HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static
{
}

impl<B> RequestBody for B where
    B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static
{
}

/// The key that says which model answered.
const IRIS_MODEL: &str = "iris-model";

/// A message in its bytes.
pub(crate) struct Encoded {
    bytes: Bytes,
    read: Option<Tick>,
    /// The model that it is an answer of.
    by: Bytes,
}

impl Encoded {
    pub(crate) fn of(message: &impl Message) -> Self {
        Self { bytes: message.encode_to_vec().into(), read: None, by: Bytes::new() }
    }

    /// The same as an answer of this model.
    pub(crate) fn by(self, model: &Model) -> Self {
        Self { by: model.signature().clone(), ..self }
    }

    /// As tonic takes an answer: with the model that gave it as `iris-model`, if that is known.
    pub(crate) fn into_response(mut self) -> Response<Self> {
        let by = std::mem::take(&mut self.by);
        let mut response = Response::new(self);
        if let (false, Ok(by)) = (by.is_empty(), MetadataValue::try_from(by)) {
            response.metadata_mut().insert(IRIS_MODEL, by);
        }
        response
    }

    /// The message; its fields of bytes share the memory.
    pub(crate) fn decode<M: Message + Default>(&self) -> Result<M, Refusal> {
        M::decode(self.bytes.clone()).map_err(|error| Refusal::undecodable(&error))
    }

    /// What stands in its first field, if that is a short text and comes first: the model's name, where
    /// a message is for one.
    pub(crate) fn first_text(&self) -> Option<&[u8]> {
        match *self.bytes {
            [0x0a, len @ ..0x80, ref rest @ ..] => rest.get(..len.into()),
            _ => None,
        }
    }

    /// Bytes of it.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// When the request was read, if that is measured.
    pub(crate) fn read(&self) -> Option<Tick> {
        self.read
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoded({} bytes)", self.bytes.len())
    }
}

/// Takes messages from tonic and gives it messages, all in their bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncodedCodec(pub(crate) Stamp);

/// When a message counts as read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stamp {
    /// With the head of its request.
    Head(Option<Tick>),
    /// When it is complete, if that is measured: on a stream they come one by one.
    Complete { measured: bool },
}

impl Codec for EncodedCodec {
    type Encode = Encoded;
    type Decode = Encoded;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

/// Most messages fit; tonic's own 8 KiB are taken anew for every call.
const BUFFERS: (usize, usize) = (512, 32 << 10);

impl Encoder for EncodedCodec {
    type Item = Encoded;
    type Error = Status;

    fn encode(&mut self, item: Encoded, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(item.bytes.len());
        out.put(item.bytes);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFERS.0, BUFFERS.1)
    }
}

impl Decoder for EncodedCodec {
    type Item = Encoded;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Encoded>, Status> {
        let read = match self.0 {
            Stamp::Head(read) => read,
            Stamp::Complete { measured } => measured.then(Tick::now),
        };
        Ok(Some(Encoded { bytes: source.copy_to_bytes(source.remaining()), read, by: Bytes::new() }))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFERS.0, BUFFERS.1)
    }
}
