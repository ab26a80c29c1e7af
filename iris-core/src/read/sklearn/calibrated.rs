//! `CalibratedClassifierCV`: the mean of what its members' answers become by curves that were fitted.
//!
//! | since | what changed |
//! |---|---|
//! | 0.24 | `calibrators`, which were `calibrators_`, one for each class that a member knows |
//! | 1.2 | a member is called `estimator`, which was `base_estimator` |
//! | 1.8 | temperature scaling |

use super::bagging::summed;
use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{isotonic, labels};
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{Clip, Function, Learned, Step};
use crate::read::pickle::ObjectId;
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let members = items(estimator, "calibrated_classifiers_")?;
    let mut all = Vec::new();
    for id in members {
        let member = flow.open(*id)?;
        all.push(flow.within(*id, |flow| member_of(&member, flow, rows.clone(), &labels))?);
    }
    let sum = summed(flow, all)?;
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 members")]
    let n = members.len() as f64;
    let probabilities = flow.mapped(sum.source, sum.affine.divided(|_| n))?;
    let probabilities = flow.alone(probabilities)?;
    let votes = probabilities.clone();
    let probabilities = Some(probabilities);
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}

/// The probabilities of all classes by one member.
fn member_of(
    member: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    labels: &Labels,
) -> Result<Numbers> {
    let name = if member.get("estimator").is_some() { "estimator" } else { "base_estimator" };
    let answer = flow.answer(member.required(name)?, rows)?;
    let answer = flow.classes(answer)?;
    let n_classes = labels.len();
    let has_scores = answer.scores.is_some();
    let response = match (answer.scores, answer.probabilities) {
        (Some(scores), _) => scores,
        (None, Some(probabilities)) if n_classes == 2 => {
            let second = probabilities.width().saturating_sub(1);
            flow.columns(&probabilities, &[second])?
        }
        (None, Some(probabilities)) => probabilities,
        (None, None) => return Err(Error::unsupported("its member has neither scores nor probabilities")),
    };
    let name = if member.get("calibrators").is_some() { "calibrators" } else { "calibrators_" };
    let calibrators = items(member, name)?;
    let probabilities = match member.text("method") {
        Some("sigmoid" | "isotonic") => {
            let known = places(&answer.labels, labels)?;
            let places = if n_classes == 2 { vec![1] } else { known };
            if calibrators.len() != places.len() || response.width() != places.len() {
                let message = format!(
                    "{} curves for {} numbers of {} classes",
                    calibrators.len(),
                    response.width(),
                    places.len()
                );
                return Err(Error::malformed(message));
            }
            let each = curves(flow, &response, calibrators)?;
            normalized(flow, &each, &places, n_classes)?
        }
        Some("temperature") => {
            // Of texts its members are shown the numbers, so that only the order tells which is which.
            let [calibrator] = calibrators else {
                return Err(Error::malformed(format!("{} temperatures", calibrators.len())));
            };
            let beta = flow.open(*calibrator)?.number("beta_")?;
            let logits = logits(flow, response, has_scores)?;
            if logits.width() != n_classes {
                return Err(Error::malformed(format!("{} numbers of {n_classes} classes", logits.width())));
            }
            let logits = flow.mapped(logits.source, logits.affine.scaled(|_| beta))?;
            flow.stepped(logits, Step::Link(Link::Softmax))?
        }
        _ => {
            let method = member.required("method")?;
            return Err(member.unexpected("method", method));
        }
    };
    flow.stepped(probabilities, Step::Clip(Clip { low: 0.0, high: 1.0 }))
}

/// Each number of a response by its own curve.
fn curves(flow: &mut Flow<'_, '_>, response: &Numbers, calibrators: &[ObjectId]) -> Result<Numbers> {
    let response = flow.alone(response.clone())?;
    let (mut factors, mut offsets, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for (column, id) in calibrators.iter().enumerate() {
        let calibrator = flow.open(*id)?;
        if calibrator.is("isotonic", "IsotonicRegression") {
            let line = isotonic::line(&calibrator)?;
            flow.spend(2 * line.x.len())?;
            let number = flow.columns(&response, &[column])?;
            lines.push(flow.stepped(number, Step::Learned(Box::new(Learned::Interpolation(line))))?);
        } else {
            factors.push(-calibrator.number("a_")?);
            offsets.push(-calibrator.number("b_")?);
        }
    }
    match (factors.len(), lines.len()) {
        (0, _) => flow.beside(lines),
        (_, 0) => {
            let affine = response.affine.scaled(|column| factors[column]).shifted(|column| offsets[column]);
            let sums = flow.mapped(response.source, affine)?;
            flow.stepped(sums, Step::Function(Function::EXPIT))
        }
        _ => Err(Error::malformed("curves of several kinds")),
    }
}

/// Probabilities of all classes that add up to 1, of those at `places`; equal ones where all are 0.
fn normalized(
    flow: &mut Flow<'_, '_>,
    each: &Numbers,
    places: &[usize],
    n_classes: usize,
) -> Result<Numbers> {
    if n_classes == 2 {
        let both = flow.weighted(each, &[-1.0, 1.0], 2)?;
        return flow.mapped(both.source, both.affine.shifted(|class| [1.0, 0.0][class]));
    }
    // The link halves what it is given above -1 and then does just this.
    let mut weights = vec![0.0; places.len() * n_classes];
    places.iter().enumerate().for_each(|(from, class)| weights[from * n_classes + class] = 2.0);
    let all = flow.weighted(each, &weights, n_classes)?;
    let all = flow.mapped(all.source, all.affine.shifted(|_| -1.0))?;
    flow.stepped(all, Step::Link(Link::ModifiedHuber))
}

/// What the temperature is for.
fn logits(flow: &mut Flow<'_, '_>, response: Numbers, has_scores: bool) -> Result<Numbers> {
    if has_scores {
        return match response.width() {
            1 => flow.weighted(&response, &[-1.0, 1.0], 2),
            _ => Ok(response),
        };
    }
    let response = match response.width() {
        1 => {
            // By itself, since what is added next is smaller than what 1 and it would round to.
            let both = flow.weighted(&response, &[-1.0, 1.0], 2)?;
            let both = flow.mapped(both.source, both.affine.shifted(|class| [1.0, 0.0][class]))?;
            flow.alone(both)?
        }
        _ => response,
    };
    let all = flow.mapped(response.source, response.affine.shifted(|_| 1e-12))?;
    flow.stepped(all, Step::Function(Function::LOG))
}

/// Where the labels of a member stand among all.
fn places(of_member: &Labels, labels: &Labels) -> Result<Vec<usize>> {
    let place = |label: crate::schema::Label<'_>| labels.iter().position(|known| known == label);
    let places: Option<Vec<usize>> = of_member.iter().map(place).collect();
    places.ok_or_else(|| Error::malformed("a member knows a class that its ensemble does not"))
}

fn items<'t>(estimator: &Estimator<'t, '_>, name: &str) -> Result<&'t [ObjectId]> {
    let id = estimator.required(name)?;
    let items = estimator.objects.items(id).filter(|items| !items.is_empty());
    items.ok_or_else(|| estimator.unexpected(name, id))
}
