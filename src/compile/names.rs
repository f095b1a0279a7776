//! Who is who: one namespace for all components, and what each of them can be asked. The first pass of `compile`.
//!
//! Every look-up that fails says what was looked for, what is there instead, and which name is nearest.

use crate::model::{self, Model};
use crate::plan::{ComponentId, ComponentKind, EndpointId};
use crate::source::{At, Diagnostic, Diagnostics, Place, codes, suggest};
use std::collections::BTreeMap;

/// A component as it was written.
#[derive(Clone, Copy)]
pub(super) enum Written<'m> {
    Service(&'m model::Service),
    Function(&'m model::Function),
    External(&'m model::External),
    Database(&'m model::Database),
    Cache(&'m model::Cache),
    Topic(&'m model::Topic),
    Queue(&'m model::Queue),
    Cdn(&'m model::Cdn),
    /// The shield of a CDN: a component of its own, which only the CDN can name.
    Shield(&'m model::Cdn),
    Store(&'m model::ObjectStore),
    Host(&'m model::Host),
    Route(&'m model::Route),
}

impl Written<'_> {
    pub(super) fn kind(self) -> ComponentKind {
        match self {
            Self::Service(_) => ComponentKind::Service,
            Self::Function(_) => ComponentKind::Function,
            Self::External(_) => ComponentKind::External,
            Self::Database(_) => ComponentKind::Database,
            Self::Cache(_) => ComponentKind::Cache,
            Self::Topic(_) => ComponentKind::Topic,
            Self::Queue(_) => ComponentKind::Queue,
            Self::Cdn(_) => ComponentKind::Cdn,
            Self::Shield(_) => ComponentKind::Shield,
            Self::Store(_) => ComponentKind::Store,
            Self::Host(_) => ComponentKind::Host,
            Self::Route(_) => ComponentKind::Route,
        }
    }
}

/// The word for a kind of component, with its article.
pub(super) fn noun(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Service => "a service",
        ComponentKind::Function => "a function",
        ComponentKind::External => "an external system",
        ComponentKind::Database => "a database",
        ComponentKind::Cache => "a cache",
        ComponentKind::Topic => "a topic",
        ComponentKind::Queue => "a queue",
        ComponentKind::Cdn => "a CDN",
        ComponentKind::Shield => "the shield of a CDN",
        ComponentKind::Store => "a store",
        ComponentKind::Host => "a host",
        ComponentKind::Route => "a route",
    }
}

/// A component, its id being its position.
pub(super) struct Known<'m> {
    pub(super) name: &'m At<String>,
    pub(super) written: Written<'m>,
    /// What can be called, by name; filled as endpoints get their ids. Queries of databases included.
    pub(super) endpoints: BTreeMap<&'m str, EndpointId>,
}

/// All components by name.
pub(super) struct Names<'m> {
    pub(super) known: Vec<Known<'m>>,
    by_name: BTreeMap<&'m str, usize>,
    journeys: Vec<&'m str>,
}

impl<'m> Names<'m> {
    /// Gives every component its id, in the order of the sections, and complains about names that are taken.
    pub(super) fn of(model: &'m Model, complaints: &mut Diagnostics) -> Self {
        let services = model
            .services
            .iter()
            .map(|(name, service)| (name, Written::Service(service)));
        let functions = model
            .functions
            .iter()
            .map(|(name, function)| (name, Written::Function(function)));
        let externals = model
            .externals
            .iter()
            .map(|(name, external)| (name, Written::External(external)));
        let databases = model
            .databases
            .iter()
            .map(|(name, database)| (name, Written::Database(database)));
        let caches = model
            .caches
            .iter()
            .map(|(name, cache)| (name, Written::Cache(cache)));
        let topics = model
            .topics
            .iter()
            .map(|(name, topic)| (name, Written::Topic(topic)));
        let queues = model
            .queues
            .iter()
            .map(|(name, queue)| (name, Written::Queue(queue)));
        let cdns = model.cdns.iter().flat_map(|(name, cdn)| {
            let shield = cdn.shield.as_ref().map(|_| (name, Written::Shield(cdn)));
            [(name, Written::Cdn(cdn))].into_iter().chain(shield)
        });
        let stores = model
            .stores
            .iter()
            .map(|(name, store)| (name, Written::Store(store)));
        let hosts = model
            .hosts
            .iter()
            .map(|(name, host)| (name, Written::Host(host)));
        let routes = model
            .routes
            .iter()
            .map(|(name, route)| (name, Written::Route(route)));
        let mut names = Self {
            known: Vec::new(),
            by_name: BTreeMap::new(),
            journeys: model
                .journeys
                .iter()
                .map(|(name, _)| name.value.as_str())
                .collect(),
        };
        for (name, written) in services
            .chain(functions)
            .chain(externals)
            .chain(databases)
            .chain(caches)
            .chain(topics)
            .chain(queues)
            .chain(cdns)
            .chain(stores)
            .chain(hosts)
            .chain(routes)
        {
            let position = names.known.len();
            if matches!(written, Written::Shield(_)) {
                // It goes by the name of its CDN, under which that is found.
            } else if let Some(first) = names.by_name.get(name.value.as_str()) {
                let first = &names.known[*first];
                let message = format!(
                    "`{}` is already the name of {}",
                    name.value,
                    noun(first.written.kind())
                );
                complaints.push(
                    Diagnostic::new(codes::NAME_TAKEN, message)
                        .at(name.place)
                        .label(first.name.place, "first here")
                        .hint("all components share one namespace, so that a service can become a database without changing its callers"),
                );
            } else {
                names.by_name.insert(&name.value, position);
            }
            names.known.push(Known {
                name,
                written,
                endpoints: BTreeMap::new(),
            });
        }
        names
    }

    /// The component of this name, silently.
    /// All of them as they are written, in order.
    pub(super) fn written(&self) -> Vec<(&'m At<String>, Written<'m>)> {
        let row = |known: &Known<'m>| (known.name, known.written);
        self.known.iter().map(row).collect()
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, id: ComponentId) -> &Known<'m> {
        &self.known[id.index()]
    }

    /// The component of a kind that a name refers to.
    pub(super) fn component(
        &self,
        name: &At<String>,
        kind: ComponentKind,
        complaints: &mut Diagnostics,
    ) -> Option<usize> {
        let Some(position) = self.position(&name.value) else {
            let same = self
                .known
                .iter()
                .filter(|known| known.written.kind() == kind)
                .map(|known| known.name.value.as_str());
            let message = format!("there is no {} `{}`", bare(kind), shown(&name.value));
            complaints.push(
                Diagnostic::new(codes::UNKNOWN_COMPONENT, message)
                    .at(name.place)
                    .maybe_hint(suggest::hint(&name.value, same)),
            );
            return None;
        };
        let known = &self.known[position];
        if known.written.kind() != kind {
            let message = format!(
                "`{}` is {}, not {}",
                name.value,
                noun(known.written.kind()),
                noun(kind)
            );
            complaints.push(
                Diagnostic::new(codes::WRONG_KIND, message)
                    .at(name.place)
                    .label(known.name.place, "declared here"),
            );
            return None;
        }
        Some(position)
    }

    /// The topic or queue that a name refers to.
    pub(super) fn broker(&self, name: &At<String>, complaints: &mut Diagnostics) -> Option<usize> {
        let is_broker =
            |known: &Known<'_>| matches!(known.written, Written::Topic(_) | Written::Queue(_));
        match self.position(&name.value).map(|at| (at, &self.known[at])) {
            Some((position, known)) if is_broker(known) => Some(position),
            Some((_, known)) => {
                let kind = noun(known.written.kind());
                let message = format!(
                    "`{}` is {kind}: messages go to topics and queues",
                    name.value
                );
                let complaint = Diagnostic::new(codes::WRONG_KIND, message).at(name.place);
                complaints.push(complaint.label(known.name.place, "declared here"));
                None
            }
            None => {
                let brokers = self.known.iter().filter(|known| is_broker(known));
                let names = brokers.map(|known| known.name.value.as_str());
                let message = format!("there is no topic or queue `{}`", shown(&name.value));
                complaints.push(
                    Diagnostic::new(codes::UNKNOWN_COMPONENT, message)
                        .at(name.place)
                        .maybe_hint(suggest::hint(&name.value, names)),
                );
                None
            }
        }
    }

    /// The endpoint that `component.endpoint` refers to.
    pub(super) fn endpoint(
        &self,
        name: &At<String>,
        complaints: &mut Diagnostics,
    ) -> Option<EndpointId> {
        let text = name.value.as_str();
        let (component, endpoint) = text.split_once('.').unwrap_or((text, ""));
        let Some(position) = self.position(component) else {
            complaints.push(self.nobody(name, component, endpoint));
            return None;
        };
        let known = &self.known[position];
        let instead = match known.written {
            Written::Cache(_) => Some(format!(
                "a cache is asked with a step of its own: `get: {component}`"
            )),
            Written::Topic(_) | Written::Queue(_) => Some(format!(
                "a message is put into it with a step of its own: `publish: {component}`"
            )),
            Written::Host(_) => {
                Some("a host is only a machine: call a service that runs on it".to_owned())
            }
            _ => None,
        };
        if let Some(hint) = instead {
            let message = format!(
                "`{component}` is {}: it has no endpoints to call",
                noun(known.written.kind())
            );
            let complaint = Diagnostic::new(codes::WRONG_KIND, message).at(name.place);
            complaints.push(
                complaint
                    .label(known.name.place, "declared here")
                    .hint(hint),
            );
            return None;
        }
        if let Some(id) = known.endpoints.get(endpoint) {
            return Some(*id);
        }
        // Of a route without any it has been said why it leads nowhere.
        if !matches!(known.written, Written::Route(_)) || !known.endpoints.is_empty() {
            complaints.push(known.no_endpoint(endpoint, name.place));
        }
        None
    }

    fn nobody(&self, name: &At<String>, component: &str, endpoint: &str) -> Diagnostic {
        let callable = |known: &&Known<'_>| {
            !matches!(
                known.written,
                Written::Host(_) | Written::Cache(_) | Written::Topic(_) | Written::Queue(_)
            )
        };
        let components = self
            .known
            .iter()
            .filter(callable)
            .map(|known| known.name.value.as_str());
        let complaint =
            |message: String| Diagnostic::new(codes::UNKNOWN_COMPONENT, message).at(name.place);
        if endpoint.is_empty() && self.journeys.contains(&component) {
            return complaint(format!(
                "`{component}` is a journey: only a `mix` can name it"
            ));
        }
        let message = format!("there is no component `{}`", shown(component));
        if let Some(near) = suggest::nearest(component, components.clone()) {
            let near = match self.position(near).map(|position| &self.known[position]) {
                Some(known) if known.endpoints.contains_key(endpoint) => {
                    format!("{near}.{endpoint}")
                }
                _ => near.to_owned(),
            };
            return complaint(message).hint(format!("did you mean `{near}`?"));
        }
        let wanted = if endpoint.is_empty() {
            component
        } else {
            endpoint
        };
        if let Some(owner) = self
            .known
            .iter()
            .find(|known| known.endpoints.contains_key(wanted))
        {
            return complaint(message).hint(format!(
                "`{}` has an endpoint `{wanted}`: `{0}.{wanted}`",
                owner.name.value
            ));
        }
        complaint(message).maybe_hint(suggest::hint(component, components))
    }
}

impl Known<'_> {
    fn no_endpoint(&self, endpoint: &str, place: Place) -> Diagnostic {
        let (name, noun) = (&self.name.value, noun(self.written.kind()));
        let message = if endpoint.is_empty() {
            format!("`{name}` is {noun}: say which of its endpoints, as `{name}.ENDPOINT`")
        } else {
            format!(
                "{} `{name}` has no endpoint `{}`",
                noun.split_once(' ').map_or(noun, |(_, noun)| noun),
                shown(endpoint)
            )
        };
        let complaint = Diagnostic::new(codes::UNKNOWN_ENDPOINT, message)
            .at(place)
            .label(self.name.place, "declared here");
        let names = || self.endpoints.keys().copied();
        if let Some(near) = suggest::nearest(endpoint, names()) {
            return complaint.hint(format!("did you mean `{name}.{near}`?"));
        }
        let list: Vec<String> = names()
            .take(12)
            .map(|endpoint| format!("`{name}.{endpoint}`"))
            .collect();
        let more = if self.endpoints.len() > list.len() {
            " and more"
        } else {
            ""
        };
        if list.is_empty() {
            complaint
        } else {
            complaint.hint(format!("it has {}{more}", list.join(", ")))
        }
    }
}

/// The word for a kind of component.
fn bare(kind: ComponentKind) -> &'static str {
    noun(kind)
        .split_once(' ')
        .map_or("component", |(_, word)| word)
}

/// A name as messages show it: hostile ones are cut.
pub(super) fn shown(name: &str) -> String {
    const LONGEST: usize = 60;
    if name.chars().count() <= LONGEST {
        name.to_owned()
    } else {
        format!("{}…", name.chars().take(LONGEST).collect::<String>())
    }
}
