//! What workloads ask for: rates, peaks, and when they have their final shape.

use super::super::draft::Draft;
use super::super::lower::chain;
use super::SECOND;
use crate::model::{self, RateShape};
use crate::plan::Load;
use crate::policy::arrive::{dispersion, mean_factor};

/// Requests per second of an open workload; of one in stages at its peak, which is what must be survived, of a recorded one on average.
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
    if let Load::Replay(replay) = &workload.load {
        return replay.rate();
    }
    let Some(open) = &written.open else {
        return 0.0;
    };
    let epochs = match (peak(open), &open.between) {
        (Some(rate), _) => rate,
        (None, Some(between)) => mean_gap(between).map_or(0.0, |gap| SECOND / gap),
        (None, None) => 0.0,
    };
    let batch = match &workload.load {
        Load::Open { batch, .. } => draft
            .plan
            .counts
            .get(batch.index())
            .map_or(1.0, |count| count.mean),
        Load::Closed { .. } | Load::Replay(_) => 1.0,
    };
    epochs * factor(open) * batch
}

/// What a modulating chain makes of the rate on average.
fn factor(open: &model::Open) -> f64 {
    match &open.process {
        model::Process::Mmpp(mmpp) if open.rate.is_some() => mean_factor(&chain(mmpp)),
        _ => 1.0,
    }
}

/// How much longer than Poisson arrivals the burstiest workload keeps a queue in memory: in heavy traffic the relaxation
/// time of a queue is proportional to the sum of the dispersions of arrivals and services (Kingman's diffusion), which
/// for Poisson arrivals and exponential services are 1 each.
pub(super) fn burstiness(draft: &Draft<'_>) -> f64 {
    let workloads = draft.model.workloads.iter();
    let bursts = workloads.filter_map(|(_, workload)| {
        let open = workload.open.as_ref()?;
        let model::Process::Mmpp(mmpp) = &open.process else {
            return None;
        };
        Some(f64::midpoint(dispersion(&chain(mmpp), peak(open)?), 1.0))
    });
    bursts.fold(1.0, f64::max)
}

/// The highest rate of a workload that has one, without what modulates it.
fn peak(open: &model::Open) -> Option<f64> {
    match open.rate.as_ref()? {
        RateShape::Constant(rate) => Some(rate.per_second()),
        RateShape::Stages(staged) => {
            let targets = staged.stages.iter().map(|stage| stage.target.per_second());
            Some(targets.fold(staged.start.per_second(), f64::max))
        }
    }
}

/// The mean of a law that has been checked before.
fn mean_gap(between: &model::DurationLaw) -> Option<f64> {
    super::super::law::known_mean(&between.law).filter(|gap| *gap > 0.0)
}

/// When all workloads have their final shape \[ns\], and whether one moves on the way.
pub(super) fn settling(draft: &Draft<'_>) -> (f64, bool) {
    let (mut settled, mut shaped) = (0.0_f64, false);
    for workload in &draft.plan.workloads {
        if let Load::Replay(replay) = &workload.load {
            shaped = true;
            settled = settled.max(replay.lasts() as f64);
        }
    }
    for reshard in draft
        .plan
        .databases
        .iter()
        .filter_map(|row| row.reshard.as_ref())
    {
        shaped = true;
        settled = settled.max(reshard.looked_at());
    }
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
