//! Every kind of complaint, in one table: `scaleproof explain E010` prints a row of it.
//!
//! E0xx is about text and shape, E1xx about names, E2xx about meaning, E300 about what is not supported yet; W4xx warns,
//! A5xx advises. A code never changes its meaning; one that is not used any more is not used again.

use super::diagnostic::Severity;

/// A kind of complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// What stands in brackets: `E010`.
    pub id: &'static str,
    /// The kind in a few words.
    pub title: &'static str,
    /// What it means and what to do, with an example.
    pub explanation: &'static str,
}

impl Code {
    /// How much complaints of this kind matter; the letter of the code says it.
    pub fn severity(self) -> Severity {
        match self.id.as_bytes().first() {
            Some(b'W') => Severity::Warning,
            Some(b'A') => Severity::Advice,
            _ => Severity::Error,
        }
    }
}

/// The code of this name, however its letter is written.
pub fn find(id: &str) -> Option<Code> {
    ALL.iter()
        .find(|code| code.id.eq_ignore_ascii_case(id))
        .copied()
}

macro_rules! codes {
    ($($id:ident $NAME:ident $title:literal $explanation:literal)+) => {
        $(#[doc = concat!("`", stringify!($id), "`: ", $title, ".")]
        pub const $NAME: Code = Code { id: stringify!($id), title: $title, explanation: $explanation };)+

        /// All codes in ascending order within each letter.
        pub const ALL: &[Code] = &[$($NAME),+];
    };
}

codes! {
    E001 NOT_YAML "the text is not YAML"
        "The text breaks the rules of YAML 1.2, so that nothing more can be said about it. Frequent causes: a tab used for \
         indentation, a bracket or brace that is never closed, a `:` inside a text without quotes, an entry that is indented \
         otherwise than its neighbours. Example: `services: { web: { replicas: 3 }` lacks the last `}`."
    E002 TOO_LARGE "the document is too large"
        "A document has at most 4 MiB, 250,000 values after aliases are put in, and 100 levels of nesting. Real models stay \
         far below; what exceeds this is mostly a file of another kind or an alias that multiplies itself."
    E003 NOT_ONE_DOCUMENT "there is not exactly one document"
        "A file holds one YAML document. Example: a second `---` begins another one, and an empty file has none. Put each model \
         into a file of its own."
    E004 WRONG_HEADER "the header is not `scaleproof: model/1`"
        "The first line says what the document is and which edition of the language it is written in. Example: \
         `scaleproof: model/1`. Experiments (`experiment/1`) are not read yet."
    E005 DUPLICATE_KEY "a name appears twice in one map"
        "YAML would keep one of the two silently, so this is refused. Example: two services `web`, or `cores` twice in one of them. \
         Names that come from a merge (`<<`) may be overridden and do not count."
    E006 FOREIGN_YAML "a part of YAML that the language does not use"
        "Tags (`!name`), maps or lists as names, and directives (`%YAML`) have no meaning here. Anchors (`&a`), aliases (`*a`) and \
         merges (`<<: *a`) do; the section `anchors:` is free space for them."
    E010 UNKNOWN_FIELD "a field that does not exist"
        "Every map has a fixed set of fields, so that a slip never passes for a setting. Example: `replcas: 3` in a service; \
         `replicas` was meant. The hint names the nearest field, or all where they are few."
    E011 MISSING_FIELD "a field that is needed is missing"
        "Few fields are required: those without a sensible default. Example: a service needs `endpoints`, a data set `items`."
    E012 WRONG_SHAPE "a map, a list or a single value stands where something else belongs"
        "Example: `services: [web]` is a list, but a section is a map from names to what they are: `services: { web: { … } }`."
    E013 EXACTLY_ONE "exactly one of several fields is needed"
        "Some fields are alternatives. Example: a workload is `open` or `closed`, never both and never neither; a query `reads` or \
         `writes`."
    E014 MISSING_UNIT "a number has no unit"
        "Every quantity says what it is a number of; only 0 needs no unit. Example: `timeout: 200` could be seconds or milliseconds: \
         write `timeout: 200ms`."
    E015 WRONG_DIMENSION "a quantity of another kind"
        "Example: `timeout: 2GiB` is a size where a duration belongs, `rate: 450` a number where a rate belongs (`450/s`)."
    E016 UNKNOWN_UNIT "a unit that does not exist"
        "Durations have `ns us ms s m h d` (`m` is a minute), sizes `B KiB MiB GiB TiB kB MB GB TB`, rates `/s /m /h /d` with `k` and \
         `M`, money three capitals and what it is for: `0.096 USD/h`. Case matters: `K` and `KB` are nobody's units."
    E017 NOT_A_QUANTITY "a text stands where a quantity belongs"
        "A number was expected, with the unit of what it measures. Example: `cores: two`; write `cores: 2`."
    E018 QUANTITY_OUT_OF_RANGE "a quantity is negative or cannot be counted"
        "No quantity of the language may be negative, durations end at 292 years, counts at 9·10^15, shares at 100%."
    E019 ODD_SPELLING "a number is spelt in a way that is read differently by different people"
        "YAML reads `1:30` as 90 or as a text, `010` as 8 or as 10, `1e3` as a number or a text, depending on its edition and the \
         library. They are refused; write `90s`, `10`, `1000`."
    E020 UNKNOWN_WORD "a choice that does not exist"
        "A choice is a word or a map with one name. Example: `balance: round-robin` or `balance: { power-of-d: { choices: 3 } }`."
    E021 BAD_NAME "a name is not kebab-case"
        "Names have small letters, digits and single hyphens and begin with a letter: `product-cache`, `web2`. They become parts of \
         paths, file names and columns of tables, where anything else makes trouble."
    E022 BOOLEAN_NAME "a name that YAML reads as true, false or nothing"
        "Older YAML reads `no`, `on`, `y` and their like as truth values, so that the region `no` (Norway) becomes `false` in the next \
         tool that opens the file. They are refused as names; write `norway`."
    E023 NOT_ONE_VERB "a step has no verb, or two"
        "A step is one verb with its modifiers beside it. Example: `{ call: web.home, timeout: 100ms }`. Two verbs in one map have no \
         order: make two steps of them."
    E024 FOREIGN_MODIFIER "a modifier that belongs to another verb"
        "Example: `{ compute: 5ms, retry: 3 }`: `retry` belongs to `call`."
    E025 FRACTIONAL_COUNT "a constant count is not whole"
        "2.5 calls cannot be made. Say which random count has this mean: `{ geometric: { mean: 2.5, from: 1 } }`, or give the numbers \
         their weights: `{ weighted: { 2: 1, 3: 1 } }`."
    E026 EMPTY_VALUE "a field has no value"
        "Example: `patience:` with nothing behind it. Leave the field out, or write its value."
    E027 MEANINGLESS_FIELD "a field that has no meaning here"
        "The field exists elsewhere in the language, but not for this thing. Example: `cores` on an external system, whose processor is \
         nobody's business, or on a service that runs on a `host`."
    E100 UNKNOWN_ASSUMPTION "`$name` does not stand in `assumptions:`"
        "`$page-cpu` stands for the value of `assumptions.page-cpu`. A text that begins with `$` and is no such name goes in quotes."
    E101 CIRCULAR_ASSUMPTION "assumptions that are made of each other"
        "An assumption may use another one, but not itself on the way, and not more than 16 deep."
    E102 UNKNOWN_PATH "the path of a setting leads nowhere"
        "A path is `section.name.field…`, with names that hold a dot in quotes: `workloads.web.mix.\"shop.buy\"`. Names on the way must \
         exist in the model; a field may be new to it. Example: `--set services.wbe.replicas=4` where the service is `web`."
    E103 STEP_PATH "a path leads into the steps of a program"
        "Steps have no names, so no path leads to them. Give the number in question a name in `assumptions:`, say `$name` in the step, \
         and set `assumptions.name`."
    E110 UNKNOWN_COMPONENT "a component that does not exist"
        "A reference is `component.endpoint`, and no section declares a component of that name. Example: `call: paymnts.charge` where \
         the service is `payments`."
    E111 UNKNOWN_ENDPOINT "a component does not have this endpoint"
        "The component exists, the endpoint (or the query of a database) does not. Example: `call: payments.pay` where `payments` has \
         `charge` and `refund`."
    E112 WRONG_KIND "a component of another kind"
        "Some steps and fields want one kind of component. Example: `call: product-cache.get` for a cache, which is asked by `get: \
         product-cache`; `host: web` where `web` is a service."
    E113 NAME_TAKEN "two things have one name"
        "All components share one namespace, so that a service can become a database without changing its callers; attributes and \
         data sets share another. Example: a service `orders` and a database `orders`: call the second `orders-db`."
    E114 UNKNOWN_ATTRIBUTE "requests carry no such attribute"
        "Attributes are what `attributes:` declares, the keys of the data sets under `data:`, and `user`, `priority`, `attempt`, \
         `batch`. Example: `repeat: { attribute: line }` where `lines` is declared."
    E115 UNKNOWN_DATASET "a data set that does not exist"
        "Caches and databases are `of` what `data:` declares, and keys are drawn from it. Example: `of: product` where `products` is declared."
    E116 UNKNOWN_ROUTINE "the service has no such routine"
        "`run` names a routine of the same service, since it stays in one process. To use what another service does, `call` one of its \
         endpoints."
    E117 UNKNOWN_POOL "the component has no such pool"
        "`hold` names one of the `pools` of the component whose program it stands in. Example: `pools: { disk: { size: 2 } }`, then \
         `hold: disk`."
    E118 UNKNOWN_REGION "a region that does not exist"
        "Components stand `in`, and workloads come `from`, what `regions:` declares. Example: `in: [us]` where only `eu` is declared."
    E119 UNKNOWN_PRIORITY "a priority that does not exist"
        "Priorities are named in order by `priorities: [urgent, normal]`, most urgent first, and used by name."
    E120 UNKNOWN_WORKLOAD "a workload, or a line of its mix, that does not exist"
        "An objective is of `workloads.NAME`, perhaps narrowed to one `journey` of its mix."
    E121 UNKNOWN_MACHINE "a machine without a price"
        "`machine:` names a row of the built-in price list (`scaleproof list machines`) or one of the model's own `prices:`. Example: \
         `prices: { our-blade: { per-hour: 0.25 USD, cores: 16 } }`."
    E122 FOREIGN_KEY "a key of another data set"
        "The cache `products` cannot be asked by a key of `users`, nor can a key be given the value of another data set's. Example: \
         `get: product-cache` with `key: users`."
    E123 UNKNOWN_ACCOUNT "an account that does not exist"
        "Functions that share a limit name one of `accounts:`. Example: `account: main` where only `production` is declared."
    E128 UNKNOWN_GROUP "a group of replicas that does not exist"
        "Replicas that differ are named under the `groups:` of a service, and `balance: { weighted: { NAME: 3 } }` goes by these names."
    E200 OUT_OF_RANGE "a value that cannot be"
        "The value is well written but impossible or without effect where it stands. Example: `need: 4` of 3 branches, `replicas: 0`."
    E201 CONTRADICTION "two fields that contradict each other"
        "Example: `replicas` beside `groups`, which have numbers of their own."
    E202 IMPOSSIBLE_LAW "a random value that no law can have"
        "The parameters of a law exclude each other. Examples: an Erlang law with a coefficient of variation above 1, a \
         hyper-exponential one below 1, a 99th percentile below the median, a Pareto law with a shape of at most 1, whose mean is infinite."
    E203 BAD_WEIGHTS "weights that cannot be weighed"
        "Weights are all shares that make up 100 %, or all numbers of which at least one is above 0. Example: `{ a: 50%, b: 2 }` mixes \
         the two."
    E210 SECOND_REPLY "a request that is answered twice"
        "A request has one answer: after `reply` or `forward` the duty is done, and what follows is a second phase. Example: `[reply, \
         { compute: 5ms }, reply]`, or a `reply` inside a `repeat`."
    E211 MISPLACED_STEP "a step where it has no meaning"
        "Some steps belong to certain programs only. Examples: `reply` in a journey, which is the user; `compute` in an external system, \
         which has no processor here; `stop` outside of any `repeat`."
    E212 ENDLESS_CALLS "calls that lead to more calls without end"
        "Every way through these programs calls one of them again, or each call leads to more than one further call on average, so \
         that a single request grows without bound. A cycle that leaves with a probability is fine: `choose: [{ weight: 90%, do: reply }, \
         { weight: 10%, do: { call: tree.node } }]`."
    E213 DEADLOCK "components that wait for each other's slots"
        "A holds a slot while it waits for B, and B, to answer, needs a slot of A. When all slots of A are held by requests that wait in \
         this way, nothing moves any more. Give one of the calls a `timeout`, answer from elsewhere, or give A unlimited `concurrency`."
    E214 ENDLESS_REPEAT "a repeat that nothing ends"
        "`repeat: unlimited` goes round until a `stop` (or a failure) in its own body leaves it. Example: `{ repeat: unlimited, do: [{ \
         call: queue.poll }, { stop: 20% }] }`."
    E215 TIMELESS_LOOP "a closed loop that takes no time"
        "A user who neither thinks nor waits for anything asks again at the same instant, and simulated time stands still. The same \
         happens when a full backlog refuses such a user at once. Give the workload `think`, an `access` with an rtt, or the model a network."
    E216 MIXED_CURRENCIES "sums of money in two currencies"
        "The bill is one sum. The program knows no exchange rates, so convert the prices by hand. The built-in price list is in USD."
    E217 TOO_FINE "a service time that the clock cannot tell"
        "Time is counted in whole nanoseconds; a mean below 20 ns would be wrong by per cents. Join such steps into longer ones."
    E218 TOO_MANY "more than can be simulated"
        "Sizes are bounded so that a slip (`replicas: 3000000`) ends in a sentence, not in a full memory: 65,536 replicas, 1,000 places, \
         200,000 steps."
    E219 SAME_LUCK "two draws of one name"
        "Every random draw is named by component, endpoint and step (or `label`), so that results do not depend on what else is in the \
         model. Two draws of one name would always fall alike. Example: the same `label` twice in one endpoint."
    E220 NO_PLACE "a component without a place"
        "With several regions every component says where it stands: `in: [eu]`, or `in: [eu, us]` for that many replicas in each."
    E221 OUT_OF_REACH "a cache in another process"
        "A cache with `per: web` lives inside the replicas of `web`, and only the programs of `web` can ask it."
    E222 NOBODY_ASKS "nobody asks for anything"
        "Nothing happens in a model without a workload: it says how many requests come, and what they ask for in its `mix`."
    E240 NO_RECORDING "recorded requests that are not there"
        "A workload with `replay: FILE` and a data set with `popularity: { trace: FILE }` need the file. Its path is relative to the model; \
         what is not found there is looked for in the directory of `--data DIR`, or of the variable SCALEPROOF_DATA."
    E241 BAD_RECORDING "recorded requests that cannot be read"
        "A file that ends in `.bin` holds records of 24 bytes in the format oracleGeneral of libCacheSim; any other is CSV whose first line \
         names the columns `time` (seconds), `key` and, if it is known, `size` (bytes). Times may not go back."
    E300 NOT_SUPPORTED "not supported yet"
        "The word belongs to the language, but this edition of the program does not simulate it yet. It is refused, never silently \
         ignored."
    W400 UNUSED_ASSUMPTION "an assumption that nothing uses"
        "No `$name` in the model stands for it, so that varying it would change nothing. Example: the number was written out \
         somewhere instead of being named."
    W401 INFINITE_VARIANCE "a random value with infinite variance"
        "A Pareto law with a shape of at most 2 has no variance: means settle so slowly that no confidence interval holds. Bound it \
         with `max`, or expect percentiles only."
    W402 SHORT_TIMEOUT "a caller that gives up before its callee does"
        "The caller's timeout is shorter than what the callee allows its own calls (timeout times attempts): the callee goes on trying \
         for nobody. Make timeouts shorter the deeper they are, or pass the deadline on: `deadline: { after: 1s, propagate: true }`."
    W403 RETRIES_MULTIPLY "retries on top of retries"
        "Where a call that is retried leads to calls that are retried, attempts multiply just when the system is weakest: three layers \
         of three attempts are 27 calls for one request. Retry in one layer, or give the retries a `budget`."
    W404 NEVER_QUEUED "a queue that nobody ever stands in"
        "`backlog`, `patience` and `discipline` are about requests that wait for a slot, and with unlimited `concurrency` nobody does."
    W405 OVERLOAD "more work than can be done"
        "At the offered load this component would need more than all of its cores or slots, so that its queue grows for as long as the \
         run lasts. Steady-state numbers do not exist for it."
    W406 LARGE_CACHE "a cache that can hold all of its data"
        "Nothing is ever evicted, so that the size of the cache has no effect: every object misses once."
    W407 VERY_SHORT "a very short service time"
        "Below a microsecond real systems spend more time on what the model leaves out than on what it says."
    W408 NO_WAY "regions without a way between them"
        "`network` does not say how far apart two regions are, so that traffic between them takes no time and costs nothing."
    W409 NEVER "a precaution that never comes to anything"
        "It is for something that breaks, and nothing in the model does: give replicas, hosts or regions their \
         `reliability: { up: 30d, down: 10m }`, or leave the precaution out. Or there are too few to spare one: `eject: { most: 10% }` of \
         three replicas leaves none out, `most: 34%` one."
    W420 IDLE_CONSUMERS "consumers without a partition"
        "Each partition of a topic is read by one consumer of a group, so that a group of more consumers than partitions has some who \
         never get a message. Example: `partitions: 4` read by a service of 7 replicas."
    A500 NO_NETWORK "no network"
        "Without `network:` everything is in one place: calls take no time on the way. That is right for a textbook queue and too good \
         for a distributed system. Typical: `network: { same-zone: { rtt: 0.5ms }, cross-zone: { rtt: 1.4ms } }`."
    A501 UNUSED "something that no request reaches"
        "No workload leads to it, so it can be neither busy nor slow; it still costs what its machines cost."
    A502 ALL_CONSTANT "nothing is random but the arrivals"
        "Every service time is a constant. Real ones vary, and queues grow with the variance: `lognormal: { mean: 4ms, cv: 1 }`."
    A503 STALE_READS "reads that may miss the last write"
        "Reads ask one copy, and a write is acknowledged by fewer than all: where reads and acknowledgements together do not exceed the \
         copies, a read may see an old value. The simulation counts them where it knows which objects are read and written: `of:` a data set."
    A504 COMMA_IN_TEXT "a comma in a text without quotes"
        "Inside `{ }` a comma ends a text: `{ value: 2ms, why: rendering in Go, guessed }` has a name `guessed` without a value. In \
         `why`, `source`, `about` and `question` it is read as a part of the text; quotes make it one: `why: \"rendering in Go, guessed\"`."
    A505 IDLE_LIMIT "a limit that changes nothing"
        "Those whom it is for cannot reach it together, or there are none. Example: `accounts: { main: { concurrency: 1000 } }` for \
         two functions of `max-instances: 100`."
    A506 UNUSED_KEYS "recorded keys that nobody asks for"
        "The recording says which object each request wants, and no data set is as popular as it: requests ask for objects that are drawn. \
         Example: `data: { blocks: { items: 1M, popularity: { trace: disk.csv } } }` for `replay: disk.csv`."
    A510 UNKNOWN_CORES "a machine of which nobody says how many cores it has"
        "It has a price of the model's own, and the built-in list does not know it, so that each replica gets the one core of replicas \
         without a machine. Example: `prices: { our-blade: { per-hour: 0.25 USD, cores: 16, memory: 64GiB } }`."
    A511 RETRY_WITHOUT_TIMEOUT "a retry of a call that may take for ever"
        "A new attempt is made when one has failed, and an attempt without a `timeout` fails only when the callee says so. Example: \
         `{ call: db.read, timeout: 200ms, retry: 3 }`."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_sorted_within_their_letter_and_explained() {
        for pair in ALL.windows(2) {
            let same_letter = pair[0].id[..1] == pair[1].id[..1];
            assert!(
                !same_letter || pair[0].id < pair[1].id,
                "{} before {}",
                pair[0].id,
                pair[1].id
            );
        }
        for code in ALL {
            assert!(
                code.id.len() == 4 && code.id[1..].bytes().all(|byte| byte.is_ascii_digit()),
                "{}",
                code.id
            );
            assert!(
                code.explanation.len() > 60 && code.explanation.ends_with('.'),
                "{}",
                code.id
            );
            assert_eq!(ALL.iter().filter(|other| other.id == code.id).count(), 1);
            assert_eq!(
                ALL.iter().filter(|other| other.title == code.title).count(),
                1,
                "{}",
                code.title
            );
        }
    }

    #[test]
    fn the_letter_says_how_severe_it_is() {
        assert_eq!(find("e010").map(Code::severity), Some(Severity::Error));
        assert_eq!(find("W400").map(Code::severity), Some(Severity::Warning));
        assert_eq!(find("E999"), None);
    }
}
