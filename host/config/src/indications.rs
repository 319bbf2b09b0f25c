//! indications.conf: the tones of countries.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::Config;

/// The country where nothing is configured.
const HOME: &str = "us";

/// Tones of the country that is built in, as the field's sample has them.
const BUILT_IN: [(&str, &str); 10] = [
    ("dial", "350+440"),
    ("busy", "480+620/500,0/500"),
    ("ring", "440+480/2000,0/4000"),
    ("congestion", "480+620/250,0/250"),
    ("callwaiting", "440/300,0/10000"),
    (
        "dialrecall",
        "!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440",
    ),
    ("record", "1400/500,0/15000"),
    ("info", "!950/330,!1400/330,!1800/330,0"),
    (
        "stutter",
        "!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,\
         !350+440/100,!0/100,350+440",
    ),
    ("recorder", "1400/500,0/15000"),
];

/// The tones of one country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zone {
    /// What it is called.
    pub description: String,
    /// Milliseconds of ringing and pause, in turn.
    pub ring_cadence: Vec<u32>,
    tones: BTreeMap<String, String>,
}

impl Zone {
    /// A tone by name, as a cadence `hz[+hz|*hz][/ms],…`.
    pub fn tone(&self, name: &str) -> Option<&str> {
        self.tones.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// All tones by name.
    pub fn tones(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tones
            .iter()
            .map(|(name, cadence)| (name.as_str(), cadence.as_str()))
    }
}

/// The settings of indications.conf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indications {
    /// The country of channels that name none.
    pub country: String,
    zones: BTreeMap<String, Zone>,
}

impl Default for Indications {
    /// What an empty file means: one country, built in.
    fn default() -> Self {
        let tones = BUILT_IN.map(|(name, cadence)| (name.to_owned(), cadence.to_owned()));
        let zone = Zone {
            description: "United States / North America".to_owned(),
            ring_cadence: vec![2000, 4000],
            tones: BTreeMap::from(tones),
        };
        Self {
            country: HOME.to_owned(),
            zones: BTreeMap::from([(HOME.to_owned(), zone)]),
        }
    }
}

impl Indications {
    /// A country by its letters.
    pub fn zone(&self, name: &str) -> Option<&Zone> {
        self.zones.get(&name.to_ascii_lowercase())
    }

    /// A tone of a country, or of the default one.
    pub fn tone(&self, zone: Option<&str>, name: &str) -> Option<&str> {
        self.zone(zone.unwrap_or(&self.country))?.tone(name)
    }
}

/// Reads indications.conf; a country in it replaces the one that is built in.
pub fn load(config: &Config) -> (Indications, Vec<Diagnostic>) {
    let mut indications = Indications::default();
    let mut diagnostics = Vec::new();
    for section in config.sections() {
        if section.name.eq_ignore_ascii_case("general") {
            continue;
        }
        let mut zone = Zone::default();
        for entry in &section.entries {
            let key = entry.key.to_ascii_lowercase();
            match key.as_str() {
                "description" => zone.description.clone_from(&entry.value),
                "alias" => {
                    let message = format!("[{}] is an alias, which this host does not honour", section.name);
                    diagnostics.push(Diagnostic::warning(&entry.origin, message));
                }
                "ringcadence" => {
                    let times = entry.value.split(',').map(|time| time.trim().parse());
                    match times.collect() {
                        Ok(times) => zone.ring_cadence = times,
                        Err(_) => {
                            let message = "ringcadence is a list of milliseconds".to_owned();
                            diagnostics.push(Diagnostic::error(&entry.origin, message));
                        }
                    }
                }
                _ => {
                    zone.tones.insert(key, entry.value.clone());
                }
            }
        }
        indications.zones.insert(section.name.to_ascii_lowercase(), zone);
    }
    if let Some(entry) = config.entry("general", "country") {
        let country = entry.value.to_ascii_lowercase();
        if indications.zones.contains_key(&country) {
            indications.country = country;
        } else {
            let message = format!("there is no country [{country}] among the tones");
            diagnostics.push(Diagnostic::error(&entry.origin, message));
        }
    }
    (indications, diagnostics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_text;

    #[test]
    fn a_country_of_the_file_stands_beside_the_one_built_in() {
        let text = "[general]\ncountry = AT\n[at]\nringcadence = 1000,5000\nbusy = 420/400,0/400\n";
        let (indications, diagnostics) = load(&parse_text("indications.conf", text).0);
        assert!(diagnostics.is_empty());
        assert_eq!(indications.tone(None, "Busy"), Some("420/400,0/400"));
        assert_eq!(indications.tone(Some("US"), "dial"), Some("350+440"));
        assert_eq!(indications.tone(None, "dial"), None);
        assert_eq!(
            indications.zone("at").map(|zone| zone.ring_cadence.clone()),
            Some(vec![1000, 5000])
        );
    }

    #[test]
    fn a_country_that_is_not_there_changes_nothing() {
        let (indications, diagnostics) = load(&parse_text("indications.conf", "[general]\ncountry = xx\n").0);
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(indications, Indications::default());
    }
}
