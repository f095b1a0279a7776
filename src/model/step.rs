//! What a request does: steps, each one verb with sibling modifiers, and blocks of them.
//!
//! Each verb is a record whose first field is the verb itself. That keeps the modifiers, their documentation and
//! their defaults in one declaration; `program.rs` tells which verb a map holds and reads that record.

use super::count::CountLaw;
use super::data::Scale;
use super::guard::{Cancel, Cause, Deadline, Hedge, OnFailure, Retry};
use super::law::{DurationLaw, SizeLaw};
use super::rate_limit::RateLimit;
use super::reader::Reader;
use super::shape::Keyed;
use super::weight::{Weight, check_weights};
use super::word::{AtOnce, Given, Literal};
use crate::source::{At, Diagnostic, Node, Place, codes};
use crate::units::{Duration, Share};
use std::num::NonZeroU64;

/// Steps in a row; one step, a bare word (`reply`) or a list when written.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The steps in their order; `{ do: [] }` has none.
    pub steps: Vec<Step>,
    /// Where the block stands.
    pub place: Place,
}

impl std::ops::Deref for Block {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        &self.steps
    }
}

/// One step of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is done, with its modifiers.
    pub verb: Verb,
    /// A name that keeps the draws of this step the same when the model around it changes.
    pub label: Option<At<String>>,
    /// Where the step stands.
    pub place: Place,
}

verbs! {
    /// What a step does.
    pub enum Verb {
        /// Uses the processor.
        Compute(Compute) = "compute",
        /// Lets time pass without the processor.
        Sleep(Sleep) = "sleep",
        /// Calls an endpoint and waits for its reply.
        Call(Box<Call>) = "call",
        /// Calls an endpoint and waits for nothing.
        Send(Send) = "send",
        /// Answers the caller and goes on.
        Reply(Reply) = "reply",
        /// Passes the request and the duty to reply to another endpoint.
        Forward(Forward) = "forward",
        /// Runs a routine of the same component.
        Run(Run) = "run",
        /// Does several blocks at once.
        Parallel(Parallel) = "parallel",
        /// Does one block several times.
        Repeat(Repeat) = "repeat",
        /// Does one of several blocks.
        Choose(Choose) = "choose",
        /// Does a block if attributes are so.
        When(When) = "when",
        /// Holds units of a pool during a block.
        Hold(Hold) = "hold",
        /// Asks a cache.
        Get(Get) = "get",
        /// Stores in a cache what was written.
        Put(Put) = "put",
        /// Drops from a cache what has become wrong.
        Invalidate(Invalidate) = "invalidate",
        /// Puts a message into a topic or a queue.
        Publish(Publish) = "publish",
        /// Fails this request, always or sometimes.
        Fail(Fail) = "fail",
        /// Changes attributes from here on.
        Set(Set) = "set",
        /// Leaves the innermost `repeat`, always or sometimes.
        Stop(Stop) = "stop",
    }
    later: ["graph", "acquire", "release"];
}

record! {
    /// `compute`: a job of so many core-seconds for the processor; the slot stays held.
    pub struct Compute {
        /// How much work it is, in time of one core of speed 1.
        work as "compute": DurationLaw,
        /// How the work grows with the data.
        scale: Option<Scale>,
    }
}

record! {
    /// `sleep`: time passes, the slot stays held, the processor is free.
    pub struct Sleep {
        /// How long.
        time as "sleep": DurationLaw,
        /// How the time grows with the data.
        scale: Option<Scale>,
    }
}

record! {
    /// `call`: a request to an endpoint; the slot stays held (a blocked thread) until the reply or failure is back.
    pub struct Call {
        /// The endpoint: `component.endpoint`.
        to as "call": At<String>,
        /// Attributes that differ for this call and all below it.
        with: Keyed<Given> = "{}",
        /// The size of the request, in bytes.
        body: Option<SizeLaw>,
        /// The attribute whose value is the key of this call.
        key: Option<At<String>>,
        /// How long one attempt may take, from its send.
        timeout: Option<At<Duration>>,
        /// How long all attempts and waits may take together.
        deadline: Option<Deadline>,
        /// New attempts after failures.
        retry: Option<Retry>,
        /// How many attempts are sent by each calling replica (by all users together in a journey); the others fail at once.
        rate_limit: Option<RateLimit>,
        /// Further copies for other replicas when an attempt is slow.
        hedge: Option<Hedge>,
        /// What becomes of an attempt that was given up.
        cancel: Cancel = "ignore",
        /// What a failure does here.
        on_failure: OnFailure = "fail",
        /// The priority of this call: one of `priorities:`.
        priority: Option<At<String>>,
    }
    later: ["breaker", "bulkhead"];
    check: check_call;
}

/// An attempt without a timeout is waited for however long it takes: there is nothing to try again. A deadline ends it at least.
fn check_call(call: &Call, _node: &Node, reader: &mut Reader<'_>) {
    let Some(retry) = &call.retry else { return };
    let mut causes = retry.when.iter();
    let bounded = call.timeout.is_some() || call.deadline.is_some();
    if !bounded && causes.any(|cause| cause.value == Cause::Timeout) {
        let message = format!(
            "`{}` is tried again, but an attempt that gets no answer is waited for for ever",
            call.to.value
        );
        let advice = Diagnostic::new(codes::RETRY_WITHOUT_TIMEOUT, message).at(call.to.place);
        reader.push(advice.hint(
            "`timeout: 1s`, the time that one attempt may take; or leave `timeout` out of `when`",
        ));
    }
}

record! {
    /// `send`: fire and forget; nothing is held, and a failure is counted but not seen.
    pub struct Send {
        /// The endpoint: `component.endpoint`.
        to as "send": At<String>,
        /// Attributes that differ for this request and all below it.
        with: Keyed<Given> = "{}",
        /// The size of the request, in bytes.
        body: Option<SizeLaw>,
        /// The attribute whose value is the key of this request.
        key: Option<At<String>>,
    }
}

record! {
    /// `reply`: the reply leaves now, and later steps go on holding slot and processor (a second phase).
    pub struct Reply {
        /// The size of the reply, in bytes; nothing when absent.
        size as "reply": Option<SizeLaw>,
    }
}

record! {
    /// `forward`: another endpoint answers the original caller; later steps go on as after `reply`.
    pub struct Forward {
        /// The endpoint: `component.endpoint`.
        to as "forward": At<String>,
        /// Attributes that differ for this request and all below it.
        with: Keyed<Given> = "{}",
    }
}

record! {
    /// `run`: a routine of the same component, in-process: no wire, the same slot.
    pub struct Run {
        /// The routine's name.
        routine as "run": At<String>,
        /// What a failure inside does here.
        on_failure: OnFailure = "fail",
    }
}

record! {
    /// `parallel`: branches at once, in the one slot; each computes as a job of its own.
    pub struct Parallel {
        /// The branches.
        branches as "parallel": Vec<Block>,
        /// How many must succeed; all when absent. The step ends when they have, or cannot any more.
        need: Option<At<NonZeroU64>>,
        /// What becomes of the other branches then.
        rest: Rest = "finish",
        /// In which order branches that begin at one instant begin.
        order: Order = "written",
        /// What a failure does here.
        on_failure: OnFailure = "fail",
    }
    check: check_parallel;
}

fn check_parallel(parallel: &Parallel, _node: &Node, reader: &mut Reader<'_>) {
    let branches = parallel.branches.len() as u64;
    if let Some(need) = &parallel.need
        && need.get() > branches
    {
        reader.out_of_range(
            need.place,
            format!(
                "`need: {}` of {branches} branches can never be met",
                need.value
            ),
        );
    }
}

choice! {
    /// What becomes of the branches that are not needed any more.
    pub enum Rest {
        /// They go on burning, and the slot is held until the last of them ends.
        Finish = "finish",
        /// They are dropped at once.
        Cancel = "cancel",
    }
}

choice! {
    /// In which order branches begin.
    pub enum Order {
        /// As written.
        Written = "written",
        /// In a random one, each time anew.
        Random = "random",
    }
}

record! {
    /// `repeat`: one block several times.
    pub struct Repeat {
        /// How many times; `unlimited` needs a `stop` in the body.
        count as "repeat": CountLaw,
        /// What is repeated.
        body as "do": Block,
        /// How many run at once: a number, or `all`.
        at_once: At<AtOnce> = "1",
        /// How many must succeed; all when absent.
        need: Option<At<NonZeroU64>>,
        /// What becomes of the others then.
        rest: Rest = "finish",
    }
}

record! {
    /// `choose`: one of several blocks, at random.
    pub struct Choose {
        /// The blocks with their weights: all shares that make up 100 %, or all numbers.
        branches as "choose": Vec<Branch>,
    }
    check: check_choose;
}

fn check_choose(choose: &Choose, node: &Node, reader: &mut Reader<'_>) {
    check_weights(
        choose.branches.iter().map(|branch| &branch.weight),
        node.get("choose"),
        reader,
    );
}

record! {
    /// One of the blocks that `choose` chooses from.
    pub struct Branch {
        /// How often, compared with the others: a number or a share.
        weight: Weight,
        /// What is done.
        body as "do": Block,
    }
}

record! {
    /// `when`: a block if all these attributes are so.
    pub struct When {
        /// The conditions, by attribute.
        conditions as "when": Keyed<Condition>,
        /// What is done if all of them hold.
        body as "do": Block,
        /// What is done otherwise.
        otherwise as "else": Option<Block>,
    }
}

record! {
    /// What an attribute must be: exactly one of these.
    pub struct Condition {
        /// Equal to this.
        is: Option<At<Literal>>,
        /// Less than this.
        under: Option<At<f64>>,
        /// More than this.
        over: Option<At<f64>>,
        /// One of these.
        any_of as "in": Option<Vec<At<Literal>>>,
    }
    check: check_condition;
}

fn check_condition(_condition: &Condition, node: &Node, reader: &mut Reader<'_>) {
    let tests = ["is", "under", "over", "in"];
    if tests
        .iter()
        .filter(|test| node.entry(test).is_some())
        .count()
        != 1
    {
        reader.exactly_one(node, "a condition", &tests);
    }
}

record! {
    /// `hold`: waits for units of a pool, runs a block and gives them back on every way out.
    pub struct Hold {
        /// The pool: one of this component's `pools`.
        pool as "hold": At<String>,
        /// What is done meanwhile.
        body as "do": Block,
        /// How many units.
        units: At<NonZeroU64> = "1",
        /// The attribute whose value names the unit: one unit for each value, a row lock.
        key: Option<At<String>>,
        /// How long to wait for the units before this fails; for ever when absent.
        wait: Option<At<Duration>>,
        /// What a failure does here.
        on_failure: OnFailure = "fail",
    }
}

record! {
    /// `get`: asks a cache; after a miss the block `miss` runs here, and its success is stored.
    pub struct Get {
        /// The cache.
        cache as "get": At<String>,
        /// What a miss does: mostly a call to where the truth is.
        miss: Block,
        /// The attribute whose value is the key; the cache's data set when absent.
        key: Option<At<String>>,
        /// How many keys are asked for at once (a multi-get): the one of `key` and others by the same popularity, all different and the same
        /// ones wherever this request asks for several. Each is a hit or a miss; `miss` runs once if one is missing, with their number in
        /// the attribute `batch`, and what was missing is stored. A whole number or `{ attribute: a }`; one when absent.
        keys: Option<CountLaw>,
        /// How long the cache may take to answer.
        timeout: Option<At<Duration>>,
        /// What happens when the cache fails to answer; as after a miss when absent, but nothing is stored.
        on_failure: Option<OnFailure>,
    }
}

record! {
    /// `put`: stores an object in a cache, with its time to live from now on; at once in the same process, else a call to its node.
    pub struct Put {
        /// The cache.
        cache as "put": At<String>,
        /// The attribute whose value is the key; the cache's data set when absent.
        key: Option<At<String>>,
    }
    never: { "entries": "it stores one object; `repeat` stores more" };
}

record! {
    /// `invalidate`: drops an object from a cache; at once in the same process, else a call to its node. Fetches that are under way go on,
    /// and store what they bring.
    pub struct Invalidate {
        /// The cache.
        cache as "invalidate": At<String>,
        /// The attribute whose value is the key; the cache's data set when absent.
        key: Option<At<String>>,
    }
    never: { "entries": "it drops one object; of how many a write is the end its cache says: `invalidated-by: { db.update: { entries: 12 } }`" };
}

record! {
    /// `publish`: a message for a topic or a queue; the slot stays held until it is acknowledged.
    pub struct Publish {
        /// The topic or the queue.
        to as "publish": At<String>,
        /// What is waited for.
        ack: Ack = "leader",
        /// Attributes that differ for this message and all that its readers do for it.
        with: Keyed<Given> = "{}",
        /// The size of the message, in bytes.
        size: Option<SizeLaw>,
        /// The attribute whose value is the key by which a topic deals the message to a partition.
        key: Option<At<String>>,
        /// What a message that was not acknowledged does; nobody hears of it with `ack: none`.
        on_failure: OnFailure = "fail",
    }
    check: check_publish;
}

/// Who waits for nothing hears of no failure.
fn check_publish(publish: &Publish, _node: &Node, reader: &mut Reader<'_>) {
    if publish.ack == Ack::None && !matches!(publish.on_failure, OnFailure::Fail) {
        reader.report(
            codes::CONTRADICTION,
            publish.to.place,
            "with `ack: none` nothing is waited for, and a failure is not heard of: leave `on-failure` out",
        );
    }
}

choice! {
    /// What a `publish` waits for.
    pub enum Ack {
        /// Nothing.
        None = "none",
        /// The leader has the message.
        Leader = "leader",
        /// All copies in sync have it.
        All = "all",
    }
}

record! {
    /// `fail`: ends this request with the cause `error`.
    pub struct Fail {
        /// How often.
        share as "fail": At<Share> = "100%",
    }
}

record! {
    /// `set`: gives attributes other values from here on.
    pub struct Set {
        /// The attributes and their values.
        attributes as "set": Keyed<Given>,
    }
}

record! {
    /// `stop`: leaves the innermost `repeat`.
    pub struct Stop {
        /// How often.
        share as "stop": At<Share> = "100%",
    }
}
