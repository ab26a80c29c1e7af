//! Every route there is: the one table that the router, the labels of metrics,
//! the answers to a wrong method, OpenAPI and the documentation are made of.

mod route;
mod table;

pub use iris_serving::gate::RouteClass;
pub use route::Route;
pub(crate) use route::{Action, Verb};
pub use table::ROUTES;

/// The `Allow` header of a path with these routes.
pub(crate) fn allow<'r>(routes: impl IntoIterator<Item = &'r Route>) -> &'static str {
    let has = |(get, post, delete), route: &Route| match route.verb {
        Verb::Get => (true, post, delete),
        Verb::Post => (get, true, delete),
        Verb::Delete => (get, post, true),
    };
    match routes.into_iter().fold((false, false, false), has) {
        (true, true, true) => "GET, HEAD, POST, DELETE",
        (true, true, false) => "GET, HEAD, POST",
        (true, false, true) => "GET, HEAD, DELETE",
        (true, false, false) => "GET, HEAD",
        (false, true, true) => "POST, DELETE",
        (false, true, false) => "POST",
        (false, false, true) => "DELETE",
        (false, false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_method_stands_twice_at_a_path() {
        let mut known = HashSet::new();
        for route in ROUTES {
            assert!(known.insert((route.method(), route.pattern())), "{route:?}");
        }
    }

    #[test]
    fn a_pattern_ends_with_its_last_parameter() {
        let pattern = |path| Route::new(Verb::Get, path, Action::Ping, RouteClass::Observe, "").pattern();
        assert_eq!(pattern("/v1/models/{model}:predict"), "/v1/models/{model}");
        assert_eq!(pattern("/v2/models/{model}/infer"), "/v2/models/{model}/infer");
        assert_eq!(pattern("/a:b"), "/a:b");
    }

    #[test]
    fn every_set_of_methods_is_allowed_by_name() {
        let [health, predict, remove] = [Action::Health, Action::Predict, Action::RemoveModel].map(Route::of);
        assert_eq!(allow([remove]), "DELETE");
        assert_eq!(allow([remove, health]), "GET, HEAD, DELETE");
        assert_eq!(allow([remove, predict, health]), "GET, HEAD, POST, DELETE");
        assert_eq!(allow([health]), "GET, HEAD");
        assert_eq!(allow([predict]), "POST");
        assert_eq!(allow([predict, health]), "GET, HEAD, POST");
    }
}
