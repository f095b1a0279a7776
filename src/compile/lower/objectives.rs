//! Objectives: one row for each metric that an objective bounds.

use super::super::draft::Draft;
use super::super::names::Written;
use crate::model;
use crate::plan::{Bound, CacheId, ComponentId, EntryId, Metric, Objective, Target, WorkloadId};
use crate::source::{At, Diagnostic, Place, codes, suggest};
use crate::units::{MoneyRate, Per};

/// Hours of a month, everywhere in the program.
const HOURS: f64 = 730.0;

pub(super) fn declare(draft: &mut Draft<'_>) {
    let model = draft.model;
    for (name, objective) in &model.objectives {
        let target = target(draft, objective.of.as_ref(), objective.journey.as_ref());
        let bounds = bounds(draft, objective);
        let Some(target) = target else { continue };
        let several = bounds.len() > 1;
        for bound in bounds {
            check_target(draft, name, &target, &bound);
            let row = if several {
                format!("{}.{}", name.value, bound.word)
            } else {
                name.value.clone()
            };
            let side = if bound.least { "at least" } else { "at most" };
            draft.plan.objectives.push(Objective {
                name: row,
                target: target.clone(),
                metric: bound.metric,
                limit: bound.limit,
                bound: if bound.least {
                    Bound::AtLeast
                } else {
                    Bound::AtMost
                },
                text: format!("{} {side} {}", bound.word, bound.text),
            });
        }
    }
}

/// One metric of an objective.
struct Bounded<'o> {
    word: &'o str,
    metric: Metric,
    limit: f64,
    text: String,
    least: bool,
    place: Place,
}

fn bounds<'o>(draft: &mut Draft<'_>, objective: &'o model::Objective) -> Vec<Bounded<'o>> {
    let percentiles = objective.percentiles.0.iter().map(|row| {
        let metric = Metric::Percentile(row.share);
        (row.word.value.as_str(), Some(&row.limit), metric)
    });
    let times = [("mean", objective.mean.as_ref(), Metric::Mean)]
        .into_iter()
        .chain(percentiles)
        .chain([
            ("max", objective.max.as_ref(), Metric::Max),
            ("lag-time", objective.lag_time.as_ref(), Metric::LagTime),
        ]);
    let mut bounds = Vec::new();
    for (word, limit, metric) in times {
        if let Some(limit) = limit {
            let (seconds, text) = (limit.seconds(), limit.to_string());
            bounds.push(Bounded {
                word,
                metric,
                limit: seconds,
                text,
                least: false,
                place: limit.place,
            });
        }
    }
    for (word, share, metric, least) in [
        ("success", &objective.success, Metric::Success, true),
        (
            "utilisation",
            &objective.utilisation,
            Metric::Utilisation,
            false,
        ),
        ("stale", &objective.stale, Metric::Stale, false),
    ] {
        if let Some(share) = share {
            bounds.push(Bounded {
                word,
                metric,
                limit: share.get(),
                text: share.to_string(),
                least,
                place: share.place,
            });
        }
    }
    if let Some(rate) = &objective.throughput {
        let (limit, text) = (rate.per_second(), rate.to_string());
        bounds.push(Bounded {
            word: "throughput",
            metric: Metric::Throughput,
            limit,
            text,
            least: true,
            place: rate.place,
        });
    }
    if let Some(lag) = &objective.lag {
        let (limit, text) = (lag.value as f64, lag.to_string());
        bounds.push(Bounded {
            word: "lag",
            metric: Metric::Lag,
            limit,
            text,
            least: false,
            place: lag.place,
        });
    }
    if let Some(cost) = &objective.cost {
        draft.currency(cost.currency, cost.place);
        let (limit, text) = (per_month(cost), cost.to_string());
        bounds.push(Bounded {
            word: "cost",
            metric: Metric::Cost,
            limit,
            text,
            least: false,
            place: cost.place,
        });
    }
    bounds
}

/// Money per time as money per month.
pub(super) fn per_month(cost: &MoneyRate) -> f64 {
    match cost.per {
        Per::Second => cost.amount * 3600.0 * HOURS,
        Per::Hour => cost.amount * HOURS,
        _ => cost.amount,
    }
}

/// What a lag is of.
pub(super) const LAG_IS_OF: &str = "messages wait for a group of a topic, `of: TOPIC.GROUP`, or for the consumers of a queue, `of: QUEUE.run`";

/// The group whose messages a target names.
pub(super) fn group_of(draft: &Draft<'_>, target: &Target) -> Option<usize> {
    let Target::Endpoint(endpoint) = target else {
        return None;
    };
    let mut groups = draft.plan.groups.iter();
    groups.position(|group| group.messages == *endpoint)
}

/// What can be stale.
pub(super) const STALE_IS_OF: &str = "only reads of the copies of a database can be stale, and only where it is known whose rows they are: `of: store.by-id`, with `of: DATASET` and several `replicas` there; or look-ups of a cache whose ttl has a `soft` age";

/// Whether a target looks up a cache that gives out stale copies, or reads copies of which it is known what they must not miss.
pub(super) fn reads_copies(draft: &Draft<'_>, target: &Target) -> bool {
    let (component, read) = match target {
        Target::Component(component) => {
            let caches = draft.plan.caches.iter().enumerate();
            let mut own = caches.filter(|(_, cache)| cache.component == *component);
            if own.any(|(at, _)| draft.plan.gives_out_stale(CacheId::from(at))) {
                return true;
            }
            (*component, true)
        }
        Target::Endpoint(id) => {
            let endpoint = &draft.plan.endpoints[id.index()];
            let Written::Database(database) = draft.names.get(endpoint.component).written else {
                return false;
            };
            let mut queries = database.queries.iter();
            let query = queries.find(|(name, _)| name.value == endpoint.name);
            let read = query.is_some_and(|(_, query)| query.reads.is_some());
            (endpoint.component, read)
        }
        _ => return false,
    };
    let mut databases = draft.plan.databases.iter();
    read && databases.any(|row| row.component == component && row.copies > 1 && row.key.is_some())
}

/// Metrics are of requests or of machines, not of both.
fn check_target(draft: &mut Draft<'_>, name: &At<String>, target: &Target, bound: &Bounded) {
    let wrong = match (bound.metric, target) {
        (Metric::Lag | Metric::LagTime, target) => {
            (group_of(draft, target).is_none()).then_some(LAG_IS_OF)
        }
        (Metric::Stale, target) => (!reads_copies(draft, target)).then_some(STALE_IS_OF),
        (Metric::Utilisation, Target::Component(_))
        | (Metric::Cost, Target::All | Target::Component(_)) => None,
        (Metric::Utilisation, _) => Some("the utilisation is of a component: `of: web`"),
        (Metric::Cost, _) => {
            Some("the cost is of a component, or of the whole when `of` is left out")
        }
        (_, Target::All) => Some("say of what: `of: workloads.NAME` or `of: web.checkout`"),
        _ => None,
    };
    let of_machines = matches!(
        bound.metric,
        Metric::Lag | Metric::LagTime | Metric::Stale | Metric::Utilisation | Metric::Cost
    );
    let endpoint = match target {
        Target::Component(id) if !of_machines => Some(which_endpoint(draft, *id)),
        _ => None,
    };
    if let Some(hint) = endpoint.or(wrong.map(str::to_owned)) {
        let message = format!(
            "`{}` cannot be judged for the `of` of the objective `{}`",
            bound.word, name.value
        );
        draft.complain_with(codes::CONTRADICTION, bound.place, message, hint);
    }
}

/// What to name instead of a component where a number is of the requests to one of its endpoints.
pub(super) fn which_endpoint(draft: &Draft<'_>, id: ComponentId) -> String {
    let endpoints = draft.plan.endpoints.iter();
    let shown = endpoints.filter(|row| row.component == id && row.shown);
    let name = &draft.plan.components[id.index()].name;
    let names: Vec<String> = shown.map(|row| format!("{name}.{}", row.name)).collect();
    match names.as_slice() {
        [] => "nobody asks it for anything: name a workload, `of: workloads.NAME`".to_owned(),
        [one] => format!("it is of requests: `of: {one}`, or of a workload, `of: workloads.NAME`"),
        [one, other] => format!(
            "it has two endpoints: `of: {one}` or `of: {other}`; or a workload, `of: workloads.NAME`"
        ),
        [one, ..] => format!(
            "it has {} endpoints: say which, as in `of: {one}`, or a workload, `of: workloads.NAME`",
            names.len()
        ),
    }
}

/// What `of`, narrowed by `journey`, names; the whole when it is left out. Nothing if it is unknown, which is said.
pub(super) fn target(
    draft: &mut Draft<'_>,
    of: Option<&At<String>>,
    journey: Option<&At<String>>,
) -> Option<Target> {
    let Some(of) = of else {
        if let Some(journey) = journey {
            draft.complain_with(
                codes::CONTRADICTION,
                journey.place,
                "`journey` narrows a workload: there is none",
                "`of: workloads.NAME`",
            );
        }
        return Some(Target::All);
    };
    let (head, rest) = of.value.split_once('.').unwrap_or((&of.value, ""));
    if head == "workloads" && draft.names.position("workloads").is_none() {
        return workload(draft, of, rest, journey);
    }
    if let Some(journey) = journey {
        draft.complain_with(
            codes::CONTRADICTION,
            journey.place,
            "`journey` narrows a workload, and `of` is none",
            "`of: workloads.NAME`",
        );
    }
    // `services.web` and the like say the same as `web`.
    let sections = [
        "services",
        "functions",
        "externals",
        "databases",
        "caches",
        "cdns",
        "stores",
        "topics",
        "queues",
        "hosts",
    ];
    let bare = if sections.contains(&head) && draft.names.position(head).is_none() {
        rest
    } else {
        of.value.as_str()
    };
    let named = bare.split('.').next().unwrap_or_default();
    if draft.model.routes.get(named).is_some() {
        let message = format!(
            "`{named}` is a route: what goes by it is measured where it begins and where it ends"
        );
        let hint = "name the service that it leads to, or a workload: `of: workloads.users`, `journey: shop.buy`";
        draft.complain_with(codes::WRONG_KIND, of.place, message, hint);
        return None;
    }
    if !bare.contains('.') {
        if let Some(position) = draft.names.position(bare) {
            return Some(Target::Component(crate::plan::ComponentId::from(position)));
        }
        draft.complaints.push(unknown(draft, of, bare));
        return None;
    }
    if let Some((name, endpoint)) = bare.split_once('.')
        && let Some(position) = draft.names.position(name)
        && matches!(
            draft.names.known[position].written,
            Written::Cache(_) | Written::Topic(_) | Written::Queue(_)
        )
    {
        let own = |row: &&crate::plan::Endpoint| row.component.index() == position && row.shown;
        let rows = draft.plan.endpoints.iter();
        if let Some(found) = rows
            .clone()
            .position(|row| own(&row) && row.name == endpoint)
        {
            return Some(Target::Endpoint(crate::plan::EndpointId::from(found)));
        }
        if !matches!(draft.names.known[position].written, Written::Cache(_)) {
            let known: Vec<String> = rows.filter(own).map(|row| row.name.clone()).collect();
            let wanted = At::new(endpoint.to_owned(), of.place);
            let names = known.iter().map(String::as_str);
            draft.unknown(codes::UNKNOWN_ENDPOINT, "group of readers", &wanted, names);
            return None;
        }
    }
    let name = At::new(bare.to_owned(), of.place);
    draft
        .names
        .endpoint(&name, &mut draft.complaints)
        .map(Target::Endpoint)
}

fn unknown(draft: &Draft<'_>, of: &At<String>, bare: &str) -> Diagnostic {
    let model = draft.model;
    let message = format!(
        "there is no component `{}`",
        super::super::names::shown(bare)
    );
    let complaint = Diagnostic::new(codes::UNKNOWN_COMPONENT, message).at(of.place);
    if model.workloads.iter().any(|(name, _)| name.value == bare) {
        return complaint.hint(format!("`{bare}` is a workload: `of: workloads.{bare}`"));
    }
    complaint.maybe_hint(suggest::hint(
        bare,
        draft
            .names
            .known
            .iter()
            .map(|known| known.name.value.as_str()),
    ))
}

fn workload(
    draft: &mut Draft<'_>,
    of: &At<String>,
    name: &str,
    journey: Option<&At<String>>,
) -> Option<Target> {
    let model = draft.model;
    let Some(position) = model
        .workloads
        .iter()
        .position(|(workload, _)| workload.value == name)
    else {
        let known = model.workloads.iter().map(|(name, _)| name.value.as_str());
        let wanted = At::new(name.to_owned(), of.place);
        draft.unknown(codes::UNKNOWN_WORKLOAD, "workload", &wanted, known);
        return None;
    };
    let Some(journey) = journey else {
        return Some(Target::Workload(WorkloadId::from(position)));
    };
    let rows = draft
        .plan
        .entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.workload.index() == position);
    let found: Vec<EntryId> = rows
        .filter(|(_, entry)| entry.name == journey.value)
        .map(|(id, _)| EntryId::from(id))
        .collect();
    if found.is_empty() {
        let known = model.workloads[position]
            .1
            .mix
            .iter()
            .map(|(line, _)| line.value.as_str());
        draft.unknown(
            codes::UNKNOWN_WORKLOAD,
            "line of that workload's mix called",
            journey,
            known,
        );
        return None;
    }
    Some(Target::Entries(found))
}
