//! Who may ask what, and how often: decided before anything of a request's body is read.

mod bucket;
mod class;
mod denial;
mod keys;
mod pass;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::Refusal;

pub use class::RouteClass;
pub use denial::Denial;
#[cfg(feature = "keys")]
pub use keys::KeysError;
pub use keys::{Key, Keys};
pub use pass::{Charged, Pass};

/// Lets requests in: all of them, or those with a key. Cheap to clone; clones
/// share the keys.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// `None` for everybody.
    keys: Option<Arc<ArcSwap<Keys>>>,
}

impl Gate {
    /// Lets in who has one of these keys.
    #[must_use]
    pub fn with_keys(keys: Keys) -> Self {
        Self { keys: Some(Arc::new(ArcSwap::from_pointee(keys))) }
    }

    /// Whether it lets everybody in; then nobody has to look for keys.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.keys.is_none()
    }

    /// Puts these keys in the place of those there were; a gate without keys stays open.
    pub fn replace(&self, keys: Keys) {
        if let Some(current) = &self.keys {
            current.store(Arc::new(keys));
        }
    }

    /// Lets a request in that shows this key, and counts it.
    ///
    /// # Errors
    ///
    /// [`Unauthenticated`](iris_core::ErrorClass::Unauthenticated) without a key or with one
    /// that is unknown, [`PermissionDenied`](iris_core::ErrorClass::PermissionDenied) if it is not for
    /// this class, [`RateLimited`](iris_core::ErrorClass::RateLimited) if it asks too often.
    #[inline]
    pub fn admit(&self, key: Option<&[u8]>, class: RouteClass) -> Result<Pass, Denial> {
        let pass = self.recognise(key, class)?;
        pass.count()?;
        Ok(pass)
    }

    /// The same without counting: for a request of which more is to come.
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit), but for the rate.
    #[inline]
    pub fn recognise(&self, key: Option<&[u8]>, class: RouteClass) -> Result<Pass, Denial> {
        match &self.keys {
            None => Ok(Pass::default()),
            Some(keys) => find(&keys.load(), key, class),
        }
    }
}

/// The key that a request shows: as `Authorization: Bearer`, else as `x-api-key`.
#[must_use]
pub fn shown<'a>(authorization: Option<&'a [u8]>, x_api_key: Option<&'a [u8]>) -> Option<&'a [u8]> {
    authorization.and_then(bearer).or(x_api_key).map(<[u8]>::trim_ascii)
}

fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}

fn find(keys: &Keys, key: Option<&[u8]>, class: RouteClass) -> Result<Pass, Denial> {
    let Some(shown) = key else {
        return Err(Denial::from(Refusal::unauthenticated(
            "this server asks for a key, as authorization: Bearer KEY, or as x-api-key: KEY",
        )));
    };
    let Some(key) = keys.find(shown) else {
        return Err(Denial::from(Refusal::unauthenticated("the key is not known here")));
    };
    if !key.may(class) {
        let (name, class) = (key.name(), class.as_str());
        return Err(Denial::from(Refusal::permission_denied(format!(
            "key '{name}' is not for the class {class}"
        ))));
    }
    Ok(Pass::of(Arc::clone(key)))
}

#[cfg(test)]
mod tests;
