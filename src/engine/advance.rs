//! The interpreter: one `match` over steps, each arm a short function in the file of its family.

use super::calendar::Lane;
use super::flight::flag;
use super::{Do, Engine, Flight, NONE, Outcome, Probe, State};
use crate::plan::{Step, StepId};
use crate::policy::Cause;

impl<P: Probe> Engine<'_, P> {
    /// Go on with the step after the present one.
    #[inline]
    pub(super) fn advance_next(&mut self, flight: u32) {
        let pc = StepId(self.flights[flight].pc.0 + 1);
        self.advance(flight, pc);
    }

    /// Go on with the present step.
    #[inline]
    pub(super) fn advance_here(&mut self, flight: u32) {
        if self.is_failed_block(flight) {
            return self.after_failed_block(flight);
        }
        let Flight {
            pc, state, cause, ..
        } = self.flights[flight];
        match (state, self.plan.steps[pc.index()]) {
            (State::BackingOff, Step::Call(call)) => self.try_again(flight, call),
            (State::Failing, _) => self.fail(flight, Cause::ALL[usize::from(cause)]),
            _ => self.advance(flight, pc),
        }
    }

    /// Take steps from here on until the flight has to wait or is over. Most often the first one is work or the end: they are looked at
    /// before the table of all steps.
    #[inline]
    pub(super) fn advance(&mut self, flight: u32, from: StepId) {
        let row = &mut self.flights[flight];
        row.state = State::Running;
        row.pc = from;
        match self.plan.steps[from.index()] {
            Step::Compute(demand) => self.compute(flight, demand),
            Step::End => self.finish(flight, Ok(())),
            _ => self.take_steps(flight, from),
        }
    }

    #[inline(never)]
    fn take_steps(&mut self, flight: u32, from: StepId) {
        let plan = self.plan;
        let mut pc = from;
        loop {
            let here = pc;
            self.flights[flight].pc = here;
            pc = StepId(here.0 + 1);
            match plan.steps[here.index()] {
                Step::Compute(demand) => return self.compute(flight, demand),
                Step::Work(demand) => return self.work(flight, demand),
                Step::Sleep(demand) => return self.sleep(flight, demand),
                Step::Call(call) => return self.begin_call(flight, call),
                Step::Send(call) => {
                    self.send(flight, call);
                    if self.overflow.is_some() || self.yields(flight, self.urgency(flight, call)) {
                        return;
                    }
                }
                Step::Forward(call) => {
                    if self.forward(flight, call) {
                        return; // the receiver goes first
                    }
                }
                Step::Reply(size) => {
                    if self.reply(flight, size) {
                        return;
                    }
                }
                Step::Fork(fork) => match self.fork(flight, fork) {
                    Some(next) => pc = next,
                    None => return,
                },
                Step::Join | Step::End => return self.finish(flight, Ok(())),
                Step::Repeat(repeat) => pc = self.start_loop(flight, repeat),
                Step::Again(repeat) => {
                    pc = self.next_round(flight, repeat);
                    self.stand_still();
                    if self.overflow.is_some() {
                        return;
                    }
                }
                Step::Stop(chance) => {
                    if self.happens(flight, chance) {
                        match self.stop_loop(flight) {
                            Some(next) => pc = next,
                            None => return self.finish(flight, Ok(())),
                        }
                    }
                }
                Step::Run(run) => pc = self.start_routine(flight, run, here),
                Step::Return => pc = self.end_routine(flight),
                Step::Jump(to) => pc = to,
                Step::Choose(choice) => {
                    let tier = self.tier(flight, choice);
                    let choice = &plan.choices[choice.index()];
                    let way = tier.unwrap_or_else(|| {
                        let mut draw = self.flights[flight].key.draw(choice.site);
                        choice.weights.pick(&mut draw)
                    });
                    pc = choice.to[way];
                }
                Step::When(condition) => {
                    let condition = plan.conditions[condition.index()];
                    if !self.holds(flight, condition.attribute, condition.test) {
                        pc = condition.otherwise;
                    }
                }
                Step::Try(handler) => self.enter(
                    flight,
                    super::frame::Frame::Handler {
                        to: plan.handlers[handler.index()].to,
                    },
                ),
                Step::Caught => {
                    self.leave(flight);
                }
                Step::Acquire(hold) => {
                    if !self.acquire(flight, hold) {
                        return;
                    }
                }
                Step::Release => self.release(flight),
                Step::Probe(get) => {
                    if !self.look_up(flight, get) {
                        return;
                    }
                }
                Step::NodeProbe(cache) => {
                    if !self.look_up_here(flight, cache) {
                        return;
                    }
                }
                Step::OnHit(to) => {
                    if self.flights[flight].is(flag::HIT) {
                        pc = to;
                    }
                }
                Step::Commit(database) => self.commit(flight, database),
                Step::Acknowledge(database) => self.acknowledge(flight, database),
                Step::Applied(database) => self.applied(flight, database),
                Step::ReadCopy(database) => self.read_copy(flight, database),
                Step::Peek(database) => self.peek(flight, database),
                Step::Quorum(_) => self.meet(flight),
                Step::Shelve(store) => self.shelve(flight, store),
                Step::Fill(get) => {
                    if self.fill(flight, get) {
                        return;
                    }
                }
                Step::Refresh(row) => self.start_refresh(flight, row),
                Step::NodeStore(cache) => self.store_here(flight, cache),
                Step::Put(get) => self.put_in(flight, get),
                Step::Drop(get) => self.drop_from(flight, get),
                Step::NodeDrop(cache) => self.drop_here(flight, cache),
                Step::Purge(row) => self.purge(flight, row),
                Step::Append(topic) => {
                    self.append(flight, topic);
                    if self.overflow.is_some() {
                        return;
                    }
                }
                // What is read is delivered by the engine, not by a program.
                Step::Read(_) => {}
                Step::Fail(chance) => {
                    if self.happens(flight, chance) {
                        match self.unwind(flight, Cause::Error) {
                            Some(next) => pc = next,
                            None => return self.finish(flight, Err(Cause::Error)),
                        }
                    }
                }
                Step::Set(row) => {
                    let key = self.flights[flight].key;
                    self.assign(flight, (row, row + 1), key);
                }
            }
        }
    }

    /// Go on after a failure: at a handler, or not at all.
    pub(super) fn fail(&mut self, flight: u32, cause: Cause) {
        match self.unwind(flight, cause) {
            Some(next) => self.advance(flight, next),
            None => self.finish(flight, Err(cause)),
        }
    }

    fn sleep(&mut self, flight: u32, demand: crate::plan::DemandId) {
        let span = self.demand(flight, demand);
        self.flights[flight].state = State::Pausing;
        self.flights[flight].since = self.now;
        self.after(span, self.sleeps[demand.index()], Do::Next, flight);
    }

    /// A program has done what it was asked for; what it does after its reply is its second phase.
    #[inline]
    pub(super) fn served(&mut self, flight: u32) {
        let row = &self.flights[flight];
        let service = (!row.is(flag::WASTED)).then(|| self.now - row.started);
        self.probe
            .served(row.endpoint, row.birth, row.waited, service);
    }

    /// A program is over, well or not: answer if that is still due, free the slot.
    pub(super) fn finish(&mut self, flight: u32, outcome: Outcome) {
        let Flight {
            frame,
            fills,
            flags,
            call,
            joins,
            ..
        } = self.flights[flight];
        if frame != NONE {
            self.leave_all(flight);
        }
        let shared = fills == super::refresh::SHARED; // its caller is to know
        if fills != 0 && !shared && (outcome.is_err() || flags & flag::SENT != 0) {
            self.abandon_fill_of(flight);
        }
        self.flights[flight].state = State::Running;
        if flags & flag::ROOT != 0 {
            return self.settle_request(flight, outcome);
        }
        if call == NONE {
            if flags & flag::BRANCH == 0 {
                self.end_alone(flight);
            } else {
                self.end_branch(flight, outcome);
            }
            return;
        }
        if outcome.is_ok() && flags & flag::REPLIED == 0 {
            self.served(flight);
        }
        if joins > 0 {
            return self.linger(flight, outcome);
        }
        if flags & (flag::REPLIED | flag::SENT) == 0 {
            if flags & flag::BRANCH == 0 || !self.answer_ahead(flight, outcome) {
                self.travel_back(flight, outcome, 0);
                return self.release_slot(flight);
            }
            self.release_slot(flight);
            return self.drop_flight(flight);
        }
        if flags & flag::REPLIED == 0 {
            self.record_sent(flight, outcome);
        }
        self.release_slot(flight);
        self.drop_flight(flight);
    }

    /// A program is over but some of its branches are not: the answer leaves, the slot stays.
    fn linger(&mut self, flight: u32, outcome: Outcome) {
        if !self.flights[flight].is(flag::REPLIED) {
            self.answer(flight, outcome, 0);
        }
        self.flights[flight].state = State::Lingering;
        self.flights[flight].armed = self.calendar.token();
    }

    /// The last branch of a lingering flight is over.
    pub(super) fn stop_lingering(&mut self, flight: u32) {
        let Flight { flags, call, .. } = self.flights[flight];
        let branch = flags & flag::BRANCH != 0;
        if branch && call == NONE {
            return self.end_branch_at_last(flight);
        }
        if flags & flag::ROOT != 0 || call == NONE {
            return self.drop_flight(flight);
        }
        self.release_slot(flight);
        self.drop_flight(flight);
    }

    /// Forget a flight, and the duties that it still had.
    #[inline]
    pub(super) fn drop_flight(&mut self, flight: u32) {
        let Flight { env, mut frame, .. } = self.flights[flight];
        while frame != NONE {
            frame = self.frames.pop(frame).1;
        }
        self.environment.leave(env);
        self.forget_outstanding(flight);
        self.hang_up(flight);
        self.flights.remove(flight);
    }

    /// A pause of no importance to lanes.
    #[inline]
    pub(super) fn pause(&mut self, flight: u32, span: u64, state: State) {
        self.flights[flight].state = state;
        self.after(span, Lane::NONE, Do::Here, flight);
    }
}
