//! How busy processors were in parts of the window: the first one, and minutes.

/// How busy processors were in the first part of the window, about half of it.
#[derive(Debug, Clone, Default)]
pub struct FirstPart {
    /// Where it ends \[ns\].
    pub until: u64,
    /// Integral of cores busy until then, by `ProcessorId` \[milli-core-ns\]; empty where there is no such part.
    pub busy: Vec<u128>,
}

/// How busy processors were, minute by minute. Shares are in [parts](crate::measure::PARTS) of a processor's cores.
#[derive(Debug, Clone, Default)]
pub struct Minutes {
    /// Width \[ns\].
    pub width: u64,
    /// Minutes of each processor, from the start of the window on; 0 where the load does not change.
    pub count: usize,
    /// By processor, then by minute; moved away once the replications are taken together.
    pub shares: Vec<u64>,
    /// The largest share among the processors of each component.
    pub busiest: Vec<u64>,
}
