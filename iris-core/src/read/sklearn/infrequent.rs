//! Categories that an encoder groups as infrequent.

use super::estimator::Estimator;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};

/// Where each category of a column goes once infrequent ones share a place.
#[derive(Debug, Clone)]
pub(super) struct Grouping {
    places: Vec<usize>,
    /// The place of those that are grouped, if there are any.
    infrequent: Option<usize>,
}

impl Grouping {
    /// For each column, of so many categories each.
    pub(super) fn of(estimator: &Estimator<'_, '_>, n_categories: &[usize]) -> Result<Vec<Self>> {
        let alone = |n: &usize| Self { places: (0..*n).collect(), infrequent: None };
        // Encoders before 1.1 grouped nothing.
        if !estimator.flag("_infrequent_enabled", false)? {
            return Ok(n_categories.iter().map(alone).collect());
        }
        let id = estimator.required("_default_to_infrequent_mappings")?;
        let mappings: Vec<ObjectId> = estimator.objects.items(id).unwrap_or_default().to_vec();
        if mappings.len() != n_categories.len() {
            return Err(estimator.unexpected("_default_to_infrequent_mappings", id));
        }
        let grouping = |(mapping, n): (ObjectId, &usize)| match estimator.objects.get(mapping) {
            Object::None => Ok(alone(n)),
            Object::Array(array) => {
                let places: Option<Vec<usize>> = array
                    .integers(estimator.objects)?
                    .into_iter()
                    .map(|place| usize::try_from(place).ok().filter(|place| place < n))
                    .collect();
                match places {
                    // Those that are grouped come last.
                    Some(places) if places.len() == *n && *n > 0 => {
                        Ok(Self { infrequent: places.iter().max().copied(), places })
                    }
                    _ => Err(Error::malformed("the grouping of infrequent categories does not fit them")),
                }
            }
            _ => Err(estimator.unexpected("_default_to_infrequent_mappings", mapping)),
        };
        mappings.into_iter().zip(n_categories).map(grouping).collect()
    }

    /// The place of a category.
    pub(super) fn place(&self, category: usize) -> usize {
        self.places[category]
    }

    /// The place of the infrequent ones.
    pub(super) fn infrequent(&self) -> Option<usize> {
        self.infrequent
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.places.iter().max().map_or(0, |last| last + 1)
    }
}
