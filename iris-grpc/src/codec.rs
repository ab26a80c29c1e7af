//! Messages that pass through tonic as they came.
//!
//! tonic would decode before a handler runs and encode after it; here both are
//! part of what a request's spans measure, so the handler does them itself.

use std::fmt;

use bytes::{Buf, BufMut, Bytes};
use http::{HeaderName, HeaderValue};
use iris_core::ErrorClass;
use iris_serving::Model;
use iris_telemetry::Tick;
use prost::Message;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Response, Status};

use crate::prefix;
use crate::refusal::Refusal;

/// A message in its bytes.
pub(crate) struct Encoded {
    bytes: Bytes,
    read: Option<Tick>,
    /// The model that it is an answer of.
    by: Bytes,
}

/// A message of no more bytes is copied, which costs less than a frame, or a buffer, of its own.
const COPIED: usize = 4 << 10;

impl Encoded {
    /// The key that says which model answered.
    pub(crate) const IRIS_MODEL: HeaderName = HeaderName::from_static("iris-model");

    /// A request that was read then.
    pub(crate) fn read_at(bytes: Bytes, read: Option<Tick>) -> Self {
        Self { bytes, read, by: Bytes::new() }
    }

    pub(crate) fn of(message: &impl Message) -> Self {
        Self { bytes: message.encode_to_vec().into(), read: None, by: Bytes::new() }
    }

    /// The same as an answer of this model.
    pub(crate) fn by(self, model: &Model) -> Self {
        Self { by: model.signature().clone(), ..self }
    }

    /// The model that gave it, as an answer's metadata has it; none if that is not known.
    pub(crate) fn signature(&self) -> Option<HeaderValue> {
        HeaderValue::from_maybe_shared(self.by.clone()).ok().filter(|signature| !signature.is_empty())
    }

    /// As tonic takes an answer.
    pub(crate) fn into_response(self) -> Response<Self> {
        let signature = self.signature();
        let mut response = Response::new(self);
        if let Some(signature) = signature {
            response.metadata_mut().as_mut().insert(Self::IRIS_MODEL, signature);
        }
        response
    }

    /// As HTTP/2 takes it: the prefix and the message, in one piece if that is small. A
    /// message of 4 GiB is none that gRPC could send.
    pub(crate) fn into_frames(self) -> Result<[Bytes; 2], Refusal> {
        let len = u32::try_from(self.bytes.len());
        let len = len.map_err(|_| Refusal::of(ErrorClass::TooLarge, "the answer has 4 GiB or more"))?;
        if self.bytes.len() <= COPIED {
            return Ok([prefix::framed(&self.bytes), Bytes::new()]);
        }
        Ok([Bytes::copy_from_slice(&prefix::plain(len)), self.bytes])
    }

    /// The same for a while: a small message is a part of what its connection has read, and would keep all of that.
    pub(crate) fn detached(self) -> Self {
        let is_small = self.bytes.len() <= COPIED;
        Self { bytes: if is_small { Bytes::copy_from_slice(&self.bytes) } else { self.bytes }, ..self }
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
        Ok(Some(Encoded::read_at(source.copy_to_bytes(source.remaining()), read)))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFERS.0, BUFFERS.1)
    }
}
