//! Messages that pass through tonic as they came.
//!
//! tonic would decode before a handler runs and encode after it; here both are
//! part of what a request's spans measure, so the handler does them itself.

use std::fmt;
use std::marker::PhantomData;

use bytes::{Buf, BufMut, Bytes};
use iris_core::spans::Tick;
use prost::{DecodeError, Message};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// A message of type `M` in its bytes.
pub struct Encoded<M> {
    bytes: Bytes,
    read: Option<Tick>,
    message: PhantomData<fn() -> M>,
}

impl<M: Message + Default> Encoded<M> {
    /// Encodes a message.
    #[must_use]
    pub fn of(message: &M) -> Self {
        Self { bytes: message.encode_to_vec().into(), read: None, message: PhantomData }
    }

    /// Decodes it; fields of bytes share its memory.
    ///
    /// # Errors
    ///
    /// If the bytes are not such a message.
    pub fn decode(&self) -> Result<M, DecodeError> {
        M::decode(self.bytes.clone())
    }

    /// When the request was read, if that is measured.
    pub(crate) fn read(&self) -> Option<Tick> {
        self.read
    }
}

impl<M> fmt::Debug for Encoded<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoded({} bytes)", self.bytes.len())
    }
}

/// Takes encoded `Q` and gives encoded `A`.
#[derive(Debug)]
pub(crate) struct EncodedCodec<Q, A> {
    stamp: Stamp,
    messages: PhantomData<fn() -> (Q, A)>,
}

/// When a message counts as read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stamp {
    /// With the head of its request.
    Head(Option<Tick>),
    /// When it is complete, if that is measured: on a stream they come one by one.
    Complete { measured: bool },
}

impl<Q, A> EncodedCodec<Q, A> {
    pub(crate) fn new(stamp: Stamp) -> Self {
        Self { stamp, messages: PhantomData }
    }
}

impl<Q: 'static, A: 'static> Codec for EncodedCodec<Q, A> {
    type Encode = Encoded<A>;
    type Decode = Encoded<Q>;
    type Encoder = Raw<A>;
    type Decoder = Raw<Q>;

    fn encoder(&mut self) -> Raw<A> {
        Raw { stamp: self.stamp, message: PhantomData }
    }

    fn decoder(&mut self) -> Raw<Q> {
        Raw { stamp: self.stamp, message: PhantomData }
    }
}

/// Either direction.
#[derive(Debug)]
pub(crate) struct Raw<M> {
    stamp: Stamp,
    message: PhantomData<fn() -> M>,
}

/// Most messages fit; tonic's own 8 KiB are taken anew for every call.
const BUFFERS: (usize, usize) = (512, 32 << 10);

impl<M> Encoder for Raw<M> {
    type Item = Encoded<M>;
    type Error = Status;

    fn encode(&mut self, item: Encoded<M>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(item.bytes.len());
        out.put(item.bytes);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFERS.0, BUFFERS.1)
    }
}

impl<M> Decoder for Raw<M> {
    type Item = Encoded<M>;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Encoded<M>>, Status> {
        let read = match self.stamp {
            Stamp::Head(read) => read,
            Stamp::Complete { measured } => measured.then(Tick::now),
        };
        let bytes = source.copy_to_bytes(source.remaining());
        Ok(Some(Encoded { bytes, read, message: PhantomData }))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFERS.0, BUFFERS.1)
    }
}
