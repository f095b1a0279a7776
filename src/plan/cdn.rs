//! Content delivery networks: the caches of a CDN are those of the plan; here stands what ties them together.

use super::ids::{CacheId, ComponentId};

/// A content delivery network.
#[derive(Debug, Clone)]
pub struct Cdn {
    /// Whose sites they are: replica i is site i.
    pub component: ComponentId,
    /// What the sites hold.
    pub cache: CacheId,
    /// What stands between them and the origin, if anything does.
    pub shield: Option<CacheId>,
    /// Regions with the number of their sites, in the order of the sites.
    pub regions: Vec<(String, u32)>,
    /// The first of its meters: three for each site, and three for the shield.
    pub meter: u32,
    /// Its price.
    pub price: Option<CdnPrice>,
}

/// A price by use.
#[derive(Debug, Clone, PartialEq)]
pub struct CdnPrice {
    /// For a GiB sent.
    pub per_gib: f64,
    /// Whether the price is that of the bytes, too, so that the links that they take to users bill nothing for them.
    pub bills_bytes: bool,
    /// For a request.
    pub per_request: f64,
}

/// What the meters of a site count: requests, and the bytes of their objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum SiteMeter {
    /// Found here, or brought by another's fetch.
    Found = 0,
    /// Asked for further on.
    Asked = 1,
    /// Fetched from there and kept.
    Fetched = 2,
}

impl SiteMeter {
    /// How many there are.
    pub const ALL: u32 = 3;
}

impl Cdn {
    /// Number of sites.
    pub fn sites(&self) -> u32 {
        self.regions.iter().map(|(_, sites)| sites).sum()
    }

    /// Its number of meters.
    pub fn meters(&self) -> u32 {
        (self.sites() + u32::from(self.shield.is_some())) * SiteMeter::ALL
    }

    /// A meter of a site; the shield comes after the last one.
    pub fn of_site(&self, site: u32, meter: SiteMeter) -> usize {
        (self.meter + site * SiteMeter::ALL + meter as u32) as usize
    }
}
