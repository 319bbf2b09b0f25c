//! Who can be reached, and where we are registered: ContactStatus, PeerStatus, Registry.

use super::{Classes, Out};
use ucx_call::EventKind;

impl Out<'_> {
    pub(super) fn registration(&mut self, kind: &EventKind) {
        if let EventKind::ContactStatus {
            endpoint,
            aor,
            contact,
            status,
            round_trip,
        } = kind
        {
            self.message("ContactStatus", Classes::SYSTEM, |text, _| {
                text.line("URI", contact);
                text.line("ContactStatus", status);
                text.line("AOR", aor);
                text.line("EndpointName", endpoint);
                let round_trip_us = round_trip.unwrap_or_default().as_micros();
                text.number(
                    "",
                    "RoundtripUsec",
                    u64::try_from(round_trip_us).unwrap_or(u64::MAX),
                );
            });
        } else if let EventKind::EndpointStatus {
            technology,
            endpoint,
            is_reachable,
        } = kind
        {
            self.message("PeerStatus", Classes::SYSTEM, |text, _| {
                text.line("ChannelType", technology.as_str());
                text.args("Peer", format_args!("{}/{endpoint}", technology.as_str()));
                let status = if *is_reachable { "Reachable" } else { "Unreachable" };
                text.line("PeerStatus", status);
            });
        } else if let EventKind::RegistrationChanged {
            client_uri,
            server_uri,
            status,
            ..
        } = kind
        {
            self.message("Registry", Classes::SYSTEM, |text, _| {
                text.line("ChannelType", "PJSIP");
                text.line("Username", client_uri);
                text.line("Domain", server_uri);
                text.line("Status", status);
            });
        }
    }
}
