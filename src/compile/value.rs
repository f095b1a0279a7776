//! Laws, counts and sizes: from the words of the model to what can be drawn.

use super::draft::Draft;
use super::law::{plain_count, plain_law};
use crate::chance::count::Count;
use crate::chance::key::Site;
use crate::chance::law::Law;
use crate::model::{self};
use crate::plan::{
    AttributeKind, Chance, ChanceId, CountDemand, CountId, Demand, DemandId, Scale, ScaleLaw,
    Source,
};
use crate::source::{Place, codes};

/// What a law's numbers measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Time,
    Size,
}

/// A time, with the name of its draw.
pub(super) fn time(
    draft: &mut Draft<'_>,
    law: &model::DurationLaw,
    scale: Option<&model::Scale>,
    parts: &[&str],
) -> DemandId {
    random(draft, &law.law, law.place, scale, Measure::Time, parts)
}

/// A size of a message, with the name of its draw.
pub(super) fn size(draft: &mut Draft<'_>, law: &model::SizeLaw, parts: &[&str]) -> DemandId {
    random(draft, &law.law, law.place, None, Measure::Size, parts)
}

/// The size of an object: a law alone, since there is no request to ask.
pub(super) fn own_size(draft: &mut Draft<'_>, law: &model::SizeLaw, parts: &[&str]) -> DemandId {
    let site = draft.site(parts, law.place);
    match plain_law(draft, &law.law, law.place) {
        Some(plain) => constant_or(draft, plain, site, law.place),
        None => DemandId::NONE,
    }
}

/// A time that belongs to no request's attributes.
pub(super) fn own_time(
    draft: &mut Draft<'_>,
    law: &model::DurationLaw,
    parts: &[&str],
) -> DemandId {
    let site = draft.site(parts, law.place);
    match plain_law(draft, &law.law, law.place) {
        Some(plain) => constant_or(draft, plain, site, law.place),
        None => DemandId::NONE,
    }
}

/// A demand made of a law alone.
pub(super) fn constant_or(draft: &mut Draft<'_>, law: Law, site: Site, place: Place) -> DemandId {
    let sampler = law.sampler();
    draft.demand(
        Demand {
            law,
            sampler,
            site,
            source: Source::Law,
            scale: None,
        },
        place,
    )
}

fn random(
    draft: &mut Draft<'_>,
    law: &model::Law,
    place: Place,
    scale: Option<&model::Scale>,
    measure: Measure,
    parts: &[&str],
) -> DemandId {
    let site = draft.site(parts, place);
    let scale = scale.and_then(|scale| lower_scale(draft, scale));
    let source = match law {
        model::Law::Attribute(name) => attribute_source(draft, name, measure),
        model::Law::ObjectSize(name) => object_size(draft, name, measure),
        _ => Some(Source::Law),
    };
    let plain = match (source, law) {
        (Some(Source::Law), law) => plain_law(draft, law, place),
        (Some(Source::ObjectSize(attribute)), _) => Some(mean_size(draft, attribute)),
        (Some(Source::Attribute(attribute)), _) => Some(Law::Constant(mean_of(draft, attribute))),
        (None, _) => None,
    };
    let (Some(source), Some(law)) = (source, plain) else {
        return DemandId::NONE;
    };
    let sampler = law.sampler();
    draft.demand(
        Demand {
            law,
            sampler,
            site,
            source,
            scale,
        },
        place,
    )
}

fn attribute_source(
    draft: &mut Draft<'_>,
    name: &crate::source::At<String>,
    measure: Measure,
) -> Option<Source> {
    let attribute = draft.attribute(name)?;
    if measure == Measure::Time {
        let message = format!(
            "the attribute `{}` is a plain number, not a time",
            name.value
        );
        let hint = format!(
            "say what one unit of it takes, and scale: `compute: 1ms, scale: {{ with: {} }}`",
            name.value
        );
        draft.complain_with(codes::WRONG_DIMENSION, name.place, message, hint);
        return None;
    }
    match draft.plan.attributes[attribute.index()].kind {
        AttributeKind::Number(_) | AttributeKind::Count(_) => Some(Source::Attribute(attribute)),
        _ => {
            let message = format!("the attribute `{}` is no number of bytes", name.value);
            draft.complain(codes::WRONG_DIMENSION, name.place, message);
            None
        }
    }
}

fn object_size(
    draft: &mut Draft<'_>,
    name: &crate::source::At<String>,
    measure: Measure,
) -> Option<Source> {
    let keyspace = draft.keyspace(name)?;
    if measure == Measure::Time {
        draft.complain(
            codes::WRONG_DIMENSION,
            name.place,
            "the size of an object is no time",
        );
        return None;
    }
    let row = &draft.plan.keyspaces[keyspace.index()];
    if !row.has_sizes() && !draft.lacks_recordings() {
        let message = format!("the data set `{}` has no `size`", name.value);
        let hint = format!(
            "give it one: `data: {{ {}: {{ size: 4KiB }} }}`",
            name.value
        );
        draft.complain_with(codes::OUT_OF_RANGE, name.place, message, hint);
        return None;
    }
    Some(Source::ObjectSize(row.attribute))
}

/// The law of the sizes of the objects that an attribute names.
fn mean_size(draft: &Draft<'_>, attribute: crate::plan::AttributeId) -> Law {
    let Some(keyspace) = draft.keyspace_of(attribute) else {
        return Law::Constant(0.0);
    };
    let keyspace = &draft.plan.keyspaces[keyspace.index()];
    match draft.plan.demands.get(keyspace.size.index()) {
        Some(size) => size.law.clone(),
        None => Law::Constant(keyspace.mean_size(&draft.plan.demands)),
    }
}

/// The mean of a declared number, for listings and static load.
fn mean_of(draft: &mut Draft<'_>, attribute: crate::plan::AttributeId) -> f64 {
    let model = draft.model;
    let name = draft.plan.attributes[attribute.index()].name.clone();
    match model
        .attributes
        .iter()
        .find(|(written, _)| written.value == name)
        .map(|(_, attribute)| attribute)
    {
        Some(model::Attribute::Number(law)) => {
            plain_law(draft, &law.law, law.place).map_or(0.0, |law| law.mean())
        }
        Some(model::Attribute::Count(count)) => {
            plain_count(draft, &count.law, count.place).map_or(0.0, |count| count.mean())
        }
        _ => 0.0,
    }
}

fn lower_scale(draft: &mut Draft<'_>, scale: &model::Scale) -> Option<Scale> {
    let law = match scale.law {
        model::ScaleLaw::Linear => ScaleLaw::Linear,
        model::ScaleLaw::Log => ScaleLaw::Log,
        model::ScaleLaw::Sqrt => ScaleLaw::Sqrt,
        model::ScaleLaw::LinearLog => ScaleLaw::NLogN,
        model::ScaleLaw::Quadratic => ScaleLaw::Quadratic,
    };
    let with = if let Some(keyspace) = draft.find_keyspace(&scale.with.value) {
        Ok(draft.plan.keyspaces[keyspace.index()].items as f64)
    } else {
        let attribute = draft.attribute(&scale.with)?;
        if !matches!(
            draft.plan.attributes[attribute.index()].kind,
            AttributeKind::Number(_) | AttributeKind::Count(_) | AttributeKind::Batch
        ) {
            let message = format!(
                "`{}` is neither a number that requests carry nor a data set",
                scale.with.value
            );
            draft.complain(codes::WRONG_DIMENSION, scale.with.place, message);
            return None;
        }
        Err(attribute)
    };
    Some(Scale {
        with,
        law,
        at: scale.at.get(),
    })
}

/// The mean factor of a scale, for static load, for a request that is for so many messages.
pub(super) fn mean_factor(draft: &mut Draft<'_>, scale: &Scale, batch: f64) -> f64 {
    let is_batch = |id: crate::plan::AttributeId| {
        matches!(draft.plan.attributes[id.index()].kind, AttributeKind::Batch)
    };
    let x = match scale.with {
        Ok(items) => items,
        Err(attribute) if is_batch(attribute) => batch,
        Err(attribute) => mean_of(draft, attribute),
    };
    let f = |x: f64| match scale.law {
        ScaleLaw::Linear => x,
        ScaleLaw::Log => libm::log1p(x),
        ScaleLaw::Sqrt => x.sqrt(),
        ScaleLaw::NLogN => x * libm::log1p(x),
        ScaleLaw::Quadratic => x * x,
    };
    f(x) / f(scale.at)
}

/// A count with the name of its draw; [`CountId::NONE`] for `unlimited`.
pub(super) fn count(draft: &mut Draft<'_>, count: &model::CountLaw, parts: &[&str]) -> CountId {
    let site = draft.site(parts, count.place);
    let demand = match &count.law {
        model::Count::Unlimited => return CountId::NONE,
        model::Count::Attribute(name) => {
            let Some(attribute) = draft.attribute(name) else {
                return CountId::NONE;
            };
            if !matches!(
                draft.plan.attributes[attribute.index()].kind,
                AttributeKind::Count(_) | AttributeKind::Batch
            ) {
                let message = format!("the attribute `{}` is no whole number", name.value);
                let hint = format!(
                    "declare it as a count: `attributes: {{ {}: {{ number: {{ geometric: {{ mean: 3, from: 1 }} }} }} }}`",
                    name.value
                );
                draft.complain_with(codes::WRONG_DIMENSION, name.place, message, hint);
            }
            let mean = if name.value == "batch" {
                1.0
            } else {
                mean_of(draft, attribute)
            };
            let text = format!("`{}`", name.value);
            CountDemand {
                sampler: Count::Constant(0).sampler(),
                mean,
                site,
                attribute,
                text,
            }
        }
        law => {
            let Some(law) = plain_count(draft, law, count.place) else {
                return CountId::NONE;
            };
            let text = describe(&law);
            CountDemand {
                sampler: law.sampler(),
                mean: law.mean(),
                site,
                attribute: crate::plan::AttributeId::NONE,
                text,
            }
        }
    };
    draft.least_counts.push(match &count.law {
        model::Count::Constant(value) => *value,
        model::Count::Uniform { from, .. } | model::Count::Geometric { from, .. } => *from,
        model::Count::Weighted(parts) => parts
            .iter()
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(value, _)| *value)
            .min()
            .unwrap_or(0),
        model::Count::Poisson { .. } | model::Count::Attribute(_) | model::Count::Unlimited => 0,
    });
    draft.plan.counts.push(demand);
    CountId::from(draft.plan.counts.len() - 1)
}

/// A count in words.
fn describe(count: &Count) -> String {
    match count {
        Count::Constant(value) => value.to_string(),
        Count::Geometric { mean, from } => format!("geometric(mean {mean}, from {from})"),
        Count::Poisson { mean } => format!("poisson(mean {mean})"),
        Count::Uniform { from, to } => format!("uniform({from} to {to})"),
        Count::Weighted(parts) => format!(
            "weighted({} values, mean {})",
            parts.len(),
            count_mean(parts)
        ),
    }
}

fn count_mean(parts: &[(u64, f64)]) -> String {
    crate::units::format::number(Count::Weighted(parts.to_vec()).mean())
}

/// A probability with the name of its draw.
pub(super) fn chance(draft: &mut Draft<'_>, share: f64, place: Place, parts: &[&str]) -> ChanceId {
    let site = draft.site(parts, place);
    draft.plan.chances.push(Chance {
        probability: share,
        site,
    });
    ChanceId::from(draft.plan.chances.len() - 1)
}
