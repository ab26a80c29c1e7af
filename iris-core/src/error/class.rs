//! The one taxonomy of what can go wrong, shared by everything that answers with a model.

/// What an error means to whoever is told of it, in the few words that metrics
/// count by.
///
/// Exhaustive on purpose: each way to reach a model maps every class to its own
/// statuses, codes or exceptions in one table, and a new class must not compile
/// until it has been mapped. Of this crate's own errors each
/// [kind](crate::ErrorKind::class) is one of `InvalidInput`, `InvalidModel` and
/// `Internal`; the others are for programs around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The input says something that the model or the interface does not take.
    InvalidInput,
    /// The request is over a limit of size.
    TooLarge,
    /// The request is in a form not read here.
    UnsupportedMediaType,
    /// The client took too long.
    Timeout,
    /// The client went away, or broke off.
    Aborted,
    /// Who asks is not known.
    Unauthenticated,
    /// Who asks is known, and may not.
    PermissionDenied,
    /// Who asks does so too often.
    RateLimited,
    /// There is no such route or model.
    NotFound,
    /// The route is there, but not for this method.
    MethodNotAllowed,
    /// Understood, but not done here.
    Unimplemented,
    /// A model's file cannot be read, or does not answer as it says.
    InvalidModel,
    /// No answer is possible now.
    Unavailable,
    /// There is more to do than can be done in time; nothing of the request was looked at.
    Overloaded,
    /// A mistake of ours.
    Internal,
}

impl ErrorClass {
    /// Every class, in the order of its declaration.
    pub const ALL: [Self; 15] = [
        Self::InvalidInput,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Timeout,
        Self::Aborted,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::RateLimited,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Unimplemented,
        Self::InvalidModel,
        Self::Unavailable,
        Self::Overloaded,
        Self::Internal,
    ];

    /// As a label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::RateLimited => "rate_limited",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unimplemented => "unimplemented",
            Self::InvalidModel => "invalid_model",
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }

    /// Whether it is the server's doing and not the client's.
    #[must_use]
    pub fn is_servers(self) -> bool {
        matches!(self, Self::InvalidModel | Self::Unavailable | Self::Overloaded | Self::Internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_listed_at_its_own_place_under_its_own_name() {
        for (index, class) in ErrorClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
            assert_eq!(ErrorClass::ALL.iter().filter(|other| other.as_str() == class.as_str()).count(), 1);
        }
    }
}
