//! A request has one answer: whether a program can reply, or pass the duty to reply on, more than once.

use super::draft::Draft;
use crate::model::{AtOnce, Block, Count, OnFailure, Service, Step, Verb};
use crate::source::{Diagnostic, Place, codes};
use std::collections::BTreeMap;
use std::num::NonZeroU64;

/// Whether the request has been answered at some point of its program, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    No,
    /// On some ways to here, or on all.
    Perhaps(Place),
}

impl Answered {
    fn or(self, other: Self) -> Self {
        if self == Self::No { other } else { self }
    }
}

/// Checks all programs of the model.
pub(super) fn check(draft: &mut Draft<'_>) {
    let model = draft.model;
    for (_, service) in &model.services {
        let mut walk = Walk {
            draft,
            service: Some(service),
            routines: BTreeMap::new(),
        };
        for (_, block) in &service.endpoints {
            walk.block(block, Answered::No);
        }
    }
    let mut walk = Walk {
        draft,
        service: None,
        routines: BTreeMap::new(),
    };
    for (_, external) in &model.externals {
        for (_, block) in &external.endpoints {
            walk.block(block, Answered::No);
        }
    }
    for (_, database) in &model.databases {
        for (_, query) in &database.queries {
            walk.block(&query.body, Answered::No);
        }
    }
}

struct Walk<'w, 'm> {
    draft: &'w mut Draft<'m>,
    service: Option<&'m Service>,
    /// Answers at the ends of routines, by name and by whether the request was answered before; so that a routine is
    /// walked twice at most.
    routines: BTreeMap<(&'m str, bool), Answered>,
}

impl<'m> Walk<'_, 'm> {
    fn block(&mut self, block: &'m Block, before: Answered) -> Answered {
        block
            .iter()
            .fold(before, |answered, step| self.step(step, answered))
    }

    fn step(&mut self, step: &'m Step, before: Answered) -> Answered {
        match &step.verb {
            Verb::Reply(_) | Verb::Forward(_) => self.answer(step.place, before),
            Verb::Run(run) => {
                let after = self.routine(&run.routine.value, before);
                self.failed(&run.on_failure, before).or(after)
            }
            Verb::Call(call) => self.failed(&call.on_failure, before).or(before),
            Verb::Publish(publish) => self.failed(&publish.on_failure, before).or(before),
            Verb::Parallel(parallel) => {
                // Branches run side by side: what one answers, the next one finds answered.
                let after = parallel
                    .branches
                    .iter()
                    .fold(before, |answered, branch| self.block(branch, answered));
                self.failed(&parallel.on_failure, after).or(after)
            }
            Verb::Repeat(repeat) => {
                let once = matches!(repeat.count.law, Count::Constant(0 | 1))
                    && repeat.at_once.value == AtOnce::Of(NonZeroU64::MIN);
                let after = self.block(&repeat.body, before);
                if once {
                    after
                } else {
                    self.again(&repeat.body, before, after)
                }
            }
            Verb::Choose(choose) => choose
                .branches
                .iter()
                .map(|branch| self.block(&branch.body, before))
                .fold(Answered::No, Answered::or),
            Verb::When(when) => {
                let met = self.block(&when.body, before);
                let otherwise = when
                    .otherwise
                    .as_ref()
                    .map_or(before, |block| self.block(block, before));
                met.or(otherwise)
            }
            Verb::Hold(hold) => {
                let after = self.block(&hold.body, before);
                self.failed(&hold.on_failure, after).or(after)
            }
            Verb::Get(get) => {
                let missed = self.block(&get.miss, before);
                let failed = get
                    .on_failure
                    .as_ref()
                    .map_or(before, |on_failure| self.failed(on_failure, before));
                missed.or(failed).or(before)
            }
            _ => before,
        }
    }

    fn failed(&mut self, on_failure: &'m OnFailure, before: Answered) -> Answered {
        match on_failure {
            OnFailure::Do(block) => self.block(block, before),
            OnFailure::Continue => before,
            OnFailure::Fail => Answered::No,
        }
    }

    /// A body that runs several times and answers once would answer again.
    fn again(&mut self, body: &'m Block, before: Answered, after: Answered) -> Answered {
        if before == Answered::No
            && let Answered::Perhaps(place) = after
            && stays(body, place)
        {
            let message = "this answers the request in every round of a `repeat`, and a request has one answer";
            self.draft.complain_with(
                codes::SECOND_REPLY,
                place,
                message,
                "answer before the `repeat`, or after it",
            );
        }
        after
    }

    fn routine(&mut self, name: &str, before: Answered) -> Answered {
        let Some((name, block)) = self
            .service
            .and_then(|service| {
                service
                    .routines
                    .iter()
                    .find(|(known, _)| known.value == name)
            })
            .map(|(name, block)| (name, block))
        else {
            return before;
        };
        let state = (name.value.as_str(), before != Answered::No);
        if let Some(after) = self.routines.get(&state) {
            return *after;
        }
        // A routine that runs itself finds this, and goes on as though it had not answered.
        self.routines.insert(state, before);
        let after = self.block(block, before);
        self.routines.insert(state, after);
        after
    }

    fn answer(&mut self, place: Place, before: Answered) -> Answered {
        if let Answered::Perhaps(first) = before {
            let message =
                "the request may have been answered before it comes here, and it has one answer";
            let complaint = Diagnostic::new(codes::SECOND_REPLY, message)
                .at(place)
                .label(first, "answered here");
            self.draft.complaints.push(complaint.hint("after a `reply` or `forward` the program goes on as a second phase, without another one"));
        }
        Answered::Perhaps(place)
    }
}

/// Whether a body that answers goes on to its next round: it does not if it always stops right after.
fn stays(body: &Block, place: Place) -> bool {
    let mut steps = body.iter().skip_while(|step| step.place != place).skip(1);
    !steps.any(|step| matches!(&step.verb, Verb::Stop(stop) if stop.share.get() >= 1.0))
}
