//! Where the request's object was sent before: sessions kept in a replica (a load balancer's cookie). An object that is new is dealt
//! out in turn, as the usual balancers do before they set the cookie.
//!
//! Not modelled: cookies that expire, and clients that lose theirs.

use super::settings::Form;
use super::{Balancer, Deal, Homes, Kind, Refusal, Seen, Setting, Settings, State, round_robin};
use crate::chance::key::Draw;

/// The replica that has served the request's object before.
#[derive(Debug, Clone)]
pub struct Sticky {
    key: Option<String>,
}

impl Balancer for Sticky {
    const KIND: Kind = Kind {
        words: &["sticky"],
        about: "The one that the request's object was sent to before; new objects in turn (sessions kept in a replica).",
        settings: &[Setting {
            name: "key",
            about: "The attribute or data set whose object has a session.",
            form: Form::Key,
            default: None,
            required: true,
        }],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        Ok(Self {
            key: settings.key(),
        })
    }

    fn deal(&self) -> Deal {
        Deal::ByObject(Homes::InTurn)
    }

    fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn pick(&self, state: &mut State, seen: &impl Seen, object: u64, _: &mut Draw) -> u32 {
        let State { turn, homes, .. } = state;
        // Whose replica is out gets another one, and stays there.
        if let Some(home) = homes.get(&object).and_then(|home| seen.place(*home)) {
            return home;
        }
        let home = round_robin::next(turn, seen.count());
        homes.insert(object, seen.who(home));
        home
    }
}

#[cfg(test)]
mod tests {
    use super::Sticky;
    use crate::chance::key::{root, site};
    use crate::policy::balance::tests::Given;
    use crate::policy::balance::{Balancer, State};

    #[test]
    fn sessions_stay_where_they_began() {
        let (rule, mut state) = (Sticky { key: None }, State::default());
        let mut go = |object| {
            let mut draw = root(1, 0).draw(site(&["pick"]));
            rule.pick(&mut state, &Given::loads(&[0, 0]), object, &mut draw)
        };
        let seen: Vec<u32> = [7, 8, 9, 7, 9, 8].into_iter().map(&mut go).collect();
        assert_eq!(seen, [0, 1, 0, 0, 0, 1]);
    }
}
