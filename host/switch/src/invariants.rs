//! What must hold after every mutation; checked by tests and by the simulation.

use crate::Switch;
use crate::channel::{Channel, Custody};
use ucx_call::{BridgeId, BridgeKind, Source, Voice};

impl Switch {
    /// Checks every invariant of the switch.
    ///
    /// # Errors
    /// A sentence about the first one that does not hold.
    pub fn check_invariants(&self) -> Result<(), String> {
        for channel in self.channels.values() {
            self.check_controlled(channel)?;
            self.check_pair(channel)?;
            self.check_audio(channel)?;
        }
        self.check_bridges()?;
        self.check_mixes()?;
        self.check_dials()
    }

    fn check_controlled(&self, channel: &Channel) -> Result<(), String> {
        let name = &channel.snapshot.name;
        let is_controlled = match channel.custody {
            Custody::Leases => !channel.leases.is_empty(),
            Custody::Leg(dial) => self
                .dials
                .get(&dial)
                .is_some_and(|dial| dial.legs.iter().any(|leg| leg.channel == channel.id())),
            Custody::Answered(Some(owner)) => self
                .channels
                .get(&owner)
                .is_some_and(|owner| owner.claim == Some(channel.id())),
            Custody::Answered(None) => true,
            Custody::Bridge => channel.snapshot.bridge.is_some(),
        };
        if !is_controlled {
            return Err(format!("{name} has no controller ({:?})", channel.custody));
        }
        if channel
            .leases
            .windows(2)
            .any(|pair| pair[0].epoch >= pair[1].epoch)
        {
            return Err(format!("the leases of {name} are out of order"));
        }
        if self.names.get(name) != Some(&channel.id()) {
            return Err(format!("{name} cannot be found by its name"));
        }
        Ok(())
    }

    fn check_pair(&self, channel: &Channel) -> Result<(), String> {
        let Some(half) = &channel.half else { return Ok(()) };
        let other = self
            .channels
            .get(&half.other)
            .and_then(|other| other.half.as_ref());
        if other.is_some_and(|other| other.other == channel.id() && other.is_first != half.is_first) {
            return Ok(());
        }
        Err(format!("{} has lost its other half", channel.snapshot.name))
    }

    fn check_audio(&self, channel: &Channel) -> Result<(), String> {
        let name = &channel.snapshot.name;
        if !channel.is_physical() && channel.hears != Source::Silence {
            return Err(format!("{name} has no audio of its own but was told to hear"));
        }
        if let Source::Channel(peer) = channel.hears {
            let peer = self
                .channels
                .get(&peer)
                .ok_or(format!("{name} hears a channel that is over"))?;
            if peer.hears != Source::Channel(channel.id()) && self.must_hear_each_other(channel, peer) {
                return Err(format!(
                    "{name} hears {}, but not the other way round",
                    peer.snapshot.name
                ));
            }
        }
        Ok(())
    }

    /// Audio goes both ways, but for a party on hold, and in bridges that clients made.
    fn must_hear_each_other(&self, one: &Channel, two: &Channel) -> bool {
        let is_met = |channel: &Channel| {
            let bridge = channel
                .snapshot
                .bridge
                .and_then(|bridge| self.bridges.get(&bridge));
            bridge.is_some_and(|bridge| bridge.snapshot.kind == BridgeKind::Stasis)
        };
        let is_played_to = two.activity.is_some();
        !(one.snapshot.is_held || is_played_to || is_met(one) || is_met(two))
    }

    fn check_mixes(&self) -> Result<(), String> {
        for (id, bridge) in &self.bridges {
            let (needed, told) = (bridge.needs_mix(), self.mixes.get(id));
            if needed != told.is_some() {
                return Err(format!(
                    "bridge {} needs a mix: {needed}, drivers think otherwise",
                    bridge.snapshot.uniqueid
                ));
            }
        }
        for (members, _) in self.mixes.values() {
            let gone = members.iter().find(|part| match part.voice {
                Voice::Said(id) | Voice::Heard(id) => !self.channels.contains_key(&id),
                Voice::Mix { .. } => part.own.is_some_and(|own| !self.channels.contains_key(&own)),
            });
            if let Some(gone) = gone {
                return Err(format!("{gone:?} is over but still mixed"));
            }
        }
        let is_known = |id: &BridgeId| self.bridges.contains_key(id) || self.is_of_a_snoop(*id);
        match self.mixes.keys().find(|id| !is_known(id)) {
            Some(id) => Err(format!("the mix of bridge {id} outlived it")),
            None => Ok(()),
        }
    }

    fn check_bridges(&self) -> Result<(), String> {
        for bridge in self.bridges.values() {
            let bridge = &bridge.snapshot;
            let is_call = bridge.kind == BridgeKind::Basic;
            if is_call && (bridge.members.is_empty() || bridge.members.len() > 2) {
                return Err(format!(
                    "bridge {} has {} members",
                    bridge.uniqueid,
                    bridge.members.len()
                ));
            }
            if bridge.members.len() != bridge.member_uniqueids.len() {
                return Err(format!(
                    "bridge {} names another number of members",
                    bridge.uniqueid
                ));
            }
            for member in &bridge.members {
                let is_in = self
                    .channels
                    .get(member)
                    .is_some_and(|member| member.snapshot.bridge == Some(bridge.id));
                if !is_in {
                    return Err(format!(
                        "bridge {} lists a channel that is not in it",
                        bridge.uniqueid
                    ));
                }
            }
        }
        for channel in self.channels.values() {
            let Some(id) = channel.snapshot.bridge else {
                continue;
            };
            if !self
                .bridges
                .get(&id)
                .is_some_and(|bridge| bridge.snapshot.members.contains(&channel.id()))
            {
                return Err(format!(
                    "{} is in a bridge that does not list it",
                    channel.snapshot.name
                ));
            }
        }
        Ok(())
    }

    fn check_dials(&self) -> Result<(), String> {
        for (id, dial) in &self.dials {
            if dial.legs.is_empty() {
                return Err(format!("dial {id} has no leg left"));
            }
            if let Some(owner) = dial.owner
                && self.channels.get(&owner).and_then(|owner| owner.dial) != Some(*id)
            {
                return Err(format!("dial {id} has lost its owner"));
            }
        }
        for channel in self.channels.values() {
            if channel.dial.is_some_and(|dial| !self.dials.contains_key(&dial)) {
                return Err(format!("{} waits for a dial that is over", channel.snapshot.name));
            }
        }
        Ok(())
    }
}
