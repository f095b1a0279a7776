//! Who is next at a queue and who computes on a processor: words to rules, names of shares to rows.

use super::super::draft::Draft;
use crate::model::{self, Keyed, Weight};
use crate::plan::{ComponentId, ComponentKind, CpuDiscipline, Discipline, Over, Sharers, Usl};
use crate::policy::queue::codel;
use crate::source::{At, codes};

/// Who gets the next free slot.
pub(super) fn discipline_of(draft: &mut Draft<'_>, written: &model::Discipline) -> Discipline {
    match written {
        model::Discipline::Fifo => Discipline::Fifo,
        model::Discipline::Lifo => Discipline::Lifo,
        model::Discipline::Priority => Discipline::Priority,
        model::Discipline::Random => Discipline::Random,
        model::Discipline::Shortest => Discipline::Shortest,
        model::Discipline::Deadline => Discipline::Deadline,
        model::Discipline::Fair(fair) => {
            by_priority(draft, &fair.shares, "share").map_or(Discipline::Fifo, Discipline::Fair)
        }
        model::Discipline::Codel(written) => Discipline::Codel(codel::Codel {
            target: written.target.ns(),
            interval: written.interval.ns().max(1),
        }),
        model::Discipline::AdaptiveLifo(written) => {
            Discipline::AdaptiveLifo(u32::try_from(written.threshold.value).unwrap_or(u32::MAX))
        }
    }
}

/// Who computes on a component's processors: what the first of them has, all have.
pub(super) fn cpu_of(
    draft: &mut Draft<'_>,
    component: ComponentId,
    cpu: &model::Cpu,
    usl: Option<&At<model::Usl>>,
) -> CpuDiscipline {
    let made = draft.plan.processors.last();
    if let Some(row) = made.filter(|row| row.component == component) {
        return row.discipline;
    }
    if let Some(usl) = usl.filter(|_| *cpu != model::Cpu::Ps) {
        draft.complain_with(
            codes::NOT_SUPPORTED,
            usl.place,
            "`usl` together with another `cpu` than `ps` is not supported yet",
            "leave `cpu` out",
        );
    }
    match cpu {
        model::Cpu::Ps => usl.map_or(CpuDiscipline::Ps, |usl| slowed(draft, usl)),
        model::Cpu::Fifo => CpuDiscipline::Fifo,
        model::Cpu::Priority(preemption) => CpuDiscipline::Priority {
            preempt: preemption.preempt,
        },
        model::Cpu::Lifo(preemption) => CpuDiscipline::Lifo {
            preempt: preemption.preempt,
        },
        model::Cpu::Shortest(preemption) => CpuDiscipline::Shortest {
            preempt: preemption.preempt,
        },
        model::Cpu::LeastAttained => CpuDiscipline::LeastAttained,
        model::Cpu::Weighted(weighted) => {
            let shares = by_priority(draft, &weighted.weights, "weight");
            shares.map_or(CpuDiscipline::Ps, |weights| CpuDiscipline::Weighted {
                weights,
            })
        }
        model::Cpu::Fair(fair) => {
            let host = (draft.names.known.get(component.index()))
                .is_some_and(|known| known.written.kind() == ComponentKind::Host);
            let (among, shares) = if host {
                (Sharers::Services, by_guest(draft, component, &fair.shares))
            } else {
                (
                    Sharers::Priorities,
                    by_priority(draft, &fair.shares, "share"),
                )
            };
            shares.map_or(CpuDiscipline::Ps, |shares| CpuDiscipline::Fair {
                shares,
                among,
            })
        }
    }
}

fn slowed(draft: &mut Draft<'_>, usl: &model::Usl) -> CpuDiscipline {
    draft.plan.slowdowns.push(Usl {
        contention: usl.contention.get(),
        coherency: usl.coherency.get(),
        over: match usl.over {
            model::Over::Cores => Over::Cores,
            model::Over::InProgress => Over::InProgress,
        },
    });
    CpuDiscipline::Slowed(draft.plan.slowdowns.len() as u32 - 1)
}

/// One number for each priority: the row of the table.
fn by_priority(draft: &mut Draft<'_>, given: &Keyed<Weight>, what: &str) -> Option<u32> {
    let mut row = vec![0.0; draft.plan.priorities.len()];
    let mut complete = true;
    for (name, weight) in given {
        match draft.priority(name) {
            Some(priority) => row[usize::from(priority)] = weight.value,
            None => complete = false,
        }
    }
    let names: Vec<String> = draft.plan.priorities.clone();
    let needed = names.iter().map(String::as_str).zip(row.iter().copied());
    complete &= all_above_zero(draft, given, what, &needed.collect::<Vec<_>>());
    complete.then(|| push(draft, row))
}

/// One share for each service on a host: the row of the table, by component.
fn by_guest(draft: &mut Draft<'_>, host: ComponentId, given: &Keyed<Weight>) -> Option<u32> {
    let model = draft.model;
    let name = draft.names.known[host.index()].name.value.clone();
    let guests: Vec<&str> = (model.services.iter())
        .filter(|(_, service)| service.host.as_ref().is_some_and(|on| on.value == name))
        .map(|(guest, _)| guest.value.as_str())
        .collect();
    let mut row = vec![0.0; draft.names.known.len()];
    let mut complete = true;
    for (guest, weight) in given {
        let position = (draft.names.known.iter()).position(|known| known.name.value == guest.value);
        if let Some(position) = position.filter(|_| guests.contains(&guest.value.as_str())) {
            row[position] = weight.value;
        } else {
            let what = format!("service on `{name}` called");
            let known = guests.iter().copied();
            draft.unknown(codes::UNKNOWN_COMPONENT, &what, guest, known);
            complete = false;
        }
    }
    let share = |guest: &str| given.get(guest).map_or(0.0, |weight| weight.value);
    let needed: Vec<_> = guests.iter().map(|&guest| (guest, share(guest))).collect();
    complete &= all_above_zero(draft, given, "share", &needed);
    complete.then(|| push(draft, row))
}

fn all_above_zero(
    draft: &mut Draft<'_>,
    given: &Keyed<Weight>,
    what: &str,
    needed: &[(&str, f64)],
) -> bool {
    let Some(place) = given.first().map(|(name, _)| name.place) else {
        return false; // reading has complained
    };
    let without: Vec<String> = (needed.iter())
        .filter(|(_, value)| *value <= 0.0)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if without.is_empty() {
        return true;
    }
    let message = format!("no {what} above 0 for {}", without.join(", "));
    draft.complain_with(
        codes::BAD_WEIGHTS,
        place,
        message,
        format!("give everybody a {what}: who has none would never be served"),
    );
    false
}

fn push(draft: &mut Draft<'_>, row: Vec<f64>) -> u32 {
    draft.plan.shares.push(row);
    draft.plan.shares.len() as u32 - 1
}
