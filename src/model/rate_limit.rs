//! Rate limits: how many requests are let through, before a service or external system and before the calls of a replica.

use super::reader::Reader;
use crate::source::{At, Node};
use crate::units::Rate;
use std::num::NonZeroU64;

choice! {
    /// How a rate is bounded; who comes too often is turned away at once (cause `limited`).
    pub enum RateLimit {
        /// A bucket, full at first and filled again at a constant rate; each request takes a token or is turned away.
        TokenBucket(TokenBucket) = "token-bucket",
    }
}

choice! {
    /// How the rate of a service is bounded; who comes too often is turned away at once (cause `limited`).
    pub enum ServiceLimit {
        /// A bucket, full at first and filled again at a constant rate; each request takes a token or is turned away.
        TokenBucket(ServiceBucket) = "token-bucket",
    }
}

record! {
    /// A bucket of tokens.
    pub struct TokenBucket {
        /// Tokens that come in per time: what is let through in the long run.
        rate: At<Rate>,
        /// Tokens that the bucket holds: what is let through at once after a time of rest.
        burst: At<NonZeroU64>,
    }
    check: check_bucket;
}

fn check_bucket(bucket: &TokenBucket, _node: &Node, reader: &mut Reader<'_>) {
    if bucket.rate.per_second() <= 0.0 {
        let message = format!(
            "a bucket that is never filled again lets {} through and then nobody, for ever",
            bucket.burst.value
        );
        reader.out_of_range(bucket.rate.place, message);
    }
}

record! {
    /// A bucket of tokens before the replicas of a service.
    pub struct ServiceBucket {
        /// Whose bucket it is.
        per: At<Per> = "replica",
    }
    flatten {
        /// Its rate and size.
        bucket: TokenBucket
    }
}

choice! {
    /// Who has a bucket of its own.
    pub enum Per {
        /// Each replica (as Envoy's local rate limit).
        Replica = "replica",
        /// The service: one bucket for all its replicas (as Envoy's global rate limit, or a gateway's).
        Service = "service",
    }
}
