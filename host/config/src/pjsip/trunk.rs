//! Which endpoints are trunks? Those that lead out of the house.

use std::collections::BTreeSet;

use super::Pjsip;

impl Pjsip {
    /// The endpoints that are trunks: an `identify` section finds them by where a request comes from, a registration kept
    /// elsewhere names them, or nobody can register as them (none of their `aors` has `max_contacts`). All others are
    /// phones.
    pub fn trunks(&self) -> BTreeSet<String> {
        let identified = self.identifies.values().map(|rule| rule.endpoint.as_str());
        let registered = self
            .registrations
            .values()
            .filter_map(|registration| registration.endpoint.as_deref());
        let named: BTreeSet<&str> = identified.chain(registered).collect();
        let registers = |aor: &String| self.aors.get(aor).is_some_and(|aor| aor.max_contacts > 0);
        let trunks = self
            .endpoints
            .iter()
            .filter(|(name, endpoint)| named.contains(name.as_str()) || !endpoint.aors.iter().any(registers));
        trunks.map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::pjsip;

    #[test]
    fn a_trunk_is_found_by_address_or_registered_elsewhere_or_nobody_registers_as_it() {
        let text = "[phone]\ntype=endpoint\naors=phone\n[phone]\ntype=aor\nmax_contacts=1\n\
            [gateway]\ntype=endpoint\naors=gateway\n[gateway]\ntype=aor\ncontact=sip:192.0.2.1\n\
            [known]\ntype=endpoint\naors=known\n[known]\ntype=aor\nmax_contacts=1\n\
            [known]\ntype=identify\nendpoint=known\nmatch=192.0.2.2\n\
            [line]\ntype=endpoint\naors=line\n[line]\ntype=aor\nmax_contacts=1\n\
            [line]\ntype=registration\nendpoint=line\nline=yes\nserver_uri=sip:example.com\nclient_uri=sip:us@example.com\n\
            [anonymous]\ntype=endpoint\n";
        let (config, faults) = crate::parse_text("pjsip.conf", text);
        assert!(faults.is_empty(), "{faults:?}");
        let (pjsip, _) = pjsip::load(&config);
        assert_eq!(pjsip.endpoints.len(), 5);
        let trunks: Vec<String> = pjsip.trunks().into_iter().collect();
        assert_eq!(trunks, ["anonymous", "gateway", "known", "line"]);
    }
}
