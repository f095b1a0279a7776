//! What `load` makes of workloads: ordinary rates, users and times between arrivals, so that nobody else needs to know of it.

use super::document::Model;
use super::load::{LoadFactor, RateShape, Workload};
use crate::source::At;
use crate::units::{Factor, Rate};

impl Model {
    /// The model with every load put into its workload; only those that replay have one left, which says how fast. What speaks of load
    /// multiplies: the model's and the workload's.
    #[must_use]
    pub fn loaded(&self) -> Self {
        let mut loaded = self.clone();
        for (_, workload) in &mut loaded.workloads.0 {
            multiply(workload, self.load.0.get() * workload.load.0.get());
        }
        loaded.load = LoadFactor(At::new(Factor::ONE, self.load.0.place));
        loaded
    }
}

fn multiply(workload: &mut Workload, factor: f64) {
    workload.load = LoadFactor(At::new(
        Factor::new(if workload.replay.is_some() {
            factor
        } else {
            1.0
        }),
        workload.load.0.place,
    ));
    if let Some(open) = &mut workload.open {
        match &mut open.rate {
            Some(RateShape::Constant(rate)) => times(rate, factor),
            Some(RateShape::Stages(staged)) => {
                times(&mut staged.start, factor);
                let targets = staged.stages.iter_mut().map(|stage| &mut stage.target);
                targets.for_each(|target| times(target, factor));
            }
            None => {}
        }
        if let Some(between) = &mut open.between {
            between.law = between.law.times(1.0 / factor);
        }
    }
    if let Some(closed) = &mut workload.closed {
        // The nearest whole number, halves up.
        let users = (closed.users.value as f64 * factor + 0.5).floor();
        closed.users.value = (users as u64).max(1);
        if let Some(ramp) = &mut closed.ramp {
            times(ramp, factor);
        }
    }
}

fn times(rate: &mut At<Rate>, factor: f64) {
    rate.value = Rate::from_per_second(rate.per_second() * factor);
}
