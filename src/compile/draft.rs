//! The plan while it is being drawn: its tables, the names of draws given so far, and where each row was written.

use super::attributes::Attributes;
use super::names::Names;
use crate::chance::key::{Site, site};
use crate::model::Model;
use crate::plan::{ComponentId, DemandId, EndpointId, Plan, Step, StepId};
use crate::replay::{Recording, Recordings};
use crate::source::{At, Code, Diagnostic, Diagnostics, Place, codes, suggest};
use crate::units::Currency;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More rows than this are no architecture but an accident (or an attack on the memory).
pub(super) const MOST_STEPS: usize = 200_000;
/// Stations, and separately zones, above which the tables of candidates and routes would not fit.
pub(super) const MOST_STATIONS: usize = 65_536;
/// Zones of all regions and outside places.
pub(super) const MOST_ZONES: usize = 1_000;
/// Entries of all candidate lists together.
pub(super) const MOST_CANDIDATES: usize = 20_000_000;

/// What a program belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// An endpoint's own program.
    Endpoint(EndpointId),
    /// A routine of a component.
    Routine(ComponentId),
    /// A journey or a single line of a mix: run at the user's side.
    User,
}

/// A program in [`Plan::steps`]: the steps from `first` up to, but without, `end`.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) owner: Owner,
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) place: Place,
}

/// Everything the passes share.
pub(super) struct Draft<'m> {
    pub(super) model: &'m Model,
    pub(super) recordings: &'m Recordings,
    pub(super) names: Names<'m>,
    pub(super) attributes: Attributes<'m>,
    pub(super) plan: Plan,
    pub(super) complaints: Diagnostics,
    pub(super) programs: Vec<Program>,
    /// Where each call was written, by [`crate::plan::CallId`].
    pub(super) call_places: Vec<Place>,
    /// Where each timeout was written, by [`crate::plan::CallId`].
    pub(super) timeout_places: BTreeMap<u32, Place>,
    /// Where each demand was written, by [`DemandId`].
    pub(super) demand_places: Vec<Place>,
    /// The least value of each count, by [`crate::plan::CountId`]; 0 where it is not known.
    pub(super) least_counts: Vec<u64>,
    /// Candidate list entries so far.
    pub(super) candidates: usize,
    /// Whether something that the reader of the model has complained of left a hole in the plan.
    pub(super) has_holes: bool,
    /// The only currency of the model, once one was seen.
    currency: Option<At<Currency>>,
    sites: BTreeSet<Site>,
    too_many: bool,
}

impl<'m> Draft<'m> {
    pub(super) fn new(
        model: &'m Model,
        recordings: &'m Recordings,
        names: Names<'m>,
        complaints: Diagnostics,
    ) -> Self {
        Self {
            model,
            recordings,
            names,
            attributes: Attributes::default(),
            plan: Plan::default(),
            complaints,
            programs: Vec::new(),
            call_places: Vec::new(),
            timeout_places: BTreeMap::new(),
            demand_places: Vec::new(),
            least_counts: Vec::new(),
            candidates: 0,
            has_holes: false,
            currency: None,
            sites: BTreeSet::new(),
            too_many: false,
        }
    }

    /// A recording, if it could be had; that it could not has been complained of.
    pub(super) fn recording(&self, file: &str) -> Option<Arc<Recording>> {
        self.recordings.0.get(file)?.as_ref().ok().cloned()
    }

    /// Whether a recording could not be had: what hangs on it is then not worth a complaint.
    pub(super) fn lacks_recordings(&self) -> bool {
        let mut files = self.model.recordings();
        files.any(|file| self.recording(&file.value).is_none())
    }

    /// Complains.
    pub(super) fn complain(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.complaints
            .push(Diagnostic::new(code, message).at(place));
    }

    /// Complains with advice.
    pub(super) fn complain_with(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.complaints
            .push(Diagnostic::new(code, message).at(place).hint(hint));
    }

    /// Complains about a name that is unknown among `known`.
    pub(super) fn unknown<'k>(
        &mut self,
        code: Code,
        what: &str,
        name: &At<String>,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let message = format!("there is no {what} `{}`", super::names::shown(&name.value));
        self.complaints.push(
            Diagnostic::new(code, message)
                .at(name.place)
                .maybe_hint(suggest::hint(&name.value, known)),
        );
    }

    /// The name of a draw, which nobody else may have.
    pub(super) fn site(&mut self, parts: &[&str], place: Place) -> Site {
        let site = site(parts);
        if !self.sites.insert(site) {
            let text = super::names::shown(&parts.join("/")).clone();
            let message = format!("two things would draw the same luck: both are named `{text}`");
            self.complain_with(
                codes::SAME_LUCK,
                place,
                message,
                "give one of them another `label`",
            );
        }
        site
    }

    /// Whether there is room for more of something; complains once if there is not.
    pub(super) fn room(&mut self, wanted: usize, most: usize, what: &str, place: Place) -> bool {
        if wanted > most && !self.too_many {
            self.too_many = true;
            self.complain(
                codes::TOO_MANY,
                place,
                format!("the model has more than {most} {what}"),
            );
        }
        wanted <= most
    }

    /// The step that the next one pushed will be.
    pub(super) fn here(&self) -> StepId {
        StepId::from(self.plan.steps.len())
    }

    /// Adds a step and says where it stands.
    pub(super) fn emit(&mut self, step: Step) -> usize {
        self.plan.steps.push(step);
        self.plan.steps.len() - 1
    }

    /// Ends a program that began at `first`.
    pub(super) fn close(&mut self, name: String, owner: Owner, first: StepId, place: Place) {
        let end = self.plan.steps.len();
        self.programs.push(Program {
            name,
            owner,
            first: first.index(),
            end,
            place,
        });
    }

    /// Adds a demand that was written at a place.
    pub(super) fn demand(&mut self, demand: crate::plan::Demand, place: Place) -> DemandId {
        self.demand_places.push(place);
        self.plan.demands.push(demand);
        DemandId::from(self.plan.demands.len() - 1)
    }

    /// Notes a currency; two in one model cannot be added up.
    pub(super) fn currency(&mut self, currency: Currency, place: Place) {
        match &self.currency {
            Some(first) if first.value != currency => {
                let message = format!(
                    "{currency} here and {} elsewhere: sums of money need one currency",
                    first.value
                );
                self.complaints.push(
                    Diagnostic::new(codes::MIXED_CURRENCIES, message)
                        .at(place)
                        .label(first.place, format!("{} here", first.value))
                        .hint("convert the prices by hand: the program knows no exchange rates"),
                );
            }
            Some(_) => {}
            None => {
                self.plan.currency = currency.to_string();
                self.currency = Some(At::new(currency, place));
            }
        }
    }

    /// The position of a priority, or the complaint that there is none.
    pub(super) fn priority(&mut self, name: &At<String>) -> Option<u8> {
        let model = self.model;
        let position = model
            .priorities
            .iter()
            .position(|priority| priority.value == name.value);
        if position.is_none() {
            let known = model
                .priorities
                .iter()
                .map(|priority| priority.value.as_str());
            self.unknown(codes::UNKNOWN_PRIORITY, "priority", name, known);
        }
        position.and_then(|position| u8::try_from(position).ok())
    }
}
