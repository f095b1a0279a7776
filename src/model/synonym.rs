//! Words that people try from other tools, and what the language calls them.

/// What was tried, the words of the language for it (the first that exists where it was tried is meant), and a remark.
const SYNONYMS: &[(&[&str], &[&str], &str)] = &[
    (
        &[
            "threads",
            "thread-pool",
            "max-threads",
            "worker-threads",
            "slots",
            "parallelism",
            "in-flight",
            "max-connections",
        ],
        &["concurrency", "at-once", "in-flight", "size"],
        "so many requests are served at once",
    ),
    (
        &[
            "workers",
            "instances",
            "nodes",
            "pods",
            "tasks",
            "containers",
            "copies",
            "servers",
            "scale",
        ],
        &["replicas", "nodes", "count", "max-instances"],
        "",
    ),
    (
        &["count", "replicas", "size", "number"],
        &["replicas", "nodes", "count", "items", "capacity"],
        "",
    ),
    (
        &[
            "cpus",
            "vcpu",
            "vcpus",
            "limits",
            "resources",
            "cpu-limit",
            "requests",
        ],
        &["cores"],
        "`cores: 0.5` is half a core; memory is that of the `machine`",
    ),
    (
        &["ram", "mem", "memory-limit"],
        &["machine", "capacity"],
        "memory is that of the machine that `machine` names",
    ),
    (
        &["latency", "delay", "ping", "round-trip"],
        &["rtt", "sleep", "lag"],
        "",
    ),
    (
        &[
            "latency",
            "delay",
            "wait",
            "duration",
            "response-time",
            "pause",
        ],
        &["sleep"],
        "`sleep: 20ms` lets time pass",
    ),
    (
        &["work", "cpu", "cpu-time", "service-time", "process", "busy"],
        &["compute"],
        "`compute: 5ms` uses the processor",
    ),
    (
        &[
            "instance-type",
            "instance",
            "vm",
            "sku",
            "node-type",
            "flavor",
        ],
        &["machine"],
        "",
    ),
    (
        &[
            "qps",
            "rps",
            "tps",
            "throughput",
            "arrival-rate",
            "requests-per-second",
        ],
        &["rate", "open"],
        "`rate: 450/s`",
    ),
    (
        &["queue", "queue-size", "queue-length", "max-queue", "buffer"],
        &["backlog"],
        "so many may wait",
    ),
    (
        &["retries", "max-retries", "attempts"],
        &["retry"],
        "`retry: 3` are three attempts in all",
    ),
    (
        &["load-balancer", "lb", "balancing", "strategy", "routing"],
        &["balance"],
        "",
    ),
    (&["eviction", "policy", "eviction-policy"], &["evict"], ""),
    (
        &["expires", "expiry", "expiration", "max-age"],
        &["ttl"],
        "",
    ),
    (&["bandwidth", "throughput"], &["bandwidth", "down"], ""),
    (
        &["distribution", "dist", "access-pattern"],
        &["popularity"],
        "",
    ),
    (
        &["users", "clients", "vus", "virtual-users"],
        &["users", "closed"],
        "`closed: { users: 50, think: 2s }`",
    ),
    (&["think-time"], &["think"], ""),
    (&["cost"], &["price", "prices"], ""),
    (&["region", "regions", "zone"], &["in", "from"], ""),
    (
        &[
            "depends-on",
            "calls",
            "request",
            "invoke",
            "http",
            "get-from",
        ],
        &["call"],
        "",
    ),
    (&["query"], &["call", "queries"], ""),
    (
        &["normal", "gaussian"],
        &["lognormal"],
        "a normal law gives negative times; `gamma` and `erlang` are also near it",
    ),
    (
        &["fixed", "constant", "deterministic"],
        &["exponential"],
        "a value alone is constant: `5ms`",
    ),
    (&["exp", "poisson"], &["exponential"], ""),
    (&["fcfs", "fifo"], &["fifo"], ""),
    (&["lcfs"], &["lifo"], ""),
    (
        &["jsq", "shortest-queue", "least-conn", "least-connections"],
        &["least-requests"],
        "",
    ),
    (&["p2c"], &["power-of-two", "power-of-d"], ""),
    (&["rr"], &["round-robin"], ""),
    (
        &["error-rate", "errors", "failure-rate", "probability"],
        &["fail", "success"],
        "",
    ),
];

/// Words of things that make no difference to how a system behaves under load.
const WITHOUT: &[&str] = &[
    "image",
    "env",
    "environment",
    "ports",
    "port",
    "command",
    "args",
    "volumes",
    "labels",
    "annotations",
    "url",
    "version",
    "build",
    "namespace",
];

/// What is meant by a word that is not known here, if others say it for one that is.
pub(super) fn hint(word: &str, known: &[&str]) -> Option<String> {
    if WITHOUT.contains(&word) {
        return Some(format!(
            "leave it out: a model says what is done and how long it takes, and `{word}` makes no difference to that"
        ));
    }
    let meant = SYNONYMS.iter().find_map(|(tried, meant, remark)| {
        let is_tried = tried.contains(&word);
        let here = meant.iter().find(|meant| known.contains(meant))?;
        (is_tried && *here != word).then_some((here, remark))
    });
    meant.map(|(here, remark)| match *remark {
        "" => format!("here this is called `{here}`"),
        remark => format!("here this is called `{here}`: {remark}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_tools_are_known_where_they_have_a_counterpart() {
        let said = |word, known: &[&str]| hint(word, known).unwrap_or_default();
        assert!(said("threads", &["replicas", "concurrency"]).contains("`concurrency`"));
        assert!(said("instances", &["replicas", "concurrency"]).contains("`replicas`"));
        assert!(said("nodes", &["replicas"]).contains("`replicas`"));
        assert!(said("nodes", &["count", "cores"]).contains("`count`"));
        assert!(said("latency", &["rtt", "loss"]).contains("`rtt`"));
        assert!(said("latency", &["compute", "sleep"]).contains("`sleep`"));
        assert!(said("limits", &["cores"]).contains("`cores: 0.5`"));
        assert!(said("normal", &["exponential", "lognormal"]).contains("`lognormal`"));
        assert!(said("image", &["cores"]).starts_with("leave it out"));
        assert_eq!(hint("threads", &["rtt"]), None);
        assert_eq!(hint("concurrency", &["concurrency"]), None);
    }
}
