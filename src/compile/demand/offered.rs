//! What workloads ask for: rates, peaks, and when they have their final shape.

use super::super::draft::Draft;
use super::SECOND;
use crate::model::{self, RateShape};
use crate::plan::Load;

/// Requests per second of an open workload; of one in stages at its peak, which is what must be survived.
pub(super) fn offered_rate(draft: &Draft<'_>, number: usize) -> f64 {
    let model = draft.model;
    let workload = &draft.plan.workloads[number];
    let Some((_, written)) = model
        .workloads
        .iter()
        .find(|(name, _)| name.value == workload.name)
    else {
        return 0.0;
    };
    let Some(open) = &written.open else {
        return 0.0;
    };
    let epochs = match (&open.rate, &open.between) {
        (Some(RateShape::Constant(rate)), _) => rate.per_second(),
        (Some(RateShape::Stages(staged)), _) => {
            let targets = staged.stages.iter().map(|stage| stage.target.per_second());
            targets.fold(staged.start.per_second(), f64::max)
        }
        (None, Some(between)) => mean_gap(between).map_or(0.0, |gap| SECOND / gap),
        (None, None) => 0.0,
    };
    let batch = match &workload.load {
        Load::Open { batch, .. } => draft
            .plan
            .counts
            .get(batch.index())
            .map_or(1.0, |count| count.mean),
        Load::Closed { .. } => 1.0,
    };
    epochs * batch
}

/// The mean of a law that has been checked before.
fn mean_gap(between: &model::DurationLaw) -> Option<f64> {
    super::super::law::known_mean(&between.law).filter(|gap| *gap > 0.0)
}

/// When all workloads have their final shape \[ns\], and whether one moves on the way.
pub(super) fn settling(draft: &Draft<'_>) -> (f64, bool) {
    let (mut settled, mut shaped) = (0.0_f64, false);
    for (_, workload) in &draft.model.workloads {
        if let Some(RateShape::Stages(staged)) =
            workload.open.as_ref().and_then(|open| open.rate.as_ref())
        {
            shaped = true;
            settled = settled.max(
                staged
                    .stages
                    .iter()
                    .map(|stage| stage.duration.ns_f64())
                    .sum(),
            );
        }
        if let Some(closed) = &workload.closed
            && let Some(ramp) = closed.ramp.as_ref().filter(|ramp| ramp.per_second() > 0.0)
        {
            settled = settled.max(closed.users.value as f64 / ramp.per_second() * SECOND);
        }
    }
    (settled, shaped)
}
