//! What scikit-learn's estimators are told where nobody says otherwise.

/// What `testdata/make_defaults.py` wrote: a line a class, its parameters with their defaults.
const DEFAULTS: &str = include_str!("defaults.txt");

/// The parameters of a class, each with its default as Python writes it.
pub(super) struct Parameters(Option<&'static str>);

impl Parameters {
    /// Those of scikit-learn's class of this name, if it is known.
    pub(super) fn of(class: &str) -> Self {
        let of_class = |line: &'static str| line.strip_prefix(class)?.strip_prefix('\t');
        Self(DEFAULTS.lines().find_map(of_class))
    }

    /// Whether it may be a parameter: all that is written like one may, of a class that is not known.
    pub(super) fn has(&self, name: &str) -> bool {
        match self.0 {
            Some(_) => self.named(name).is_some(),
            None => !name.starts_with('_') && !name.ends_with('_'),
        }
    }

    /// Whether `value` is what is told by default.
    pub(super) fn is_default(&self, name: &str, value: &str) -> bool {
        self.named(name).is_some_and(|default| {
            let number = |text: &str| text.parse::<f64>().ok();
            default == value || number(default).is_some_and(|number_of| Some(number_of) == number(value))
        })
    }

    /// The parameter's default; no text, if it has none.
    fn named(&self, name: &str) -> Option<&'static str> {
        self.0?.split('\t').find_map(|parameter| {
            let (known, default) = parameter.split_once('=').unwrap_or((parameter, ""));
            (known == name).then_some(default)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_its_own_defaults() {
        let logistic = Parameters::of("LogisticRegression");
        assert!(logistic.has("C") && !logistic.has("coef"));
        assert!(logistic.is_default("C", "1") && logistic.is_default("C", "1.0"));
        assert!(!logistic.is_default("C", "0.5") && logistic.is_default("solver", "'lbfgs'"));
        let unknown = Parameters::of("Logistic");
        assert!(unknown.has("C") && !unknown.has("coef_") && !unknown.has("_C"));
        assert!(!unknown.is_default("C", "1.0"));
    }
}
