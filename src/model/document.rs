//! The whole page: `scaleproof: model/1` and its sections.

use super::cache::Cache;
use super::cdn::Cdn;
use super::data::{Assumption, Attribute, Dataset, Popularity};
use super::database::Database;
use super::expect::Expectation;
use super::function::{Account, Function};
use super::load::{LoadFactor, TimeUnit, Workload};
use super::network::{Network, Region};
use super::objective::{Charge, Objective, Price};
use super::queue::Queue;
use super::reader::Reader;
use super::route::Route;
use super::service::{External, Service};
use super::shape::{Keyed, Named};
use super::station::Host;
use super::step::Block;
use super::store::ObjectStore;
use super::topic::Topic;
use super::word::{Header, Text, check_distinct};
use crate::source::{At, Node};

record! {
    /// An architecture as its architect wrote it: names not yet looked up, quantities in base units, places kept.
    pub struct Model {
        /// What kind of document this is: `model/1`.
        scaleproof: Header,
        /// The architecture's name, as reports print it.
        name: At<Text>,
        /// What it is about, in a sentence.
        about: Option<Text>,
        /// The priorities by name, most urgent first.
        priorities: Vec<At<String>> = "[]",
        /// Numbers that somebody made up; `$name` stands for them anywhere.
        assumptions: Named<Assumption> = "{}",
        /// What is stored and asked for by key.
        data: Named<Dataset> = "{}",
        /// What requests carry besides.
        attributes: Named<Attribute> = "{}",
        /// Regions and their zones.
        regions: Named<Region> = "{}",
        /// How far apart they are; no delay at all when absent.
        network: Option<Network>,
        /// Where requests come from.
        workloads: Named<Workload>,
        /// What users do in a row; runs at the user's side.
        journeys: Named<Block> = "{}",
        /// Machines that several services share.
        hosts: Named<Host> = "{}",
        /// Components that run programs.
        services: Named<Service> = "{}",
        /// Components that run programs on instances made on demand.
        functions: Named<Function> = "{}",
        /// Limits that functions share.
        accounts: Named<Account> = "{}",
        /// Other people's systems.
        externals: Named<External> = "{}",
        /// Components that store data.
        databases: Named<Database> = "{}",
        /// Components that keep copies close at hand.
        caches: Named<Cache> = "{}",
        /// Logs of messages that groups of consumers read.
        topics: Named<Topic> = "{}",
        /// Queues of messages for competing consumers.
        queues: Named<Queue> = "{}",
        /// Sites near the users that keep copies of objects.
        cdns: Named<Cdn> = "{}",
        /// Places that keep objects in tiers.
        stores: Named<ObjectStore> = "{}",
        /// Directors of traffic between the regions of a service.
        routes: Named<Route> = "{}",
        /// What must hold.
        objectives: Named<Objective> = "{}",
        /// What is known from elsewhere and must come out.
        expect: Vec<Expectation> = "[]",
        /// Prices of machines that the built-in list does not have, or has otherwise.
        prices: Keyed<Price> = "{}",
        /// What is paid for whether or not it is used, by name.
        charges: Keyed<Charge> = "{}",
        /// What all workloads are multiplied by, beside the `load` of each; `--load` says it on the command line.
        load: LoadFactor = "1x",
    }
    later: ["alerts", "document", "charges"];
    ignored: { "anchors": "Free space for YAML anchors; otherwise ignored." };
    check: check_model;
}

impl Model {
    /// The files of recorded requests that it names, each as often as it does.
    pub fn recordings(&self) -> impl Iterator<Item = &At<Text>> {
        let replayed = self.workloads.iter();
        let replayed = replayed.filter_map(|(_, workload)| Some(&workload.replay.as_ref()?.file));
        let popular = self
            .data
            .iter()
            .filter_map(|(_, dataset)| match &dataset.popularity {
                Popularity::Trace(file) => Some(file),
                _ => None,
            });
        replayed.chain(popular)
    }

    /// The unit of the times in a file of recorded requests \[ns\].
    pub fn time_unit(&self, file: &str) -> u64 {
        let replays = (self.workloads.iter()).filter_map(|(_, workload)| workload.replay.as_ref());
        let mut same = replays.filter(|replay| *replay.file.value == *file);
        same.next()
            .map_or(TimeUnit::Seconds.ns(), |replay| replay.time_unit.ns())
    }
}

fn check_model(model: &Model, _node: &Node, reader: &mut Reader<'_>) {
    check_distinct(&model.priorities, "priority", reader);
    let replays = (model.workloads.iter()).filter_map(|(_, workload)| workload.replay.as_ref());
    for replay in replays {
        if replay.time_unit.ns() != model.time_unit(&replay.file) {
            let message = format!(
                "the times of `{}` have another unit elsewhere",
                &*replay.file.value
            );
            reader.contradiction(replay.time_unit.place, message);
        }
    }
}
